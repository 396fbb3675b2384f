//! What a team overrides, and what an admin tightens for one member: every leaf with what holds below, and what this layer may
//! say instead.

use axum::response::Response;
use tessera_app::settings::{self, Standpoint};
use tessera_domain::{Result, Right};
use tessera_policy::models::has_list;
use tessera_policy::{Kind, LayerName, Leaf, SectionName, Strictness, Value, explain};

use super::answer::{Refusal, again, go, page};
use super::edits::INHERIT;
use super::pages::{LayerLeaf, LayerSection, LayerSettings};
use super::review::{self, Intent};
use super::scope::{Names, Scope, ScopePath};
use super::view::{Input, Opt, Place, Source};
use super::visit::{Visit, path, team_path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::routes::{Access, Route};

const SEE: Access = Access::Member(Right::SeeSettings);
const CHANGE: Access = Access::Member(Right::ChangeSettings);

pub(super) fn routes() -> Vec<Route> {
    let team = "/o/{org}/teams/{team}/settings";
    let member = "/o/{org}/members/{member}/tighten";
    vec![
        Route::get(
            team,
            SEE,
            "Shows what a team has instead of the organization's settings.",
            show,
        ),
        Route::post(team, CHANGE, "Reviews or saves a team's settings.", change).takes_form(),
        Route::get(member, SEE, "Shows what is tightened for one member.", show),
        Route::post(
            member,
            CHANGE,
            "Reviews or saves what is tightened for one member.",
            change,
        )
        .takes_form(),
    ]
}

async fn show(visit: Visit, Path(path): Path<ScopePath>) -> Answer<Response> {
    let scope = Scope::at(&visit, path).await?;
    Ok(page(shown(&visit, &scope, &Fields::default(), None).await?))
}

async fn change(visit: Visit, Path(path): Path<ScopePath>, fields: Fields) -> Answer<Response> {
    visit.require(path.org, Right::ChangeSettings).await?;
    let scope = Scope::at(&visit, path).await?;
    let fields = fields.with("layer", scope.field());
    let back = scope.leaves();
    match Intent::of(&fields) {
        Intent::Discard => Ok(go(&back)),
        intent => match review::act(&visit, scope.org, &fields, &back, intent).await? {
            Ok(answer) => Ok(answer),
            Err(refusal) => {
                let form = shown(&visit, &scope, &fields, Some(&refusal)).await?;
                Ok(again(&refusal, form))
            }
        },
    }
}

/// The page with what was typed so far.
pub(super) async fn shown(
    visit: &Visit,
    scope: &Scope,
    typed: &Fields,
    refusal: Option<&Refusal>,
) -> Result<LayerSettings> {
    let view = settings::standpoint(visit.app(), visit.actor()?, scope.org, scope.layer, None).await?;
    let names = Names::of(visit, scope.org).await?;
    let form = Form {
        scope,
        view: &view,
        names: &names,
        typed,
        refusal,
    };
    let sections: Vec<_> = SectionName::ALL
        .iter()
        .map(|section| form.section(*section))
        .collect();
    let leaves = sections.iter().flat_map(|section| &section.leaves);
    Ok(LayerSettings {
        frame: scope.frame(visit, Place::Memory).await?,
        action: scope.leaves(),
        layer: scope.field(),
        name: scope.name.clone(),
        home: home(scope),
        tightens: scope.layer.only_tightens(),
        base_revision: view.revision,
        models: (
            if has_list(&view.effective(), scope.layer) {
                "own list".to_owned()
            } else {
                "no list of its own".to_owned()
            },
            scope.models(),
        ),
        applications: (
            words::value(Leaf::Applications, &form.rows(Leaf::Applications)),
            scope.applications(),
        ),
        websites: (
            words::count(view.own.websites.len() as u64, "website"),
            scope.websites(),
        ),
        suggestions: match scope.layer {
            LayerName::Team(_) => super::settings::suggestions(visit, scope.org, scope.layer).await?,
            _ => Vec::new(),
        },
        note: Input {
            value: typed.get("note").to_owned(),
            error: refusal.and_then(|refusal| refusal.field("/note")),
        },
        problem: refusal.and_then(Refusal::beside_leaves),
        unsaved: leaves.filter(|leaf| leaf.value != leaf.saved).count(),
        sections: sections
            .iter()
            .filter(|section| !section.leaves.is_empty())
            .cloned()
            .collect(),
    })
}

fn home(scope: &Scope) -> String {
    match scope.layer {
        LayerName::Team(team) => team_path(scope.org, team),
        LayerName::Tightened(who) => format!("{}/members/{who}", path(scope.org)),
        LayerName::BuiltIn | LayerName::Org | LayerName::Member => path(scope.org),
    }
}

struct Form<'a> {
    scope: &'a Scope,
    view: &'a Standpoint,
    names: &'a Names,
    typed: &'a Fields,
    refusal: Option<&'a Refusal>,
}

impl Form<'_> {
    fn rows(&self, leaf: Leaf) -> Value {
        Value::Rows(self.view.own.document.table(leaf).len() as u64)
    }

    fn section(&self, section: SectionName) -> LayerSection {
        let (id, title) = match section {
            SectionName::Features => ("features", "Features"),
            SectionName::Memory => ("memory", "Long-Term Memory"),
            SectionName::Models => ("models", "Models"),
        };
        let may = |leaf: &Leaf| {
            let speaks = if self.scope.layer.only_tightens() {
                leaf.strictness() != Strictness::Neither
            } else {
                leaf.teams_may_override()
            };
            // The switch of the list stands above the list.
            !leaf.kind().is_list() && *leaf != Leaf::ManagedModels && speaks
        };
        LayerSection {
            id,
            title,
            leaves: Leaf::in_section(section)
                .filter(may)
                .map(|leaf| self.leaf(leaf))
                .collect(),
        }
    }

    fn leaf(&self, leaf: Leaf) -> LayerLeaf {
        let below = explain(&self.view.below, leaf);
        let holds = self.view.effective().get(leaf);
        let own = self.view.own.document.get(leaf);
        let saved = own.map_or(INHERIT.to_owned(), |setting| words::value(leaf, &setting.value));
        let typed = self.typed.all(leaf.path()).last().map(str::to_owned);
        let is_team = !self.scope.layer.only_tightens();
        let text = leaf.kind() == Kind::Model && !(is_team && below.locked);
        let shown = |word: String| {
            if text && word == INHERIT {
                String::new()
            } else {
                word
            }
        };
        let badge = |layer, locked| self.source(layer, locked);
        LayerLeaf {
            path: leaf.path().to_owned(),
            title: leaf.title().to_owned(),
            help: words::help(leaf),
            options: if text {
                Vec::new()
            } else {
                self.options(leaf, &below.value, below.locked)
            },
            text,
            value: shown(typed.unwrap_or_else(|| saved.clone())),
            saved: shown(saved),
            holds: words::value(leaf, &holds.value),
            source: badge(holds.source, holds.locked),
            spoke: below
                .spoke
                .iter()
                .map(|spoke| (badge(spoke.layer, spoke.locked), words::value(leaf, &spoke.value)))
                .collect(),
            fixed: self.fixed(leaf, &below.value, below.locked),
            error: self.refusal.and_then(|refusal| refusal.leaf(leaf)),
        }
    }

    fn source(&self, layer: LayerName, locked: bool) -> Source {
        self.scope.source(layer, locked, self.names)
    }

    /// What this layer can say; nothing where it has no say.
    fn options(&self, leaf: Leaf, below: &Value, locked: bool) -> Vec<Opt> {
        let tightens = self.scope.layer.only_tightens();
        if locked && !tightens {
            return Vec::new();
        }
        let values: Vec<Value> = match leaf.kind() {
            Kind::Switch => vec![Value::Switch(true), Value::Switch(false)],
            Kind::Choice(words) => words.iter().map(|word| Value::Choice(word)).collect(),
            Kind::Model | Kind::WebsiteList | Kind::Table(_) => Vec::new(),
        };
        let said = self.view.own.document.get(leaf).map(|setting| setting.value);
        let stricter =
            |value: &Value| leaf.severity(value) > leaf.severity(below) || said.as_ref() == Some(value);
        let wanted = values.into_iter().filter(|value| !tightens || stricter(value));
        let wanted: Vec<Opt> = wanted
            .map(|value| {
                let word = words::value(leaf, &value);
                Opt::new(word.clone(), words::capital(&word))
            })
            .collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let as_it_is = format!("As it is: {}", words::value(leaf, below));
        [vec![Opt::new(INHERIT, as_it_is)], wanted].concat()
    }

    fn fixed(&self, leaf: Leaf, below: &Value, locked: bool) -> String {
        let tightens = self.scope.layer.only_tightens();
        if locked && !tightens {
            return "Locked by the organization.".to_owned();
        }
        if tightens && self.options(leaf, below, locked).is_empty() {
            return "Nothing is stricter.".to_owned();
        }
        String::new()
    }
}
