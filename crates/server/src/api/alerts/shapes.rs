//! Alerts as JSON. Addresses and secrets are read but not printed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tessera_app::alerts::{self, EndpointView, GivenUp, Overview};
use tessera_domain::AlertKind;
use tessera_ids::{AlertEndpointId, AlertId, JobId};
use tessera_store::Alert;
use utoipa::ToSchema;

use crate::api::Instant;

/// A text that is not printed.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Hidden(pub(super) String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<hidden>")
    }
}

/// Alerts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertList {
    /// Open now, the newest first, at most 100.
    open: Vec<OneAlert>,
    /// Ended, the last first, at most 100.
    recent: Vec<OneAlert>,
    /// How many are open, by condition.
    #[schema(value_type = Object)]
    counts: BTreeMap<AlertKind, u64>,
}

/// One alert.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OneAlert {
    /// Its id.
    #[schema(value_type = String)]
    id: AlertId,
    /// `device_failing`, `device_silent`, `key_failing`, `key_expiring`, `seats_full` or `rollout_halted`.
    #[schema(value_type = String)]
    kind: AlertKind,
    /// The id of what it is about.
    subject: Option<String>,
    /// What that was called when it opened.
    name: String,
    /// What is wrong.
    detail: String,
    /// The portal's path where more is to be seen.
    link: String,
    /// Since when.
    opened_at: Instant,
    /// When people were last told.
    told_at: Option<Instant>,
    /// When it ended.
    closed_at: Option<Instant>,
}

impl From<Alert> for OneAlert {
    fn from(alert: Alert) -> Self {
        Self {
            subject: alerts::subject(&alert),
            id: alert.id,
            kind: alert.kind,
            name: alert.name,
            detail: alert.detail,
            link: alert.link,
            opened_at: alert.opened_at.into(),
            told_at: alert.told_at.map(Into::into),
            closed_at: alert.closed_at.map(Into::into),
        }
    }
}

impl From<Overview> for AlertList {
    fn from(found: Overview) -> Self {
        Self {
            open: found.open.into_iter().map(Into::into).collect(),
            recent: found.recent.into_iter().map(Into::into).collect(),
            counts: found.counts,
        }
    }
}

/// When a device is silent, and what the caller is mailed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertChoices {
    /// Days without contact.
    silent_days: u64,
    /// The conditions of which the caller gets mails.
    #[schema(value_type = Vec<String>)]
    mail: Vec<AlertKind>,
}

impl From<Overview> for AlertChoices {
    fn from(found: Overview) -> Self {
        Self {
            silent_days: found.silent_days,
            mail: AlertKind::of_orgs()
                .filter(|kind| !found.muted.contains(kind))
                .collect(),
        }
    }
}

/// What of it is to be changed. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AlertChoicesPatch {
    /// From 1 to 90.
    #[serde(default)]
    pub(super) silent_days: Option<u64>,
    /// The conditions of which the caller wants mails.
    #[serde(default)]
    pub(super) mail: Option<Vec<String>>,
}

/// A new endpoint.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AlertEndpointBody {
    /// At most 80 characters.
    pub(super) name: String,
    /// `standard`, `slack` or `teams`.
    pub(super) format: String,
    /// Where it is: https. Never given back whole.
    #[schema(value_type = String, write_only)]
    pub(super) url: Hidden,
    /// The conditions that it is told of; all when left out.
    #[serde(default)]
    pub(super) kinds: Option<Vec<String>>,
}

/// What of an endpoint is to be changed. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AlertEndpointPatch {
    /// Another name.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// Other conditions.
    #[serde(default)]
    pub(super) kinds: Option<Vec<String>>,
    /// Another address. Without the present secret beside it, the endpoint gets a new one.
    #[serde(default)]
    #[schema(value_type = Option<String>, write_only)]
    pub(super) url: Option<Hidden>,
    /// The present secret, to keep it at another address.
    #[serde(default)]
    #[schema(value_type = Option<String>, write_only)]
    pub(super) secret: Option<Hidden>,
    /// Whether it is told nothing.
    #[serde(default)]
    pub(super) paused: Option<bool>,
}

/// Every endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertEndpoints {
    /// By name.
    pub(super) endpoints: Vec<AlertEndpointView>,
}

/// One endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertEndpointView {
    /// Its id.
    #[schema(value_type = String)]
    id: AlertEndpointId,
    /// What it is called.
    name: String,
    /// `standard`, `slack` or `teams`.
    format: String,
    /// What of its address may be shown.
    address: String,
    /// The conditions that it is told of.
    #[schema(value_type = Vec<String>)]
    kinds: Vec<AlertKind>,
    /// When it was added.
    added_at: Instant,
    /// Since when it is told nothing.
    paused_at: Option<Instant>,
    /// Until when the secret before signs, too.
    old_secret_until: Option<Instant>,
    /// When it was last told something.
    last_tried_at: Option<Instant>,
    /// What came of it: `delivered`, `retrying` or `gave_up`.
    last_outcome: Option<String>,
    /// What was wrong.
    last_problem: Option<String>,
}

impl From<EndpointView> for AlertEndpointView {
    fn from(view: EndpointView) -> Self {
        let outcome = view.last.as_ref().map(|last| last.outcome.to_string());
        Self {
            id: view.id,
            name: view.name.into(),
            format: view.format.to_string(),
            address: view.address,
            kinds: view.kinds,
            added_at: view.created_at.into(),
            paused_at: view.paused_at.map(Into::into),
            old_secret_until: view.overlap_until.map(Into::into),
            last_tried_at: view.last.as_ref().map(|last| last.at.into()),
            last_outcome: outcome,
            last_problem: view.last.and_then(|last| last.problem),
        }
    }
}

/// An endpoint, and its secret where it was made just now.
#[derive(Serialize, ToSchema)]
pub(super) struct WithSecret {
    /// It.
    #[serde(flatten)]
    pub(super) endpoint: AlertEndpointView,
    /// `whsec_…`, given this once.
    pub(super) secret: Option<String>,
}

/// How long the old secret signs beside the new one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotation {
    /// A day when left out, 7 days at most, 0 to end it at once.
    #[serde(default)]
    pub(super) overlap_seconds: Option<u64>,
}

/// A new secret.
#[derive(Serialize, ToSchema)]
pub(super) struct Secret {
    /// `whsec_…`, given this once.
    pub(super) secret: String,
}

/// How a test went.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertTestAnswer {
    /// Whether the endpoint took it.
    pub(super) works: bool,
    /// Why it did not.
    pub(super) problem: Option<String>,
}

/// Deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Deliveries {
    /// Those that were given up, the newest first, at most 50.
    pub(super) given_up: Vec<LostDelivery>,
}

/// A delivery that was given up.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LostDelivery {
    /// Its id.
    #[schema(value_type = String)]
    id: JobId,
    /// To whom.
    #[schema(value_type = Option<String>)]
    endpoint: Option<AlertEndpointId>,
    /// What it says.
    title: String,
    /// When it was queued.
    queued_at: Instant,
    /// When it was given up.
    given_up_at: Instant,
    /// What was wrong at last.
    problem: String,
}

impl From<GivenUp> for LostDelivery {
    fn from(job: GivenUp) -> Self {
        Self {
            id: job.id,
            endpoint: job.endpoint,
            title: job.title,
            queued_at: job.created_at.into(),
            given_up_at: job.failed_at.into(),
            problem: job.problem,
        }
    }
}
