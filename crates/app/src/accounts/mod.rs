//! Accounts: how somebody comes to have one, proves that it is theirs, and gets back in.
//!
//! Whatever is asked by somebody not signed in gives no hint whether an address has an account: not by
//! its answer, and not by its time. Every session belongs to a verified account.

mod delete;
mod email;
mod profile;
mod proof;
mod recovery;
mod sign_in;
mod sign_up;

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};
use tessera_domain::{EmailAddress, Error, Password, PasswordAttempt, Result, text};

pub use self::{
    delete::{LastOwnerOf, delete, last_owner_of},
    email::{ask_for_email, confirm_email, drop_email, opened_email, pending_email},
    profile::{ProfileEdit, change_password, edit, me, rename, zone},
    recovery::{ask_for_reset, reset_account, reset_password},
    sign_in::sign_in,
    sign_up::{SignUp, sign_up, verify_email, verifying_account},
};
pub(crate) use self::{profile::me_in, sign_in::signed_in, sign_up::new_account};

/// Where a request comes from, as far as that is known; for limits, the list of sessions and the audit log.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The address on the network, as far as the trusted proxies tell.
    pub address: Option<IpAddr>,
    /// The browser, in its own words.
    pub user_agent: Option<String>,
}

impl Visitor {
    /// The browser's words, as much of them as is kept.
    pub(crate) fn browser(&self) -> String {
        text::clip(self.user_agent.as_deref().unwrap_or_default(), 300)
    }

    /// The address as text; empty when it is not known.
    pub(crate) fn place(&self) -> String {
        self.address
            .map(|address| address.to_string())
            .unwrap_or_default()
    }
}

/// Checks a new password, which takes the address that it is for.
pub(crate) fn choose(password: &SecretString, email: &EmailAddress) -> Result<Password> {
    Password::choose(password.expose_secret(), email)
        .map_err(|refusal| Error::field("/password", refusal.to_string()))
}

/// What was typed, unless no password could be like it.
pub(crate) fn attempt(password: &SecretString) -> Option<PasswordAttempt> {
    PasswordAttempt::new(password.expose_secret())
}
