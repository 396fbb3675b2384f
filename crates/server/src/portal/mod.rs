//! The portal: what a person sees in a browser. Pages are structs (`pages`) made of parts (`view`), drawn by the templates of the
//! same names; handlers fill them. Nothing here knows the database, a session or a right: it shows what it is given.

pub mod assets;
pub mod pages;
pub mod view;
