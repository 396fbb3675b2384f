//! The page behind the link of an invitation. Opening it does nothing; a button accepts.

use askama::Template;

use crate::portal::view::{Frame, Moment};

/// `POST {action}` accepts; `POST {action}/ask` asks for a new link; `POST /sign-out` with `next` switches the account.
#[derive(Debug, Template)]
#[template(path = "pages/invitation.html")]
pub struct Invitation {
    /// The frame.
    pub frame: Frame,
    /// Who invites.
    pub org_name: String,
    /// Who sent it.
    pub inviter: String,
    /// The invitation's path, `/invitations/…`.
    pub action: String,
    /// What can be done with it.
    pub state: InvitationState,
}

/// What an invitation's link leads to.
#[derive(Clone, Debug)]
pub enum InvitationState {
    /// The right account is signed in.
    Ready {
        /// *Owner*, *Admin*, *Write*, *Read*.
        role: String,
        /// What that role may do, in one line.
        may: String,
        /// When the invitation ends.
        expires: Moment,
    },
    /// Nobody is signed in.
    SignedOut {
        /// The role.
        role: String,
        /// `a••@example.org`.
        masked: String,
        /// Path to sign in and come back.
        sign_in: String,
        /// Path to sign up with the invited address; `None` when it has an account.
        sign_up: Option<String>,
    },
    /// Another account is signed in.
    WrongAccount {
        /// The invited address, masked.
        masked: String,
        /// The address signed in with.
        current: String,
    },
    /// Its time is over.
    Expired {
        /// When that was.
        at: Moment,
        /// A new link was asked for already.
        asked: bool,
    },
    /// Somebody took it back.
    Revoked {
        /// A new link was asked for already.
        asked: bool,
    },
    /// It has been accepted.
    Used {
        /// Path of the organization, when the reader belongs to it.
        home: Option<String>,
    },
    /// Every seat is taken.
    NoSeat,
    /// The organization was deleted.
    Gone,
    /// No invitation has this link: it was replaced by a newer one, or never was.
    Unknown,
}
