//! Between a server and its [`Listing`](crate::Listing): starting or reaching it, asking for its lists, limits, checks.
//!
//! [`list`] is one server. A program is a [`group::Group`] of processes, spoken to over [`pipes::Pipes`]; an address is
//! spoken to over [`http::Http`]. What either receives goes through one [`inbox::Inbox`], which counts and checks it;
//! [`session::Session`] has the SDK ask for the lists, and [`checks::Sieve`] takes the sound entries of each.

mod all;
mod checks;
mod depth;
mod error;
mod events;
mod group;
mod http;
mod inbox;
mod limits;
mod lines;
mod list;
mod pipes;
mod session;
mod source;
mod tail;

pub use all::list_all;
pub use error::ImportError;
pub use limits::Limits;
pub use list::list;
pub use source::{Named, Source};
