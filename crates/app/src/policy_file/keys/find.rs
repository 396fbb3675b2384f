//! The way from the keys there are to those that a file names.

use std::collections::BTreeSet;

use tessera_domain::{
    CredentialName, Error, Result,
    credential::{CredentialState, ProviderKind, Scope},
    text,
};
use tessera_ids::OrgId;
use tessera_policy::file::{FileProblem, KeyWords, KeysWords, Place};
use tessera_store::{Org, Reader};
use tessera_wire::Digest;

use super::{
    Act, KeyDeed, KeyPlan, KeysTarget, SecretValues, Wanted,
    content::{Content, audience, span},
    leftover::{farewell, leftover},
};
use crate::{
    App,
    credentials::{self, CredentialView, fingerprint},
    policy_file::{names::Names, refused},
};

/// Bytes of the word for a state of the keys.
const STATE: usize = 16;
/// A secret of fewer letters may stand in a file by chance.
const SHORTEST_TELLING: usize = 8;

/// The keys as a word that changes whenever one of them does.
pub(in crate::policy_file) async fn state(tx: &mut Reader, org: OrgId) -> Result<String> {
    Ok(state_of(&credentials::views(tx, org).await?))
}

fn state_of(views: &[CredentialView]) -> String {
    let mut lines: Vec<String> = views
        .iter()
        .map(|view| {
            let teams: Vec<_> = view.scope.teams().map(|team| team.to_string()).collect();
            let (id, version, state) = (view.id, view.version, view.state.as_str());
            format!(
                "{id} {version} {state} {} {} {teams:?}",
                view.fingerprint, view.name
            )
        })
        .collect();
    lines.sort();
    let digest = Digest::of(lines.join("\n").as_bytes());
    let digest = digest.as_bytes().iter().take(STATE);
    digest.fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

impl KeysTarget {
    /// Finds the way.
    ///
    /// # Errors
    /// *Invalid* with what is wrong with the keys in the file, each with its place and without any secret.
    pub(in crate::policy_file) async fn find(
        tx: &mut Reader,
        app: &App,
        org: OrgId,
        names: &Names,
        words: &KeysWords,
        values: &SecretValues,
        text: &str,
    ) -> Result<Self> {
        let row = tx
            .org(org)
            .await?
            .ok_or_else(|| Error::not_found("organization"))?;
        let views = credentials::views(tx, org).await?;
        let mut finding = Finding {
            app,
            org: &row,
            names,
            views: &views,
            values,
            text,
            acts: Vec::new(),
            named: BTreeSet::new(),
            missing: Vec::new(),
            problems: Vec::new(),
        };
        for (name, key) in &words.keys {
            finding.key(name, key)?;
        }
        if !finding.problems.is_empty() {
            return Err(refused(finding.problems));
        }
        let (mut acts, missing, kept) = (finding.acts, finding.missing, finding.named);
        for gone in leftover(&views, &kept, &acts) {
            let sentences = farewell(tx, app, org, gone).await?;
            acts.push(Act {
                plan: plan(
                    gone.name.clone(),
                    Some(gone),
                    gone.kind(),
                    KeyDeed::Delete,
                    sentences,
                    true,
                ),
                before: Some(gone.clone()),
                wanted: None,
            });
        }
        acts.sort_by_cached_key(|act| (act.plan.deed, act.plan.name.folded()));
        Ok(Self {
            acts,
            state: state_of(&views),
            missing,
        })
    }
}

fn plan(
    name: CredentialName,
    before: Option<&CredentialView>,
    kind: ProviderKind,
    deed: KeyDeed,
    sentences: Vec<String>,
    compared: bool,
) -> KeyPlan {
    KeyPlan {
        id: before.map(|view| view.id),
        name,
        kind,
        deed,
        sentences,
        compared,
    }
}

/// The keys of a file, one after the other.
struct Finding<'a> {
    app: &'a App,
    org: &'a Org,
    names: &'a Names,
    views: &'a [CredentialView],
    values: &'a SecretValues,
    text: &'a str,
    acts: Vec<Act>,
    /// The names so far, folded.
    named: BTreeSet<String>,
    missing: Vec<FileProblem>,
    problems: Vec<FileProblem>,
}

impl Finding<'_> {
    fn key(&mut self, name: &str, words: &KeyWords) -> Result<()> {
        let Some(name) = self.name(name, words.place) else {
            return Ok(());
        };
        let Some(scope) = self.scope(words) else {
            return Ok(());
        };
        let present = self
            .views
            .iter()
            .find(|view| view.state == CredentialState::Active && view.name.folded() == name.folded());
        let before = present.filter(|view| view.kind() == words.kind);
        let Some(wanted) = self.wanted(words, before, scope) else {
            return Ok(());
        };
        let Some(before) = before else {
            let mut sentences = vec![format!(
                "A new key of {}, {}, for {}.",
                words.kind.title(),
                wanted.delivery,
                audience(self.team_names(&wanted.scope).as_deref())
            )];
            if wanted.secret.is_none() {
                sentences.push("Its value was not given here.".to_owned());
            }
            let compared = wanted.secret.is_some();
            self.acts.push(Act {
                plan: plan(name, None, words.kind, KeyDeed::Add, sentences, compared),
                before: None,
                wanted: Some(wanted),
            });
            return Ok(());
        };
        self.beside(name, before, wanted)
    }

    /// Compares a key with the one that is there.
    fn beside(&mut self, name: CredentialName, before: &CredentialView, wanted: Wanted) -> Result<()> {
        let content = Content {
            name: name.as_str(),
            settings: wanted.settings.as_ref(),
            delivery: wanted.delivery,
            teams: self.team_names(&wanted.scope),
        };
        let mut sentences = Content::of(before).until(&content);
        let same_scope = wanted.scope == before.scope;
        let is_other = match &wanted.secret {
            Some(secret) => Some(fingerprint(self.app, self.org, secret)? != before.fingerprint),
            None => None,
        };
        let deed = match is_other {
            Some(true) => KeyDeed::Replace,
            _ if sentences.is_empty() && same_scope => KeyDeed::Keep,
            _ => KeyDeed::Change,
        };
        if deed == KeyDeed::Replace {
            let end = match before.last_four.as_str() {
                "" => "that is there".to_owned(),
                end => format!("that ends in {end}"),
            };
            let then = if wanted.overlap.is_zero() {
                "retires at once".to_owned()
            } else {
                format!("goes on for {} and retires then", span(wanted.overlap))
            };
            sentences.insert(0, format!("Another key takes its place; the one {end} {then}."));
        }
        if is_other.is_none() {
            sentences.push("The key itself was not compared: its value was not given.".to_owned());
        }
        self.acts.push(Act {
            plan: plan(
                name,
                Some(before),
                before.kind(),
                deed,
                sentences,
                is_other.is_some(),
            ),
            before: Some(before.clone()),
            wanted: Some(wanted),
        });
        Ok(())
    }

    fn name(&mut self, name: &str, place: Place) -> Option<CredentialName> {
        let read: Result<CredentialName, String> =
            name.parse().map_err(|error: text::TextError| error.to_string());
        match read {
            Ok(name) if self.named.insert(name.folded()) => Some(name),
            Ok(name) => {
                self.complain(place, format!("{name} stands here twice, under two spellings"));
                None
            }
            Err(message) => {
                self.complain(place, format!("the key's name: {message}"));
                None
            }
        }
    }

    fn scope(&mut self, words: &KeyWords) -> Option<Scope> {
        let Some(names) = &words.teams else {
            return Some(Scope::Organization);
        };
        let mut teams = BTreeSet::new();
        let mut is_whole = true;
        for (name, place) in names {
            if let Some(team) = self.names.team(name) {
                teams.insert(team);
            } else {
                is_whole = false;
                self.complain(*place, format!("there is no team called “{name}”"));
            }
        }
        is_whole.then_some(Scope::Teams(teams))
    }

    fn team_names(&self, scope: &Scope) -> Option<Vec<String>> {
        match scope {
            Scope::Organization => None,
            Scope::Teams(teams) => {
                let mut names: Vec<_> = teams
                    .iter()
                    .filter_map(|team| self.names.of_team(*team))
                    .collect();
                names.sort();
                Some(names)
            }
        }
    }

    /// Reads a key's fields by its provider's rules.
    fn wanted(&mut self, words: &KeyWords, before: Option<&CredentialView>, scope: Scope) -> Option<Wanted> {
        let (mut typed, missing) = self.values.typed(words);
        for (field, reference) in &missing {
            self.missing.push(FileProblem {
                place: words.place_of(field),
                message: format!("the value of {reference} was not given"),
            });
        }
        if !missing.is_empty() && !typed.has("project") {
            // A service account says its own project, which is not known without it.
            let known = before.map(|view| view.settings.entries()).unwrap_or_default();
            if let Some((name, project)) = known.into_iter().find(|(name, _)| is_own_project(words, name)) {
                typed = typed.with(name, project);
            }
        }
        let (settings, secret) = match typed.read(words.kind) {
            Ok(entered) => (Some(entered.settings), entered.secret),
            Err(error) => {
                let mut wrong = error.fields;
                if !missing.is_empty() {
                    wrong.retain(|field| !field.pointer.rsplit('/').any(|name| is_own_project(words, name)));
                }
                if !wrong.is_empty() {
                    for field in wrong {
                        let name = field.pointer.rsplit('/').next().unwrap_or_default();
                        let named = words.secret.get(name).map(|reference| format!(" ({reference})"));
                        let message = format!("`{name}`{}: {}", named.unwrap_or_default(), field.message);
                        self.complain(words.place_of(name), message);
                    }
                    return None;
                }
                (None, None)
            }
        };
        if let Some(secret) = &secret {
            self.refuse_spoken(words, &secret.unspeakable());
        }
        Some(Wanted {
            settings,
            secret,
            delivery: words.delivery,
            scope,
            overlap: words.overlap,
        })
    }

    /// Refuses a file that says the very secret that it names. Its text is kept, so this comes before anything is.
    fn refuse_spoken(&mut self, words: &KeyWords, unspeakable: &[&str]) {
        let longest = unspeakable.iter().max_by_key(|secret| secret.len());
        let telling = longest.filter(|secret| secret.len() >= SHORTEST_TELLING);
        let Some(at) = telling.and_then(|secret| self.text.find(*secret)) else {
            return;
        };
        let line = self.text[..at].matches('\n').count() + 1;
        let named: Vec<String> = words.secret.values().map(ToString::to_string).collect();
        let message = format!(
            "this line says the very secret that {} names; take it out, and replace the key at its provider",
            named.join(" and ")
        );
        self.complain(Place { line, column: 1 }, message);
    }

    fn complain(&mut self, place: Place, message: String) {
        self.problems.push(FileProblem { place, message });
    }
}

fn is_own_project(words: &KeyWords, field: &str) -> bool {
    words.kind == ProviderKind::VertexAi && field == "project"
}
