//! *Models → API keys*: the list, and what is done to a key at one press.

use std::collections::BTreeMap;

use axum::response::Response;
use tessera_app::credentials::{self, CredentialView, Tested};
use tessera_domain::credential::{CredentialState, Delivery, ProviderKind, Scope};
use tessera_domain::{Error, Kind, Result, Right};
use tessera_ids::{CredentialId, OrgId, Timestamp};

use super::answer::{go_refused, go_saying, page};
use super::pages::{ApiKeys, KeyDeletion, KeyGroup, KeyRow};
use super::view::{Place, Tone};
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::ManageCredentials);
    vec![
        Route::get("/o/{org}/models/keys", may, "Shows the providers' keys.", list),
        Route::post(
            "/o/{org}/models/keys/{credential}/test",
            may,
            "Calls the provider with a key.",
            test,
        )
        .takes_form(),
        Route::get(
            "/o/{org}/models/keys/{credential}/delete",
            may,
            "Asks before a key is deleted.",
            ask_delete,
        ),
        Route::post(
            "/o/{org}/models/keys/{credential}/delete",
            may,
            "Deletes a key.",
            delete,
        )
        .takes_form(),
    ]
}

/// The path of the list.
pub(super) fn keys_path(org: OrgId) -> String {
    path(org) + "/models/keys"
}

/// The path of one key.
pub(super) fn key_path(org: OrgId, id: CredentialId) -> String {
    format!("{}/{id}", keys_path(org))
}

async fn list(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    let (_, frame) = visit.org_frame(org, Place::ApiKeys).await?;
    let views = credentials::list(visit.app(), visit.actor()?, org).await?;
    let ends = credentials::expiries(visit.app(), visit.actor()?, org).await?;
    let now = visit.app().clock.now();
    Ok(page(ApiKeys {
        frame,
        groups: groups(org, &views, &ends, now),
    }))
}

/// Every provider under its heading, with its keys.
fn groups(
    org: OrgId,
    views: &[CredentialView],
    ends: &BTreeMap<CredentialId, Timestamp>,
    now: Timestamp,
) -> Vec<KeyGroup> {
    let mut groups: Vec<KeyGroup> = Vec::new();
    for kind in ProviderKind::ALL {
        let add = (
            format!("Add {} key", kind.title()),
            format!("{}/new?provider={kind}", keys_path(org)),
        );
        let rows = views
            .iter()
            .filter(|view| view.kind() == kind)
            .map(|view| row(org, view, ends.get(&view.id).copied(), now));
        let trial = trial(kind);
        if let Some(group) = groups.iter_mut().find(|group| group.title == kind.group()) {
            group.summary = format!("{} {}", group.summary, kind.summary());
            group.adds.push(add);
            group.trials.push(trial);
            group.rows.extend(rows);
        } else {
            groups.push(KeyGroup {
                title: kind.group().to_owned(),
                id: format!("keys-{kind}"),
                summary: kind.summary().to_owned(),
                adds: vec![add],
                trials: vec![trial],
                rows: rows.collect(),
            });
        }
    }
    groups
}

/// What a test proves and what not, under the provider's name.
fn trial(kind: ProviderKind) -> (String, String) {
    let words = kind.trial();
    (
        kind.title().to_owned(),
        format!("{} {}", words.proves, words.leaves_open),
    )
}

fn row(org: OrgId, view: &CredentialView, end_at: Option<Timestamp>, now: Timestamp) -> KeyRow {
    let until = match view.state {
        CredentialState::Draining(drain) => Some(words::moment(drain.until, now)),
        _ => None,
    };
    let is_grouped = view.kind().group() != view.kind().title();
    KeyRow {
        name: view.name.to_string(),
        path: key_path(org, view.id),
        provider: is_grouped.then(|| view.kind().title().to_owned()),
        last_four: end(&view.last_four),
        fingerprint: grouped(&view.fingerprint),
        delivery: view.delivery.to_string(),
        audience: audience(view),
        state: state(view),
        until,
        expires: end_at.map(|at| words::moment(at, now)),
        added_by: view.added_by.to_string(),
        added: words::moment(view.created_at, now),
        used: view.used_at.map(|at| words::moment(at, now)),
        test: view
            .test
            .as_ref()
            .map(|test| (words::moment(test.at, now), test.problem.clone())),
        is_active: view.state == CredentialState::Active,
        is_usable: view.state.is_usable(now),
    }
}

/// The end of a key, so that it reads as an end.
pub(super) fn end(last_four: &str) -> String {
    if last_four.is_empty() {
        return String::new();
    }
    format!("…{last_four}")
}

/// `8f1c 02aa 91d0 77e3`.
fn grouped(fingerprint: &str) -> String {
    let parts: Vec<_> = fingerprint
        .as_bytes()
        .chunks(4)
        .map(String::from_utf8_lossy)
        .collect();
    parts.join(" ")
}

fn audience(view: &CredentialView) -> String {
    if view.scope == Scope::Organization {
        return "Everybody".to_owned();
    }
    let names: Vec<&str> = view.teams.iter().map(|(_, name)| name.as_str()).collect();
    if names.is_empty() {
        return "Nobody: its teams are gone".to_owned();
    }
    names.join(", ")
}

fn state(view: &CredentialView) -> (Tone, String) {
    let failing = view.test.as_ref().is_some_and(|test| test.problem.is_some());
    let tone = match view.state {
        CredentialState::Active if failing => Tone::Bad,
        CredentialState::Active => Tone::Good,
        CredentialState::Draining(_) => Tone::Warn,
        CredentialState::Suspended { .. } | CredentialState::Retired { .. } => Tone::Neutral,
    };
    (tone, view.state.as_str().to_owned())
}

async fn test(visit: Visit, Path((org, id)): Path<(OrgId, CredentialId)>) -> Answer<Response> {
    let (list, actor) = (keys_path(org), visit.owned()?);
    let view = credentials::one(visit.app(), visit.actor()?, org, id).await?;
    let name = &view.name;
    let tested = visit
        .site
        .run(|app| async move { credentials::test(&app, &actor, org, id).await })
        .await;
    match tested {
        Ok(Tested::Works { models }) => {
            let listed = models.map_or_else(
                || "the provider takes it".to_owned(),
                |models| format!("the provider lists {}", words::count(models, "model")),
            );
            let text = format!("{name} works: {listed}. {}", view.kind().trial().leaves_open);
            Ok(go_saying(&visit.site, &list, text))
        }
        Ok(Tested::Fails { problem }) => {
            let error = Error::invalid(format!("{name} does not work. {problem}"));
            go_refused(&visit.site, &list, error)
        }
        Err(error) => go_refused(&visit.site, &list, error),
    }
}

async fn ask_delete(visit: Visit, Path((org, id)): Path<(OrgId, CredentialId)>) -> Answer<Response> {
    let view = credentials::one(visit.app(), visit.actor()?, org, id).await?;
    let (_, frame) = visit.org_frame(org, Place::ApiKeys).await?;
    let what = match end(&view.last_four) {
        end if end.is_empty() => format!("A key of {}", view.kind().title()),
        end => format!("A key of {} that ends in {end}", view.kind().title()),
    };
    Ok(page(KeyDeletion {
        frame,
        name: view.name.to_string(),
        what,
        action: key_path(org, id) + "/delete",
        consequences: consequences(&view),
        back: keys_path(org),
    }))
}

fn consequences(view: &CredentialView) -> Vec<String> {
    let mut lines = vec![
        "Its secret is erased here; it stays valid at the provider until it is revoked there.".to_owned(),
    ];
    lines.push(match view.delivery {
        Delivery::Relayed => "Calls that go through this server can no longer use it.".to_owned(),
        Delivery::Delivered => "Devices that have it lose it within a second of hearing so.".to_owned(),
    });
    lines.push("The audit log keeps its name, its fingerprint and its last four characters.".to_owned());
    lines
}

async fn delete(
    visit: Visit,
    Path((org, id)): Path<(OrgId, CredentialId)>,
    fields: Fields,
) -> Answer<Response> {
    if fields.get("confirm") != "delete" {
        return Err(Error::invalid("Confirm that this key is to be deleted.").into());
    }
    let name = credentials::one(visit.app(), visit.actor()?, org, id).await?.name;
    let actor = visit.owned()?;
    let deleted: Result<()> = visit
        .site
        .run(|app| async move { credentials::delete(&app, &actor, org, id).await })
        .await;
    match deleted {
        // Somebody else deleted it in between, which is what was wanted.
        Err(error) if error.kind != Kind::NotFound => Err(error.into()),
        _ => Ok(go_saying(
            &visit.site,
            &keys_path(org),
            format!("The key {name} is deleted."),
        )),
    }
}
