//! Settings → Features and Long-Term Memory → General: forms that gather edits behind the save bar.

use axum::response::Response;
use tessera_app::{models, settings};
use tessera_domain::{Error, Result, Right};
use tessera_ids::OrgId;
use tessera_policy::{Effective, Kind, LayerName, Leaf, Value};

use super::answer::{Refusal, again, go, page};
use super::pages::{MemoryGeneral, SettingsFeatures};
use super::review::{self, Intent};
use super::scope::Scope;
use super::view::{ChoiceLeaf, Input, Lock, ModelLeaf, Opt, Place, SwitchLeaf};
use super::visit::{Visit, path};
use super::{application_edit, applications, edits, layer_settings, words};
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::routes::{Access, Route};

/// The models of *Default Models*, each with the one that takes over.
const MODELS: [(Leaf, Leaf); 3] = [
    (Leaf::EventModel, Leaf::EventModelFallback),
    (Leaf::SummaryModel, Leaf::SummaryModelFallback),
    (Leaf::TranscriptionModel, Leaf::TranscriptionModelFallback),
];

const SEE: Access = Access::Member(Right::SeeSettings);
const CHANGE: Access = Access::Member(Right::ChangeSettings);

/// What *Features* shows of other sections.
const EXTERNAL_PROVIDER: [Leaf; 3] = [
    Leaf::ManagedModels,
    Leaf::ManagedApplications,
    Leaf::ManagedWebsites,
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/o/{org}/settings/features", SEE, "Shows the features.", features),
        Route::post(
            "/o/{org}/settings/features",
            CHANGE,
            "Reviews or saves the features.",
            change_features,
        )
        .takes_form(),
        Route::get("/o/{org}/memory", SEE, "Shows how memory is formed.", memory),
        Route::post(
            "/o/{org}/memory",
            CHANGE,
            "Reviews or saves how memory is formed.",
            change_memory,
        )
        .takes_form(),
    ]
}

async fn features(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    Ok(page(features_page(&visit, org, &Fields::default(), None).await?))
}

async fn change_features(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::ChangeSettings).await?;
    let back = path(org) + "/settings/features";
    match Intent::of(&fields) {
        Intent::Discard => Ok(go(&back)),
        intent => match review::act(&visit, org, &fields, &back, intent).await? {
            Ok(answer) => Ok(answer),
            Err(refusal) => {
                let form = features_page(&visit, org, &fields, Some(&refusal)).await?;
                Ok(again(&refusal, form))
            }
        },
    }
}

/// The page with what was typed so far.
pub(super) async fn features_page(
    visit: &Visit,
    org: OrgId,
    typed: &Fields,
    refusal: Option<&Refusal>,
) -> Result<SettingsFeatures> {
    let (_, frame) = visit.org_frame(org, Place::Features).await?;
    let form = Form::load(visit, org, typed, refusal).await?;
    let switches = |leaves: &[Leaf]| leaves.iter().map(|leaf| form.switch(*leaf)).collect::<Vec<_>>();
    Ok(SettingsFeatures {
        frame,
        base_revision: form.base,
        external_cloud: switches(&[
            Leaf::CloudConnectivity,
            Leaf::CloudBackups,
            Leaf::CloudSharing,
            Leaf::CloudAllocation,
        ]),
        analytics: switches(&[Leaf::Telemetry, Leaf::InternalSummaryReports]),
        external_provider: switches(&EXTERNAL_PROVIDER),
        processing: switches(&[Leaf::Processing]),
        processing_mode: form.choice(Leaf::ProcessingMode),
        machines: switches(&[Leaf::MemberSignOut]),
        note: form.note(),
        problem: form.problem(),
        unsaved: form.unsaved("features.") + form.changed(&EXTERNAL_PROVIDER),
    })
}

async fn memory(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    Ok(page(memory_page(&visit, org, &Fields::default(), None).await?))
}

async fn change_memory(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::ChangeSettings).await?;
    let back = path(org) + "/memory";
    match Intent::of(&fields) {
        Intent::Discard => Ok(go(&back)),
        intent => match review::act(&visit, org, &fields, &back, intent).await? {
            Ok(answer) => Ok(answer),
            Err(refusal) => {
                let form = memory_page(&visit, org, &fields, Some(&refusal)).await?;
                Ok(again(&refusal, form))
            }
        },
    }
}

/// The page with what was typed so far.
pub(super) async fn memory_page(
    visit: &Visit,
    org: OrgId,
    typed: &Fields,
    refusal: Option<&Refusal>,
) -> Result<MemoryGeneral> {
    let (_, frame) = visit.org_frame(org, Place::Memory).await?;
    let form = Form::load(visit, org, typed, refusal).await?;
    Ok(MemoryGeneral {
        frame,
        base_revision: form.base,
        formation: [
            Leaf::AudioCapture,
            Leaf::ManagedApplications,
            Leaf::ManagedWebsites,
            Leaf::MemoryPaused,
        ]
        .map(|leaf| form.switch(leaf))
        .to_vec(),
        applications: words::value(Leaf::Applications, &form.applications),
        websites: words::count(form.websites, "website"),
        models: MODELS
            .iter()
            .map(|(leaf, fallback)| (form.model(*leaf), form.model(*fallback)))
            .collect(),
        suggestions: suggestions(visit, org, LayerName::Org).await?,
        note: form.note(),
        problem: form.problem(),
        unsaved: form.unsaved("memory."),
    })
}

/// What the controls of a settings page show: what is saved, and what was typed over it.
struct Form<'a> {
    base: u64,
    saved: Effective,
    websites: u64,
    applications: Value,
    typed: &'a Fields,
    refusal: Option<&'a Refusal>,
}

impl<'a> Form<'a> {
    async fn load(
        visit: &Visit,
        org: OrgId,
        typed: &'a Fields,
        refusal: Option<&'a Refusal>,
    ) -> Result<Self> {
        let current = settings::current(visit.app(), visit.actor()?, org).await?;
        let newest = current.snapshot.revision;
        let own = current.snapshot.layer(LayerName::Org);
        let websites = own.websites.len() as u64;
        let applications = Value::Rows(own.document.table(Leaf::Applications).len() as u64);
        // What was typed stays a change against what its author saw.
        let base = typed.get("base_revision").parse().unwrap_or(newest).min(newest);
        let saved = edits::effective_at(visit, org, base).await?;
        Ok(Self {
            base,
            saved,
            websites,
            applications,
            typed,
            refusal,
        })
    }

    fn shown(&self, leaf: Leaf) -> Value {
        let typed = edits::typed(self.typed, leaf).and_then(std::result::Result::ok);
        typed.unwrap_or(self.saved.get(leaf).value)
    }

    fn is_locked(&self, leaf: Leaf) -> bool {
        edits::typed_lock(self.typed, leaf).unwrap_or(self.saved.get(leaf).locked)
    }

    fn lock(&self, leaf: Leaf) -> Option<Lock> {
        leaf.teams_may_override().then(|| Lock {
            path: leaf.path().to_owned(),
            title: leaf.title().to_owned(),
            on: self.is_locked(leaf),
            saved: self.saved.get(leaf).locked,
        })
    }

    fn error(&self, leaf: Leaf) -> Option<String> {
        self.refusal?.leaf(leaf)
    }

    fn switch(&self, leaf: Leaf) -> SwitchLeaf {
        let saved = self.saved.get(leaf);
        SwitchLeaf {
            path: leaf.path().to_owned(),
            title: leaf.title().to_owned(),
            help: words::help(leaf),
            on: self.shown(leaf).as_switch().unwrap_or_default(),
            saved: saved.value.as_switch().unwrap_or_default(),
            source: words::source(saved.source, saved.locked),
            lock: self.lock(leaf),
            error: self.error(leaf),
        }
    }

    fn choice(&self, leaf: Leaf) -> ChoiceLeaf {
        let saved = self.saved.get(leaf);
        let options = match leaf.kind() {
            Kind::Choice(options) => options,
            Kind::Switch | Kind::Model | Kind::WebsiteList | Kind::Table(_) => &[],
        };
        ChoiceLeaf {
            path: leaf.path().to_owned(),
            title: leaf.title().to_owned(),
            help: words::help(leaf),
            options: options
                .iter()
                .map(|word| Opt::new(*word, words::capital(word)))
                .collect(),
            value: words::value(leaf, &self.shown(leaf)),
            saved: words::value(leaf, &saved.value),
            source: words::source(saved.source, saved.locked),
            lock: self.lock(leaf),
            error: self.error(leaf),
        }
    }

    fn model(&self, leaf: Leaf) -> ModelLeaf {
        let saved = self.saved.get(leaf);
        let typed = self.typed.all(leaf.path()).last().map(str::to_owned);
        ModelLeaf {
            path: leaf.path().to_owned(),
            title: leaf.title().to_owned(),
            help: words::help(leaf),
            value: typed.unwrap_or_else(|| words::value(leaf, &saved.value)),
            saved: words::value(leaf, &saved.value),
            source: words::source(saved.source, saved.locked),
            lock: self.lock(leaf),
            error: self.error(leaf),
        }
    }

    fn note(&self) -> Input {
        Input {
            value: self.typed.get("note").to_owned(),
            error: self.refusal.and_then(|refusal| refusal.field("/note")),
        }
    }

    fn problem(&self) -> Option<String> {
        self.refusal?.beside_leaves()
    }

    /// How many values and locks of these leaves differ from what is saved.
    fn changed(&self, leaves: &[Leaf]) -> usize {
        let changes = |leaf: &Leaf| {
            let saved = self.saved.get(*leaf);
            usize::from(self.shown(*leaf) != saved.value) + usize::from(self.is_locked(*leaf) != saved.locked)
        };
        leaves.iter().map(changes).sum()
    }

    fn unsaved(&self, section: &str) -> usize {
        let within: Vec<_> = Leaf::ALL
            .iter()
            .copied()
            .filter(|leaf| leaf.path().starts_with(section))
            .collect();
        self.changed(&within)
    }
}

/// Models that may be used where a layer speaks, for its default models to be picked from.
pub(super) async fn suggestions(visit: &Visit, org: OrgId, layer: LayerName) -> Result<Vec<String>> {
    let view = models::view(visit.app(), visit.actor()?, org, layer, None).await?;
    let allowed = view.known.iter().filter(|known| known.verdict.is_allow());
    let names = allowed.map(|known| known.model.name.to_string());
    Ok(std::iter::once("none".to_owned()).chain(names).collect())
}

/// Which settings page a path leads to, with what was typed in it.
pub(super) async fn typed_again(visit: &Visit, org: OrgId, back: &str, typed: &Fields) -> Answer<Response> {
    let home = path(org);
    match back.strip_prefix(home.as_str()) {
        Some("/settings/features") => Ok(page(features_page(visit, org, typed, None).await?)),
        Some("/memory") => Ok(page(memory_page(visit, org, typed, None).await?)),
        Some(_) => {
            let scope = Scope::of_form(visit, org, typed).await?;
            let (place, query) = back.split_once('?').unwrap_or((back, ""));
            if place == scope.applications() {
                applications::typed_again(visit, &scope, query, typed).await
            } else if place == scope.applications() + "/edit" {
                application_edit::typed_again(visit, &scope, typed).await
            } else if place == scope.models() {
                Ok(page(super::models::typed_again(visit, &scope, typed).await?))
            } else if place == scope.leaves() {
                Ok(page(layer_settings::shown(visit, &scope, typed, None).await?))
            } else {
                Ok(go(back))
            }
        }
        None => Err(Error::not_found("page").into()),
    }
}
