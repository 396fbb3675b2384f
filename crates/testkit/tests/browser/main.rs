//! End-to-end tests in a real browser.

mod kept;
mod people;
mod vocabulary;
mod walk;
