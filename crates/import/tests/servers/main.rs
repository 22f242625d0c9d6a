//! Servers of every kind, most of them hostile, listed within limits.
#![allow(clippy::unwrap_used)]

mod ask;
mod faults;
mod floods;
mod listings;
mod over_http;
mod processes;
mod together;
mod web;
