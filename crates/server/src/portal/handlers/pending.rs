//! Pending Invites, and what is done with an invitation while it is open.

use std::collections::HashMap;

use axum::response::Response;
use serde::Deserialize;
use tessera_app::invitations::{self, Alteration};
use tessera_app::teams;
use tessera_domain::invitation::MailState;
use tessera_domain::{Error, InvitationState, Result, Right, Role, TeamName, role};
use tessera_ids::{InvitationId, OrgId, TeamId, Timestamp};
use tessera_store::{InvitationQuery, InvitationRow};

use super::answer::{Refusal, again, go, go_refused, go_saying, page};
use super::invite::{role_option, team_choices};
use super::link::mail_folder;
use super::pages::{InvitationEdit, InviteSent, PendingInvites, PendingRow};
use super::view::{Pager, Place};
use super::visit::{Visit, path};
use super::{members, words};
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::routes::{Access, Route};

/// Invitations on one page.
const PAGE: u64 = 50;

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::Invite);
    let (one, edit) = (
        "/o/{org}/invitations/{invitation}",
        "/o/{org}/invitations/{invitation}/edit",
    );
    vec![
        Route::get("/o/{org}/invitations", may, "Shows pending invitations.", list),
        Route::get(one, may, "Says what became of an invitation.", sent),
        Route::get(edit, may, "Shows what an invitation offers.", edit_form),
        Route::post(edit, may, "Changes what a pending invitation offers.", change).takes_form(),
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

async fn sent(visit: Visit, Path((org, id)): Path<(OrgId, InvitationId)>) -> Answer<Response> {
    let row = invitations::one(visit.app(), visit.actor()?, org, id).await?;
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
    q: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    copy: String,
}

impl Listing {
    fn query(&self) -> Result<InvitationQuery> {
        Ok(InvitationQuery {
            search: Some(self.q.trim().to_owned()).filter(|text| !text.is_empty()),
            after: place(&self.after)?,
        })
    }

    fn to(&self, after: &str) -> String {
        words::query(&[("q", &self.q), ("after", after)])
    }
}

async fn list(visit: Visit, Path(org): Path<OrgId>, Query(listing): Query<Listing>) -> Answer<Response> {
    let found = invitations::list(visit.app(), visit.actor()?, org, &listing.query()?, PAGE).await?;
    let (_, frame) = visit.org_frame(org, Place::Members).await?;
    let now = visit.app().clock.now();
    let last = found.invitations.last().filter(|_| found.more);
    let next = last.map(|row| {
        let last = &row.invitation;
        listing.to(&format!("{} {}", last.id, last.invited_at.as_micros()))
    });
    let shown = words::grouped(found.invitations.len() as u64);
    Ok(page(PendingInvites {
        frame,
        seats: Some(members::seats(&found.seats)),
        tabs: members::tabs(org, found.role, found.seats, false),
        copied: copied(&visit, org, &listing).await?,
        pager: Pager {
            shown: format!("{shown} of {}", words::count(found.total, "invitation")),
            first: (!listing.after.is_empty()).then(|| listing.to("")),
            next,
        },
        rows: found
            .invitations
            .iter()
            .map(|row| pending_row(row, &found.teams, found.role, now))
            .collect(),
        query: listing.q,
        mail_folder: mail_folder(&visit),
    }))
}

/// The address and link that were asked for, wherever in the list they are.
async fn copied(visit: &Visit, org: OrgId, listing: &Listing) -> Result<Option<(String, String)>> {
    let Ok(id) = listing.copy.parse() else {
        return Ok(None);
    };
    let row = invitations::one(visit.app(), visit.actor()?, org, id).await?;
    Ok(Some((row.invitation.email.to_string(), handed_over(visit, &row))))
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

fn pending_row(
    row: &InvitationRow,
    teams: &HashMap<TeamId, TeamName>,
    reader: Role,
    now: Timestamp,
) -> PendingRow {
    let invitation = &row.invitation;
    let (mail, mail_trouble) = match mail_state(&invitation.state) {
        Some(MailState::Sent) => ("mail sent", false),
        Some(MailState::NotSentYet) => ("mail not sent yet", true),
        Some(MailState::GaveUp) => ("mail could not be sent", true),
        None => ("expired", true),
    };
    let names = invitation.teams.iter().filter_map(|team| teams.get(team));
    let names: Vec<&str> = names.map(TeamName::as_str).collect();
    let may_touch = role::may_touch(reader, invitation.role).is_ok();
    PendingRow {
        email: invitation.email.to_string(),
        role: invitation.role.title().to_owned(),
        teams: names.join(", "),
        pending: invitation.is_live(now),
        inviter: row.invited_by_name.to_string(),
        sent: words::moment(invitation.invited_at, now),
        expires: words::expiry(&invitation.state, now),
        mail: mail.to_owned(),
        mail_trouble,
        path: may_touch.then(|| format!("{}/invitations/{}", path(invitation.org), invitation.id)),
    }
}

async fn edit_form(visit: Visit, Path((org, id)): Path<(OrgId, InvitationId)>) -> Answer<Response> {
    Ok(page(edit_page(&visit, org, id).await?))
}

async fn edit_page(visit: &Visit, org: OrgId, id: InvitationId) -> Result<InvitationEdit> {
    let row = invitations::one(visit.app(), visit.actor()?, org, id).await?;
    let (view, frame) = visit.org_frame(org, Place::Members).await?;
    let back = path(org) + "/invitations";
    let chosen: Vec<String> = row.invitation.teams.iter().map(ToString::to_string).collect();
    let mut roles: Vec<_> = view.role.may_give().map(role_option).collect();
    roles.reverse();
    Ok(InvitationEdit {
        frame,
        email: row.invitation.email.to_string(),
        action: format!("{back}/{id}/edit"),
        back,
        problem: None,
        roles,
        role: row.invitation.role.as_str().to_owned(),
        teams: team_choices(teams::list(visit.app(), visit.actor()?, org).await?, &chosen),
    })
}

async fn change(
    visit: Visit,
    Path((org, id)): Path<(OrgId, InvitationId)>,
    fields: Fields,
) -> Answer<Response> {
    visit.require(org, Right::Invite).await?;
    let back = path(org) + "/invitations";
    if fields.get("intent") == "discard" {
        return Ok(go(&back));
    }
    match apply(&visit, org, id, &fields).await {
        Ok(()) => Ok(go_saying(&visit.site, &back, "The invitation offers that now.")),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let chosen: Vec<String> = fields.all("team").map(str::to_owned).collect();
            let form = edit_page(&visit, org, id).await?;
            let teams = form.teams.into_iter().map(|team| super::pages::TeamChoice {
                chosen: chosen.contains(&team.id),
                ..team
            });
            let form = InvitationEdit {
                problem: refusal.problem(&[]),
                role: fields.get("role").to_owned(),
                teams: teams.collect(),
                ..form
            };
            Ok(again(&refusal, form))
        }
    }
}

async fn apply(visit: &Visit, org: OrgId, id: InvitationId, fields: &Fields) -> Result<()> {
    let role: Role = fields
        .get("role")
        .parse()
        .map_err(|error: tessera_domain::role::ParseRoleError| Error::field("/role", error.to_string()))?;
    let names: Vec<String> = fields.all("team").map(str::to_owned).collect();
    let actor = visit.owned()?;
    let teams = invitations::team_ids(visit.app(), &actor, org, &names).await?;
    let wanted = Alteration {
        role: Some(role),
        teams: Some(teams),
    };
    let work = |app: std::sync::Arc<tessera_app::App>| async move {
        invitations::change(&app, &actor, org, id, wanted).await.map(drop)
    };
    visit.site.run(work).await
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
    invitations::one(visit.app(), visit.actor()?, org, id).await?;
    Ok(go(&format!("{}/invitations?copy={id}", path(org))))
}
