//! The `tessera` binary: parses and dispatches, nothing else.
fn main() {}
