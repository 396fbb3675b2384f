//! The portal: what a person sees in a browser. Pages are structs (`pages`) made of parts (`view`), drawn by the templates of the
//! same names, and know no database, session or right: they show what they are given. The handlers call one use case and fill them.

pub mod assets;
pub mod handlers;
pub mod help;
pub mod markdown;
pub mod pages;
pub mod view;
pub mod zone;

pub(crate) use handlers::send_test;
pub use handlers::{Imports, error_page, forget_flash, referrer, routes, sign_in_address};
