//! Which application rule speaks, in the order of precedence.

use std::collections::BTreeMap;

use super::{ApplicationIdentity, ApplicationKind, ApplicationRule, identity::Said};
use crate::{LayerName, Reason, Verdict};

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Blocks the application.
    Deny,
    /// Makes the application available although a built-in rule blocks it.
    Allow,
}

/// One row of a layer's lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationEntry {
    /// Whose row it is; the built-in layer's rows are the global ones.
    pub layer: LayerName,
    /// Which applications it is about.
    pub rule: ApplicationRule,
    /// What it does with them.
    pub effect: Effect,
    /// Whether later layers cannot set it aside. Has force on built-in rows only.
    pub locked: bool,
}

/// All layers' rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplicationRules {
    /// Whether the organization's and the teams' rows are enforced.
    pub managed: bool,
    /// The rows, in any order.
    pub entries: Vec<ApplicationEntry>,
    /// Layers with a row that this version cannot read, and its key.
    pub unreadable: Vec<(LayerName, String)>,
}

impl ApplicationRules {
    /// What the rules say about an application, if they say anything.
    ///
    /// Locked global deny → the organization's and its teams' deny → global default, which they may set aside →
    /// what is denied for or by the member. What any layer denies is denied; within one layer the most special
    /// rule speaks. Nobody who only tightens can allow, and neither can a display name.
    pub fn judge(&self, identity: &ApplicationIdentity) -> Option<Verdict> {
        let said = Said::by(identity);
        let global = |entry: &ApplicationEntry| entry.layer == LayerName::BuiltIn;
        if let Some(found) = self.find(&said, |entry| global(entry) && entry.locked) {
            return Some(found.verdict());
        }
        let managed = self.by_layer(&said, |layer| self.is_managed(layer));
        let denies = |found: &&&ApplicationEntry| found.effect == Effect::Deny;
        if let Some(found) = managed.iter().find(denies) {
            return Some(found.verdict());
        }
        if let Some(verdict) = self.unclear(identity) {
            return Some(verdict);
        }
        if managed.is_empty()
            && let Some(found) = self.find(&said, |entry| global(entry) && !entry.locked)
        {
            return Some(found.verdict());
        }
        let tightened = self.by_layer(&said, LayerName::only_tightens);
        let decided = tightened.iter().find(denies).or(managed.first());
        decided.map(|entry| entry.verdict())
    }

    fn is_managed(&self, layer: LayerName) -> bool {
        self.managed && matches!(layer, LayerName::Org | LayerName::Team(_))
    }

    /// Whether a layer's rows are enforced at all.
    fn counts(&self, layer: LayerName) -> bool {
        self.is_managed(layer) || layer.only_tightens()
    }

    /// What nobody can say which application it is, or what an unreadable row may be about, is denied.
    fn unclear(&self, identity: &ApplicationIdentity) -> Option<Verdict> {
        if let Some((layer, key)) = self.unreadable.iter().find(|(layer, _)| self.counts(*layer)) {
            let key = Some(key.clone());
            return Some(Verdict::deny(Reason::UnreadableApplication, *layer, key));
        }
        let imposes = |layer: LayerName| self.counts(layer) && layer != LayerName::Member;
        let imposing = self.entries.iter().filter(|entry| imposes(entry.layer));
        let layer = imposing.map(|entry| entry.layer).min()?;
        (!identity.is_known()).then(|| Verdict::deny(Reason::UnknownApplication, layer, None))
    }

    /// The most special row of each layer that speaks, the organization's first.
    fn by_layer(&self, said: &Said, wanted: impl Fn(LayerName) -> bool) -> Vec<&ApplicationEntry> {
        let mut found: BTreeMap<LayerName, &ApplicationEntry> = BTreeMap::new();
        let speaking = self
            .entries
            .iter()
            .filter(|entry| wanted(entry.layer) && entry.speaks_about(said));
        for entry in speaking {
            let best = found.entry(entry.layer).or_insert(entry);
            if entry.rank() > best.rank() {
                *best = entry;
            }
        }
        found.into_values().collect()
    }

    /// The most special matching row.
    fn find(&self, said: &Said, wanted: impl Fn(&ApplicationEntry) -> bool) -> Option<&ApplicationEntry> {
        let matching = self
            .entries
            .iter()
            .filter(|entry| wanted(entry) && entry.speaks_about(said));
        matching.max_by_key(|entry| entry.rank())
    }
}

impl ApplicationEntry {
    /// The more special, the higher; of equally special ones, one that denies.
    fn rank(&self) -> impl Ord + '_ {
        let first = std::cmp::Reverse((self.layer, &self.rule));
        (self.rule.weight(), self.effect == Effect::Deny, first)
    }

    fn speaks_about(&self, said: &Said) -> bool {
        let may_allow = self.rule.kind() != ApplicationKind::Name && !self.layer.only_tightens();
        (self.effect == Effect::Deny || may_allow) && said.is_what(&self.rule)
    }

    fn verdict(&self) -> Verdict {
        let rule = Some(self.rule.to_string());
        match self.effect {
            Effect::Deny => Verdict::deny(Reason::DeniedApplication, self.layer, rule),
            Effect::Allow => Verdict::allow(Reason::AllowedApplication, self.layer, rule),
        }
    }
}
