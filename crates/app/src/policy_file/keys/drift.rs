//! What became of the keys that a file owns since it was applied: one that was replaced in a hurry, or deleted.

use tessera_domain::{
    Result,
    credential::{CredentialState, Typed},
    text,
};
use tessera_ids::{OrgId, Timestamp};
use tessera_policy::file::{KeyWords, KeysWords};
use tessera_store::Reader;

use super::content::Content;
use crate::credentials::{self, CredentialView};

/// How one key differs from what the file said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftedKey {
    /// What it is called.
    pub name: String,
    /// What changed since, from the file's word to the present one.
    pub sentences: Vec<String>,
}

/// How the keys differ from what a file said that was applied then.
pub(in crate::policy_file) async fn drift(
    tx: &mut Reader,
    org: OrgId,
    words: &KeysWords,
    applied_at: Timestamp,
) -> Result<Vec<DriftedKey>> {
    let views = credentials::views(tx, org).await?;
    let mut drifted = Vec::new();
    for (name, key) in &words.keys {
        let called = of_name(&views, name);
        let active = called.clone().find(|view| view.state == CredentialState::Active);
        let sentences = match active {
            None => vec!["It was deleted.".to_owned()],
            Some(now) => since(name, key, now, called, applied_at),
        };
        if !sentences.is_empty() {
            let name = name.clone();
            drifted.push(DriftedKey { name, sentences });
        }
    }
    for view in &views {
        let is_named = words.keys.keys().any(|name| is_same(view, name));
        if view.state == CredentialState::Active && !is_named {
            drifted.push(DriftedKey {
                name: view.name.to_string(),
                sentences: vec!["It was added.".to_owned()],
            });
        }
    }
    Ok(drifted)
}

fn is_same(view: &CredentialView, name: &str) -> bool {
    view.name.folded() == text::fold(name)
}

fn of_name<'v>(
    views: &'v [CredentialView],
    name: &'v str,
) -> impl Iterator<Item = &'v CredentialView> + Clone {
    views.iter().filter(move |view| is_same(view, name))
}

/// What changed of a key that is there.
fn since<'v>(
    name: &str,
    words: &KeyWords,
    now: &CredentialView,
    called: impl Iterator<Item = &'v CredentialView>,
    applied_at: Timestamp,
) -> Vec<String> {
    if now.kind() != words.kind {
        return vec![format!("It is a key of {} now.", now.kind().title())];
    }
    let typed = words.plain.iter();
    let typed = typed.fold(Typed::default(), |typed, (name, text)| {
        typed.with(*name, text.as_str())
    });
    // What the file left to the key itself is no word of the file.
    let left_out = now.settings.entries().into_iter();
    let left_out = left_out.filter(|(field, _)| {
        *field == "project" && words.secret.contains_key("service_account") && !typed.has(field)
    });
    let left_out: Vec<_> = left_out.collect();
    let typed = left_out
        .into_iter()
        .fold(typed, |typed, (field, text)| typed.with(field, text));
    let settings = typed.read(words.kind).ok().map(|entered| entered.settings);
    let mut teams = words.teams.as_ref().map(|teams| {
        let spelled = |name: &String| {
            let known = now
                .teams
                .iter()
                .find(|(_, known)| known.folded() == text::fold(name));
            known.map_or_else(|| name.clone(), |(_, known)| known.to_string())
        };
        teams.iter().map(|(name, _)| spelled(name)).collect::<Vec<_>>()
    });
    if let Some(teams) = &mut teams {
        teams.sort();
        teams.dedup();
    }
    let then = Content {
        name,
        settings: settings.as_ref(),
        delivery: words.delivery,
        teams,
    };
    let mut sentences = then.until(&Content::of(now));
    // A replaced key stays as a row until it is deleted, so the one that was applied can be told from the present.
    let applied = called
        .filter(|view| view.created_at <= applied_at)
        .max_by_key(|view| view.created_at);
    if applied.is_none_or(|applied| applied.fingerprint != now.fingerprint) {
        sentences.insert(
            0,
            format!("Another key was put in its place by {}.", now.added_by),
        );
    }
    sentences
}
