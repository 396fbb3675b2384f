//! Edits of members, gathered behind the save bar: reviewed by name, then all saved or none.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tessera_app::members::{self, Applied, EditPlan, MemberEdit, PlannedEdit};
use tessera_domain::{Error, Result, Right, Role};
use tessera_ids::{AccountId, OrgId, TeamId};

use super::answer::{go, go_saying, page};
use super::member_review::{read, review_page};
use super::members::{Listing, Typed, members_page};
use super::pages::{Page, PendingField};
use super::review::Intent;
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::http::limits;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::ChangeRoles);
    vec![
        Route::post(
            "/o/{org}/members",
            may,
            "Reviews or saves what was gathered on the list.",
            gathered,
        )
        .takes_form(),
        Route::post(
            "/o/{org}/members/review",
            may,
            "Saves what was reviewed, or leads back to the list.",
            reviewed,
        )
        .up_to(limits::MANY_MEMBERS)
        .takes_form(),
    ]
}

async fn gathered(
    visit: Visit,
    Path(org): Path<OrgId>,
    Query(listing): Query<Listing>,
    fields: Fields,
) -> Answer<Response> {
    visit.require(org, Right::ChangeRoles).await?;
    let here = home(org, &listing);
    let intent = Intent::of(&fields);
    if intent == Intent::Discard {
        return Ok(go(&here));
    }
    let edits = gather(&visit, org, &listing, &fields).await?;
    let draft = Draft {
        action: format!("{}/members/review{}", path(org), listing.here()),
        back: here,
        kept: kept(&fields),
        edits,
    };
    decide(&visit, org, draft, intent).await
}

async fn reviewed(
    visit: Visit,
    Path(org): Path<OrgId>,
    Query(listing): Query<Listing>,
    fields: Fields,
) -> Answer<Response> {
    visit.require(org, Right::ChangeRoles).await?;
    let intent = Intent::of(&fields);
    if matches!(intent, Intent::Back | Intent::Discard) {
        return Ok(page(
            members_page(&visit, org, &listing, &Typed::of(&fields)).await?,
        ));
    }
    let mut edits = read(fields.get("pending"))?;
    if fields.get("intent") == "without" {
        let plan = members::plan(visit.app(), visit.actor()?, org, &edits).await?;
        edits = keep(edits, &plan, |planned| planned.refused.is_none());
    }
    let draft = Draft {
        action: format!("{}/members/review{}", path(org), listing.here()),
        back: home(org, &listing),
        kept: kept(&fields),
        edits,
    };
    decide(&visit, org, draft, intent).await
}

/// Edits on their way from the page that they were made on to being saved.
pub(super) struct Draft {
    /// Where the review sends them.
    pub(super) action: String,
    /// The page that they come from.
    pub(super) back: String,
    /// What that page's form said, so that it can be shown again.
    pub(super) kept: Vec<PendingField>,
    /// They.
    pub(super) edits: Vec<MemberEdit>,
}

/// Reviews or saves; whatever cannot be saved is reviewed again, with the reason at each name.
pub(super) async fn decide(visit: &Visit, org: OrgId, draft: Draft, intent: Intent) -> Answer<Response> {
    let plan = members::plan(visit.app(), visit.actor()?, org, &draft.edits).await?;
    let draft = Draft {
        edits: keep(draft.edits, &plan, counts),
        ..draft
    };
    if draft.edits.is_empty() {
        let text = "Nothing was changed, so nothing was saved.";
        return Ok(go_saying(&visit.site, &draft.back, text));
    }
    if intent != Intent::Save {
        return Ok(page(review_page(visit, org, draft).await?));
    }
    let (actor, edits) = (visit.owned()?, draft.edits.clone());
    let done = visit
        .site
        .run(|app| async move { members::apply(&app, &actor, org, &edits).await })
        .await;
    match done {
        Ok(applied) => Ok(go_saying(&visit.site, &draft.back, said(applied))),
        Err(error) if !error.fields.is_empty() => {
            let again = review_page(visit, org, draft).await?;
            Ok((StatusCode::CONFLICT, Page(again)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether an edit is worth carrying on: it changes something, or is refused and says why.
fn counts(planned: &PlannedEdit) -> bool {
    planned.changes() || planned.refused.is_some()
}

fn keep(edits: Vec<MemberEdit>, plan: &EditPlan, wanted: impl Fn(&PlannedEdit) -> bool) -> Vec<MemberEdit> {
    let pairs = edits.into_iter().zip(&plan.edits);
    pairs
        .filter(|(_, planned)| wanted(planned))
        .map(|(edit, _)| edit)
        .collect()
}

fn home(org: OrgId, listing: &Listing) -> String {
    let here = path(org) + "/members" + &listing.here();
    here.trim_end_matches('?').to_owned()
}

fn said(applied: Applied) -> String {
    let roles = match applied.roles {
        0 => String::new(),
        1 => "1 role is changed. ".to_owned(),
        many => format!("{} roles are changed. ", words::grouped(many)),
    };
    let places = match applied.places {
        0 => String::new(),
        1 => "1 place in a team is changed.".to_owned(),
        many => format!("{} places in teams are changed.", words::grouped(many)),
    };
    (roles + &places).trim_end().to_owned()
}

/// What the list's form asks for: each row's own role, and what is to become of the ticked members or of all that match.
/// A row's own role goes before the one for many.
async fn gather(visit: &Visit, org: OrgId, listing: &Listing, fields: &Fields) -> Result<Vec<MemberEdit>> {
    let rows = fields.iter().filter_map(|(name, value)| row(fields, name, value));
    let mut edits: BTreeMap<AccountId, MemberEdit> = rows.map(|edit| (edit.member, edit)).collect();
    let wanted = ForMany::of(fields)?;
    if !wanted.is_nothing() {
        for (member, was) in wanted.whom(visit, org, listing, fields).await? {
            let edit = edits.entry(member).or_insert_with(|| MemberEdit {
                member,
                was,
                role: wanted.role,
                join: Vec::new(),
                leave: Vec::new(),
            });
            edit.join.extend(wanted.join);
            edit.leave.extend(wanted.leave);
        }
    }
    Ok(edits.into_values().collect())
}

/// The role chosen in one row, where it is not the one that the row showed.
fn row(fields: &Fields, name: &str, value: &str) -> Option<MemberEdit> {
    let id = name.strip_prefix("role.")?;
    let role: Role = value.parse().ok()?;
    let was: Option<Role> = fields.get(&format!("was.{id}")).parse().ok();
    (was != Some(role)).then_some(MemberEdit {
        member: id.parse().ok()?,
        was,
        role: Some(role),
        join: Vec::new(),
        leave: Vec::new(),
    })
}

/// What is to become of many.
struct ForMany {
    role: Option<Role>,
    join: Option<TeamId>,
    leave: Option<TeamId>,
}

impl ForMany {
    fn of(fields: &Fields) -> Result<Self> {
        let unknown = || Error::invalid("This form is not understood. Reload the page.");
        let team = |name: &str| match fields.get(name) {
            "" => Ok(None),
            id => id.parse().map(Some).map_err(|_| unknown()),
        };
        Ok(Self {
            role: match fields.get("bulk_role") {
                "" => None,
                word => Some(word.parse().map_err(|_| unknown())?),
            },
            join: team("bulk_join")?,
            leave: team("bulk_leave")?,
        })
    }

    const fn is_nothing(&self) -> bool {
        self.role.is_none() && self.join.is_none() && self.leave.is_none()
    }

    /// Whom it is for, with the role that the author saw. Who acts on all that match does not mean themselves.
    async fn whom(
        &self,
        visit: &Visit,
        org: OrgId,
        listing: &Listing,
        fields: &Fields,
    ) -> Result<Vec<(AccountId, Option<Role>)>> {
        if fields.get("scope") != "all" {
            let shown = |id: AccountId| (id, fields.get(&format!("was.{id}")).parse().ok());
            let picked = fields.all("pick").filter_map(|id| id.parse().ok());
            return Ok(picked.map(shown).collect());
        }
        let me = visit.actor()?.account()?;
        let all = members::matching(visit.app(), visit.actor()?, org, &listing.query()?).await?;
        let others = all.into_iter().filter(|member| member.account != me);
        Ok(others.map(|member| (member.account, Some(member.role))).collect())
    }
}

/// What the list's form said, so that the list can be shown again as it was.
fn kept(fields: &Fields) -> Vec<PendingField> {
    let is_kept = |name: &str| {
        name.starts_with("role.") || ["pick", "scope", "bulk_role", "bulk_join", "bulk_leave"].contains(&name)
    };
    let changed = |name: &str, value: &str| match name.strip_prefix("role.") {
        Some(id) => fields.find(&format!("was.{id}")) != Some(value),
        None => !value.is_empty(),
    };
    fields
        .iter()
        .filter(|(name, value)| is_kept(name) && changed(name, value))
        .map(|(name, value)| PendingField {
            name: name.to_owned(),
            value: value.to_owned(),
        })
        .collect()
}

/// Every field of a member's own page, to be sent once more with what is decided.
pub(super) fn carried(fields: &Fields) -> Vec<PendingField> {
    let others = fields
        .iter()
        .filter(|(name, _)| !["intent", "pending"].contains(name));
    others
        .map(|(name, value)| PendingField {
            name: name.to_owned(),
            value: value.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use tessera_ids::ambient::{SystemClock, SystemEntropy};

    use super::*;

    #[test]
    fn only_rows_that_differ_from_what_they_showed_are_edits() {
        let id = AccountId::generate(&SystemClock, &SystemEntropy);
        let form =
            |was: &str, role: &str| Fields::decode(&format!("role.{id}={role}&was.{id}={was}")).unwrap();
        let edit = |fields: &Fields| row(fields, &format!("role.{id}"), fields.get(&format!("role.{id}")));
        assert_eq!(edit(&form("read", "read")), None);
        assert_eq!(edit(&form("read", "emperor")), None);
        assert_eq!(edit(&form("read", "write")).unwrap().was, Some(Role::Read));
        assert_eq!(edit(&form("", "write")).unwrap().was, None);
        assert_eq!(kept(&form("read", "read")), []);
    }
}
