//! What the form of models holds: what is saved at the revision that its author saw, and what was ticked over it.

use std::collections::{BTreeMap, BTreeSet};

use tessera_app::App;
use tessera_app::models::{self, ModelsView};
use tessera_domain::{Error, Result};
use tessera_ids::OrgId;
use tessera_policy::models::{Catalogue, Known, Model, has_list, is_provider_on, is_ticked, judge};
use tessera_policy::{Edit, EffectiveValue, LayerName, Leaf, ModelName, Row, RowKind, Value};

use super::super::edits;
use super::super::pages::PendingField;
use super::super::view::Lock;
use super::super::visit::Visit;
use crate::http::extract::Fields;

/// What the names of the rows' fields begin with; what follows is a provider or a model.
const ROW: &str = "models.allowed/";

/// An order to tick or untick what is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ticking {
    on: bool,
    /// One provider's models only.
    provider: Option<String>,
}

impl Ticking {
    /// Reads `on`, `off`, `on:openai`.
    pub(super) fn of(intent: &str) -> Option<Self> {
        let (word, provider) = match intent.split_once(':') {
            Some((word, provider)) => (word, Some(provider.to_owned())),
            None => (intent, None),
        };
        let on = match word {
            "on" => true,
            "off" => false,
            _ => return None,
        };
        Some(Self { on, provider })
    }
}

/// The state of the page's controls.
#[expect(
    clippy::struct_field_names,
    reason = "`shown` is what the search lets through"
)]
pub(super) struct Shown<'a> {
    models: &'a ModelsView,
    typed: &'a Fields,
    rows: BTreeMap<&'a str, bool>,
    ticking: Option<&'a Ticking>,
    sought: String,
    known: Vec<&'a Known>,
    shown: BTreeSet<&'a ModelName>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(
        models: &'a ModelsView,
        typed: &'a Fields,
        ticking: Option<&'a Ticking>,
        sought: &str,
        app: &'a App,
    ) -> Self {
        let sought = sought.trim().to_lowercase();
        // What the layers below do not allow, this one cannot give back.
        let offered = |known: &&Known| judge(&models.below, &known.model.name).is_allow();
        let known: Vec<&Known> = models.known.iter().filter(offered).collect();
        let models_sought = known.iter().map(|known| &known.model);
        let shown = models_sought.filter(|model| matches(&app.config.catalogue, model, &sought));
        Self {
            models,
            shown: shown.map(|model| &model.name).collect(),
            known,
            typed,
            rows: typed_rows(typed),
            ticking,
            sought,
        }
    }

    /// The models that match the search, provider by provider.
    pub(super) fn rows(&self) -> impl Iterator<Item = &'a Known> {
        let known = self.known.iter().copied();
        known.filter(|known| self.shown.contains(&known.model.name))
    }

    pub(super) fn is_searched(&self) -> bool {
        !self.sought.is_empty()
    }

    /// What is saved of a leaf.
    pub(super) fn saved(&self, leaf: Leaf) -> EffectiveValue {
        self.models.effective.get(leaf)
    }

    /// What is shown of a leaf.
    pub(super) fn value(&self, leaf: Leaf) -> Value {
        let typed = edits::typed(self.typed, leaf).and_then(std::result::Result::ok);
        typed.unwrap_or_else(|| self.saved(leaf).value)
    }

    /// Whether the list is shown as on.
    pub(super) fn is_managed(&self) -> bool {
        let typed = edits::typed(self.typed, Leaf::ManagedModels).and_then(std::result::Result::ok);
        typed.map_or(self.was_managed(), |typed| typed == Value::Switch(true))
    }

    /// Whether the layer's own list is saved as on. The organization's is what its switch says; another layer's is also
    /// on where it has rows and follows the organization's.
    pub(super) fn was_managed(&self) -> bool {
        has_list(&self.models.effective, self.models.layer.name)
    }

    /// Whether the layers below keep this one from having a list.
    pub(super) fn is_kept_out(&self) -> bool {
        let of_team = matches!(self.models.layer.name, LayerName::Team(_));
        of_team && self.models.below.get(Leaf::ManagedModels).locked
    }

    /// The lock on the list, for the organization to keep teams from lists of their own.
    pub(super) fn lock(&self) -> Option<Lock> {
        let leaf = Leaf::ManagedModels;
        let saved = self.saved(leaf).locked;
        (self.models.layer.name == LayerName::Org).then(|| Lock {
            path: leaf.path().to_owned(),
            title: leaf.title().to_owned(),
            on: edits::typed_lock(self.typed, leaf).unwrap_or(saved),
            saved,
        })
    }

    /// Whether a provider is shown as on, and whether it is saved so.
    pub(super) fn provider(&self, id: &str) -> (bool, bool) {
        let saved = is_provider_on(&self.models.effective, self.models.layer.name, id);
        (self.rows.get(id).copied().unwrap_or(saved), saved)
    }

    /// Whether a model is shown as ticked, and whether it is saved so.
    pub(super) fn model(&self, name: &ModelName) -> (bool, bool) {
        let saved = is_ticked(&self.models.effective, self.models.layer.name, name);
        let ordered = self
            .ticking
            .filter(|_| self.shown.contains(name))
            .filter(|order| {
                order
                    .provider
                    .as_deref()
                    .is_none_or(|provider| provider == name.provider())
            })
            .map(|order| order.on);
        let typed = self.rows.get(name.as_str()).copied();
        (ordered.or(typed).unwrap_or(saved), saved)
    }

    /// How many known models are shown as allowed, and how many there are.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.allowed().count() as u64, self.known.len() as u64)
    }

    /// The models that are shown as allowed.
    pub(super) fn allowed(&self) -> impl Iterator<Item = &'a Model> {
        let known = self.known.iter().map(|known| &known.model);
        known.filter(|model| {
            !self.is_managed() || (self.provider(model.name.provider()).0 && self.model(&model.name).0)
        })
    }

    /// How many controls differ from what is saved.
    pub(super) fn unsaved(&self) -> usize {
        let new_models = self.value(Leaf::NewModels) != self.saved(Leaf::NewModels).value;
        let lock = self.lock().is_some_and(|lock| lock.on != lock.saved);
        let switch = self.is_managed() != self.was_managed();
        let changed = usize::from(switch) + usize::from(new_models) + usize::from(lock);
        if !self.is_managed() {
            return changed;
        }
        let mut providers: Vec<&str> = self.rows().map(|known| known.model.name.provider()).collect();
        providers.dedup();
        let differs = |(shown, saved): (bool, bool)| shown != saved;
        changed
            + providers
                .into_iter()
                .filter(|id| differs(self.provider(id)))
                .count()
            + self
                .rows()
                .filter(|known| differs(self.model(&known.model.name)))
                .count()
    }
}

/// Whether a model is what somebody looks for: by name, by title, by its provider's title.
fn matches(catalogue: &Catalogue, model: &Model, sought: &str) -> bool {
    let speaks = |text: &str| text.to_lowercase().contains(sought);
    let provider = || {
        catalogue
            .provider(model.name.provider())
            .is_some_and(|known| speaks(&known.title))
    };
    sought.is_empty() || speaks(model.name.as_str()) || speaks(&model.title) || provider()
}

/// What the form says of providers and models; of several values the last counts.
fn typed_rows(fields: &Fields) -> BTreeMap<&str, bool> {
    let rows = fields
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(ROW)?, value == "on")));
    rows.collect()
}

/// The rows of the allow-list that a form changes, and the same as form fields. Only what differs from what is saved
/// is a change.
pub(in crate::portal::handlers) async fn row_edits(
    visit: &Visit,
    org: OrgId,
    layer: LayerName,
    base: u64,
    fields: &Fields,
) -> Result<(Option<Edit>, Vec<PendingField>)> {
    let rows = typed_rows(fields);
    if rows.is_empty() {
        return Ok((None, Vec::new()));
    }
    let view = models::view(visit.app(), visit.actor()?, org, layer, Some(base)).await?;
    let mut set = Vec::new();
    for (key, on) in rows {
        RowKind::ModelSwitch
            .check_key(key)
            .map_err(|expected| Error::invalid(format!("Expected {expected}.")))?;
        let saved = match key.parse::<ModelName>() {
            Ok(name) => is_ticked(&view.effective, view.layer.name, &name),
            Err(_) => is_provider_on(&view.effective, view.layer.name, key),
        };
        if on != saved {
            set.push((key.to_owned(), Row::Model(on)));
        }
    }
    let carried = set.iter().map(|(key, row)| PendingField {
        name: format!("{ROW}{key}"),
        value: if *row == Row::Model(true) { "on" } else { "off" }.to_owned(),
    });
    let carried = carried.collect();
    let edit = (!set.is_empty()).then_some(Edit::Rows {
        leaf: Leaf::AllowedModels,
        set,
        remove: Vec::new(),
    });
    Ok((edit, carried))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read() {
        assert_eq!(
            Ticking::of("on").unwrap(),
            Ticking {
                on: true,
                provider: None
            }
        );
        let of_one = Ticking::of("off:openai").unwrap();
        assert_eq!((of_one.on, of_one.provider.as_deref()), (false, Some("openai")));
        assert_eq!(
            [Ticking::of("save"), Ticking::of(""), Ticking::of("only:x")],
            [None, None, None]
        );
    }

    #[test]
    fn the_last_word_of_a_checkbox_counts() {
        let body =
            "models.allowed%2Fopenai=off&models.allowed%2Fopenai=on&models.allowed%2Fopenai%2Fgpt-5=off&x=on";
        let fields = Fields::decode(body).unwrap();
        let rows: Vec<_> = typed_rows(&fields).into_iter().collect();
        assert_eq!(rows, [("openai", true), ("openai/gpt-5", false)]);
    }
}
