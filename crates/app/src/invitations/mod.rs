//! Invitations: offer membership, see what became of it, take it back, accept.
//!
//! The link goes only to the invited address, so who holds it has proven that address. Nothing here
//! shows it to anybody else, and opening it changes nothing.

mod accept;
pub mod batch;
mod manage;
mod open;
mod preview;
mod send;

pub use self::manage::mail_settled;
pub use self::{
    accept::{InvitedSignUp, accept, accept_mine, sign_up},
    manage::{Alteration, InvitationPage, change, list, one, resend, revoke, seats},
    open::{Fit, InvitationView, LinkState, ask_again, mine, open},
    preview::{List, SentList, invite_list, preview, team_ids},
    send::{Offer, Outcome, invite, invite_one},
};
