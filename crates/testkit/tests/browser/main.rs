//! End-to-end tests in a real browser.

mod vocabulary;
mod walk;
