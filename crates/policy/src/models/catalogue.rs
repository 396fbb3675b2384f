//! The catalogue of providers and models: built in, and what the operator lays over it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use super::{CatalogueError, Dialect, Model, Provider, file};
use crate::ModelName;

static BUILT_IN: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::read(include_str!("../../catalogue/models.json")).expect("the built-in catalogue is tested")
});

/// Providers and their models, in the order in which pages show them.
#[derive(Clone, Debug)]
pub struct Catalogue {
    dated: String,
    sources: Vec<String>,
    providers: Vec<Provider>,
    models: Vec<Model>,
    by_name: HashMap<ModelName, usize>,
}

impl Catalogue {
    /// What this version knows.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// The built-in catalogue with the operator's file laid over it, or the file alone where it says
    /// `"replaces": true`. Entries replace those of the same id; `removed` names providers and models that go.
    pub fn with_operators_file(text: &str) -> Result<Self, CatalogueError> {
        let file = file::File::read(text)?;
        if file.replaces {
            return Self::of(file.dated, file.sources, file.providers, file.models);
        }
        let base = Self::built_in();
        let gone: BTreeSet<&str> = file.removed.iter().map(String::as_str).collect();
        let stays = |name: &ModelName| !gone.contains(name.as_str()) && !gone.contains(name.provider());
        let mut providers = base.providers.clone();
        providers.retain(|provider| !gone.contains(provider.id.as_str()));
        lay_over(&mut providers, file.providers, |provider| provider.id.clone());
        let mut models = base.models.clone();
        models.retain(|model| stays(&model.name));
        lay_over(&mut models, file.models, |model| model.name.clone());
        let mut sources = base.sources.clone();
        sources.extend(file.sources);
        let dated = if file.dated.is_empty() {
            base.dated.clone()
        } else {
            file.dated
        };
        Self::of(dated, sources, providers, models)
    }

    /// Reads a catalogue that stands alone.
    fn read(text: &str) -> Result<Self, CatalogueError> {
        let file = file::File::read(text)?;
        Self::of(file.dated, file.sources, file.providers, file.models)
    }

    fn of(
        dated: String,
        sources: Vec<String>,
        providers: Vec<Provider>,
        mut models: Vec<Model>,
    ) -> Result<Self, CatalogueError> {
        file::check(&providers, &models)?;
        // The models of one provider stand together, in the provider's place.
        let place: HashMap<&str, usize> = providers
            .iter()
            .enumerate()
            .map(|(place, provider)| (provider.id.as_str(), place))
            .collect();
        models.sort_by_key(|model| place.get(model.name.provider()).copied());
        let by_name = models
            .iter()
            .enumerate()
            .map(|(place, model)| (model.name.clone(), place))
            .collect();
        Ok(Self {
            dated,
            sources,
            providers,
            models,
            by_name,
        })
    }

    /// The day that it is of, as `YYYY-MM-DD`.
    pub fn dated(&self) -> &str {
        &self.dated
    }

    /// Where its facts are from.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// The providers.
    pub fn providers(&self) -> &[Provider] {
        &self.providers
    }

    /// One provider.
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.id == id)
    }

    /// What the names of a key's models begin with: the provider of its dialect; of an OpenAI-compatible endpoint the
    /// provider at that address, or else a name made of the key's own.
    pub fn provider_of_key(&self, dialect: Dialect, base_url: Option<&str>, key_name: &str) -> String {
        let mut own = self
            .providers
            .iter()
            .filter(|provider| provider.dialect == dialect);
        let found = match dialect {
            Dialect::OpenAiCompatible => {
                let host = base_url.and_then(host);
                own.find(|provider| {
                    host.is_some() && provider.base_url.as_deref().and_then(self::host) == host
                })
            }
            _ => own.next(),
        };
        found.map_or_else(
            || match dialect {
                Dialect::OpenAiCompatible => slug(key_name),
                other => other.as_str().replace('_', "-"),
            },
            |provider| provider.id.clone(),
        )
    }

    /// The models, provider by provider.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// One model.
    pub fn model(&self, name: &ModelName) -> Option<&Model> {
        self.by_name.get(name).map(|place| &self.models[*place])
    }
}

fn host(address: &str) -> Option<String> {
    url::Url::parse(address).ok()?.host_str().map(str::to_owned)
}

/// A provider's id made of what people call something: `Our vLLM (2)` becomes `our-vllm-2`.
fn slug(name: &str) -> String {
    let plain = |letter: char| {
        let lower = letter.to_ascii_lowercase();
        if lower.is_ascii_alphanumeric() { lower } else { '-' }
    };
    let text: String = name.chars().map(plain).collect();
    let parts: Vec<&str> = text.split('-').filter(|part| !part.is_empty()).collect();
    let slug: String = parts.join("-").chars().take(ModelName::MAX_PROVIDER).collect();
    match slug.trim_matches('-') {
        "" => "custom".to_owned(),
        slug => slug.to_owned(),
    }
}

/// Puts each entry in the place of the one with its id, and new ones at the end. Twins among them stay twins, so that
/// the check finds them.
fn lay_over<T, K: PartialEq>(entries: &mut Vec<T>, over: Vec<T>, id: impl Fn(&T) -> K) {
    let known = entries.len();
    for entry in over {
        match entries[..known].iter().position(|known| id(known) == id(&entry)) {
            Some(place) => entries[place] = entry,
            None => entries.push(entry),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{Label, Modality};

    #[test]
    fn the_built_in_catalogue_holds() {
        let catalogue = Catalogue::built_in();
        assert!(catalogue.models().len() > 200, "{}", catalogue.models().len());
        for provider in ["openai", "anthropic", "gemini", "vertex", "bedrock", "azure"] {
            let models = catalogue
                .models()
                .iter()
                .filter(|model| model.name.provider() == provider);
            assert!(models.count() > 5, "{provider}");
        }
        let known = catalogue.model(&"openai/gpt-5".parse().unwrap()).unwrap();
        assert_eq!(
            (known.title.as_str(), known.context_window),
            ("GPT-5", Some(400_000))
        );
        assert_eq!(known.label, Some(Label::Accurate));
        assert!(
            catalogue
                .models()
                .iter()
                .any(|model| model.input == [Modality::Audio])
        );
    }

    #[test]
    fn an_operators_file_replaces_extends_and_removes() {
        let file = r#"{
            "removed": ["groq", "openai/gpt-5"],
            "providers": [{"id": "house", "title": "Our own", "dialect": "openai_compatible", "base_url": "https://ai.example/v1"}],
            "models": [{"id": "house/one", "title": "One"}, {"id": "openai/o3", "title": "Ours", "context_window": 7}]
        }"#;
        let catalogue = Catalogue::with_operators_file(file).unwrap();
        let find = |name: &str| catalogue.model(&name.parse().unwrap());
        assert_eq!(find("house/one").unwrap().title, "One");
        assert_eq!(find("openai/o3").unwrap().context_window, Some(7));
        assert!(find("openai/gpt-5").is_none() && catalogue.provider("groq").is_none());
        assert!(
            catalogue
                .models()
                .iter()
                .all(|model| model.name.provider() != "groq")
        );
        assert_eq!(catalogue.dated(), Catalogue::built_in().dated());
        assert_eq!(catalogue.providers().last().unwrap().id, "house");
        assert_eq!(catalogue.models().last().unwrap().name.as_str(), "house/one");
    }

    #[test]
    fn a_key_is_of_the_provider_at_its_address_or_of_its_own_name() {
        let of = |dialect, url, name| Catalogue::built_in().provider_of_key(dialect, url, name);
        assert_eq!(of(Dialect::VertexAi, None, "x"), "vertex");
        assert_eq!(of(Dialect::AzureOpenAi, None, "x"), "azure");
        let compatible = Dialect::OpenAiCompatible;
        assert_eq!(
            of(compatible, Some("https://api.groq.com/openai/v1/"), "Fast"),
            "groq"
        );
        assert_eq!(
            of(compatible, Some("https://ai.example/v1"), " Our vLLM (2)"),
            "our-vllm-2"
        );
        assert_eq!(of(compatible, None, "模型"), "custom");
        let long = of(compatible, None, &"a-".repeat(90));
        assert!(ModelName::is_provider(&long), "{long}");
    }

    #[test]
    fn a_file_that_stands_alone_has_its_own_models_only() {
        let file = r#"{"replaces": true, "providers": [{"id": "x", "title": "X", "dialect": "openai"}],
            "models": [{"id": "x/y", "title": "Y"}]}"#;
        assert_eq!(Catalogue::with_operators_file(file).unwrap().models().len(), 1);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_entry() {
        let refused = |text: &str| Catalogue::with_operators_file(text).unwrap_err().to_string();
        let file = r#"{"models": [{"id": "nobody/x", "title": " "}, {"id": "openai/a", "title": "A", "context_window": 0},
            {"id": "openai/a", "title": "A", "released": "soon"}]}"#;
        let said = refused(file);
        for part in [
            "nobody/x: its provider is not in the catalogue",
            "nobody/x: the title",
            "openai/a: the context_window",
            "openai/a: the release date",
            "openai/a: this model stands twice",
        ] {
            assert!(said.contains(part), "{said}");
        }
        assert!(refused(r#"{"model": []}"#).contains("unknown field `model`"));
        assert!(
            refused(r#"{"models": [{"id": "openai/x", "title": "X", "label": "slow"}]}"#).contains("slow")
        );
        assert!(refused("{").contains("line 1"));
    }
}
