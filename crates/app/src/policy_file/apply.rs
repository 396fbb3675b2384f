//! Applying a file: all of its layers as one revision, or nothing.

use bytes::Bytes;
use serde_json::json;
use tessera_domain::{PersonName, Result, RevisionNote, Right, text};
use tessera_ids::{AccountId, OrgId};
use tessera_policy::file::{Bearer, PolicyFile};
use tessera_store::{PolicyFile as FileRow, PolicySection};

use super::{
    names::{self, Names},
    ownership::Ownership,
    plan::{Section, Target},
    read,
};
use crate::{
    Actor, App, AuditEntry, Change, Topic, access,
    settings::{self, ATTEMPTS, Draft},
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
}

/// Applies a file: what it says becomes one revision, and its sections are its own from then on.
///
/// # Errors
/// *Invalid* with everything that is wrong with the file, *Conflict* with the newest revision when `expected`
/// is not the newest. Nothing is changed then.
pub async fn apply(app: &App, actor: &Actor, org: OrgId, request: ApplyRequest) -> Result<Applied> {
    let file = read(request.text.clone()).await?;
    for _ in 0..ATTEMPTS {
        let mut tx = app.store.read().await?;
        access::require(&mut tx, actor, org, Right::ChangeSettings).await?;
        let target = Target::find(&mut tx, app, org, &file).await?;
        drop(tx);
        settings::refuse_stale(request.expected, target.base.revision)?;
        let draft = Draft::make(app, org, &target.base, &target.edits).await?;
        let mut change = Change::begin(app, actor, org, Right::ChangeSettings).await?;
        if change.org().revision != target.base.revision {
            settings::refuse_stale(request.expected, change.org().revision)?;
            continue;
        }
        if !still_named(&mut change, &file, &target).await? {
            continue;
        }
        let applied = write(actor, change, &draft, target, &request).await?;
        draft.remember(app, org);
        return Ok(applied);
    }
    Err(settings::overtaken())
}

/// Whether the names in the file still mean the same, now that the lock is held.
async fn still_named(change: &mut Change<'_>, file: &PolicyFile, target: &Target) -> Result<bool> {
    let (org, tx) = (change.org().id, change.tx());
    let owned = Ownership::load(tx, org).await?;
    let teams = Names::load(tx, org).await?;
    let named = names::resolve(tx, org, &teams, file, &owned.names()).await?;
    Ok(owned == target.owned && named.is_ok_and(|named| named == target.named))
}

async fn write(
    actor: &Actor,
    mut change: Change<'_>,
    draft: &Draft,
    target: Target,
    request: &ApplyRequest,
) -> Result<Applied> {
    let org = change.org().id;
    let source = source(&request.source);
    let revision = if draft.is_empty() {
        target.base.revision
    } else {
        let note = request.note.clone().or_else(|| format!("Applied {source}").parse().ok());
        draft.write(actor, &mut change, note.as_ref()).await?
    };
    let text = String::from_utf8_lossy(&request.text);
    let text = text.trim_start_matches('\u{feff}').to_owned();
    let rows: Vec<PolicySection> = target.sections.iter().map(row).collect();
    let applied = Applied {
        revision,
        changed: !draft.is_empty(),
        sections: target.sections,
    };
    if draft.is_empty() && is_known(&mut change, &text, &rows).await? {
        return Ok(applied);
    }
    let (by, by_name) = author(actor, &mut change).await?;
    let file = FileRow {
        source: source.clone(),
        revision,
        applied_at: change.now(),
        applied_by: by,
        applied_by_name: by_name,
    };
    change.tx().set_policy_file(org, &file, &text, &rows).await?;
    change.touch(Topic::Settings);
    let layers: Vec<_> = draft
        .changes()
        .map(|(layer, changes)| json!({ "layer": layer, "changes": changes }))
        .collect();
    let sections: Vec<String> = applied
        .sections
        .iter()
        .map(|section| format!("{} of {}", section.section, section.bearer))
        .collect();
    let entry = AuditEntry::new("policy.applied", &org)
        .named(&source)
        .after(&json!({ "revision": revision, "layers": layers, "sections": sections }));
    change.commit(entry).await?;
    Ok(applied)
}

/// Whether this very text was the last one applied, and owns what it would own.
async fn is_known(change: &mut Change<'_>, text: &str, rows: &[PolicySection]) -> Result<bool> {
    let org = change.org().id;
    let mut wanted = rows.to_vec();
    wanted.sort_by(|one, other| (&one.layer, &one.section).cmp(&(&other.layer, &other.section)));
    let known = change.tx().policy_sections(org).await?;
    Ok(known == wanted && change.tx().policy_text(org).await?.as_deref() == Some(text))
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

async fn author(actor: &Actor, change: &mut Change<'_>) -> Result<(Option<AccountId>, PersonName)> {
    settings::author(actor, change.tx()).await
}
