//! Decides whether something may be captured, from what holds in the end.

use crate::{
    Effective, Layer, LayerName, Leaf, Reason, Strictness, Subject, Value, Verdict, WebsiteIndex,
    applications::ApplicationRules,
    merge,
    websites::{Page, PageClass, Unreadable, Website},
};

/// Answers for one device. Immutable: new settings make a new guard, which is then swapped in whole.
#[derive(Debug)]
pub struct Guard {
    /// Nothing for a device that never had settings.
    rules: Option<Rules>,
}

#[derive(Debug)]
struct Rules {
    effective: Effective,
    /// The organization's and the teams' lists, empty while they are switched off.
    managed: WebsiteIndex,
    /// The member's own list, which no switch of the organization turns off.
    own: WebsiteIndex,
    applications: ApplicationRules,
    /// The word of whoever paused memory, if somebody did.
    paused: Option<Verdict>,
}

impl Guard {
    /// A guard that enforces these settings.
    pub fn new(effective: Effective) -> Self {
        let enforced = effective.is_on(Leaf::ManagedWebsites);
        let lists = effective.websites().iter().map(|(layer, list)| (*layer, list));
        let (own, managed): (Vec<_>, Vec<_>) = lists.partition(|(layer, _)| layer.only_tightens());
        let managed = managed.into_iter().filter(|_| enforced);
        let (managed, own) = (WebsiteIndex::build(managed), WebsiteIndex::build(own));
        Self {
            rules: Some(Rules {
                applications: ApplicationRules::of(&effective),
                paused: paused(&effective),
                effective,
                managed,
                own,
            }),
        }
    }

    /// A guard that enforces what these layers come to.
    pub fn from_layers(layers: &[Layer]) -> Self {
        Self::new(merge(layers))
    }

    /// The guard of a device that never had settings: it denies everything.
    pub const fn closed() -> Self {
        Self { rules: None }
    }

    /// The same guard with these rules about applications.
    #[must_use]
    pub fn with_applications(mut self, applications: ApplicationRules) -> Self {
        if let Some(rules) = &mut self.rules {
            rules.applications = applications;
        }
        self
    }

    /// Whether this is the guard of a device that never had settings.
    pub fn is_closed(&self) -> bool {
        self.rules.is_none()
    }

    /// The settings it enforces, unless it is closed.
    pub fn effective(&self) -> Option<&Effective> {
        self.rules.as_ref().map(|rules| &rules.effective)
    }

    /// Whether this may be captured.
    ///
    /// What is built in comes first (private windows, addresses that cannot be read), then the pause; then every
    /// part of the subject has to pass: sound, application, page.
    pub fn decide(&self, subject: &Subject) -> Verdict {
        let Some(rules) = &self.rules else {
            return never_had_settings();
        };
        if subject.private_window {
            return built_in(Reason::PrivateWindow);
        }
        let page = subject.url.is_some() || subject.browser;
        if !page && subject.application.is_none() && !subject.audio {
            return built_in(Reason::NothingToDecide);
        }
        if let Some(paused) = &rules.paused {
            return paused.clone();
        }
        let sound = subject.audio.then(|| rules.permission(Leaf::AudioCapture));
        if let Some(denied) = sound.as_ref().filter(|verdict| !verdict.is_allow()) {
            return denied.clone();
        }
        let application = subject
            .application
            .as_ref()
            .and_then(|identity| rules.applications.judge(identity));
        if let Some(denied) = application.as_ref().filter(|verdict| !verdict.is_allow()) {
            return denied.clone();
        }
        let page = page.then(|| rules.page(subject.url.as_deref().unwrap_or_default()));
        match page {
            Some(denied) if !denied.is_allow() => denied,
            page => application.or(page).or(sound).unwrap_or_else(no_rule),
        }
    }

    /// Whether a page at this address may be captured, as far as its address says.
    pub fn decide_url(&self, address: &str) -> Verdict {
        self.rules
            .as_ref()
            .map_or_else(never_had_settings, |rules| rules.page(address))
    }

    /// Whether a switch permits what it is about: `memory.audio_capture`, `features.processing`, …
    /// Nothing for leaves that permit nothing.
    pub fn permits(&self, leaf: Leaf) -> Option<Verdict> {
        if leaf.strictness() != Strictness::Off {
            return None;
        }
        let rules = self.rules.as_ref();
        Some(rules.map_or_else(never_had_settings, |rules| rules.permission(leaf)))
    }
}

impl Rules {
    fn permission(&self, leaf: Leaf) -> Verdict {
        let found = self.effective.get(leaf);
        let rule = Some(leaf.path().to_owned());
        match found.value {
            Value::Switch(true) => Verdict::allow(Reason::SwitchedOn, found.source, rule),
            _ => Verdict::deny(Reason::SwitchedOff, found.source, rule),
        }
    }

    fn page(&self, address: &str) -> Verdict {
        match Page::read(address) {
            Page::Website(website) => self.website(&website),
            Page::Class(PageClass::Data) if !self.managed.is_empty() => {
                Verdict::deny(Reason::UnknownOrigin, LayerName::Org, None)
            }
            Page::Class(PageClass::Data) if !self.own.is_empty() => {
                Verdict::deny(Reason::UnknownOrigin, LayerName::Member, None)
            }
            Page::Class(_) => no_rule(),
            Page::Unreadable(Unreadable::NotAnAddress) => built_in(Reason::UnreadableAddress),
            Page::Unreadable(Unreadable::TooDeep) => built_in(Reason::WrappedTooDeep),
        }
    }

    fn website(&self, website: &Website<'_>) -> Verdict {
        for index in [&self.managed, &self.own]
            .into_iter()
            .filter(|index| !index.is_empty())
        {
            if let Some(found) = index.find(website) {
                return Verdict::deny(Reason::DeniedWebsite, found.layer, Some(found.rule()));
            }
            if let Some((layer, row)) = index.unreadable() {
                return Verdict::deny(Reason::UnreadableRule, layer, Some(row.to_owned()));
            }
        }
        no_rule()
    }
}

fn paused(effective: &Effective) -> Option<Verdict> {
    let found = effective.get(Leaf::MemoryPaused);
    let rule = Some(Leaf::MemoryPaused.path().to_owned());
    (found.value == Value::Switch(true)).then(|| Verdict::deny(Reason::Paused, found.source, rule))
}

fn never_had_settings() -> Verdict {
    built_in(Reason::NeverHadSettings)
}

fn built_in(reason: Reason) -> Verdict {
    Verdict::deny(reason, LayerName::BuiltIn, None)
}

fn no_rule() -> Verdict {
    Verdict::allow(Reason::NoRule, LayerName::BuiltIn, None)
}
