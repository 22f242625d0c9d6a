//! A chat server that answers by script, for tests and benches. No part of the program: the program never starts it.
//!
//! HTTP/1.1 written out by hand, so that every fault a server can have can be had on purpose, down to the byte.
//!
//! ```
//! use guardset_scripted::{Response, Server, say};
//!
//! let server = Server::start(|request| match request.number {
//!     0 => Response::status(503).header("retry-after", "1").into(),
//!     _ => say(request, "hello").into(),
//! });
//! assert!(server.url().starts_with("http://127.0.0.1:"));
//! assert_eq!(server.seen(), 0);
//! ```

mod act;
mod broken;
mod completion;
mod mode;
mod request;
mod reword;
mod server;
mod texts;

pub use act::{Act, Response};
pub use broken::Broken;
pub use completion::{Completion, say};
pub use mode::Mode;
pub use request::Request;
pub use reword::reword;
pub use server::Server;
pub use texts::{answer, texts};
