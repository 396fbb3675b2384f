//! Making, renaming and deleting a team.

use axum::response::Response;
use tessera_app::teams::{self, Deletion};
use tessera_domain::{Error, Kind, Result, Right, TeamName};
use tessera_ids::{OrgId, TeamId};

use super::answer::{Reading, Refusal, again, go_saying, page};
use super::pages::{TeamDeletion, TeamForm};
use super::view::{Input, Place};
use super::visit::{Visit, path, team_path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::ManageTeams);
    vec![
        Route::get("/o/{org}/teams/new", may, "Asks for a new team's name.", ask_new),
        Route::post("/o/{org}/teams", may, "Creates a team.", create).takes_form(),
        Route::get(
            "/o/{org}/teams/{team}/rename",
            may,
            "Asks for a team's other name.",
            ask_rename,
        ),
        Route::post("/o/{org}/teams/{team}/rename", may, "Renames a team.", rename).takes_form(),
        Route::get(
            "/o/{org}/teams/{team}/delete",
            may,
            "Asks before a team is deleted.",
            ask_delete,
        ),
        Route::post("/o/{org}/teams/{team}/delete", may, "Deletes a team.", delete).takes_form(),
    ]
}

async fn ask_new(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    Ok(page(new_form(&visit, org).await?))
}

async fn new_form(visit: &Visit, org: OrgId) -> Result<TeamForm> {
    let (view, frame) = visit.org_frame(org, Place::Teams).await?;
    Right::ManageTeams.require(view.role)?;
    let list = path(org) + "/teams";
    Ok(TeamForm {
        frame,
        action: list.clone(),
        back: list,
        ..TeamForm::default()
    })
}

async fn create(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::ManageTeams).await?;
    match try_create(&visit, org, &fields).await {
        Ok(team) => Ok(go_saying(
            &visit.site,
            &team_path(org, team),
            "The team is there. Add people to it next.",
        )),
        Err(error) => refused(error, &fields, new_form(&visit, org).await?),
    }
}

async fn try_create(visit: &Visit, org: OrgId, fields: &Fields) -> Result<TeamId> {
    let (name, actor) = (name(fields)?, visit.owned()?);
    visit
        .site
        .run(|app| async move { teams::create(&app, &actor, org, &name).await })
        .await
}

fn name(fields: &Fields) -> Result<TeamName> {
    let mut reading = Reading::default();
    match reading.take("/name", fields.get("name").parse()) {
        Some(name) => Ok(name),
        None => Err(reading.error()),
    }
}

/// The form again, with what was typed. A name that is taken is said beside the name.
fn refused(error: Error, fields: &Fields, form: TeamForm) -> Answer<Response> {
    let refusal = Refusal::of(error)?;
    let typed = fields.get("name");
    let name = match refusal.problem(&["/name"]) {
        Some(problem) => Input::refused(typed, problem),
        None => refusal.input("/name", typed),
    };
    Ok(again(&refusal, TeamForm { name, ..form }))
}

async fn ask_rename(visit: Visit, Path((org, team)): Path<(OrgId, TeamId)>) -> Answer<Response> {
    Ok(page(rename_form(&visit, org, team).await?))
}

async fn rename_form(visit: &Visit, org: OrgId, team: TeamId) -> Result<TeamForm> {
    let view = teams::view(visit.app(), visit.actor()?, org, team).await?;
    Right::ManageTeams.require(view.role)?;
    let here = team_path(org, team);
    Ok(TeamForm {
        frame: visit.team_frame(org, team).await?,
        present: Some(view.team.name.to_string()),
        name: Input::new(view.team.name.as_str()),
        action: here.clone() + "/rename",
        back: here,
        problem: None,
    })
}

async fn rename(visit: Visit, Path((org, team)): Path<(OrgId, TeamId)>, fields: Fields) -> Answer<Response> {
    let form = rename_form(&visit, org, team).await?;
    match try_rename(&visit, org, team, &fields).await {
        Ok(()) => Ok(go_saying(&visit.site, &form.back, "The team has its new name.")),
        Err(error) => refused(error, &fields, form),
    }
}

async fn try_rename(visit: &Visit, org: OrgId, team: TeamId, fields: &Fields) -> Result<()> {
    let (name, actor) = (name(fields)?, visit.owned()?);
    visit
        .site
        .run(|app| async move { teams::rename(&app, &actor, org, team, &name).await })
        .await
}

async fn ask_delete(visit: Visit, Path((org, team)): Path<(OrgId, TeamId)>) -> Answer<Response> {
    Ok(page(deletion_page(&visit, org, team).await?))
}

async fn deletion_page(visit: &Visit, org: OrgId, team: TeamId) -> Result<TeamDeletion> {
    let deletion = teams::deletion(visit.app(), visit.actor()?, org, team).await?;
    let here = team_path(org, team);
    let action = here.clone() + "/delete";
    let back = visit.came_from(&here);
    Ok(TeamDeletion {
        frame: visit.team_frame(org, team).await?,
        name: deletion.team.name.to_string(),
        consequences: consequences(&deletion),
        problem: None,
        back: if back == action { here } else { back },
        action,
    })
}

fn consequences(deletion: &Deletion) -> Vec<String> {
    let team = &deletion.team;
    let mut lines = vec![match team.members {
        0 => "Nobody is in it.".to_owned(),
        1 => "Its one member stays in the organization.".to_owned(),
        many => format!("Its {} members stay in the organization.", words::grouped(many)),
    }];
    if team.has_settings {
        let text = "Its settings go: devices of its members get the organization’s settings within a second.";
        lines.push(text.to_owned());
    }
    lines.push("Updates posted to it are deleted, with their comments.".to_owned());
    match deletion.invitations {
        0 => {}
        1 => lines.push("One pending invitation loses this team and stays open.".to_owned()),
        many => lines.push(format!(
            "{} pending invitations lose this team and stay open.",
            words::grouped(many)
        )),
    }
    lines
}

async fn delete(visit: Visit, Path((org, team)): Path<(OrgId, TeamId)>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::ManageTeams).await?;
    if fields.get("confirm") != "delete" {
        return Err(Error::invalid("Confirm that this team is to be deleted.").into());
    }
    let form = deletion_page(&visit, org, team).await?;
    let actor = visit.owned()?;
    match visit
        .site
        .run(|app| async move { teams::delete(&app, &actor, org, team).await })
        .await
    {
        Ok(()) => Ok(deleted(&visit, org, &form.name)),
        // Somebody else deleted it in between, which is what was wanted.
        Err(error) if error.kind == Kind::NotFound => Ok(deleted(&visit, org, &form.name)),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let problem = refusal.problem(&[]);
            Ok(again(&refusal, TeamDeletion { problem, ..form }))
        }
    }
}

fn deleted(visit: &Visit, org: OrgId, name: &str) -> Response {
    let to = path(org) + "/settings/teams";
    go_saying(&visit.site, &to, format!("The team {name} is deleted."))
}
