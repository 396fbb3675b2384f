//! One complaint about one field of what somebody sent.

use serde::{Deserialize, Serialize};

/// What is wrong, and where: the body of a 422 answer lists these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{pointer}: {message}")]
pub struct FieldError {
    /// A JSON pointer (RFC 6901) into the document that was sent.
    pub pointer: String,
    /// One sentence for the person who sent it.
    pub message: String,
}

impl FieldError {
    /// A complaint about the field at `pointer`.
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            message: message.into(),
        }
    }
}

/// One step of a JSON pointer, escaped.
pub(crate) fn step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
