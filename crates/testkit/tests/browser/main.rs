//! End-to-end tests in a real browser.

mod kept;
mod vocabulary;
mod walk;
