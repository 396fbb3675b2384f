//! Models: which ones members may use, and models of the organization's own.

use askama::Template;

use crate::portal::view::{Avatar, ChoiceLeaf, Frame, Input, Moment, Opt, Place, Select, SwitchLeaf, Tab};

/// `POST {action}` with `models.managed`, `models.new_models`, one `models.allowed/{provider}` per provider and one
/// `models.allowed/{model}` per model (`on`/`off`, the last value counts), `memory.…_model` and `team_default/team_…/memory.…_model` where
/// a default needs a replacement,
/// `base_revision`, `layer`, `intent=review|save|discard`; `on` or `off` tick or untick everything shown, `on:{provider}` or
/// `off:{provider}` one provider's, and show the form again. `GET` with `q`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/models.html")]
pub struct Models {
    /// The frame.
    pub frame: Frame,
    /// `of Design`, `for Ada`; empty for the organization's.
    pub of_whom: String,
    /// Models and API keys, of the organization's.
    pub tabs: Vec<Tab>,
    /// Path that the form posts to, with the search.
    pub action: String,
    /// The revision that these values are of.
    pub base_revision: u64,
    /// `models.managed`.
    pub managed: SwitchLeaf,
    /// The organization keeps this team from a list of its own.
    pub kept_out: bool,
    /// `models.new_models`, which the organization decides.
    pub new_models: Option<ChoiceLeaf>,
    /// `41 of 422 models are allowed`.
    pub summary: String,
    /// Where the facts are from, and of which day.
    pub facts: String,
    /// What was searched for.
    pub query: String,
    /// The providers with their models.
    pub providers: Vec<ModelGroup>,
    /// Keys with which a provider's own list can be read.
    pub keys: Vec<ListKey>,
    /// Path of `POST` with `credential`, which reads it.
    pub refresh: String,
    /// Defaults that need another model.
    pub replacements: Vec<Replacement>,
    /// The note typed so far.
    pub note: Input,
    /// What is wrong as a whole.
    pub problem: Option<String>,
    /// Changes in what is shown against what is saved.
    pub unsaved: usize,
}

/// One provider.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each shows one thing of its own")]
pub struct ModelGroup {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: String,
    /// It is on.
    pub on: bool,
    /// It is on in what is saved.
    pub saved: bool,
    /// `12 of 43 allowed`.
    pub count: String,
    /// There is no key for it, so that members cannot use it.
    pub keyless: bool,
    /// When its own list was last asked for.
    pub asked: Option<Moment>,
    /// Its models are shown from the beginning.
    pub open: bool,
    /// Its models.
    pub models: Vec<ModelRow>,
}

/// One model.
#[derive(Clone, Debug, Default)]
pub struct ModelRow {
    /// Its name, `openai/gpt-5`, which is the end of the field's name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What it takes in, its context window and its price, in words.
    pub facts: String,
    /// *Fast* or *Accurate*; empty for neither.
    pub label: String,
    /// `custom`, `new` or `not in the catalogue`; empty for what the catalogue knows.
    pub mark: String,
    /// It is ticked.
    pub on: bool,
    /// It is ticked in what is saved.
    pub saved: bool,
}

/// A key with which a provider's own list can be read.
#[derive(Clone, Debug, Default)]
pub struct ListKey {
    /// The provider's name.
    pub provider: String,
    /// The key's id.
    pub credential: String,
    /// What the key is called.
    pub name: String,
    /// When the provider's list was last read.
    pub asked: Option<Moment>,
}

/// A default whose model would not be allowed any more.
#[derive(Clone, Debug, Default)]
pub struct Replacement {
    /// The field: `memory.event_model`, for a team `team_default/team_…/memory.event_model`.
    pub field: String,
    /// What the model is the default for.
    pub title: String,
    /// Which models may take its place.
    pub select: Select,
}

/// Models of the organization's own. `POST /o/{org}/models/custom` with `provider`, `model`, `title`, `context_window`, `label`,
/// `base_revision`, `intent=add`; or `name`, `intent=remove`. `GET` with `edit` fills the form with one of them.
#[derive(Debug, Default, Template)]
#[template(path = "pages/models_custom.html")]
pub struct CustomModels {
    /// The frame.
    pub frame: Frame,
    /// Models and API keys.
    pub tabs: Vec<Tab>,
    /// The revision that the list is of.
    pub base_revision: u64,
    /// The provider's id.
    pub provider: Input,
    /// Known providers, for completing.
    pub providers: Vec<Opt>,
    /// What the provider calls it.
    pub model: Input,
    /// What people call it.
    pub title: Input,
    /// Tokens of context.
    pub context_window: Input,
    /// *Fast*, *Accurate* or none.
    pub label: Select,
    /// The form changes a model that is there.
    pub editing: bool,
    /// The models.
    pub rows: Vec<CustomModelLine>,
    /// What is wrong as a whole.
    pub problem: Option<String>,
}

/// One of them.
#[derive(Clone, Debug, Default)]
pub struct CustomModelLine {
    /// Its name.
    pub name: String,
    /// Where it is edited.
    pub edit: String,
    /// What people call it.
    pub title: String,
    /// Context window and label, in words.
    pub facts: String,
}
