//! Replacing a key beside the old one.

use std::time::Duration;

use axum::response::Response;
use tessera_app::credentials::{self, CredentialView};
use tessera_domain::credential::{CredentialState, Field};
use tessera_domain::{Error, Result, Right};
use tessera_ids::{CredentialId, OrgId};

use super::answer::{Refusal, again, go_saying, page};
use super::key_form::{refused, shown, typed};
use super::keys::{end, key_path, keys_path};
use super::pages::KeyReplacement;
use super::view::{Opt, Place, Select};
use super::visit::Visit;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::routes::{Access, Route};

/// How long the old key may go on: seconds as the form sends them, and what people read.
const OVERLAPS: [(&str, &str); 5] = [
    ("3600", "An hour"),
    ("86400", "A day"),
    ("604800", "A week"),
    ("2592000", "30 days"),
    ("0", "No longer: it retires at once"),
];
/// The one that is preset.
const A_DAY: &str = "86400";

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::ManageCredentials);
    vec![
        Route::get(
            "/o/{org}/models/keys/{credential}/replace",
            may,
            "Asks for the key that takes over.",
            ask,
        ),
        Route::post(
            "/o/{org}/models/keys/{credential}/replace",
            may,
            "Replaces a key.",
            replace,
        )
        .takes_form(),
    ]
}

async fn ask(visit: Visit, Path((org, id)): Path<(OrgId, CredentialId)>) -> Answer<Response> {
    let view = credentials::one(visit.app(), visit.actor()?, org, id).await?;
    Ok(page(form(&visit, org, &view).await?))
}

async fn form(visit: &Visit, org: OrgId, view: &CredentialView) -> Result<KeyReplacement> {
    if view.state != CredentialState::Active {
        return Err(view.state.not_active());
    }
    let (_, frame) = visit.org_frame(org, Place::ApiKeys).await?;
    let secret = view.kind().fields().iter().filter(|field| field.is_secret());
    Ok(KeyReplacement {
        frame,
        name: view.name.to_string(),
        last_four: end(&view.last_four),
        action: key_path(org, view.id) + "/replace",
        fields: secret
            .map(|field| shown(field, String::new(), field.required))
            .collect(),
        overlap: overlap(A_DAY),
        problem: None,
        back: keys_path(org),
    })
}

fn overlap(chosen: &str) -> Select {
    Select {
        options: OVERLAPS.map(|(value, label)| Opt::new(value, label)).to_vec(),
        value: chosen.to_owned(),
        error: None,
    }
}

async fn replace(
    visit: Visit,
    Path((org, id)): Path<(OrgId, CredentialId)>,
    fields: Fields,
) -> Answer<Response> {
    let view = credentials::one(visit.app(), visit.actor()?, org, id).await?;
    let form = form(&visit, org, &view).await?;
    match try_replace(&visit, org, &view, &fields).await {
        Ok(()) => {
            let text = format!("{} is replaced. The old key retires by itself.", view.name);
            Ok(go_saying(&visit.site, &keys_path(org), text))
        }
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let pointers: Vec<String> = view.kind().fields().iter().map(Field::pointer).collect();
            let pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
            let problem = refusal.problem(&pointers);
            Ok(again(
                &refusal,
                KeyReplacement {
                    fields: refused(view.kind(), form.fields, &fields, &refusal),
                    overlap: overlap(fields.get("overlap")),
                    problem,
                    ..form
                },
            ))
        }
    }
}

async fn try_replace(visit: &Visit, org: OrgId, view: &CredentialView, fields: &Fields) -> Result<()> {
    let chosen = fields.find("overlap").unwrap_or(A_DAY);
    let seconds = chosen
        .parse()
        .map_err(|_| Error::field("/overlap", "Choose how long."))?;
    let (typed, actor, id) = (typed(view.kind(), fields), visit.owned()?, view.id);
    let overlap = Duration::from_secs(seconds);
    visit
        .site
        .run(|app| async move { credentials::replace(&app, &actor, org, id, typed, overlap).await })
        .await
        .map(drop)
}
