//! Going back to an earlier revision, as a whole or in parts, by writing a new one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use tessera_domain::{Error, Result, RevisionNote, Right};
use tessera_ids::OrgId;
use tessera_policy::{
    Kind, Layer, LayerDocument, LayerName, Leaf, Plan, SectionName, Side, WebsiteList, plan,
};
use tessera_store::Reader;

use super::{
    Saved,
    draft::Draft,
    save::{ATTEMPTS, refuse_stale, too_many_others},
    snapshot::Snapshot,
    write::{Next, Reach, Reason, write},
};
use crate::{Actor, App, access};

/// Something that can be brought back. Its text is `org`, `org/memory`, `team_…/memory.audio_capture`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// All that a layer said.
    Layer(LayerName),
    /// What it said in one section.
    Section(LayerName, SectionName),
    /// What it said of one leaf.
    Leaf(LayerName, Leaf),
}

/// What somebody wants back.
#[derive(Clone, Debug)]
pub struct RestoreRequest {
    /// The revision to go back to; 0 stands for before the first.
    pub revision: u64,
    /// What of it; nothing means all of it.
    pub parts: Vec<Part>,
    /// Why, for the history.
    pub note: Option<RevisionNote>,
    /// The revision that the author saw; when another is the newest by now, nothing is restored.
    pub expected: Option<u64>,
}

/// What going back would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restorable {
    /// The newest revision, which would change.
    pub newest: u64,
    /// What would change, layer by layer; layers without a change are left out.
    pub layers: Vec<(LayerName, Plan)>,
    /// Layers that cannot come back: their team or member is gone.
    pub gone: Vec<LayerName>,
    /// Members that it touches, at most.
    pub members: u64,
    /// Their devices.
    pub devices: u64,
}

/// Says what going back to these parts of a revision would do. Changes nothing.
pub async fn restorable(
    app: &App,
    actor: &Actor,
    org: OrgId,
    revision: u64,
    parts: &[Part],
) -> Result<Restorable> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeSettings).await?;
    let base = Snapshot::load(&mut tx, &app.lists, org, None).await?;
    let then = Snapshot::load(&mut tx, &app.lists, org, Some(revision)).await?;
    let (wanted, gone) = wanted(&mut tx, org, &base, &then, parts).await?;
    let mut layers = Vec::new();
    for (name, way) in wanted {
        let (before, after) = (base.layer(name), then.layer(name));
        let (document, websites) = way.lead(&before, &after)?;
        let side = |document, websites| Side { document, websites };
        let plan = plan(
            side(&before.document, &before.websites),
            side(&document, &websites),
        );
        if !plan.changes.is_empty() {
            layers.push((name, plan));
        }
    }
    let only_team = match layers.as_slice() {
        [(LayerName::Team(team), _)] => Some(*team),
        _ => None,
    };
    let reach = tx.reach(org, only_team).await?;
    Ok(Restorable {
        newest: base.revision,
        layers,
        gone,
        members: reach.members,
        devices: reach.devices,
    })
}

/// Goes back to a revision, or to parts of it, as a new revision. What is so already makes none.
///
/// # Errors
/// *Conflict* with the newest revision when `expected` is not the newest.
pub async fn restore(
    app: &App,
    actor: &Actor,
    org: OrgId,
    request: RestoreRequest,
    reach: &Reach,
) -> Result<Saved> {
    for _ in 0..ATTEMPTS {
        let base = super::load(app, actor, org, Right::ChangeSettings, None).await?;
        refuse_stale(request.expected, base.revision)?;
        let then = super::load(app, actor, org, Right::ChangeSettings, Some(request.revision)).await?;
        let next = going_back(app, org, &base, &then, &request.parts, request.note.clone()).await?;
        let changes = next.changes();
        if changes.is_empty() {
            return Ok(Saved {
                revision: base.revision,
                changes,
            });
        }
        let reason = Reason::Restored {
            revision: request.revision,
        };
        if let Some(revision) = write(app, actor, org, &base, next, reach, reason).await? {
            return Ok(Saved { revision, changes });
        }
    }
    Err(too_many_others())
}

/// The revision that leads from `base` back to these parts of `then`.
pub(crate) async fn going_back(
    app: &App,
    org: OrgId,
    base: &Snapshot,
    then: &Snapshot,
    parts: &[Part],
    note: Option<RevisionNote>,
) -> Result<Next> {
    let (wanted, _) = wanted(&mut app.store.read().await?, org, base, then, parts).await?;
    let mut drafts = Vec::new();
    for (name, way) in wanted {
        let target = then.layer(name);
        let stored = then
            .tree
            .websites(name)
            .map(|index| (target.websites.clone(), index));
        let alter = move |now: &Layer| way.lead(now, &target);
        let draft = Draft::make(app, org, base, name, stored, alter).await?;
        if !draft.changes.is_empty() {
            drafts.push(draft);
        }
    }
    Ok(Next::new(base, drafts, note))
}

/// The layers that are to change and how, and those that cannot come back.
async fn wanted(
    tx: &mut Reader,
    org: OrgId,
    base: &Snapshot,
    then: &Snapshot,
    parts: &[Part],
) -> Result<(BTreeMap<LayerName, Way>, Vec<LayerName>)> {
    let layers = base.layers().chain(then.layers());
    let names: BTreeSet<LayerName> = layers.map(|layer| layer.name).collect();
    let (mut wanted, mut gone) = (BTreeMap::new(), Vec::new());
    for name in names {
        if let Some(way) = Way::of(parts, name) {
            if super::is_there(tx, org, name).await? {
                wanted.insert(name, way);
            } else {
                gone.push(name);
            }
        }
    }
    Ok((wanted, gone))
}

/// How one layer goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    Whole,
    Parts {
        sections: BTreeSet<SectionName>,
        leaves: BTreeSet<Leaf>,
    },
}

impl Way {
    /// What the parts say of a layer; none when they do not speak of it.
    fn of(parts: &[Part], name: LayerName) -> Option<Self> {
        if parts.is_empty() || parts.contains(&Part::Layer(name)) {
            return Some(Self::Whole);
        }
        let (mut sections, mut leaves) = (BTreeSet::new(), BTreeSet::new());
        for part in parts {
            match part {
                Part::Section(layer, section) if *layer == name => {
                    sections.insert(*section);
                }
                Part::Leaf(layer, leaf) if *layer == name => {
                    leaves.insert(*leaf);
                }
                Part::Layer(_) | Part::Section(..) | Part::Leaf(..) => {}
            }
        }
        (!sections.is_empty() || !leaves.is_empty()).then_some(Self::Parts { sections, leaves })
    }

    /// What the layer says when it has gone back.
    fn lead(&self, now: &Layer, then: &Layer) -> Result<(LayerDocument, WebsiteList)> {
        let Self::Parts { sections, leaves } = self else {
            return Ok((then.document.clone(), then.websites.clone()));
        };
        let mut document = with_sections(&now.document, &then.document, sections)?;
        for leaf in leaves {
            document = with_leaf(document, &then.document, *leaf);
        }
        let lists = sections.contains(&Leaf::Websites.section()) || leaves.contains(&Leaf::Websites);
        let websites = if lists { &then.websites } else { &now.websites };
        Ok((document, websites.clone()))
    }
}

/// The document with other sections in place of its own, whatever they hold.
fn with_sections(
    now: &LayerDocument,
    then: &LayerDocument,
    sections: &BTreeSet<SectionName>,
) -> Result<LayerDocument> {
    let of_then = |name: &str| sections.iter().any(|section| section.as_str() == name);
    let (old, new) = (then.sections(), now.sections());
    let kept = new.iter().filter(|(name, _)| !of_then(name));
    let back = old.iter().filter(|(name, _)| of_then(name));
    let parts = kept
        .chain(back)
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    LayerDocument::from_sections(parts).map_err(Error::internal)
}

/// The document with what another says of one leaf.
fn with_leaf(document: LayerDocument, then: &LayerDocument, leaf: Leaf) -> LayerDocument {
    match leaf.kind() {
        Kind::WebsiteList => document,
        Kind::Table(_) => document.with_table(leaf, then.table(leaf)),
        Kind::Switch | Kind::Choice(_) | Kind::Model => match then.get(leaf) {
            Some(setting) => document.with(leaf, setting),
            None => document.without(leaf),
        },
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Layer(layer) => layer.fmt(f),
            Self::Section(layer, section) => write!(f, "{layer}/{}", section.as_str()),
            Self::Leaf(layer, leaf) => write!(f, "{layer}/{}", leaf.path()),
        }
    }
}

impl FromStr for Part {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::field("/parts", format!("There is no part called {text:?}."));
        let Some((layer, rest)) = text.split_once('/') else {
            return text.parse().map(Self::Layer).map_err(|_| unknown());
        };
        let layer: LayerName = layer.parse().map_err(|_| unknown())?;
        if let Ok(leaf) = rest.parse() {
            return Ok(Self::Leaf(layer, leaf));
        }
        let section = rest.parse().map_err(|_| unknown())?;
        Ok(Self::Section(layer, section))
    }
}
