//! Invitations: offer membership, see what became of it, take it back, accept.
//!
//! The link goes only to the invited address, so who holds it has proven that address. Nothing here
//! shows it to anybody else, and opening it changes nothing.

mod accept;
mod manage;
mod open;
mod send;

pub use self::manage::mail_settled;
pub use self::{
    accept::{InvitedSignUp, accept, accept_mine, sign_up},
    manage::{InvitationPage, list, resend, revoke},
    open::{Fit, InvitationView, LinkState, ask_again, mine, open},
    send::{Offer, Outcome, invite, invite_one},
};
