//! The form of a key: a new one, or one that is edited. What is secret is taken from it and never put into it.

use std::collections::BTreeSet;

use axum::response::Response;
use serde::Deserialize;
use tessera_app::credentials::{self, CredentialView, KeyEdit, NewKey};
use tessera_app::teams;
use tessera_domain::credential::{CredentialState, Delivery, Field, ProviderKind, Shape, Typed};
use tessera_domain::{CredentialName, Error, Result, Right};
use tessera_ids::{CredentialId, OrgId, TeamId};

use super::answer::{Reading, Refusal, again, go_saying, page};
use super::key_expiry::day;
use super::keys::{key_path, keys_path};
use super::pages::{KeyField, KeyForm, TeamChoice};
use super::view::{Input, Place};
use super::visit::Visit;
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::ManageCredentials);
    vec![
        Route::get("/o/{org}/models/keys/new", may, "Asks for a new key.", ask_new),
        Route::post("/o/{org}/models/keys", may, "Adds a key.", add).takes_form(),
        Route::get(
            "/o/{org}/models/keys/{credential}",
            may,
            "Shows a key to be edited.",
            ask_edit,
        ),
        Route::post("/o/{org}/models/keys/{credential}", may, "Edits a key.", edit).takes_form(),
    ]
}

/// Which form is asked for.
#[derive(Debug, Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    provider: String,
}

async fn ask_new(visit: Visit, Path(org): Path<OrgId>, Query(wanted): Query<Wanted>) -> Answer<Response> {
    let kind = wanted.provider.parse().unwrap_or(ProviderKind::OpenAi);
    Ok(page(new_form(&visit, org, kind).await?))
}

async fn new_form(visit: &Visit, org: OrgId, kind: ProviderKind) -> Result<KeyForm> {
    let fields = kind
        .fields()
        .iter()
        .map(|field| shown(field, String::new(), field.required));
    Ok(KeyForm {
        fields: fields.collect(),
        action: format!("{}?provider={kind}", keys_path(org)),
        delivery: Delivery::default().to_string(),
        ..form(visit, org, kind, &BTreeSet::new()).await?
    })
}

/// What every form has.
async fn form(visit: &Visit, org: OrgId, kind: ProviderKind, chosen: &BTreeSet<TeamId>) -> Result<KeyForm> {
    let (view, frame) = visit.org_frame(org, Place::ApiKeys).await?;
    Right::ManageCredentials.require(view.role)?;
    let teams = teams::list(visit.app(), visit.actor()?, org).await?;
    let teams = teams.iter().map(|team| TeamChoice {
        id: team.id.to_string(),
        name: team.name.to_string(),
        chosen: chosen.contains(&team.id),
    });
    let delivery = |delivery: Delivery| (delivery.to_string(), delivery.summary().to_owned());
    Ok(KeyForm {
        frame,
        provider: kind.title().to_owned(),
        summary: kind.summary().to_owned(),
        deliveries: Delivery::ALL.map(delivery).to_vec(),
        teams: teams.collect(),
        back: keys_path(org),
        ..KeyForm::default()
    })
}

/// A field as it is drawn. What is secret is not in it.
pub(super) fn shown(field: &Field, value: String, required: bool) -> KeyField {
    KeyField {
        name: field.name.to_owned(),
        title: field.title.to_owned(),
        help: field.help.to_owned(),
        input: Input::new(value),
        is_area: matches!(field.shape, Shape::Lines | Shape::SecretText),
        kind: match field.shape {
            Shape::Secret => "password",
            Shape::Address => "url",
            Shape::Line | Shape::Lines | Shape::SecretText => "text",
        }
        .to_owned(),
        required,
    }
}

/// The fields again after a refusal: what was typed, but for what is secret, and what is wrong with each.
pub(super) fn refused(
    kind: ProviderKind,
    shown: Vec<KeyField>,
    fields: &Fields,
    refusal: &Refusal,
) -> Vec<KeyField> {
    let again = |(field, mut shown): (&Field, KeyField)| {
        if !field.is_secret() {
            fields.get(field.name).clone_into(&mut shown.input.value);
        }
        shown.input.error = refusal.field(&field.pointer());
        shown
    };
    let specs = shown
        .iter()
        .filter_map(|shown| kind.fields().iter().find(|field| field.name == shown.name))
        .collect::<Vec<_>>();
    specs.into_iter().zip(shown).map(again).collect()
}

/// What was typed into the provider's fields.
pub(super) fn typed(kind: ProviderKind, fields: &Fields) -> Typed {
    kind.fields()
        .iter()
        .fold(Typed::default(), |typed, field| match fields.find(field.name) {
            Some(text) => typed.with(field.name, text),
            None => typed,
        })
}

fn pointers(kind: ProviderKind) -> Vec<String> {
    let own = ["/name", "/teams"].map(str::to_owned);
    own.into_iter()
        .chain(kind.fields().iter().map(Field::pointer))
        .collect()
}

fn refused_form(error: Error, kind: ProviderKind, fields: &Fields, form: KeyForm) -> Answer<Response> {
    let refusal = Refusal::of(error)?;
    let shown_at = pointers(kind);
    let shown_at: Vec<&str> = shown_at.iter().map(String::as_str).collect();
    let chosen: BTreeSet<&str> = fields.all("team").collect();
    let mut teams = form.teams;
    for team in &mut teams {
        team.chosen = chosen.contains(team.id.as_str());
    }
    Ok(again(
        &refusal,
        KeyForm {
            name: refusal.input("/name", fields.get("name")),
            fields: refused(kind, form.fields, fields, &refusal),
            delivery: fields.get("delivery").to_owned(),
            teams,
            teams_problem: refusal.field("/teams"),
            problem: refusal.problem(&shown_at),
            ..form
        },
    ))
}

/// What every form says beside the provider's fields.
struct Common {
    name: CredentialName,
    delivery: Delivery,
    teams: BTreeSet<TeamId>,
}

fn common(fields: &Fields) -> Result<Common> {
    let mut reading = Reading::default();
    let name = reading.take("/name", fields.get("name").parse());
    let delivery = reading.take("/delivery", fields.get("delivery").parse());
    let teams = fields.all("team").map(str::parse).collect::<Result<_, _>>();
    let teams = reading.take("/teams", teams.map_err(|_| "There is no such team."));
    match (name, delivery, teams) {
        (Some(name), Some(delivery), Some(teams)) => Ok(Common {
            name,
            delivery,
            teams,
        }),
        _ => Err(reading.error()),
    }
}

async fn add(
    visit: Visit,
    Path(org): Path<OrgId>,
    Query(wanted): Query<Wanted>,
    fields: Fields,
) -> Answer<Response> {
    let kind = wanted.provider.parse().unwrap_or(ProviderKind::OpenAi);
    let form = new_form(&visit, org, kind).await?;
    match try_add(&visit, org, kind, &fields).await {
        Ok(name) => {
            let text = format!("{name} is there. Test it, to see that the provider takes it.");
            Ok(go_saying(&visit.site, &keys_path(org), text))
        }
        Err(error) => refused_form(error, kind, &fields, form),
    }
}

async fn try_add(visit: &Visit, org: OrgId, kind: ProviderKind, fields: &Fields) -> Result<CredentialName> {
    let (common, actor) = (common(fields)?, visit.owned()?);
    let name = common.name.clone();
    let new = NewKey {
        name: common.name,
        kind,
        typed: typed(kind, fields),
        delivery: common.delivery,
        teams: common.teams,
    };
    visit
        .site
        .run(|app| async move { credentials::add(&app, &actor, org, new).await })
        .await?;
    Ok(name)
}

async fn ask_edit(visit: Visit, Path((org, id)): Path<(OrgId, CredentialId)>) -> Answer<Response> {
    let view = credentials::one(visit.app(), visit.actor()?, org, id).await?;
    Ok(page(edit_form(&visit, org, &view).await?))
}

async fn edit_form(visit: &Visit, org: OrgId, view: &CredentialView) -> Result<KeyForm> {
    if view.state != CredentialState::Active {
        return Err(view.state.not_active());
    }
    let (kind, entries) = (view.kind(), view.settings.entries());
    let value = |name: &str| {
        entries
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, text)| text.clone())
    };
    let fields = kind.fields().iter().map(|field| {
        let required = field.required && !field.is_secret();
        shown(field, value(field.name).unwrap_or_default(), required)
    });
    let ends = credentials::expiries(visit.app(), visit.actor()?, org).await?;
    Ok(KeyForm {
        expires: ends.get(&view.id).map(|at| day(*at)).unwrap_or_default(),
        present: Some(view.name.to_string()),
        name: Input::new(view.name.as_str()),
        fields: fields.collect(),
        action: key_path(org, view.id),
        version: view.version,
        delivery: view.delivery.to_string(),
        ..form(visit, org, kind, &view.scope.teams().collect()).await?
    })
}

async fn edit(
    visit: Visit,
    Path((org, id)): Path<(OrgId, CredentialId)>,
    fields: Fields,
) -> Answer<Response> {
    let view = credentials::one(visit.app(), visit.actor()?, org, id).await?;
    let form = edit_form(&visit, org, &view).await?;
    match try_edit(&visit, org, &view, &fields).await {
        Ok(name) => Ok(go_saying(
            &visit.site,
            &keys_path(org),
            format!("{name} is saved."),
        )),
        Err(error) => refused_form(error, view.kind(), &fields, form),
    }
}

async fn try_edit(
    visit: &Visit,
    org: OrgId,
    view: &CredentialView,
    fields: &Fields,
) -> Result<CredentialName> {
    let (common, actor, id) = (common(fields)?, visit.owned()?, view.id);
    // A key of teams that are gone stays nobody's until somebody chooses.
    let untouched = common.teams.is_empty() && view.teams.is_empty();
    let edit = KeyEdit {
        base: fields.get("version").parse().ok(),
        name: Some(common.name),
        delivery: Some(common.delivery),
        teams: (!untouched).then_some(common.teams),
        typed: typed(view.kind(), fields),
    };
    let edited = visit
        .site
        .run(|app| async move { credentials::edit(&app, &actor, org, id, edit).await })
        .await?;
    Ok(edited.name)
}
