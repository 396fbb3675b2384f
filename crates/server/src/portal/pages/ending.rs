//! The end of an organization: what goes, the last question, and the way back.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Input, Moment, Place};

/// `POST {action}` with `name`, `password` (where asked for) and `intent=continue` leads to [`ConfirmDeletion`].
#[derive(Debug, Default, Template)]
#[template(path = "pages/delete_organization.html")]
pub struct DeleteOrganization {
    /// The frame.
    pub frame: Frame,
    /// What it is called, which must be typed.
    pub org_name: String,
    /// What goes, counted.
    pub goes: Vec<String>,
    /// The name as typed.
    pub name: Input,
    /// The password, asked for when the last sign-in is too long ago (value always empty).
    pub password: Option<Input>,
    /// What is wrong as a whole.
    pub problem: Option<String>,
    /// Path that the form posts to.
    pub action: String,
    /// Way back.
    pub back: String,
}

/// Asks for the last time. `POST {action}` with `name` and `intent=delete`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/confirm_deletion.html")]
pub struct ConfirmDeletion {
    /// The frame.
    pub frame: Frame,
    /// What it is called.
    pub org_name: String,
    /// What goes, counted.
    pub goes: Vec<String>,
    /// Path that the form posts to.
    pub action: String,
    /// Way back.
    pub back: String,
}

/// A deleted organization that the reader owns. `POST {action}` restores it.
#[derive(Clone, Debug, Default)]
pub struct Restorable {
    /// What it is called.
    pub name: String,
    /// When it was deleted.
    pub deleted: Moment,
    /// How long it can be restored: `5 days`.
    pub left: String,
    /// When its data goes.
    pub until: Moment,
    /// Path of the form.
    pub action: String,
}
