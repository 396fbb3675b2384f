//! Inviting somebody, and what is done with an invitation while it is open.

use axum::response::Response;
use serde::Deserialize;
use tessera_app::invitations::{self, Offer};
use tessera_domain::invitation::MailState;
use tessera_domain::seats::Ledger;
use tessera_domain::{EmailAddress, Error, InvitationState, Result, Right, Role, role};
use tessera_ids::{InvitationId, OrgId, Timestamp};
use tessera_store::InvitationRow;

use super::answer::{Reading, Refusal, again, go, go_refused, go_saying, page};
use super::link::mail_folder;
use super::pages::{Invite, InviteSent, PendingInvites, PendingRow};
use super::view::{Pager, Place, RoleOption};
use super::visit::{Visit, path};
use super::{members, words};
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::routes::{Access, Route};

/// Invitations on one page.
const PAGE: u64 = 50;
/// How many of the newest are looked through for one that was just made.
const NEWEST: u64 = 200;

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::Invite);
    vec![
        Route::get(
            "/o/{org}/members/invite",
            may,
            "Asks whom to invite, as what.",
            ask,
        ),
        Route::post("/o/{org}/members/invite", may, "Invites one person.", send).takes_form(),
        Route::get("/o/{org}/invitations", may, "Shows pending invitations.", list),
        Route::get(
            "/o/{org}/invitations/{invitation}",
            may,
            "Says what became of an invitation.",
            sent,
        ),
        Route::post(
            "/o/{org}/invitations/{invitation}/resend",
            may,
            "Sends an invitation again.",
            resend,
        )
        .takes_form(),
        Route::post(
            "/o/{org}/invitations/{invitation}/revoke",
            may,
            "Takes an invitation back.",
            revoke,
        )
        .takes_form(),
        Route::post(
            "/o/{org}/invitations/{invitation}/link",
            may,
            "Shows a link to copy.",
            link,
        )
        .takes_form(),
    ]
}

async fn ask(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    Ok(page(invite_page(&visit, org).await?))
}

async fn invite_page(visit: &Visit, org: OrgId) -> Result<Invite> {
    let (view, frame) = visit.org_frame(org, Place::Members).await?;
    Right::Invite.require(view.role)?;
    let mut roles: Vec<RoleOption> = view.role.may_give().map(role_option).collect();
    roles.reverse();
    Ok(Invite {
        frame,
        roles,
        seats: free_seats(&view.seats),
        no_seat: view.seats.free() == Some(0),
        mail_folder: mail_folder(visit),
        ..Invite::default()
    })
}

fn role_option(role: Role) -> RoleOption {
    RoleOption {
        value: role.as_str().to_owned(),
        label: role.title().to_owned(),
        may: role.summary().to_owned(),
    }
}

fn free_seats(ledger: &Ledger) -> String {
    match (ledger.free(), ledger.limit) {
        (Some(0), _) => "No seats available. Revoke an invitation, or remove a member first.".to_owned(),
        (Some(free), Some(limit)) => {
            let verb = if free == 1 { "is" } else { "are" };
            format!(
                "{free} of {} {verb} free.",
                words::count(u64::from(limit), "seat")
            )
        }
        _ => "Seats are unlimited.".to_owned(),
    }
}

async fn send(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    match try_send(&visit, org, &fields).await {
        Ok(id) => Ok(go(&format!("{}/invitations/{id}", path(org)))),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let form = Invite {
                problem: refusal.problem(&["/email", "/role"]),
                email: refusal.input("/email", fields.get("email")),
                role: fields.get("role").to_owned(),
                role_error: refusal.field("/role"),
                ..invite_page(&visit, org).await?
            };
            Ok(again(&refusal, form))
        }
    }
}

async fn try_send(visit: &Visit, org: OrgId, fields: &Fields) -> Result<InvitationId> {
    let mut reading = Reading::default();
    let email = reading.take("/email", fields.get("email").parse::<EmailAddress>());
    let role = reading.take("/role", fields.get("role").parse::<Role>());
    let (Some(email), Some(role)) = (email, role) else {
        return Err(reading.error());
    };
    let offer = Offer {
        email,
        role,
        teams: Vec::new(),
    };
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { invitations::invite_one(&app, &actor, org, offer).await })
        .await
}

async fn sent(visit: Visit, Path((org, id)): Path<(OrgId, InvitationId)>) -> Answer<Response> {
    let found = invitations::list(visit.app(), visit.actor()?, org, None, NEWEST).await?;
    let row = found.invitations.into_iter().find(|row| row.invitation.id == id);
    let row = row.ok_or_else(|| Error::not_found("pending invitation"))?;
    let (_, frame) = visit.org_frame(org, Place::Members).await?;
    Ok(page(InviteSent {
        frame,
        email: row.invitation.email.to_string(),
        role: row.invitation.role.title().to_owned(),
        link: handed_over(&visit, &row),
        mail: mail_sentence(&row.invitation.state),
        mail_folder: mail_folder(&visit),
    }))
}

/// A link that leads to the invitation but proves no address, so that it may be shown to others.
fn handed_over(visit: &Visit, row: &InvitationRow) -> String {
    visit.site.link(&format!(
        "/invitations/mine/{}/{}",
        row.invitation.org, row.invitation.id
    ))
}

fn mail_sentence(state: &InvitationState) -> String {
    let text = match mail_state(state) {
        Some(MailState::Sent) => "The mail is sent.",
        Some(MailState::GaveUp) => {
            "The mail could not be sent. Resend the invitation, or hand the link over."
        }
        Some(MailState::NotSentYet) => "The mail goes out as soon as the mail server takes it.",
        None => "It does not work any more.",
    };
    text.to_owned()
}

fn mail_state(state: &InvitationState) -> Option<MailState> {
    match state {
        InvitationState::Pending { mail, .. } => Some(*mail),
        InvitationState::Accepted { .. }
        | InvitationState::Revoked { .. }
        | InvitationState::Expired { .. } => None,
    }
}

/// What of the list is shown.
#[derive(Clone, Debug, Default, Deserialize)]
struct Listing {
    #[serde(default)]
    after: String,
    #[serde(default)]
    copy: String,
}

async fn list(visit: Visit, Path(org): Path<OrgId>, Query(listing): Query<Listing>) -> Answer<Response> {
    let after = place(&listing.after)?;
    let found = invitations::list(visit.app(), visit.actor()?, org, after, PAGE).await?;
    let (view, frame) = visit.org_frame(org, Place::Members).await?;
    let now = visit.app().clock.now();
    let copied = found
        .invitations
        .iter()
        .find(|row| row.invitation.id.to_string() == listing.copy);
    let last = found
        .invitations
        .last()
        .filter(|_| found.more)
        .map(|row| &row.invitation);
    Ok(page(PendingInvites {
        frame,
        seats: Some(members::seats(&found.seats)),
        tabs: members::tabs(org, view.role, found.seats, false),
        copied: copied.map(|row| (row.invitation.email.to_string(), handed_over(&visit, row))),
        pager: Pager {
            shown: words::count(found.invitations.len() as u64, "invitation"),
            first: (!listing.after.is_empty()).then(|| "?".to_owned()),
            next: last.map(|last| {
                words::query(&[("after", &format!("{} {}", last.id, last.invited_at.as_micros()))])
            }),
        },
        rows: found
            .invitations
            .iter()
            .map(|row| pending_row(row, view.role, now))
            .collect(),
        mail_folder: mail_folder(&visit),
    }))
}

fn place(after: &str) -> Result<Option<(Timestamp, InvitationId)>> {
    let read = || {
        let (id, at) = after.split_once(' ')?;
        Some((Timestamp::from_micros(at.parse().ok()?), id.parse().ok()?))
    };
    if after.is_empty() {
        return Ok(None);
    }
    read()
        .map(Some)
        .ok_or_else(|| Error::invalid("This page of the list is not understood. Begin at the first one."))
}

fn pending_row(row: &InvitationRow, reader: Role, now: Timestamp) -> PendingRow {
    let invitation = &row.invitation;
    let (mail, mail_trouble) = match mail_state(&invitation.state) {
        Some(MailState::Sent) => ("mail sent", false),
        Some(MailState::NotSentYet) => ("mail not sent yet", true),
        Some(MailState::GaveUp) => ("mail could not be sent", true),
        None => ("expired", true),
    };
    let may_touch = role::may_touch(reader, invitation.role).is_ok();
    PendingRow {
        email: invitation.email.to_string(),
        role: invitation.role.title().to_owned(),
        inviter: row.invited_by_name.to_string(),
        sent: words::moment(invitation.invited_at, now),
        expires: words::expiry(&invitation.state, now),
        mail: mail.to_owned(),
        mail_trouble,
        path: may_touch.then(|| format!("{}/invitations/{}", path(invitation.org), invitation.id)),
    }
}

async fn resend(visit: Visit, Path((org, id)): Path<(OrgId, InvitationId)>) -> Answer<Response> {
    let (actor, here) = (visit.owned()?, path(org) + "/invitations");
    match visit
        .site
        .run(|app| async move { invitations::resend(&app, &actor, org, id).await })
        .await
    {
        Ok(()) => Ok(go_saying(
            &visit.site,
            &here,
            "The invitation is sent again. The earlier link is dead.",
        )),
        Err(error) => go_refused(&visit.site, &here, error),
    }
}

async fn revoke(visit: Visit, Path((org, id)): Path<(OrgId, InvitationId)>) -> Answer<Response> {
    let (actor, here) = (visit.owned()?, path(org) + "/invitations");
    match visit
        .site
        .run(|app| async move { invitations::revoke(&app, &actor, org, id).await })
        .await
    {
        Ok(()) => Ok(go_saying(
            &visit.site,
            &here,
            "The invitation is taken back, and its seat is free.",
        )),
        Err(error) => go_refused(&visit.site, &here, error),
    }
}

async fn link(visit: Visit, Path((org, id)): Path<(OrgId, InvitationId)>) -> Answer<Response> {
    visit.require(org, Right::Invite).await?;
    Ok(go(&format!("{}/invitations?copy={id}", path(org))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_seats_are_said_as_they_are() {
        let ledger = |limit, used, held| Ledger { limit, used, held };
        assert_eq!(free_seats(&ledger(Some(20), 12, 3)), "5 of 20 seats are free.");
        assert_eq!(free_seats(&ledger(Some(20), 19, 0)), "1 of 20 seats is free.");
        assert!(free_seats(&ledger(Some(20), 12, 8)).starts_with("No seats available"));
        assert_eq!(free_seats(&ledger(None, 12, 8)), "Seats are unlimited.");
    }
}
