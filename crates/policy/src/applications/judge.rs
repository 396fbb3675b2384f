//! Which application rule speaks, in the order of precedence.

use super::{ApplicationIdentity, ApplicationKind, ApplicationRule};
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
}

impl ApplicationRules {
    /// What the rules say about an application, if they say anything.
    ///
    /// Locked global deny → organization's deny or allow → global default → member's deny. An allow of the
    /// organization sets global defaults aside, never what the member forbids. A member cannot allow, and
    /// neither can a display name.
    pub fn judge(&self, identity: &ApplicationIdentity) -> Option<Verdict> {
        let org = |entry: &ApplicationEntry| {
            self.managed && matches!(entry.layer, LayerName::Org | LayerName::Team(_))
        };
        let global = |entry: &ApplicationEntry| entry.layer == LayerName::BuiltIn;
        if let Some(found) = self.find(identity, |entry| global(entry) && entry.locked) {
            return Some(found.verdict());
        }
        let managed = self.find(identity, org);
        if let Some(found) = managed.filter(|found| found.effect == Effect::Deny) {
            return Some(found.verdict());
        }
        if !identity.is_known() && self.entries.iter().any(org) {
            return Some(Verdict::deny(Reason::UnknownApplication, LayerName::Org, None));
        }
        let default = self.find(identity, |entry| global(entry) && !entry.locked);
        let own = self.find(identity, |entry| entry.layer == LayerName::Member);
        let denies = |found: &&ApplicationEntry| found.effect == Effect::Deny;
        let decided = match managed {
            Some(allowed) => own.filter(denies).or(Some(allowed)),
            None => default.filter(denies).or(own.filter(denies)),
        };
        decided.map(ApplicationEntry::verdict)
    }

    /// The most special matching row; of equally special ones, one that denies.
    fn find(
        &self,
        identity: &ApplicationIdentity,
        wanted: impl Fn(&ApplicationEntry) -> bool,
    ) -> Option<&ApplicationEntry> {
        let matching = self
            .entries
            .iter()
            .filter(|entry| wanted(entry) && entry.speaks_about(identity));
        matching.max_by_key(|entry| {
            let first = std::cmp::Reverse((entry.layer, &entry.rule));
            (entry.rule.weight(), entry.effect == Effect::Deny, first)
        })
    }
}

impl ApplicationEntry {
    fn speaks_about(&self, identity: &ApplicationIdentity) -> bool {
        let may_allow = self.rule.kind() != ApplicationKind::Name && !self.layer.only_tightens();
        (self.effect == Effect::Deny || may_allow)
            && identity.chain().any(|process| self.rule.matches(process))
    }

    fn verdict(&self) -> Verdict {
        let rule = Some(self.rule.to_string());
        match self.effect {
            Effect::Deny => Verdict::deny(Reason::DeniedApplication, self.layer, rule),
            Effect::Allow => Verdict::allow(Reason::AllowedApplication, self.layer, rule),
        }
    }
}
