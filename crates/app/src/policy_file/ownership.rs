//! Which sections a policy file owns, and taking one back.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tessera_domain::{Error, PersonName, Result, Right};
use tessera_ids::{OrgId, Timestamp};
use tessera_policy::{
    Edit, LayerName, SectionName,
    file::{Bearer, FileSection},
};
use tessera_store::{PolicySection, Reader};

use crate::{Actor, App, AuditEntry, Change, Topic, access};

/// The file that was applied last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedFile {
    /// What its author called it: a path, an address.
    pub source: String,
    /// The revision that was the newest once it was applied.
    pub revision: u64,
    /// When it was applied.
    pub at: Timestamp,
    /// By whom, as they were called then.
    pub by: PersonName,
}

/// A section of a layer that the file owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedSection {
    /// Whose section.
    pub layer: LayerName,
    /// Which.
    pub section: FileSection,
    /// What the file calls its bearer.
    pub bearer: Bearer,
}

/// What a file owns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ownership {
    /// The file; nothing before the first was applied.
    pub file: Option<AppliedFile>,
    /// Its sections, layer by layer.
    pub sections: Vec<OwnedSection>,
}

impl Ownership {
    pub(super) async fn load(tx: &mut Reader, org: OrgId) -> Result<Self> {
        let file = tx.policy_file(org).await?.map(|file| AppliedFile {
            source: file.source,
            revision: file.revision,
            at: file.applied_at,
            by: file.applied_by_name,
        });
        let mut sections = sections_of(tx, org).await?;
        sections.sort_by_key(|owned| (owned.layer, owned.section));
        Ok(Self { file, sections })
    }

    /// What the file called whom.
    pub(super) fn names(&self) -> BTreeMap<Bearer, LayerName> {
        let named = self
            .sections
            .iter()
            .map(|owned| (owned.bearer.clone(), owned.layer));
        named.collect()
    }

    /// Whether the file owns a section.
    pub fn owns(&self, layer: LayerName, section: impl Into<FileSection>) -> bool {
        let section = section.into();
        let is_it = |owned: &OwnedSection| (owned.layer, owned.section) == (layer, section);
        self.sections.iter().any(is_it)
    }
}

/// The sections that the file owns. A row that names what this version does not know is passed over.
async fn sections_of(tx: &mut Reader, org: OrgId) -> Result<Vec<OwnedSection>> {
    let rows = tx.policy_sections(org).await?;
    Ok(rows.iter().filter_map(read).collect())
}

fn read(row: &PolicySection) -> Option<OwnedSection> {
    let layer: LayerName = row.layer.parse().ok()?;
    let bearer = match layer {
        LayerName::Org => Bearer::Org,
        LayerName::Team(_) => Bearer::Team(row.name.clone()),
        LayerName::Tightened(_) => Bearer::Member(row.name.clone()),
        LayerName::BuiltIn | LayerName::Member => return None,
    };
    let section = row.section.parse().ok()?;
    Some(OwnedSection {
        layer,
        section,
        bearer,
    })
}

/// What a policy file owns here.
pub async fn ownership(app: &App, actor: &Actor, org: OrgId) -> Result<Ownership> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeSettings).await?;
    Ownership::load(&mut tx, org).await
}

/// Refuses edits of what a policy file owns, before anybody looks at them any further.
///
/// # Errors
/// *Conflict*, with the owner.
pub async fn refuse_edits(
    app: &App,
    actor: &Actor,
    org: OrgId,
    layer: LayerName,
    edits: &[Edit],
) -> Result<()> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeSettings).await?;
    let sections = edits.iter().map(|edit| (layer, edit.leaf().section())).collect();
    refuse_owned(&mut tx, org, &sections).await
}

/// Refuses to change sections that a policy file owns.
pub(crate) async fn refuse_owned(
    tx: &mut Reader,
    org: OrgId,
    sections: &BTreeSet<(LayerName, SectionName)>,
) -> Result<()> {
    refuse(tx, org, |owned| match owned.section {
        FileSection::Settings(section) => sections.contains(&(owned.layer, section)),
        FileSection::Credentials => false,
    })
    .await
}

/// Refuses to add keys, or to change what is said of them, while a policy file owns them. Replacing and deleting
/// one must work at any hour.
pub(crate) async fn refuse_owned_keys(tx: &mut Reader, org: OrgId) -> Result<()> {
    refuse(tx, org, |owned| owned.section == FileSection::Credentials).await
}

async fn refuse(tx: &mut Reader, org: OrgId, is_meant: impl Fn(&OwnedSection) -> bool) -> Result<()> {
    let ownership = Ownership::load(tx, org).await?;
    let owned: Vec<&OwnedSection> = ownership
        .sections
        .iter()
        .filter(|owned| is_meant(owned))
        .collect();
    let (Some(file), [first, ..]) = (&ownership.file, owned.as_slice()) else {
        return Ok(());
    };
    let names: BTreeSet<&str> = owned.iter().map(|owned| owned.section.as_str()).collect();
    let names = names.into_iter().collect::<Vec<_>>();
    let public = format!(
        "The policy file {} owns {} of {}; {} applied it. Change it there, or release it to the portal in Settings → Policy as code.",
        file.source,
        names.join(", "),
        first.bearer,
        file.by,
    );
    let current = json!({
        "source": file.source, "applied_at": file.at.as_micros(), "applied_by": file.by, "sections": names,
    });
    Err(Error::conflict(public).with_current(json!({ "owned_by_file": current })))
}

/// Takes a section back from the file, so that the portal changes it again. Nothing of what it says changes.
///
/// # Errors
/// *Not found* where no file owns it.
pub async fn release(
    app: &App,
    actor: &Actor,
    org: OrgId,
    layer: LayerName,
    section: FileSection,
) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ChangeSettings).await?;
    let owned = sections_of(change.tx(), org).await?;
    let bearer = owned
        .into_iter()
        .find(|owned| (owned.layer, owned.section) == (layer, section))
        .ok_or_else(|| Error::not_found("section that a policy file owns"))?
        .bearer;
    let layer_text = layer.to_string();
    change
        .tx()
        .release_policy_section(org, &layer_text, section.as_str())
        .await?;
    change.touch(Topic::Settings);
    let entry = AuditEntry::new("policy.released", &org)
        .named(&format!("{section} of {bearer}"))
        .before(&json!({ "layer": layer, "section": section }));
    change.commit(entry).await
}
