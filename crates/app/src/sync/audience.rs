//! Which audience each device is in, kept in its row so that pages can tell where it stands.

use std::collections::{BTreeMap, BTreeSet};

use tessera_domain::Result;
use tessera_ids::{AccountId, OrgId, Timestamp};
use tessera_store::Tx;
use tessera_wire::Audience;

use crate::Change;

/// Writes an audience down, unless it is known.
pub(crate) async fn note_audience(tx: &mut Tx, audience: &Audience, now: Timestamp) -> Result<String> {
    let id = audience.id().to_string();
    let description = serde_json::json!({
        "teams": audience.teams, "member": audience.member, "wave": audience.wave,
    });
    tx.insert_audience(audience.org, &id, &description, now).await?;
    Ok(id)
}

/// Moves devices to the audiences that their members' teams now put them in, and issues anew when any moved.
///
/// Part of every change of team membership, and of a team's beginning or ceasing to carry settings
/// or keys.
///
/// Whether any moved.
pub(crate) async fn reassign(change: &mut Change<'_>) -> Result<bool> {
    let (org, revision, now) = (change.org().id, change.org().revision, change.now());
    let places = change.tx().device_places(org).await?;
    let members: Vec<AccountId> = places
        .iter()
        .map(|place| place.account)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let audiences = audiences(change.tx(), org, &members).await?;
    let mut moves = Vec::new();
    for place in places {
        let id = note_audience(change.tx(), &audiences[&place.account], now).await?;
        if id != place.audience {
            moves.push((place.id, id));
        }
    }
    if moves.is_empty() {
        return Ok(false);
    }
    change.tx().move_devices(org, &moves).await?;
    change.raise_audience_epoch().await?;
    change.take_serial(revision).await?;
    Ok(true)
}

async fn audiences(tx: &mut Tx, org: OrgId, members: &[AccountId]) -> Result<BTreeMap<AccountId, Audience>> {
    let empty = Audience {
        org,
        teams: BTreeSet::new(),
        member: None,
        wave: 0,
    };
    let mut audiences: BTreeMap<_, _> = members.iter().map(|member| (*member, empty.clone())).collect();
    for place in tx.teams_of(org, members).await? {
        if place.makes_audiences()
            && let Some(audience) = audiences.get_mut(&place.account)
        {
            audience.teams.insert(place.team);
        }
    }
    Ok(audiences)
}
