//! Which audience each device is in, kept in its row so that pages can tell where it stands.

use std::collections::{BTreeMap, BTreeSet};

use tessera_domain::Result;
use tessera_ids::{AccountId, DeviceId, OrgId, TeamId, Timestamp};
use tessera_store::{Reader, StagedRollout, TeamOfAccount, Tx};
use tessera_wire::Audience;

use crate::{Change, rollouts};

/// All that decides in which audience devices are. Every placement goes through it.
pub(crate) struct Placing {
    org: OrgId,
    teams: BTreeMap<AccountId, Vec<TeamOfAccount>>,
    tightened: BTreeSet<AccountId>,
    rollout: Option<StagedRollout>,
}

impl Placing {
    /// Reads what is needed to place these members' devices.
    pub(crate) async fn read(tx: &mut Reader, org: OrgId, members: &[AccountId]) -> Result<Self> {
        let mut teams: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for team in tx.teams_of(org, members).await? {
            teams.entry(team.account).or_default().push(team);
        }
        let tightened = tx.tightened_among(org, members).await?;
        Ok(Self {
            org,
            teams,
            tightened: tightened.into_iter().map(|member| member.account).collect(),
            rollout: tx.rollout_under_way(org).await?,
        })
    }

    /// The audience of a member's device.
    pub(crate) fn audience(&self, account: AccountId, device: DeviceId) -> Audience {
        Audience {
            org: self.org,
            teams: self.teams(account, TeamOfAccount::makes_audiences),
            member: Some(account).filter(|account| self.tightened.contains(account)),
            wave: self.wave(account, device),
        }
    }

    fn wave(&self, account: AccountId, device: DeviceId) -> u32 {
        let Some(rollout) = &self.rollout else { return 0 };
        let place = rollouts::place(rollout.id, device);
        rollout.plan.wave(place, &self.teams(account, |_| true))
    }

    fn teams(&self, account: AccountId, wanted: impl Fn(&TeamOfAccount) -> bool) -> BTreeSet<TeamId> {
        let of_account = self.teams.get(&account).into_iter().flatten();
        of_account
            .filter(|team| wanted(team))
            .map(|team| team.team)
            .collect()
    }
}

/// Writes an audience down, unless it is known.
pub(crate) async fn note_audience(tx: &mut Tx, audience: &Audience, now: Timestamp) -> Result<String> {
    let id = audience.id().to_string();
    let description = serde_json::json!({
        "teams": audience.teams, "member": audience.member, "wave": audience.wave,
    });
    tx.insert_audience(audience.org, &id, &description, now).await?;
    Ok(id)
}

/// Moves devices to the audiences in which they belong now, and issues anew when any moved.
///
/// Part of every change of team membership, of a team's beginning or ceasing to carry settings or keys, and of a
/// rollout's beginning and end.
pub(crate) async fn reassign(change: &mut Change<'_>) -> Result<()> {
    if move_devices(change).await? {
        let revision = change.org().revision;
        change.raise_audience_epoch().await?;
        change.take_serial(revision).await?;
    }
    Ok(())
}

/// The same for who takes the serial anyway: true when any device moved.
pub(crate) async fn move_devices(change: &mut Change<'_>) -> Result<bool> {
    let (org, now) = (change.org().id, change.now());
    let places = change.tx().device_places(org).await?;
    let members: BTreeSet<AccountId> = places.iter().map(|place| place.account).collect();
    let members: Vec<AccountId> = members.into_iter().collect();
    let placing = Placing::read(change.tx(), org, &members).await?;
    let mut noted: BTreeMap<Audience, String> = BTreeMap::new();
    let mut moves = Vec::new();
    for place in places {
        let audience = placing.audience(place.account, place.id);
        let id = if let Some(id) = noted.get(&audience) {
            id.clone()
        } else {
            let id = note_audience(change.tx(), &audience, now).await?;
            noted.entry(audience).or_insert(id).clone()
        };
        if id != place.audience {
            moves.push((place.id, id));
        }
    }
    if !moves.is_empty() {
        change.tx().move_devices(org, &moves).await?;
    }
    Ok(!moves.is_empty())
}
