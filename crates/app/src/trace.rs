//! Spans of what takes time, for whoever follows a request through the server. They say which use case ran and for which
//! organization, never what was in it.

/// The target of all spans that are exported. They are no part of the log, which leaves this target out.
pub const TARGET: &str = "tessera::trace";
