//! What can go wrong on the machine's side, in words for the person in front of it: what happened, what was
//! kept, what to do.

use std::{borrow::Cow, io, path::PathBuf};

/// Why something was not done. What is in force is never touched by any of these.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No folder for the agent's state.
    #[error("this account has no home folder to keep the agent's state in; name one with --home")]
    NoHome,
    /// The agent's folder cannot be used.
    #[error("the agent's folder {} cannot be used: {source}", home.display())]
    Home {
        /// The folder.
        home: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another agent has this home.
    #[error("an agent already runs on {}; stop it first, or choose another --home", home.display())]
    AlreadyRunning {
        /// The folder.
        home: PathBuf,
    },
    /// Another `login` or `logout` is under way.
    #[error("another sign-in or sign-out is under way on {}; finish or stop it first", home.display())]
    SigningIn {
        /// The folder.
        home: PathBuf,
    },
    /// A file of the state cannot be read or written.
    #[error("the agent could not {task}: {source}. The last good settings stay in force")]
    State {
        /// What it was about to do.
        task: Cow<'static, str>,
        /// What the system says.
        source: io::Error,
    },
    /// The device's keys are gone.
    #[error(
        "this device's keys are not, or not whole, in the {storage} where they were kept, so the portal cannot know it again. \
         Capture stays closed; sign out and in again: tessera logout, then tessera login <url>"
    )]
    KeysLost {
        /// `keyring` or `file`.
        storage: &'static str,
    },
    /// Nobody is signed in here.
    #[error(
        "this machine is not signed in to an organization, so nothing may be captured; run: tessera login <url>"
    )]
    NotSignedIn,
    /// Somebody is, and still there is nothing to enforce.
    #[error("nothing may be captured: {}", why.as_deref().unwrap_or("the organization's settings have not arrived yet"))]
    Closed {
        /// What is wrong with what is on the disk, if something is.
        why: Option<String>,
    },
    /// Somebody is.
    #[error(
        "this machine is already signed in to {org} as {account}; to change that, run first: tessera logout"
    )]
    SignedIn {
        /// The org's name.
        org: String,
        /// The member's address.
        account: String,
    },
    /// Only administrators sign machines out here.
    #[error("this machine stays signed in: {0}. Nothing was changed")]
    SignOutRefused(String),
    /// An enrolment key that cannot be read. What stands there is not repeated.
    #[error("the enrolment key in {place} cannot be used: {why}")]
    EnrolmentKey {
        /// The file, or the variable.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// A member was named and no key given.
    #[error(
        "--member goes with an enrolment key; name its file with --enrolment-key-file, or sign in with a browser \
         without --member"
    )]
    MemberWithoutKey,
    /// Not an address of a portal.
    #[error("{0}")]
    Address(#[from] crate::address::AddressError),
    /// The file of the organization's certificate authority is of no use.
    #[error("{0}")]
    Ca(#[from] crate::http::CaError),
    /// The portal could not be reached, or did not answer as one.
    #[error("{0}")]
    Portal(#[from] crate::portal::PortalError),
    /// The member or the portal said no.
    #[error("{0}")]
    Enrolment(#[from] crate::enrol::Refused),
    /// The system does not run the agent.
    #[error("{0}")]
    Service(#[from] crate::service::ServiceError),
    /// Something in the machinery failed.
    #[error("the agent could not {task}: {source}")]
    Local {
        /// What it was about to do.
        task: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn state(task: impl Into<Cow<'static, str>>, source: io::Error) -> Self {
        Self::State {
            task: task.into(),
            source,
        }
    }
}
