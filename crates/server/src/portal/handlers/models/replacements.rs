//! Defaults that name a model which is being turned off: the organization's and its teams', each with a field for another.

use std::collections::BTreeSet;

use tessera_domain::Result;
use tessera_ids::{OrgId, TeamId};
use tessera_policy::{Kind, LayerName, Leaf};

use super::super::answer::Refusal;
use super::super::edits::{INHERIT, TEAM_DEFAULT};
use super::super::pages::Replacement;
use super::super::view::{Opt, Select};
use super::super::visit::Visit;
use super::form::Shown;
use super::pointer;
use crate::http::extract::Fields;
use crate::portal::handlers::layers;

/// How pointers to teams' defaults begin; the team, the section and the leaf follow.
const POINTER: &str = "/team_defaults/";

/// The defaults that were refused, and those for which another model was chosen already, so that no choice is lost.
pub(super) async fn replacements(
    visit: &Visit,
    org: OrgId,
    shown: &Shown<'_>,
    typed: &Fields,
    refusal: Option<&Refusal>,
) -> Result<Vec<Replacement>> {
    let allowed = || {
        shown
            .allowed()
            .map(|model| Opt::new(model.name.to_string(), model.title.clone()))
    };
    let mut found = Vec::new();
    for leaf in Leaf::ALL.iter().filter(|leaf| leaf.kind() == Kind::Model) {
        let error = refusal.and_then(|refusal| refusal.field(&pointer(*leaf)));
        let options = std::iter::once(Opt::new("none", "No default")).chain(allowed());
        let asked = Asked {
            field: leaf.path().to_owned(),
            title: leaf.title().to_owned(),
            error,
        };
        found.extend(asked.offer(typed, options.collect()));
    }
    for (team, leaf) in in_teams(typed, refusal) {
        let at = format!("{POINTER}{team}/{}/{}", leaf.section(), leaf.name());
        let name = layers::name(visit, org, LayerName::Team(team)).await?;
        let asked = Asked {
            field: format!("{TEAM_DEFAULT}{team}/{}", leaf.path()),
            title: format!("{name}: {}", leaf.title()),
            error: refusal.and_then(|refusal| refusal.field(&at)),
        };
        let options = [
            Opt::new(INHERIT, "As the organization says"),
            Opt::new("none", "No default"),
        ];
        found.extend(asked.offer(typed, options.into_iter().chain(allowed()).collect()));
    }
    Ok(found)
}

/// The pointers that these fields show what is wrong with.
pub(super) fn pointers(refusal: &Refusal) -> impl Iterator<Item = &str> {
    refusal.pointers_below(POINTER)
}

/// One default that needs another model.
struct Asked {
    field: String,
    title: String,
    error: Option<String>,
}

impl Asked {
    fn offer(self, typed: &Fields, options: Vec<Opt>) -> Option<Replacement> {
        let chosen = typed.get(&self.field);
        let value = options.iter().find(|option| option.value == chosen);
        let value = value.map_or_else(String::new, |option| option.value.clone());
        (self.error.is_some() || !value.is_empty()).then_some(Replacement {
            field: self.field,
            title: self.title,
            select: Select {
                value,
                options,
                error: self.error,
            },
        })
    }
}

/// The teams' defaults that were refused, or chosen in this form.
fn in_teams(typed: &Fields, refusal: Option<&Refusal>) -> BTreeSet<(TeamId, Leaf)> {
    let refused = refusal.into_iter().flat_map(pointers).filter_map(|at| {
        let (team, leaf) = at.strip_prefix(POINTER)?.split_once('/')?;
        Some((team, leaf.replace('/', ".")))
    });
    let chosen = typed.iter().filter_map(|(name, _)| {
        let (team, leaf) = name.strip_prefix(TEAM_DEFAULT)?.split_once('/')?;
        Some((team, leaf.to_owned()))
    });
    let known = |(team, leaf): (&str, String)| Some((team.parse().ok()?, leaf.parse().ok()?));
    refused.chain(chosen).filter_map(known).collect()
}
