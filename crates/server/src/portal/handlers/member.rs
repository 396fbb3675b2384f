//! One member: role, teams and devices on a page, edited behind the save bar; signing them out everywhere.

use std::collections::BTreeSet;

use axum::response::Response;
use tessera_app::members::{self, MemberEdit, MemberView};
use tessera_app::orgs::OrgView;
use tessera_app::teams;
use tessera_domain::{DeviceState, Error, Kind, Result, Right, Role, role};
use tessera_ids::{AccountId, OrgId, TeamId, Timestamp};
use tessera_store::Device;

use super::answer::{Refusal, again, go, go_saying, page};
use super::member_edits::{self, Draft};
use super::member_review;
use super::member_rows::Reader;
use super::pages::{ConfirmSignOut, Member, MemberDevice, MemberTeam};
use super::review::Intent;
use super::view::{Place, Select};
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let see = Access::Member(Right::SeeOrg);
    let change = Access::Member(Right::ChangeRoles);
    let end = Access::Member(Right::RemoveMembers);
    vec![
        Route::get("/o/{org}/members/{member}", see, "Shows a member.", show),
        Route::post(
            "/o/{org}/members/{member}",
            change,
            "Reviews or saves a member's role and teams.",
            edit,
        )
        .takes_form(),
        Route::get(
            "/o/{org}/members/{member}/sign-out",
            end,
            "Asks before a member is signed out everywhere.",
            ask_sign_out,
        ),
        Route::post(
            "/o/{org}/members/{member}/sign-out",
            end,
            "Signs a member out everywhere.",
            sign_out,
        )
        .takes_form(),
    ]
}

/// The page of a member; of who is none any more, what became of the membership.
async fn show(visit: Visit, Path((org, who)): Path<(OrgId, AccountId)>) -> Answer<Response> {
    match member_page(&visit, org, who, None).await {
        Ok(found) => Ok(page(found)),
        Err(error) if error.kind == Kind::NotFound => {
            let gone = members::removal(visit.app(), visit.actor()?, org, who).await;
            gone.map_err(|_| error)?;
            Ok(go(&format!("{}/removals/{who}", path(org))))
        }
        Err(error) => Err(error.into()),
    }
}

/// The page, with what was typed in place of what is.
async fn member_page(visit: &Visit, org: OrgId, who: AccountId, typed: Option<&Fields>) -> Result<Member> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let member = members::member(app, actor, org, who).await?;
    let (view, frame) = visit.org_frame(org, Place::Members).await?;
    let now = app.clock.now();
    let own = actor.account()? == who;
    let may_assign = Right::ManageTeams.granted_to(view.role);
    let devices = if own || Right::ManageDevices.granted_to(view.role) {
        let found = members::devices_of(app, actor, org, who).await?;
        Some(
            found
                .iter()
                .map(|(device, state)| shown_device(device, state, now))
                .collect(),
        )
    } else {
        None
    };
    let role = typed.map_or(member.role.as_str(), |fields| fields.get("role"));
    Ok(Member {
        path: format!("{}/members/{who}", path(org)),
        name: member.name.to_string(),
        email: member.email.to_string(),
        role: member.role.title().to_owned(),
        role_summary: member.role.summary().to_owned(),
        was: member.role.as_str().to_owned(),
        roles: Select {
            options: Reader::of(visit, &view)?.roles(member.role),
            value: role.to_owned(),
            error: None,
        },
        joined: words::moment(member.joined_at, now),
        own,
        teams: shown_teams(visit, org, &member, may_assign, typed).await?,
        may_assign,
        devices,
        acts: acts(&view, &member, own),
        frame,
    })
}

async fn shown_teams(
    visit: &Visit,
    org: OrgId,
    member: &MemberView,
    may_assign: bool,
    typed: Option<&Fields>,
) -> Result<Vec<MemberTeam>> {
    let shown = |id: TeamId, name: String| {
        let place = member.teams.iter().find(|place| place.team == id);
        let was_in = place.is_some();
        MemberTeam {
            id: id.to_string(),
            name,
            was_in,
            is_in: typed.map_or(was_in, |fields| fields.find(&format!("team.{id}")).is_some()),
            lead: place.is_some_and(|place| place.lead),
        }
    };
    if may_assign {
        let all = teams::list(visit.app(), visit.actor()?, org).await?;
        return Ok(all
            .into_iter()
            .map(|team| shown(team.id, team.name.to_string()))
            .collect());
    }
    let own = member.teams.iter();
    Ok(own
        .map(|place| shown(place.team, place.name.to_string()))
        .collect())
}

fn shown_device(device: &Device, state: &DeviceState, now: Timestamp) -> MemberDevice {
    MemberDevice {
        host: device.host.to_string(),
        system: device.os.to_string(),
        state: words::state(state),
        seen: words::moment(device.last_contact, now),
    }
}

/// What else the reader may do, by the same rules as the list's menu.
fn acts(view: &OrgView, member: &MemberView, own: bool) -> Vec<(String, String, bool)> {
    let (home, who) = (path(view.id), member.account);
    let below = |rest: &str| format!("{home}/members/{who}{rest}");
    let may = |right: Right| right.granted_to(view.role);
    let touches = may(Right::RemoveMembers) && !own && role::may_touch(view.role, member.role).is_ok();
    let mut acts = Vec::new();
    let mut offer = |allowed: bool, label: &str, href: String, destroys: bool| {
        if allowed {
            acts.push((label.to_owned(), href, destroys));
        }
    };
    offer(
        may(Right::SeeSettings),
        "View effective settings",
        below("/settings"),
        false,
    );
    offer(
        may(Right::ChangeSettings),
        "Tighten for this member",
        below("/tighten"),
        false,
    );
    offer(
        may(Right::SeeAudit),
        "What they did, in the audit log",
        format!(
            "{home}/settings/audit{}",
            words::query(&[("q", member.email.as_str())])
        ),
        false,
    );
    offer(touches, "Sign out everywhere…", below("/sign-out"), false);
    let hands_over = may(Right::TransferOwnership) && !own && member.role != Role::Owner;
    offer(
        hands_over,
        "Transfer ownership…",
        format!("{home}/transfer?to={who}"),
        false,
    );
    offer(touches, "Remove from Organization", below("/remove"), true);
    offer(own, "Leave this organization…", home.clone() + "/leave", true);
    acts
}

async fn edit(visit: Visit, Path((org, who)): Path<(OrgId, AccountId)>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::ChangeRoles).await?;
    let here = format!("{}/members/{who}", path(org));
    let intent = Intent::of(&fields);
    match intent {
        Intent::Discard => return Ok(go(&here)),
        Intent::Back => return Ok(page(member_page(&visit, org, who, Some(&fields)).await?)),
        Intent::Review | Intent::Save => {}
    }
    let draft = Draft {
        action: here.clone(),
        back: here,
        kept: member_edits::carried(&fields),
        edits: match fields.get("pending") {
            "" => vec![gather(who, &fields)],
            reviewed => member_review::read(reviewed)?,
        },
    };
    member_edits::decide(&visit, org, draft, intent).await
}

/// What the form says of the member, against what it showed.
fn gather(who: AccountId, fields: &Fields) -> MemberEdit {
    let was: Option<Role> = fields.get("was").parse().ok();
    let role: Option<Role> = fields.get("role").parse().ok();
    let before: BTreeSet<TeamId> = fields.all("was_team").filter_map(|id| id.parse().ok()).collect();
    let ticked = fields
        .iter()
        .filter_map(|(name, _)| name.strip_prefix("team.")?.parse().ok());
    let after: BTreeSet<TeamId> = ticked.collect();
    MemberEdit {
        member: who,
        was,
        role: role.filter(|role| Some(*role) != was),
        join: after.difference(&before).copied().collect(),
        leave: before.difference(&after).copied().collect(),
    }
}

async fn ask_sign_out(visit: Visit, Path((org, who)): Path<(OrgId, AccountId)>) -> Answer<Response> {
    Ok(page(sign_out_page(&visit, org, who).await?))
}

async fn sign_out_page(visit: &Visit, org: OrgId, who: AccountId) -> Result<ConfirmSignOut> {
    let (view, frame) = visit.org_frame(org, Place::Members).await?;
    Right::RemoveMembers.require(view.role)?;
    let member = members::member(visit.app(), visit.actor()?, org, who).await?;
    let home = format!("{}/members", path(org));
    Ok(ConfirmSignOut {
        frame,
        name: member.name.to_string(),
        email: member.email.to_string(),
        consequences: [
            "Every browser is signed out. To go on, they sign in again.",
            "Their access tokens end, unless they belong to another organization too: then the tokens go on until they are removed here.",
            "Their devices stay enrolled and obey as before. To end a device, sign it out or wipe it under Devices.",
            "They are told by mail.",
        ]
        .map(str::to_owned)
        .to_vec(),
        action: format!("{home}/{who}/sign-out"),
        problem: role::may_touch(view.role, member.role)
            .err()
            .map(|refusal| refusal.to_string()),
        back: home,
    })
}

async fn sign_out(
    visit: Visit,
    Path((org, who)): Path<(OrgId, AccountId)>,
    fields: Fields,
) -> Answer<Response> {
    visit.require(org, Right::RemoveMembers).await?;
    if fields.get("confirm") != "sign-out" {
        return Err(Error::invalid("Confirm that this member is to be signed out.").into());
    }
    let form = sign_out_page(&visit, org, who).await?;
    let actor = visit.owned()?;
    match visit
        .site
        .run(|app| async move { members::sign_out(&app, &actor, org, who).await })
        .await
    {
        Ok(done) => {
            let tokens = match done.tokens {
                Some(tokens) => format!("{} ended.", words::count(tokens, "access token")),
                None => "Their access tokens go on, since they belong elsewhere too.".to_owned(),
            };
            let sessions = words::count(done.sessions, "browser");
            let said = format!("{} is signed out of {sessions}. {tokens}", form.name);
            Ok(go_saying(&visit.site, &form.back, said))
        }
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let problem = refusal.problem(&[]);
            Ok(again(&refusal, ConfirmSignOut { problem, ..form }))
        }
    }
}

#[cfg(test)]
mod tests {
    use tessera_ids::ambient::{SystemClock, SystemEntropy};

    use super::*;

    #[test]
    fn only_what_differs_from_what_was_shown_is_an_edit() {
        let who = AccountId::generate(&SystemClock, &SystemEntropy);
        let [stays, joins, leaves] = [(); 3].map(|()| TeamId::generate(&SystemClock, &SystemEntropy));
        let form = format!(
            "was=read&role=read&was_team={stays}&was_team={leaves}&team.{stays}=on&team.{joins}=on&team.x=on"
        );
        let edit = gather(who, &Fields::decode(&form).unwrap());
        assert_eq!(
            (edit.role, edit.join, edit.leave),
            (None, vec![joins], vec![leaves])
        );
    }
}
