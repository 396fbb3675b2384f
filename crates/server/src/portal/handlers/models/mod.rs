//! Models: a switch per provider, a checkbox per model, gathered behind the save bar.

mod custom;
mod form;
mod replacements;
mod words;

use axum::response::Response;
use serde::Deserialize;
use tessera_app::models::{self, ModelsView, ProviderKey};
use tessera_domain::{Error, Result, Right};
use tessera_ids::{CredentialId, OrgId};
use tessera_policy::models::has_list;
use tessera_policy::{Kind, LayerName, Leaf};

use self::form::{Shown, Ticking};
use super::answer::{Refusal, again, go, go_refused, go_saying, page};
use super::pages::{ListKey, ModelGroup, ModelRow, Models};
use super::review::{self, Intent};
use super::scope::{Scope, ScopePath};
use super::view::{ChoiceLeaf, Input, Opt, Place, SwitchLeaf, Tab};
use super::visit::{Visit, path};
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::http::limits;
use crate::routes::{Access, Route};

pub(super) use self::form::row_edits;

/// Models of one provider that are shown without being asked for.
const FEW: usize = 12;

pub(super) fn routes() -> Vec<Route> {
    let (see, may) = (
        Access::Member(Right::SeeSettings),
        Access::Member(Right::ChangeSettings),
    );
    let org = "/o/{org}/models";
    let team = "/o/{org}/teams/{team}/settings/models";
    let member = "/o/{org}/members/{member}/tighten/models";
    let changes = "Ticks models, and reviews or saves which may be used.";
    let changing = |path| {
        Route::post(path, may, changes, change)
            .up_to(limits::CSV)
            .takes_form()
    };
    let reading = "Reads a provider's own list of models with a key.";
    let mut routes = vec![
        Route::get(org, see, "Shows which models may be used.", show),
        changing(org),
        Route::get(team, see, "Shows which of them a team may use.", show),
        changing(team),
        Route::get(member, see, "Shows which of them one member may use.", show),
        changing(member),
        Route::post(
            "/o/{org}/models/refresh",
            Access::Member(Right::ManageCredentials),
            reading,
            refresh,
        )
        .takes_form(),
    ];
    routes.extend(custom::routes());
    routes
}

/// What of the list is shown.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Listing {
    #[serde(default)]
    q: String,
}

async fn show(visit: Visit, Path(path): Path<ScopePath>, Query(listing): Query<Listing>) -> Answer<Response> {
    let scope = Scope::at(&visit, path).await?;
    let fields = Fields::default();
    Ok(page(
        models_page(&visit, &scope, &listing, &fields, None, None).await?,
    ))
}

async fn change(
    visit: Visit,
    Path(path): Path<ScopePath>,
    Query(listing): Query<Listing>,
    fields: Fields,
) -> Answer<Response> {
    visit.require(path.org, Right::ChangeSettings).await?;
    let scope = Scope::at(&visit, path).await?;
    let fields = fields.with("layer", scope.field());
    if let Some(ticking) = Ticking::of(fields.get("intent")) {
        return Ok(page(
            models_page(&visit, &scope, &listing, &fields, None, Some(&ticking)).await?,
        ));
    }
    match Intent::of(&fields) {
        Intent::Discard => Ok(go(&scope.models())),
        intent => {
            let said = switched(&visit, &scope, fields.clone()).await?;
            match review::act(&visit, scope.org, &said, &scope.models(), intent).await? {
                Ok(answer) => Ok(answer),
                Err(refusal) => {
                    let form = models_page(&visit, &scope, &listing, &fields, Some(&refusal), None).await?;
                    Ok(again(&refusal, form))
                }
            }
        }
    }
}

/// A layer over the organization's may have a list without saying so, by following the organization's. Its switch is an edit only
/// when it says something else than what is in force.
async fn switched(visit: &Visit, scope: &Scope, fields: Fields) -> Result<Fields> {
    if scope.layer == LayerName::Org {
        return Ok(fields);
    }
    let base = fields.get("base_revision").parse().ok();
    let view = models::view(visit.app(), visit.actor()?, scope.org, scope.layer, base).await?;
    let leaf = Leaf::ManagedModels;
    let on = fields.all(leaf.path()).last().map(|word| word == "on");
    if on.is_none_or(|on| on == has_list(&view.effective, scope.layer)) {
        return Ok(fields.without(leaf.path()));
    }
    Ok(fields)
}

async fn refresh(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::ManageCredentials).await?;
    let back = path(org) + "/models";
    let credential: CredentialId = fields
        .get("credential")
        .parse()
        .map_err(|_| Error::invalid("This form does not say which key to ask with. Reload the page."))?;
    let actor = visit.owned()?;
    let read = visit
        .site
        .run(move |app| async move { models::refresh(&app, &actor, org, credential).await })
        .await;
    match read {
        Ok(found) => {
            let title = words::provider(&visit.app().config.catalogue, &found.provider);
            let listed = super::words::count(found.listed, "model");
            let text = format!(
                "{title} lists {listed}, {} of them new.",
                super::words::grouped(found.new)
            );
            Ok(go_saying(&visit.site, &back, text))
        }
        Err(error) => go_refused(&visit.site, &back, error),
    }
}

/// The page with what was typed so far, back from a review.
pub(super) async fn typed_again(visit: &Visit, scope: &Scope, typed: &Fields) -> Result<Models> {
    models_page(visit, scope, &Listing::default(), typed, None, None).await
}

async fn models_page(
    visit: &Visit,
    scope: &Scope,
    listing: &Listing,
    typed: &Fields,
    refusal: Option<&Refusal>,
    ticking: Option<&Ticking>,
) -> Result<Models> {
    let (app, actor, org) = (visit.app(), visit.actor()?, scope.org);
    let of_org = scope.layer == LayerName::Org;
    let newest = visit.org_frame(org, Place::Models).await?.0.revision;
    let base = typed.get("base_revision").parse().unwrap_or(newest).min(newest);
    let models = models::view(app, actor, org, scope.layer, Some(base)).await?;
    let shown = Shown::new(&models, typed, ticking, &listing.q, app);
    let keys = models::keys(app, actor, org).await?;
    let list_keys = keys.iter().filter(|_| of_org);
    Ok(Models {
        frame: scope.frame(visit, Place::Models).await?,
        of_whom: scope.of_whom(),
        tabs: if of_org { tabs(org, true) } else { Vec::new() },
        action: scope.models() + words::found(&listing.q).as_str(),
        base_revision: models.revision,
        summary: summary(&shown, scope),
        managed: shown.switch(refusal),
        kept_out: shown.is_kept_out(),
        new_models: of_org.then(|| shown.new_models(refusal)),
        facts: words::facts(&app.config.catalogue),
        query: listing.q.clone(),
        providers: groups(visit, &models, &shown, &keys),
        keys: list_keys.map(|key| list_key(visit, &models, key)).collect(),
        refresh: path(org) + "/models/refresh",
        replacements: replacements::replacements(visit, org, &shown, typed, refusal).await?,
        note: Input {
            value: typed.get("note").to_owned(),
            error: refusal.and_then(|refusal| refusal.field("/note")),
        },
        problem: refusal.and_then(problem),
        unsaved: shown.unsaved(),
    })
}

/// How many models may be used, and by whose word.
fn summary(shown: &Shown<'_>, scope: &Scope) -> String {
    let (allowed, all) = shown.counts();
    let (allowed, all) = (super::words::grouped(allowed), super::words::grouped(all));
    match (scope.layer == LayerName::Org, shown.is_managed()) {
        (true, true) => format!("{allowed} of {all} known models are allowed."),
        (true, false) => format!("No allow-list is on: all {all} known models are allowed."),
        (false, true) => format!("{allowed} of the {all} models that the organization allows."),
        (false, false) => format!("No list of its own: all {all} models that the organization allows."),
    }
}

/// Models, custom models and API keys.
fn tabs(org: OrgId, models: bool) -> Vec<Tab> {
    let tab = |label: &str, end: &str, current| Tab {
        label: label.to_owned(),
        href: format!("{}/models{end}", path(org)),
        count: None,
        current,
    };
    vec![
        tab("Models", "", models),
        tab("Custom models", "/custom", !models),
        tab("API keys", "/keys", false),
    ]
}

/// A key with which a provider's own list can be read.
fn list_key(visit: &Visit, models: &ModelsView, key: &ProviderKey) -> ListKey {
    let now = visit.app().clock.now();
    let asked = models.lists.iter().find(|list| list.provider == key.provider);
    ListKey {
        provider: words::provider(&visit.app().config.catalogue, &key.provider),
        credential: key.credential.to_string(),
        name: key.name.clone(),
        asked: asked.map(|list| super::words::moment(list.asked_at, now)),
    }
}

fn groups(visit: &Visit, models: &ModelsView, shown: &Shown<'_>, keys: &[ProviderKey]) -> Vec<ModelGroup> {
    let now = visit.app().clock.now();
    let mut groups: Vec<ModelGroup> = Vec::new();
    for known in shown.rows() {
        let name = &known.model.name;
        if groups.last().is_none_or(|group| group.id != name.provider()) {
            let id = name.provider();
            let (on, saved) = shown.provider(id);
            let asked = models.lists.iter().find(|list| list.provider == id);
            groups.push(ModelGroup {
                id: id.to_owned(),
                title: words::provider(&visit.app().config.catalogue, id),
                on,
                saved,
                keyless: !keys.iter().any(|key| key.provider == id),
                asked: asked.map(|list| super::words::moment(list.asked_at, now)),
                ..ModelGroup::default()
            });
        }
        let (on, saved) = shown.model(name);
        let group = groups.last_mut().expect("a group was just made");
        group.models.push(ModelRow {
            name: name.to_string(),
            title: known.model.title.clone(),
            facts: words::of_model(&known.model),
            label: known.model.label.map_or("", |label| label.title()).to_owned(),
            mark: words::mark(known.origin).to_owned(),
            on,
            saved,
        });
    }
    for group in &mut groups {
        let on = if group.on {
            group.models.iter().filter(|model| model.on).count()
        } else {
            0
        };
        group.count = format!("{on} of {} allowed", group.models.len());
        let changed = group.models.iter().any(|model| model.on != model.saved);
        group.open = changed || shown.is_searched() || group.models.len() <= FEW;
    }
    groups
}

fn pointer(leaf: Leaf) -> String {
    format!("/settings/{}/{}", leaf.section(), leaf.name())
}

/// What is wrong as a whole, where no field of this page says it.
fn problem(refusal: &Refusal) -> Option<String> {
    let leaves = Leaf::ALL.iter().filter(|leaf| leaf.kind() == Kind::Model);
    let leaves: Vec<String> = leaves.map(|leaf| pointer(*leaf)).collect();
    let shown = leaves.iter().map(String::as_str).chain(["/note"]);
    refusal.problem(&shown.chain(replacements::pointers(refusal)).collect::<Vec<_>>())
}

impl Shown<'_> {
    fn switch(&self, refusal: Option<&Refusal>) -> SwitchLeaf {
        let leaf = Leaf::ManagedModels;
        let saved = self.saved(leaf);
        SwitchLeaf {
            path: leaf.path().to_owned(),
            title: leaf.title().to_owned(),
            help: super::words::help(leaf),
            on: self.is_managed(),
            saved: self.was_managed(),
            source: super::words::source(saved.source, saved.locked),
            lock: self.lock(),
            error: refusal.and_then(|refusal| refusal.field(&pointer(leaf))),
        }
    }

    fn new_models(&self, refusal: Option<&Refusal>) -> ChoiceLeaf {
        let leaf = Leaf::NewModels;
        let saved = self.saved(leaf);
        ChoiceLeaf {
            path: leaf.path().to_owned(),
            title: leaf.title().to_owned(),
            help: super::words::help(leaf),
            options: vec![
                Opt::new("blocked", "Off until allowed"),
                Opt::new("allowed", "Allowed"),
            ],
            value: super::words::value(leaf, &self.value(leaf)),
            saved: super::words::value(leaf, &saved.value),
            source: super::words::source(saved.source, saved.locked),
            lock: None,
            error: refusal.and_then(|refusal| refusal.field(&pointer(leaf))),
        }
    }
}
