//! The models that an organization knows, and which of them may be used. They are changed by `PATCH …/settings`.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tessera_app::models::{self, ModelsView};
use tessera_domain::Right;
use tessera_ids::{CredentialId, OrgId};
use tessera_policy::models::{
    Catalogue, Dialect, Known, Label, Modality, ModelReason, Origin, Price, is_provider_on,
};
use tessera_policy::{LayerName, Leaf, ModelName, Value};
use utoipa::ToSchema;

use super::Instant;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Path, Query};
use crate::routes::{Access, Route, Say};
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/orgs/{org}/models",
            Access::Member(Right::SeeSettings),
            "Lists every known model with what is known of it, whether it may be used, and why.",
            list,
        )
        .says(&[Say {
            place: "query",
            name: "layer",
            text: "Whose layer is laid over the organization's: `org`, or `team_…`.",
        }])
        .answers::<Models>(),
        Route::get(
            "/api/v1/orgs/{org}/my-models",
            Access::Member(Right::SeeOwnSettings),
            "Lists every known model, whether the caller may use it, and why.",
            mine,
        )
        .answers::<MyModels>(),
        Route::post(
            "/api/v1/orgs/{org}/models/refresh",
            Access::Member(Right::ManageCredentials),
            "Reads a provider's own list of models with one of the organization's keys.",
            refresh,
        )
        .takes::<Refresh>()
        .answers::<Refreshed>(),
    ]
}

/// Models and providers at one revision.
#[expect(
    clippy::struct_field_names,
    reason = "the names are the contract with scripts"
)]
#[derive(Debug, Serialize, ToSchema)]
struct Models {
    /// The revision that was read; 0 before the first change.
    revision: u64,
    /// The day that the catalogue is of.
    dated: String,
    /// Where its facts are from.
    sources: Vec<String>,
    /// Whether an allow-list is on.
    managed: bool,
    /// What becomes of models that are in no list: `blocked` or `allowed`.
    #[schema(value_type = String)]
    new_models: Value,
    /// Who offers models.
    providers: Vec<Provider>,
    /// The models, provider by provider.
    models: Vec<Model>,
}

/// Who offers models.
#[derive(Debug, Serialize, ToSchema)]
struct Provider {
    /// The first part of its models' names.
    id: String,
    /// What people call it.
    title: String,
    /// How one speaks with it; nothing for a provider that the catalogue does not know.
    #[schema(value_type = Option<String>)]
    dialect: Option<Dialect>,
    /// Where it is reached, when its dialect alone does not say.
    base_url: Option<String>,
    /// Whether it is on.
    on: bool,
    /// Whether the organization has a key for it, without which members cannot use it.
    has_key: bool,
    /// When its own list of models was last read.
    #[schema(value_type = Option<String>)]
    asked_at: Option<Instant>,
}

/// One model.
#[derive(Debug, Serialize, ToSchema)]
struct Model {
    /// Its provider and the provider's name for it.
    #[schema(value_type = String)]
    id: ModelName,
    /// What people call it.
    title: String,
    /// How it came to be known: `catalogue`, `custom`, `found` or `listed`.
    #[schema(value_type = String)]
    origin: Origin,
    /// How many tokens it takes in at most.
    context_window: Option<u64>,
    /// What it takes in.
    #[schema(value_type = Vec<String>)]
    input: Vec<Modality>,
    /// What it gives back.
    #[schema(value_type = Vec<String>)]
    output: Vec<Modality>,
    /// What it costs, in millionths of a US dollar per million tokens: `input`, `output`.
    #[schema(value_type = Option<Object>)]
    price: Option<Price>,
    /// `fast` or `accurate`.
    #[schema(value_type = Option<String>)]
    label: Option<Label>,
    /// When it came out.
    released: Option<String>,
    /// Whether it may be used.
    allowed: bool,
    /// Why.
    #[schema(value_type = String)]
    reason: ModelReason,
    /// The rule that decided.
    rule: Option<String>,
    /// Whose word it was: `built-in`, `org`, `team_…`.
    #[schema(value_type = String)]
    layer: LayerName,
}

/// What the caller may use.
#[derive(Debug, Serialize, ToSchema)]
struct MyModels {
    /// The revision that was read; 0 before the first change.
    revision: u64,
    /// Whether an allow-list is on.
    managed: bool,
    /// The models, provider by provider.
    models: Vec<Model>,
}

impl From<Known> for Model {
    fn from(known: Known) -> Self {
        let (model, verdict) = (known.model, known.verdict);
        Self {
            id: model.name,
            title: model.title,
            origin: known.origin,
            context_window: model.context_window,
            input: model.input,
            output: model.output,
            price: model.price,
            label: model.label,
            released: model.released,
            allowed: verdict.is_allow(),
            reason: verdict.reason,
            rule: verdict.rule,
            layer: verdict.layer,
        }
    }
}

impl Models {
    fn of(view: ModelsView, catalogue: &Catalogue, keyed: &BTreeSet<String>) -> Self {
        let mut ids: Vec<&str> = view
            .known
            .iter()
            .map(|known| known.model.name.provider())
            .collect();
        ids.dedup();
        let providers = ids
            .into_iter()
            .map(|id| provider(id, &view, catalogue, keyed))
            .collect();
        Self {
            revision: view.revision,
            dated: catalogue.dated().to_owned(),
            sources: catalogue.sources().to_vec(),
            managed: view.effective.is_on(Leaf::ManagedModels),
            new_models: view.effective.get(Leaf::NewModels).value,
            providers,
            models: view.known.into_iter().map(Model::from).collect(),
        }
    }
}

fn provider(id: &str, view: &ModelsView, catalogue: &Catalogue, keyed: &BTreeSet<String>) -> Provider {
    let known = catalogue.provider(id);
    let list = view.lists.iter().find(|list| list.provider == id);
    Provider {
        id: id.to_owned(),
        title: known.map_or_else(|| id.to_owned(), |known| known.title.clone()),
        dialect: known.map(|known| known.dialect),
        base_url: known.and_then(|known| known.base_url.clone()),
        on: is_provider_on(&view.effective, view.layer.name, id),
        has_key: keyed.contains(id),
        asked_at: list.map(|list| Instant(list.asked_at)),
    }
}

/// Which key to ask with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Refresh {
    /// The key's id.
    #[schema(value_type = String)]
    credential: CredentialId,
}

/// What the provider's list came to.
#[derive(Debug, Serialize, ToSchema)]
struct Refreshed {
    /// The provider's id.
    provider: String,
    /// How many models its list has.
    listed: u64,
    /// How many of them nobody knew before.
    new: u64,
}

async fn refresh(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    extract::Json(asked): extract::Json<Refresh>,
) -> Answer<Json<Refreshed>> {
    let found = site
        .run(move |app| async move { models::refresh(&app, &actor, org, asked.credential).await })
        .await?;
    Ok(Json(Refreshed {
        provider: found.provider,
        listed: found.listed,
        new: found.new,
    }))
}

#[derive(Debug, Deserialize)]
struct Asked {
    layer: Option<LayerName>,
}

async fn list(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Query(asked): Query<Asked>,
) -> Answer<Json<Models>> {
    let layer = asked.layer.unwrap_or(LayerName::Org);
    let view = models::view(&site.app, &actor, org, layer, None).await?;
    let keyed = models::with_keys(&site.app, &actor, org).await?;
    Ok(Json(Models::of(view, &site.app.config.catalogue, &keyed)))
}

async fn mine(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<Json<MyModels>> {
    let mine = models::mine(&site.app, &actor, org).await?;
    Ok(Json(MyModels {
        revision: mine.revision,
        managed: mine.effective.is_on(Leaf::ManagedModels),
        models: mine.known.into_iter().map(Model::from).collect(),
    }))
}
