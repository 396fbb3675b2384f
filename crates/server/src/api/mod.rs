//! The API for scripts, under `/api/v1`: the same use cases as the portal's pages, as JSON.

mod alerts;
mod applications;
pub mod audit;
mod credential_expiry;
mod credentials;
mod devices;
mod enrolment_keys;
mod history;
mod instant;
mod invitations;
mod inviting;
mod me;
mod me_access;
mod member_list;
mod members;
mod membership;
mod models;
mod org_profile;
mod orgs;
mod planned;
mod policy;
mod policy_keys;
mod reach;
mod rollouts;
mod settings;
mod settings_plan;
mod team_members;
mod teams;
mod updates;
mod websites;

pub use instant::Instant;
pub(crate) use member_list::MemberList;

use tessera_domain::{Error, RevisionNote};

use crate::routes::Route;

/// The rows of this family.
pub fn routes() -> Vec<Route> {
    [
        me::routes(),
        me_access::routes(),
        orgs::routes(),
        org_profile::routes(),
        settings::routes(),
        settings_plan::routes(),
        policy::routes(),
        history::routes(),
        websites::routes(),
        models::routes(),
        applications::routes(),
        rollouts::routes(),
        credentials::routes(),
        credential_expiry::routes(),
        alerts::routes(),
        devices::routes(),
        enrolment_keys::routes(),
        members::routes(),
        membership::routes(),
        invitations::routes(),
        inviting::routes(),
        teams::routes(),
        team_members::routes(),
        audit::routes(),
        updates::routes(),
    ]
    .concat()
}

/// Reads a note for the history; an empty one is none.
fn note(text: String) -> Result<Option<RevisionNote>, Error> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    RevisionNote::try_from(text)
        .map(Some)
        .map_err(|error| Error::field("/note", error.to_string()))
}
