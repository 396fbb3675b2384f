//! Telling: one message for everything of a kind that waits, to whom wants it, as rows of the outbox.

use std::collections::BTreeSet;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tessera_domain::{AlertFormat, AlertKind, EmailAddress, Error, OrgName, Result, WebhookUrl};
use tessera_ids::{AlertEndpointId, JobId, OrgId, Timestamp, TypedId};
use tessera_store::{Alert, JobKind, NewJob, Tx};

use super::{
    card::body,
    message::{Message, Phase},
};
use crate::{
    App,
    mail::{self, Letter},
};

/// Where operators are told besides mail, as the configuration says.
#[derive(Clone, Debug)]
pub struct OperatorHook {
    /// Its address.
    pub url: WebhookUrl,
    /// In which form it is told.
    pub format: AlertFormat,
    /// What messages are signed with.
    pub secret: Option<SecretString>,
}

/// A delivery as it waits in the outbox: the exact bytes that will be sent.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Delivery {
    /// Whom; none for the operators' own.
    pub(super) endpoint: Option<AlertEndpointId>,
    /// What it says, for lists.
    pub(super) title: String,
    /// What is sent.
    pub(super) body: String,
}

/// Takes what waits to be told of a kind and queues it; how many messages that makes.
pub(super) async fn tell(
    app: &App,
    tx: &mut Tx,
    org: Option<OrgId>,
    kind: AlertKind,
    now: Timestamp,
) -> Result<u64> {
    let taken = tx.take_untold(org, kind, now).await?;
    let named = match org {
        None => None,
        Some(org) => match tx.org(org).await?.filter(|row| row.deleted_at.is_none()) {
            Some(row) => Some((org, row.name)),
            // Nobody is told anything of what is deleted.
            None => return Ok(0),
        },
    };
    let (ended, open): (Vec<Alert>, Vec<Alert>) =
        taken.into_iter().partition(|alert| alert.closed_at.is_some());
    let mut queued = 0;
    for (phase, alerts) in [(Phase::Opened, open), (Phase::Resolved, ended)] {
        let url = &app.config.public_url;
        if let Some(message) = Message::about(url, named.clone(), kind, phase, alerts, now) {
            queued += queue(app, tx, &message, named.as_ref()).await?;
        }
    }
    Ok(queued)
}

async fn queue(app: &App, tx: &mut Tx, message: &Message, org: Option<&(OrgId, OrgName)>) -> Result<u64> {
    let id = org.map(|(id, _)| *id);
    let readers = match id {
        Some(org) => tx.alert_recipients(org, message.kind).await?,
        None => operators(app, tx).await?,
    };
    for to in &readers {
        mail::enqueue(app, tx, id, letter(to, message), message.at).await?;
    }
    let mut jobs = Vec::new();
    let mut queue = |endpoint: Option<AlertEndpointId>, format| {
        jobs.push(job(app, id, endpoint, format, message)?);
        Ok::<_, Error>(())
    };
    match id {
        Some(org) => {
            let wanting = |endpoint: &tessera_store::AlertEndpoint| {
                endpoint.paused_at.is_none() && endpoint.kinds.contains(&message.kind)
            };
            for endpoint in tx.alert_endpoints(org).await?.iter().filter(|one| wanting(one)) {
                queue(Some(endpoint.id), endpoint.format)?;
            }
        }
        None => {
            if let Some(hook) = &app.config.operator_hook {
                queue(None, hook.format)?;
            }
        }
    }
    tx.enqueue(&jobs).await?;
    Ok((readers.len() + jobs.len()) as u64)
}

fn job(
    app: &App,
    org: Option<OrgId>,
    endpoint: Option<AlertEndpointId>,
    format: AlertFormat,
    message: &Message,
) -> Result<NewJob> {
    let delivery = Delivery {
        endpoint,
        title: message.title(),
        body: body(message, format, &app.config.public_url),
    };
    Ok(NewJob {
        id: JobId::generate(&*app.clock, &*app.entropy),
        org,
        kind: JobKind::Webhook,
        subject: endpoint.map(TypedId::uuid),
        payload: serde_json::to_value(delivery).map_err(Error::internal)?,
        created_at: message.at,
        run_at: message.at,
    })
}

/// Everybody who runs the installation.
pub(crate) async fn operators(app: &App, tx: &mut Tx) -> Result<Vec<EmailAddress>> {
    let mut known = BTreeSet::new();
    let flagged = tx.operators().await?.into_iter().map(|account| account.email);
    let all = flagged.chain(app.config.operators.iter().cloned());
    Ok(all
        .filter(|email| known.insert(email.folded().to_owned()))
        .collect())
}

fn letter(to: &EmailAddress, message: &Message) -> Letter {
    let (lines, more) = message.lines();
    let line = |(name, detail): (String, String)| {
        if name.is_empty() {
            detail
        } else {
            format!("{name}: {detail}")
        }
    };
    let mut paragraphs: Vec<String> = lines.into_iter().map(line).collect();
    if more > 0 {
        paragraphs.push(format!("And {more} more."));
    }
    if message.kind == AlertKind::RolloutHalted && message.phase == Phase::Opened {
        paragraphs.push(
            "Nobody else gets the revision until somebody decides: let it go on, release it to everyone, or roll it back."
                .to_owned(),
        );
    }
    let footer = match &message.org {
        Some((_, name)) => format!(
            "You get this mail because you own or administer {name}. Settings → Alerts says which of them you get."
        ),
        None => "You get this mail because you run this installation of Tessera.".to_owned(),
    };
    Letter {
        to: to.deliverable(),
        subject: message.title(),
        paragraphs,
        action: Some(("See it in Tessera".to_owned(), message.link.clone())),
        footer,
    }
}
