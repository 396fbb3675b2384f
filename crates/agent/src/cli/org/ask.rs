//! Asking the person at the terminal.

use std::io::{self, Write as _};

/// Whether they say yes; anything else is no.
pub(super) fn yes(question: &str) -> bool {
    let mut terminal = io::stderr().lock();
    if write!(terminal, "{question} [y/N] ")
        .and_then(|()| terminal.flush())
        .is_err()
    {
        return false;
    }
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    read.is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str())
}
