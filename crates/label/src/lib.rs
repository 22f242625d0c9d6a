//! The audit: derives the label of a session from its contract and its steps.
//!
//! It never sees the attack pattern, nor anything else of where the session came from. What a pattern claims is
//! held against its [`Verdict`] by [`label`]; where the two disagree the sample is rejected, both classes named.
//!
//! - [`audit`]: contract and steps in, [`Verdict`] out.
//! - [`label`]: a verdict, the pattern's claim and the visible text in, [`Labels`](guardset_core::Labels) or a
//!   [`Reject`](guardset_core::Reject) out.

mod audit;
mod demand;
mod evidence;
mod rationale;
mod verdict;

pub use audit::audit;
pub use evidence::check;
pub use verdict::{Claim, label};

pub use finding::{APPROPRIATE, Finding, Place, RULES, Verdict};

mod finding;
