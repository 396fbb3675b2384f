//! What is said of a key, and how two such words differ.

use std::{collections::BTreeMap, time::Duration};

use tessera_domain::credential::{Delivery, Scope, Settings};

use crate::credentials::CredentialView;

/// What is said of a key, but for whose it is.
pub(super) struct Content<'a> {
    pub(super) name: &'a str,
    /// Nothing where they are not known.
    pub(super) settings: Option<&'a Settings>,
    pub(super) delivery: Delivery,
    /// The names of its teams; nothing for everybody.
    pub(super) teams: Option<Vec<String>>,
}

impl<'a> Content<'a> {
    pub(super) fn of(view: &'a CredentialView) -> Self {
        Self {
            name: view.name.as_str(),
            settings: Some(&view.settings),
            delivery: view.delivery,
            teams: teams(view),
        }
    }

    /// Every difference, one sentence each.
    pub(super) fn until(&self, after: &Content<'_>) -> Vec<String> {
        let mut said = Vec::new();
        let mut say = |what: &str, before: &str, after: &str| {
            if before != after {
                said.push(format!("{what}: {before} → {after}"));
            }
        };
        say("name", self.name, after.name);
        say("delivery", self.delivery.as_str(), after.delivery.as_str());
        say(
            "for",
            &audience(self.teams.as_deref()),
            &audience(after.teams.as_deref()),
        );
        if let (Some(before), Some(after)) = (self.settings, after.settings) {
            let (before, after) = (fields(before), fields(after));
            let names: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
            for name in names {
                let text = |fields: &BTreeMap<&str, String>| {
                    fields.get(*name).cloned().unwrap_or_else(|| "nothing".to_owned())
                };
                say(name, &text(&before), &text(&after));
            }
        }
        said
    }
}

/// The teams that a key is of; nothing for everybody's.
pub(super) fn teams(view: &CredentialView) -> Option<Vec<String>> {
    match view.scope {
        Scope::Organization => None,
        Scope::Teams(_) => {
            let mut names: Vec<_> = view.teams.iter().map(|(_, name)| name.to_string()).collect();
            names.sort();
            Some(names)
        }
    }
}

/// Whose a key is.
pub(super) fn audience(teams: Option<&[String]>) -> String {
    match teams {
        None => "everybody".to_owned(),
        Some([]) => "nobody".to_owned(),
        Some(teams) => teams.join(", "),
    }
}

fn fields(settings: &Settings) -> BTreeMap<&'static str, String> {
    let entries = settings.entries().into_iter();
    entries
        .map(|(name, text)| (name, text.replace('\n', ", ")))
        .collect()
}

/// How long, as people say it.
pub(super) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
