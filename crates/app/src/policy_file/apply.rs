//! Applying a file: all of its layers as one revision, or nothing.

use bytes::Bytes;
use serde_json::json;
use tessera_domain::{Error, Result, RevisionNote, Right, text};
use tessera_ids::OrgId;
use tessera_policy::{
    Change as SettingsChange, Layer, LayerName,
    file::{Bearer, PolicyFile},
};
use tessera_store::{PolicyFile as FileRow, PolicySection};

use super::{
    keys::{self, KeysTally, KeysTarget, SecretValues},
    names::{self, Names},
    ownership::Ownership,
    plan::{Section, Target},
    read,
};
use crate::{
    Actor, App, AuditEntry, Change, Topic, access,
    settings::{self, ATTEMPTS, Draft, Next, Reach, Reason},
};

/// Letters of what a file is called.
const SOURCE: usize = 200;

/// What somebody wants to apply.
#[derive(Clone, Debug)]
pub struct ApplyRequest {
    /// The file.
    pub text: Bytes,
    /// What its author calls it: a path, an address.
    pub source: String,
    /// Why, for the history.
    pub note: Option<RevisionNote>,
    /// The revision that the author saw; when another is the newest by now, nothing is applied.
    pub expected: Option<u64>,
    /// The secrets that the file names. All of them are needed.
    pub values: SecretValues,
    /// The keys that the author saw, as a plan names them; when they are others by now, nothing is applied.
    pub keys_seen: Option<String>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The newest revision: a new one, or the present one where no setting changed.
    pub revision: u64,
    /// Whether this made the revision.
    pub changed: bool,
    /// The sections that the file owns now.
    pub sections: Vec<Section>,
    /// What became of the providers' keys.
    pub keys: KeysTally,
}

/// Applies a file: what it says becomes one revision, and its sections are its own from then on. Its keys change in
/// the same transaction, before the devices are told of either.
///
/// # Errors
/// *Invalid* with everything that is wrong with the file and with every secret whose value is not given, *Conflict*
/// with the newest revision when `expected` is not the newest, or when the keys are not those that were seen.
/// Nothing is changed then.
pub async fn apply(app: &App, actor: &Actor, org: OrgId, request: ApplyRequest) -> Result<Applied> {
    let file = read(request.text.clone()).await?;
    let source = source(&request.source);
    let text = String::from_utf8_lossy(&request.text);
    for _ in 0..ATTEMPTS {
        let mut tx = app.store.read().await?;
        access::require(&mut tx, actor, org, Right::ChangeSettings).await?;
        let target = Target::find(&mut tx, app, org, &file, &request.values, &text).await?;
        if let Some(keys) = &target.keys {
            access::require(&mut tx, actor, org, Right::ManageCredentials).await?;
            keys.refuse_missing()?;
            keys.refuse_other(request.keys_seen.as_deref())?;
        }
        drop(tx);
        settings::refuse_stale(request.expected, target.base.revision)?;
        let next = next(app, org, &target, &request, &source).await?;
        let changed = !next.changes().is_empty();
        let applying = Applying {
            file: &file,
            target: &target,
            text: text.trim_start_matches('\u{feff}'),
            source: &source,
        };
        let written = if changed {
            let reason = Reason::Applied(&applying);
            settings::write(app, actor, org, &target.base, next, &Reach::AtOnce, reason).await?
        } else {
            applying.take(app, actor, org).await?
        };
        if let Some(revision) = written {
            return Ok(Applied {
                revision,
                changed,
                keys: target.keys.as_ref().map(KeysTarget::tally).unwrap_or_default(),
                sections: target.sections,
            });
        }
    }
    Err(settings::too_many_others())
}

/// The revision that the file leads to.
async fn next(app: &App, org: OrgId, target: &Target, request: &ApplyRequest, source: &str) -> Result<Next> {
    let mut drafts = Vec::new();
    for (layer, edits) in target.edits.clone() {
        let alter = move |present: &Layer| {
            tessera_policy::apply(&present.document, &present.websites, &edits).map_err(Error::invalid_fields)
        };
        let draft = Draft::make(app, org, &target.base, layer, None, alter).await?;
        drafts.extend((!draft.changes.is_empty()).then_some(draft));
    }
    let note = request.note.clone();
    let note = note.or_else(|| format!("Applied {source}").parse().ok());
    Ok(Next::new(&target.base, drafts, note))
}

/// A file on its way into the database.
pub(crate) struct Applying<'a> {
    file: &'a PolicyFile,
    target: &'a Target,
    text: &'a str,
    source: &'a str,
}

impl Applying<'_> {
    /// Whether the names in the file still mean the same, now that the lock is held.
    pub(crate) async fn still_stands(&self, change: &mut Change<'_>) -> Result<bool> {
        let (org, tx) = (change.org().id, change.tx());
        let owned = Ownership::load(tx, org).await?;
        let teams = Names::load(tx, org).await?;
        let named = names::resolve(tx, org, &teams, self.file, &owned.names()).await?;
        if let Some(keys) = &self.target.keys
            && keys::state(tx, org).await? != keys.state
        {
            return Ok(false);
        }
        Ok(owned == self.target.owned && named.is_ok_and(|named| named == self.target.named))
    }

    /// Makes the keys what the file says. Entries of their own tell the log.
    pub(crate) async fn change_keys(&self, change: &mut Change<'_>) -> Result<()> {
        match &self.target.keys {
            Some(keys) => keys.perform(change, self.source).await,
            None => Ok(()),
        }
    }

    /// Keeps the file and what it owns.
    pub(crate) async fn keep(&self, actor: &Actor, change: &mut Change<'_>, revision: u64) -> Result<()> {
        let (org, now) = (change.org().id, change.now());
        let (by, by_name) = settings::author(actor, change.tx()).await?;
        let file = FileRow {
            source: self.source.to_owned(),
            revision,
            applied_at: now,
            applied_by: by,
            applied_by_name: by_name,
        };
        let rows = self.rows();
        Ok(change.tx().set_policy_file(org, &file, self.text, &rows).await?)
    }

    /// What the log says of it.
    pub(crate) fn entry<'c>(
        &self,
        org: OrgId,
        revision: u64,
        layers: impl Iterator<Item = (LayerName, &'c [SettingsChange])>,
    ) -> AuditEntry {
        let layers: Vec<_> = layers
            .map(|(layer, changes)| json!({ "layer": layer, "changes": changes }))
            .collect();
        let sections = self.target.sections.iter();
        let sections: Vec<String> = sections
            .map(|section| format!("{} of {}", section.section, section.bearer))
            .collect();
        AuditEntry::new("policy.applied", &org)
            .named(&self.source)
            .after(&json!({ "revision": revision, "layers": layers, "sections": sections }))
    }

    /// Takes the sections of a file that changes no setting, and changes its keys; nothing where the names in it mean something else
    /// by now. The very file that was applied last is not applied again.
    async fn take(&self, app: &App, actor: &Actor, org: OrgId) -> Result<Option<u64>> {
        let mut change = Change::begin(app, actor, org, Right::ChangeSettings).await?;
        let revision = self.target.base.revision;
        if change.org().revision != revision || !self.still_stands(&mut change).await? {
            return Ok(None);
        }
        let known = change.tx().policy_sections(org).await?;
        let is_known = self.has_its_keys(&mut change).await?
            && known == self.rows()
            && change.tx().policy_text(org).await?.as_deref() == Some(self.text);
        if !is_known {
            self.change_keys(&mut change).await?;
            self.keep(actor, &mut change, revision).await?;
            change.touch(Topic::Settings);
            let entry = self.entry(org, revision, std::iter::empty());
            change.commit(entry).await?;
        }
        Ok(Some(revision))
    }

    /// Whether the keys are those of the file, and were when it was applied last. A key that was replaced in a hurry
    /// and stands in the file's reference since is taken for the file's by applying it again.
    async fn has_its_keys(&self, change: &mut Change<'_>) -> Result<bool> {
        let (Some(keys), Some(words)) = (&self.target.keys, &self.file.keys) else {
            return Ok(self.target.keys.as_ref().is_none_or(KeysTarget::is_empty));
        };
        let Some(applied) = &self.target.owned.file else {
            return Ok(false);
        };
        let org = change.org().id;
        let drift = keys::drift(change.tx(), org, words, applied.at).await?;
        Ok(keys.is_empty() && drift.is_empty())
    }

    /// The sections as rows, in the order in which they are read back.
    fn rows(&self) -> Vec<PolicySection> {
        let mut rows: Vec<PolicySection> = self.target.sections.iter().map(row).collect();
        rows.sort_by(|one, other| (&one.layer, &one.section).cmp(&(&other.layer, &other.section)));
        rows
    }
}

fn row(section: &Section) -> PolicySection {
    PolicySection {
        layer: section.layer.to_string(),
        section: section.section.as_str().to_owned(),
        name: match &section.bearer {
            Bearer::Org => String::new(),
            Bearer::Team(name) | Bearer::Member(name) => name.clone(),
        },
    }
}

/// What a file is called, fit to be shown.
fn source(text: &str) -> String {
    match text::clip(text.trim(), SOURCE) {
        named if named.trim().is_empty() => "a policy file".to_owned(),
        named => named,
    }
}
