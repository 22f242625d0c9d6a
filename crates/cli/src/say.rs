//! Printing for a reader who may have seen enough: `guardset taxonomy | head` is no failure.

use std::fmt;
use std::io::{ErrorKind, Write, stdout};
use std::process::exit;

/// `println!` that ends the program quietly when nobody reads any more.
macro_rules! say {
    ($($argument:tt)*) => { $crate::say::line(format_args!($($argument)*)) };
}
pub(crate) use say;

/// Prints a line.
pub fn line(text: fmt::Arguments<'_>) {
    match writeln!(stdout().lock(), "{text}") {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit(0),
        Err(error) => {
            eprintln!("error: standard output cannot be written: {error}");
            exit(1)
        }
    }
}
