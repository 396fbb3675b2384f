//! What applying a file would do. Changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use tessera_domain::{Error, FieldError, Result, Right};
use tessera_ids::OrgId;
use tessera_policy::{
    Edit, Layer, LayerName, Leaf, Plan, SectionName, Side, edits_between,
    file::{Bearer, FileProblem, FileSection, KeysWords, PolicyFile, SectionWords},
    permitted,
};
use tessera_store::Reader;

use super::{
    drift::{self, Drift},
    keys::{KeysPlan, KeysTarget, SecretValues},
    names::{self, Names},
    ownership::Ownership,
    read, refused,
};
use crate::{Actor, App, access, settings::Snapshot};

/// A section of a layer, by the name of its bearer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Section {
    /// Whose.
    pub bearer: Bearer,
    /// Its layer.
    pub layer: LayerName,
    /// Which.
    pub section: FileSection,
}

/// What would change in one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerPlan {
    /// Which layer.
    pub layer: LayerName,
    /// Whose.
    pub bearer: Bearer,
    /// The changes in sentences, with what one should know before.
    pub plan: Plan,
    /// Members that the layer speaks to.
    pub members: u64,
    /// Their devices that receive settings.
    pub devices: u64,
}

/// What applying a file would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePlan {
    /// The revision that the changes are against.
    pub revision: u64,
    /// The layers that change.
    pub layers: Vec<LayerPlan>,
    /// What becomes of the providers' keys; nothing where they are none of the file's business.
    pub keys: Option<KeysPlan>,
    /// Members whom the changes reach, each counted once.
    pub members: u64,
    /// Their devices.
    pub devices: u64,
    /// Sections that the file would own and does not own yet.
    pub takes: Vec<Section>,
    /// Sections that the last file owned and this one leaves out: what they say goes.
    pub drops: Vec<Section>,
    /// What became of the last file's sections since it was applied.
    pub drift: Drift,
}

impl FilePlan {
    /// Whether no setting and no key would change.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty() && self.keys.as_ref().is_none_or(KeysPlan::is_empty)
    }

    /// What members would lose, a sentence each.
    pub fn losses(&self) -> impl Iterator<Item = &str> {
        let planned = self.layers.iter().flat_map(|layer| &layer.plan.changes);
        planned.filter_map(|planned| planned.loss.as_deref())
    }
}

/// Says what applying this file would do. Keys whose values are not given are not compared.
///
/// # Errors
/// *Invalid* with everything that is wrong with the file, each with its line and column.
pub async fn plan(
    app: &App,
    actor: &Actor,
    org: OrgId,
    text: Bytes,
    values: &SecretValues,
) -> Result<FilePlan> {
    let file = read(text.clone()).await?;
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ChangeSettings).await?;
    let text = String::from_utf8_lossy(&text);
    let target = Target::find(&mut tx, app, org, &file, values, &text).await?;
    if target.keys.is_some() {
        access::require(&mut tx, actor, org, Right::ManageCredentials).await?;
    }
    let mut layers = Vec::new();
    for (layer, edits) in &target.edits {
        let before = target.base.layer(*layer);
        let (document, websites) = tessera_policy::apply(&before.document, &before.websites, edits)
            .map_err(Error::invalid_fields)?;
        let after = Layer {
            name: *layer,
            document,
            websites,
        };
        layers.extend(layer_plan(&mut tx, org, target.bearer(*layer), &before, &after).await?);
    }
    let (members, devices) = reach(&mut tx, org, &layers).await?;
    let drift = drift::since_applied(&mut tx, app, org).await?;
    Ok(FilePlan {
        revision: target.base.revision,
        members,
        devices,
        layers,
        keys: target.keys.as_ref().map(KeysTarget::plan),
        takes: target.takes(),
        drops: target.drops,
        drift,
    })
}

/// What lies between two states of a layer; nothing where they are the same.
pub(super) async fn layer_plan(
    tx: &mut Reader,
    org: OrgId,
    bearer: Bearer,
    before: &Layer,
    after: &Layer,
) -> Result<Option<LayerPlan>> {
    let plan = tessera_policy::plan(side(before), side(after));
    if plan.is_empty() {
        return Ok(None);
    }
    let reach = match before.name {
        LayerName::Team(team) => tx.reach_of(org, &[team], &[]).await?,
        LayerName::Tightened(account) => tx.reach_of(org, &[], &[account]).await?,
        LayerName::BuiltIn | LayerName::Org | LayerName::Member => tx.reach(org, None).await?,
    };
    Ok(Some(LayerPlan {
        layer: before.name,
        bearer,
        plan,
        members: reach.members,
        devices: reach.devices,
    }))
}

fn side(layer: &Layer) -> Side<'_> {
    Side {
        document: &layer.document,
        websites: &layer.websites,
    }
}

/// Everybody whom the layers speak to, each counted once.
async fn reach(tx: &mut Reader, org: OrgId, layers: &[LayerPlan]) -> Result<(u64, u64)> {
    let reach = match layers {
        [] => return Ok((0, 0)),
        [only] => return Ok((only.members, only.devices)),
        layers if layers.iter().any(|layer| layer.layer == LayerName::Org) => tx.reach(org, None).await?,
        layers => {
            let (mut teams, mut people) = (Vec::new(), Vec::new());
            for layer in layers {
                match layer.layer {
                    LayerName::Team(team) => teams.push(team),
                    LayerName::Tightened(account) => people.push(account),
                    LayerName::BuiltIn | LayerName::Org | LayerName::Member => {}
                }
            }
            tx.reach_of(org, &teams, &people).await?
        }
    };
    Ok((reach.members, reach.devices))
}

/// A file beside what holds now: the way from here to there.
pub(super) struct Target {
    pub(super) base: Snapshot,
    /// What the file names.
    pub(super) named: BTreeMap<Bearer, LayerName>,
    /// The edits of each layer, those of nothing left out.
    pub(super) edits: Vec<(LayerName, Vec<Edit>)>,
    /// The sections that stand in the file.
    pub(super) sections: Vec<Section>,
    /// The sections that only the last file had.
    pub(super) drops: Vec<Section>,
    pub(super) owned: Ownership,
    /// What becomes of the keys, where they are the file's business.
    pub(super) keys: Option<KeysTarget>,
}

impl Target {
    /// Finds the way.
    ///
    /// # Errors
    /// *Invalid* with what is wrong with the file beside this organization.
    pub(super) async fn find(
        tx: &mut Reader,
        app: &App,
        org: OrgId,
        file: &PolicyFile,
        values: &SecretValues,
        text: &str,
    ) -> Result<Self> {
        refuse_other_org(file, org)?;
        let owned = Ownership::load(tx, org).await?;
        let names = Names::load(tx, org).await?;
        let named = names::resolve(tx, org, &names, file, &owned.names())
            .await?
            .map_err(refused)?;
        let base = Snapshot::load(tx, &app.lists, org, None).await?;
        let sections = sections(file, &named);
        let mut drops = Vec::new();
        for gone in &owned.sections {
            let stands = |section: &Section| (section.layer, section.section) == (gone.layer, gone.section);
            if sections.iter().any(stands) {
                continue;
            }
            // Of a team or member that is gone, nothing is left to take away.
            if let Some(bearer) = names.bearer(tx, org, gone.layer).await? {
                drops.push(Section {
                    bearer,
                    layer: gone.layer,
                    section: gone.section,
                });
            }
        }
        let edits = edits(&base, file, &named, &drops)?;
        // A file that had the keys and has them no more takes them away.
        let none = KeysWords::default();
        let drops_keys = drops.iter().any(|gone| gone.section == FileSection::Credentials);
        let keys = match file.keys.as_ref().or(drops_keys.then_some(&none)) {
            Some(words) => Some(KeysTarget::find(tx, app, org, &names, words, values, text).await?),
            None => None,
        };
        Ok(Self {
            base,
            named,
            edits,
            sections,
            drops,
            owned,
            keys,
        })
    }

    fn bearer(&self, layer: LayerName) -> Bearer {
        let named = self.named.iter().find(|(_, known)| **known == layer);
        let dropped = || self.drops.iter().find(|section| section.layer == layer);
        named
            .map(|(bearer, _)| bearer.clone())
            .or_else(|| dropped().map(|section| section.bearer.clone()))
            .unwrap_or(Bearer::Org)
    }

    fn takes(&self) -> Vec<Section> {
        let is_new = |section: &&Section| !self.owned.owns(section.layer, section.section);
        self.sections.iter().filter(is_new).cloned().collect()
    }
}

/// A file that says whose it is is applied to nobody else.
fn refuse_other_org(file: &PolicyFile, org: OrgId) -> Result<()> {
    match file.head.id {
        Some(id) if id != org => Err(Error::field(
            "/policy",
            format!("This file is of another organization: its head names {id}."),
        )),
        _ => Ok(()),
    }
}

fn sections(file: &PolicyFile, named: &BTreeMap<Bearer, LayerName>) -> Vec<Section> {
    let of = |(bearer, sections): (&Bearer, &BTreeMap<SectionName, SectionWords>)| {
        let layer = named.get(bearer).copied();
        let named = sections.keys().filter_map(move |section| {
            Some(Section {
                bearer: bearer.clone(),
                layer: layer?,
                section: (*section).into(),
            })
        });
        named.collect::<Vec<_>>()
    };
    let keys = file.keys.is_some().then_some(Section {
        bearer: Bearer::Org,
        layer: LayerName::Org,
        section: FileSection::Credentials,
    });
    file.layers().flat_map(of).chain(keys).collect()
}

/// The edits of each layer that changes.
fn edits(
    base: &Snapshot,
    file: &PolicyFile,
    named: &BTreeMap<Bearer, LayerName>,
    drops: &[Section],
) -> Result<Vec<(LayerName, Vec<Edit>)>> {
    let mut targets: BTreeMap<LayerName, Layer> = BTreeMap::new();
    let mut say = |layer: LayerName, section: SectionName, words: &SectionWords| {
        let present = targets.remove(&layer).unwrap_or_else(|| base.layer(layer));
        targets.insert(layer, words.over(present, section));
    };
    for (bearer, sections) in file.layers() {
        for (section, words) in sections {
            say(named[bearer], *section, words);
        }
    }
    for gone in drops {
        if let FileSection::Settings(section) = gone.section {
            say(gone.layer, section, &SectionWords::default());
        }
    }
    let mut edits = Vec::new();
    for (layer, target) in targets {
        let way = edits_between(&base.layer(layer), &target);
        permitted(layer, &way).map_err(|errors| at_their_lines(file, named, layer, errors))?;
        if !way.is_empty() {
            edits.push((layer, way));
        }
    }
    Ok(edits)
}

/// Complaints of edits, said with the lines that caused them.
fn at_their_lines(
    file: &PolicyFile,
    named: &BTreeMap<Bearer, LayerName>,
    layer: LayerName,
    errors: Vec<FieldError>,
) -> Error {
    let bearers: BTreeSet<&Bearer> = named
        .iter()
        .filter(|(_, known)| **known == layer)
        .map(|(bearer, _)| bearer)
        .collect();
    let problem = |error: FieldError| {
        let path = error.pointer.trim_start_matches("/settings/").replace('/', ".");
        let leaf = path.parse::<Leaf>().ok();
        let bearer = bearers.first().copied().unwrap_or(&Bearer::Org);
        FileProblem {
            place: file.place(bearer, leaf),
            message: error.message,
        }
    };
    refused(errors.into_iter().map(problem).collect())
}
