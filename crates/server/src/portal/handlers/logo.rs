//! Settings → General: the organization's logo.

use axum::response::Response;
use tessera_app::orgs;
use tessera_domain::{Error, Result, Right};
use tessera_ids::OrgId;

use super::answer::{Refusal, again, go_saying};
use super::general;
use super::pages::SettingsGeneral;
use super::visit::{Visit, path};
use crate::http::extract::{Fields, Path};
use crate::http::pace::Pace;
use crate::http::{Answer, limits};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let upload = Route::post(
        "/o/{org}/settings/logo",
        Access::Member(Right::ChangeSettings),
        "Puts up the organization's logo, or takes it down.",
        change,
    );
    vec![upload.up_to(limits::PICTURE).paced(Pace::Guessable).takes_form()]
}

async fn change(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::ChangeSettings).await?;
    let here = path(org) + "/settings";
    let done = match fields.get("intent") {
        "remove" => remove(&visit, org).await.map(|()| "The logo is gone."),
        _ => upload(&visit, org, &fields).await.map(|()| "The logo is up."),
    };
    match done {
        Ok(said) => Ok(go_saying(&visit.site, &here, said)),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let form = general::fresh(&visit, org).await?;
            let logo_error = refusal.field("/picture").or_else(|| refusal.problem(&[]));
            Ok(again(&refusal, SettingsGeneral { logo_error, ..form }))
        }
    }
}

async fn upload(visit: &Visit, org: OrgId, fields: &Fields) -> Result<()> {
    let Some(file) = fields.file("logo").cloned() else {
        return Err(Error::field("/picture", "Choose a picture first."));
    };
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { orgs::set_logo(&app, &actor, org, file).await })
        .await
        .map(drop)
}

async fn remove(visit: &Visit, org: OrgId) -> Result<()> {
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { orgs::remove_logo(&app, &actor, org).await })
        .await
}
