//! A chat server that answers by script, for tests and benches.
