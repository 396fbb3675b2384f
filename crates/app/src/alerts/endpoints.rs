//! Where an organization's alerts go besides mail.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use tessera_domain::{AlertFormat, AlertKind, EndpointName, Error, Result, Right, WebhookUrl};
use tessera_ids::{AlertEndpointId, OrgId, TypedId};
use tessera_store::{AlertEndpoint, JobKind, NewAlertEndpoint};

use super::{
    seal::{Cell, open_address, open_secret, seal},
    sign::Signer,
};
use crate::{Actor, App, AuditEntry, Change, Topic};

/// The most endpoints of an organization.
pub const MOST: usize = 20;
/// The longest that the secret before is used beside a new one.
pub const LONGEST_OVERLAP: Duration = Duration::from_hours(7 * 24);

/// An endpoint to be added.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    /// What it is to be called.
    pub name: EndpointName,
    /// In which form it is told.
    pub format: AlertFormat,
    /// Where it is.
    pub url: WebhookUrl,
    /// Of what it is told.
    pub kinds: Vec<AlertKind>,
}

/// An endpoint that was added.
#[derive(Debug)]
pub struct Added {
    /// Its id.
    pub id: AlertEndpointId,
    /// What its messages are signed with, to be shown this once.
    pub secret: Option<SecretString>,
}

/// What of an endpoint is to be changed. What is left out stays.
#[derive(Clone, Debug, Default)]
pub struct EndpointEdit {
    /// Another name.
    pub name: Option<EndpointName>,
    /// Other conditions.
    pub kinds: Option<Vec<AlertKind>>,
    /// Another address.
    pub url: Option<WebhookUrl>,
    /// The present secret, typed to keep it at another address.
    pub secret: Option<SecretString>,
}

/// What changing an endpoint came to.
#[derive(Debug, Default)]
pub struct Edited {
    /// The new secret, to be shown this once, where the address changed and nobody typed the old one.
    pub secret: Option<SecretString>,
}

/// Adds an endpoint.
///
/// # Errors
/// *Invalid* for conditions that are none of an organization's, *Conflict* when there are [`MOST`].
pub async fn add(app: &App, actor: &Actor, org: OrgId, new: NewEndpoint) -> Result<Added> {
    let kinds = checked(new.kinds)?;
    let mut change = Change::begin(app, actor, org, Right::ManageAlerts).await?;
    if change.tx().alert_endpoints(org).await?.len() >= MOST {
        return Err(Error::conflict(format!(
            "An organization has at most {MOST} endpoints. Delete one that nobody needs."
        )));
    }
    let id = AlertEndpointId::generate(&*app.clock, &*app.entropy);
    let signer = new.format.is_signed().then(|| Signer::generate(&*app.entropy));
    let sealed = |cell, plain: &[u8]| seal(app, change.org(), id, cell, plain);
    let row = NewAlertEndpoint {
        id,
        created_at: change.now(),
        name: new.name,
        format: new.format,
        kinds,
        address: (
            sealed(Cell::Address, new.url.expose().as_bytes())?,
            new.url.shown(),
        ),
        secret: signer
            .as_ref()
            .map(|signer| sealed(Cell::Secret, signer.bytes()))
            .transpose()?,
    };
    change.tx().insert_alert_endpoint(org, &row).await?;
    change.touch(Topic::Alerts);
    let told =
        json!({ "name": row.name, "format": row.format, "address": row.address.1, "kinds": row.kinds });
    let entry = AuditEntry::new("alert_endpoint.added", &id).named(&row.name);
    change.commit(entry.after(&told)).await?;
    Ok(Added {
        id,
        secret: signer.map(|signer| signer.secret()),
    })
}

/// Changes an endpoint.
///
/// Where its messages would be signed for another address, its secret must be typed, or it gets a new one: who does not
/// know it shall not have anything signed with it elsewhere.
///
/// # Errors
/// *Invalid* for conditions that are none of an organization's and for a secret that is not the present one.
pub async fn edit(
    app: &App,
    actor: &Actor,
    org: OrgId,
    id: AlertEndpointId,
    edit: EndpointEdit,
) -> Result<Edited> {
    let kinds = edit.kinds.map(checked).transpose()?;
    let mut change = Change::begin(app, actor, org, Right::ManageAlerts).await?;
    let before = load(&mut change, id).await?;
    let name = edit.name.unwrap_or_else(|| before.name.clone());
    let kinds = kinds.unwrap_or_else(|| before.kinds.clone());
    let mut edited = Edited::default();
    if let Some(url) = edit.url {
        edited.secret = lead(&mut change, &before, &url, edit.secret.as_ref()).await?;
    }
    change.tx().change_alert_endpoint(org, id, &name, &kinds).await?;
    let after = load(&mut change, id).await?;
    if told(&after) == told(&before) && edited.secret.is_none() {
        return Ok(edited);
    }
    change.touch(Topic::Alerts);
    let entry = AuditEntry::new("alert_endpoint.changed", &id).named(&after.name);
    change
        .commit(entry.before(&told(&before)).after(&told(&after)))
        .await?;
    Ok(edited)
}

/// Leads an endpoint elsewhere; its new secret, where it gets one.
async fn lead(
    change: &mut Change<'_>,
    before: &AlertEndpoint,
    url: &WebhookUrl,
    typed: Option<&SecretString>,
) -> Result<Option<SecretString>> {
    let (app, row, id) = (change.app(), change.org().clone(), before.id);
    let seals = change.tx().alert_endpoint_seals(row.id, id).await?;
    let seals = seals.ok_or_else(|| Error::not_found("endpoint"))?;
    if open_address(app, &row, id, &seals)? == *url {
        return Ok(None);
    }
    let present = open_secret(app, &row, id, &seals)?;
    let fresh = match (&present, typed) {
        (None, _) => None,
        (Some(present), Some(typed)) if present.is(typed) => None,
        (Some(_), Some(_)) => {
            return Err(Error::field(
                "/secret",
                "This is not the present secret. Leave it empty to get a new one.",
            ));
        }
        (Some(_), None) => Some(Signer::generate(&*app.entropy)),
    };
    let sealed = seal(app, &row, id, Cell::Address, url.expose().as_bytes())?;
    change
        .tx()
        .set_alert_endpoint_address(row.id, id, &sealed, &url.shown())
        .await?;
    if let Some(signer) = &fresh {
        let sealed = seal(app, &row, id, Cell::Secret, signer.bytes())?;
        // What was signed before was for another place: nothing of it is used on.
        change
            .tx()
            .set_alert_endpoint_secret(row.id, id, &sealed, None)
            .await?;
    }
    Ok(fresh.map(|signer| signer.secret()))
}

/// Gives an endpoint a new secret, beside which messages are signed with the one before for `overlap`; the new one, to be
/// shown this once.
///
/// # Errors
/// *Invalid* for an endpoint whose messages are not signed, and for a longer overlap than [`LONGEST_OVERLAP`].
pub async fn rotate(
    app: &App,
    actor: &Actor,
    org: OrgId,
    id: AlertEndpointId,
    overlap: Duration,
) -> Result<SecretString> {
    if overlap > LONGEST_OVERLAP {
        return Err(Error::field(
            "/overlap_seconds",
            "The old secret is used on for 7 days at most.",
        ));
    }
    let mut change = Change::begin(app, actor, org, Right::ManageAlerts).await?;
    let (endpoint, row) = (load(&mut change, id).await?, change.org().clone());
    let seals = change.tx().alert_endpoint_seals(org, id).await?;
    let seals = seals.ok_or_else(|| Error::not_found("endpoint"))?;
    let Some(present) = open_secret(app, &row, id, &seals)? else {
        return Err(Error::invalid(
            "Messages to this endpoint are not signed, so it has no secret.",
        ));
    };
    let old = if overlap.is_zero() {
        None
    } else {
        let sealed = seal(app, &row, id, Cell::OldSecret, present.bytes())?;
        Some((sealed, change.now().plus(overlap)))
    };
    let fresh = Signer::generate(&*app.entropy);
    let sealed = seal(app, &row, id, Cell::Secret, fresh.bytes())?;
    change
        .tx()
        .set_alert_endpoint_secret(org, id, &sealed, old)
        .await?;
    change.touch(Topic::Alerts);
    let entry = AuditEntry::new("alert_endpoint.secret_rotated", &id).named(&endpoint.name);
    let told = json!({ "overlap_seconds": overlap.as_secs() });
    change.commit(entry.after(&told)).await?;
    Ok(fresh.secret())
}

/// Tells an endpoint nothing until it is resumed. What happens meanwhile is not told later.
pub async fn pause(app: &App, actor: &Actor, org: OrgId, id: AlertEndpointId) -> Result<()> {
    set_paused(app, actor, org, id, true).await
}

/// Tells a paused endpoint of what happens from now on.
pub async fn resume(app: &App, actor: &Actor, org: OrgId, id: AlertEndpointId) -> Result<()> {
    set_paused(app, actor, org, id, false).await
}

async fn set_paused(app: &App, actor: &Actor, org: OrgId, id: AlertEndpointId, paused: bool) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ManageAlerts).await?;
    let endpoint = load(&mut change, id).await?;
    if endpoint.paused_at.is_some() == paused {
        return Ok(());
    }
    let at = paused.then(|| change.now());
    change.tx().set_alert_endpoint_paused(org, id, at).await?;
    change.touch(Topic::Alerts);
    let action = if paused {
        "alert_endpoint.paused"
    } else {
        "alert_endpoint.resumed"
    };
    change
        .commit(AuditEntry::new(action, &id).named(&endpoint.name))
        .await
}

/// Deletes an endpoint with its address, its secrets and what waits to be sent to it.
pub async fn delete(app: &App, actor: &Actor, org: OrgId, id: AlertEndpointId) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ManageAlerts).await?;
    let endpoint = load(&mut change, id).await?;
    change
        .tx()
        .cancel_org_jobs(org, JobKind::Webhook, id.uuid())
        .await?;
    change.tx().delete_alert_endpoint(org, id).await?;
    change.touch(Topic::Alerts);
    let entry = AuditEntry::new("alert_endpoint.deleted", &id).named(&endpoint.name);
    change.commit(entry.before(&told(&endpoint))).await
}

async fn load(change: &mut Change<'_>, id: AlertEndpointId) -> Result<AlertEndpoint> {
    let org = change.org().id;
    let found = change.tx().alert_endpoint(org, id).await?;
    found.ok_or_else(|| Error::not_found("endpoint"))
}

/// What the audit log is told of it.
fn told(endpoint: &AlertEndpoint) -> Value {
    json!({
        "name": endpoint.name, "format": endpoint.format, "address": endpoint.shown_address,
        "kinds": endpoint.kinds,
    })
}

/// Each once, in their own order.
fn checked(mut kinds: Vec<AlertKind>) -> Result<Vec<AlertKind>> {
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() || kinds.iter().any(|kind| kind.is_operators()) {
        return Err(Error::field(
            "/kinds",
            "Choose at least one condition of the organization.",
        ));
    }
    Ok(kinds)
}
