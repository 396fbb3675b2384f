//! Settings → Policy as code: the file to download, what a file would change, what a file owns, and taking it back.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tessera_app::policy_file::{
    self, Drift, DriftedKey, FilePlan, KeyDeed, KeyPlan, LayerPlan, Ownership, SecretValues, Section,
};
use tessera_domain::{Error, Kind, Result, Right};
use tessera_ids::OrgId;
use tessera_policy::file::{Bearer, FileSection};
use tessera_policy::{LayerName, Tally};

use super::answer::{Refusal, again, go_refused, go_saying, page};
use super::pages::{OwnedSection, PolicyAsCode, PolicyFile, PolicyKey, PolicyLayer, PolicyPlan};
use super::view::{Input, Place, Tone};
use super::visit::{Visit, path};
use super::{layers, words};
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::http::limits;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let (see, change) = (
        Access::Member(Right::SeeSettings),
        Access::Member(Right::ChangeSettings),
    );
    vec![
        Route::get(
            "/o/{org}/settings/policy",
            see,
            "Shows what a policy file owns, and how that has drifted.",
            show,
        ),
        Route::get(
            "/o/{org}/settings/policy/download",
            see,
            "Gives the settings as a policy file.",
            download,
        ),
        Route::post(
            "/o/{org}/settings/policy",
            change,
            "Shows what applying a policy file would change; applies nothing.",
            look,
        )
        .up_to(limits::POLICY)
        .takes_form(),
        Route::post(
            "/o/{org}/settings/policy/release",
            change,
            "Takes a section back from a policy file.",
            release,
        )
        .takes_form(),
    ]
}

async fn show(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    Ok(page(policy_page(&visit, org).await?))
}

async fn policy_page(visit: &Visit, org: OrgId) -> Result<PolicyAsCode> {
    let (_, frame) = visit.org_frame(org, Place::Policy).await?;
    let standing = policy_file::standing(visit.app(), visit.actor()?, org).await?;
    let action = path(org) + "/settings/policy";
    Ok(PolicyAsCode {
        frame,
        action,
        file: file(visit, org, &standing.ownership),
        owned: standing.ownership.sections.iter().map(owned).collect(),
        drift_notes: notes(&standing.drift),
        drift: standing.drift.layers.iter().map(drifted).collect(),
        drifted_keys: standing.drift.keys.iter().map(drifted_key).collect(),
        commands: commands(&visit.site.origin, org),
        ..PolicyAsCode::default()
    })
}

fn file(visit: &Visit, org: OrgId, ownership: &Ownership) -> Option<PolicyFile> {
    let file = ownership.file.as_ref()?;
    let href = format!("{}/settings/history/{}", path(org), file.revision);
    Some(PolicyFile {
        source: file.source.clone(),
        by: file.by.to_string(),
        at: words::moment(file.at, visit.app().clock.now()),
        revision: (file.revision > 0).then_some((file.revision, href)),
    })
}

fn owned(owned: &policy_file::OwnedSection) -> OwnedSection {
    OwnedSection {
        whose: owned.bearer.to_string(),
        title: words::file_section(owned.section).to_owned(),
        layer: owned.layer.to_string(),
        section: owned.section.to_string(),
    }
}

fn drifted(plan: &LayerPlan) -> PolicyLayer {
    PolicyLayer {
        whose: words::capital(&plan.bearer.to_string()),
        touches: String::new(),
        diff: layers::planned(&plan.plan),
    }
}

fn notes(drift: &Drift) -> Vec<String> {
    let name = |bearer: &Bearer| words::capital(&bearer.to_string());
    let renamed = drift
        .renamed
        .iter()
        .map(|(from, to)| format!("{} is {to} now.", name(from)));
    let gone = drift
        .gone
        .iter()
        .map(|bearer| format!("{} is gone.", name(bearer)));
    renamed.chain(gone).collect()
}

fn commands(origin: &str, org: OrgId) -> String {
    format!(
        "export TESSERA_URL={origin} TESSERA_TOKEN=…\n\
         tessera org export {org} -o policy.toml\n\
         tessera org plan -f policy.toml\n\
         tessera org apply -f policy.toml --yes"
    )
}

async fn download(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    let text = policy_file::export(visit.app(), visit.actor()?, org).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/toml"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"policy.toml\"",
        ),
    ];
    Ok((headers, text).into_response())
}

async fn look(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::ChangeSettings).await?;
    let pasted = fields.get("policy").to_owned();
    let text = fields
        .file("file")
        .cloned()
        .unwrap_or_else(|| Bytes::from(pasted.clone()));
    let shown = policy_page(&visit, org).await?;
    // A file that cannot be read may say a key where it should only name one. Such a text is not shown again.
    let may_hold_a_key = String::from_utf8_lossy(&text).contains("credential");
    let values = SecretValues::default();
    match policy_file::plan(visit.app(), visit.actor()?, org, text, &values).await {
        Ok(plan) => Ok(page(PolicyAsCode {
            plan: Some(planned(&plan)),
            text: Input::new(pasted),
            ..shown
        })),
        Err(error) if error.kind == Kind::Invalid => {
            let problems = error.fields.iter().map(|field| field.message.clone()).collect();
            let form = PolicyAsCode {
                problems,
                text: Input::new(if may_hold_a_key { String::new() } else { pasted }),
                is_withheld: may_hold_a_key,
                ..shown
            };
            Ok(again(&Refusal::of(error)?, form))
        }
        Err(error) => Err(error.into()),
    }
}

fn drifted_key(drifted: &DriftedKey) -> PolicyKey {
    PolicyKey {
        name: drifted.name.clone(),
        sentences: drifted.sentences.clone(),
        ..PolicyKey::default()
    }
}

/// A key of which a plan has something to say.
fn planned_key(plan: &KeyPlan) -> PolicyKey {
    let (tone, deed) = match plan.deed {
        KeyDeed::Delete => (Tone::Bad, "deleted"),
        KeyDeed::Change => (Tone::Warn, "changed"),
        KeyDeed::Replace => (Tone::Warn, "replaced"),
        KeyDeed::Add => (Tone::Good, "added"),
        KeyDeed::Keep => (Tone::Neutral, "not compared"),
    };
    PolicyKey {
        name: plan.name.to_string(),
        deed: Some((tone, deed.to_owned())),
        sentences: plan.sentences.clone(),
    }
}

fn planned(plan: &FilePlan) -> PolicyPlan {
    let changes = plan.layers.iter().flat_map(|layer| &layer.plan.changes);
    let mut tally = changes.fold(Tally::default(), |tally, planned| tally + planned.change.tally());
    let keys = plan.keys.as_ref();
    let of_keys = keys.map(policy_file::KeysPlan::tally).unwrap_or_default();
    tally.added += of_keys.added;
    tally.changed += of_keys.changed + of_keys.replaced;
    tally.removed += of_keys.deleted;
    let told = keys.into_iter().flat_map(|keys| &keys.keys);
    let told = told.filter(|key| key.deed != KeyDeed::Keep || !key.compared);
    let parts = [
        (tally.added, "add"),
        (tally.changed, "change"),
        (tally.removed, "delete"),
    ];
    let spoken = parts.iter().filter(|(count, _)| *count > 0);
    let said: Vec<String> = spoken
        .map(|(count, verb)| format!("{} to {verb}", words::grouped(*count)))
        .collect();
    let layer = |layer: &LayerPlan| PolicyLayer {
        touches: touches(layer.devices, layer.members),
        ..drifted(layer)
    };
    let named = |section: &Section| format!("{} of {}", words::file_section(section.section), section.bearer);
    PolicyPlan {
        summary: said.join(", "),
        deletes: tally.removed,
        layers: plan.layers.iter().map(layer).collect(),
        keys: told.map(planned_key).collect(),
        touches: if plan.layers.is_empty() {
            String::new()
        } else {
            touches(plan.devices, plan.members)
        },
        losses: plan.losses().map(str::to_owned).collect(),
        takes: plan.takes.iter().map(named).collect(),
        drops: plan.drops.iter().map(named).collect(),
    }
}

fn touches(devices: u64, members: u64) -> String {
    let devices = words::count(devices, "device");
    format!("It reaches {devices} of {}.", words::count(members, "member"))
}

async fn release(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::ChangeSettings).await?;
    let here = path(org) + "/settings/policy";
    let unknown = || Error::invalid("This form does not say which section it is about. Reload the page.");
    let layer: LayerName = fields.get("layer").parse().map_err(|_| unknown())?;
    let section: FileSection = fields.get("section").parse().map_err(|_| unknown())?;
    let actor = visit.owned()?;
    let work = visit
        .site
        .run(|app| async move { policy_file::release(&app, &actor, org, layer, section).await });
    match work.await {
        Ok(()) => {
            let text = format!(
                "{} is the portal's again. No setting was changed.",
                words::file_section(section)
            );
            Ok(go_saying(&visit.site, &here, text))
        }
        Err(error) => go_refused(&visit.site, &here, error),
    }
}
