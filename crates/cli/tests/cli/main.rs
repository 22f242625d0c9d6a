//! The built program, from the command line to the bytes on disk. Logic is tested in the crates below; here is the wiring.
#![allow(clippy::unwrap_used)]

mod benchmark;
mod counts;
mod decontaminate;
mod determinism;
mod failures;
mod folders;
mod help;
mod import;
mod inputs;
mod inspect;
mod memory;
mod paraphrase;
mod partition;
mod probe;
mod recipes;
mod report;
mod resume;
mod show;
mod support;
mod views;
