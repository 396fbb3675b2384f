//! Printing: one thing to standard output, complaints to standard error, never a panic when nobody reads.

use std::{
    fmt::Display,
    io::{self, Write},
};

use serde::Serialize;

use crate::Error;

/// Where a command prints.
#[derive(Clone, Copy, Debug)]
pub(super) struct Console {
    json: bool,
}

impl Console {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints the text for people, or the value for scripts.
    pub(super) fn say(self, text: impl Display, value: &impl Serialize) {
        if self.json {
            self.value(value);
        } else {
            self.text(text);
        }
    }

    /// Prints a line for people only.
    pub(super) fn text(self, text: impl Display) {
        if !self.json {
            // A closed pipe is no reason to fail.
            let _ = writeln!(io::stdout().lock(), "{text}");
        }
    }

    /// Prints a line for scripts only.
    pub(super) fn value(self, value: &impl Serialize) {
        if self.json
            && let Ok(line) = serde_json::to_string(value)
        {
            let _ = writeln!(io::stdout().lock(), "{line}");
        }
    }

    /// Prints what went wrong.
    pub(super) fn error(self, error: &Error) {
        complain(error);
        self.value(&serde_json::json!({ "error": error.to_string() }));
    }
}

/// Prints a complaint.
pub(super) fn complain(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "tessera: {text}");
}
