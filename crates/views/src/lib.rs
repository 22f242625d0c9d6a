//! Renders samples for guard formats: prompt and answer as messages. A format is a file in `templates/views`.
//!
//! ```text
//! templates/views/*.toml --load--> Views --select--> [View]
//! Sample --View::render--> ViewRow, or nothing where the format has no name for its class
//! ```
//!
//! - [`load`] reads every file, renders each with made-up samples of all classes and checkpoints, and tells all that is
//!   wrong in one go. A template that loads cannot fail later.
//! - What a sample says is a value: Tera never parses it, and it stands in a prompt character for character.
//! - The order and choice of categories follows from view and row id alone, so a row is rendered alike on any number
//!   of threads.
//!
//! This crate writes nothing, and knows no format by name.

mod check;
mod listing;
mod load;
mod raw;
mod view;

pub use load::{Views, load};
pub use view::{LEFT_OUT, View};
