//! Servers at an address.
