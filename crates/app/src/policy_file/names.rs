//! Names in a file and what they name: a team by its name, a member by their address.

use std::collections::{BTreeMap, HashMap};

use tessera_domain::{Result, text};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_policy::{
    LayerName,
    file::{Bearer, FileProblem, PolicyFile},
};
use tessera_store::Reader;

/// The teams of an organization, both ways.
pub(super) struct Names {
    teams: HashMap<TeamId, String>,
    by_name: HashMap<String, TeamId>,
}

impl Names {
    pub(super) async fn load(tx: &mut Reader, org: OrgId) -> Result<Self> {
        let teams = tx.teams(org).await?;
        Ok(Self {
            by_name: teams
                .iter()
                .map(|team| (team.name_key.clone(), team.id))
                .collect(),
            teams: teams
                .into_iter()
                .map(|team| (team.id, team.name.to_string()))
                .collect(),
        })
    }

    /// The team of that name.
    pub(super) fn team(&self, name: &str) -> Option<TeamId> {
        self.by_name.get(&text::fold(name)).copied()
    }

    /// The name of a team.
    pub(super) fn of_team(&self, team: TeamId) -> Option<String> {
        self.teams.get(&team).cloned()
    }

    /// Whom a layer belongs to; nothing for one that no file speaks of, or whose team or member is gone.
    pub(super) async fn bearer(
        &self,
        tx: &mut Reader,
        org: OrgId,
        layer: LayerName,
    ) -> Result<Option<Bearer>> {
        Ok(match layer {
            LayerName::Org => Some(Bearer::Org),
            LayerName::Team(team) => self.teams.get(&team).cloned().map(Bearer::Team),
            LayerName::Tightened(account) => member(tx, org, account).await?.map(Bearer::Member),
            LayerName::BuiltIn | LayerName::Member => None,
        })
    }

    /// The layer of whom a file names.
    ///
    /// # Errors
    /// With a sentence where there is nobody called so.
    pub(super) async fn layer(
        &self,
        tx: &mut Reader,
        org: OrgId,
        bearer: &Bearer,
    ) -> Result<std::result::Result<LayerName, String>> {
        Ok(match bearer {
            Bearer::Org => Ok(LayerName::Org),
            Bearer::Team(name) => self
                .by_name
                .get(&text::fold(name))
                .map(|team| LayerName::Team(*team))
                .ok_or_else(|| format!("there is no team called “{name}”")),
            Bearer::Member(email) => account(tx, org, email)
                .await?
                .map(LayerName::Tightened)
                .ok_or_else(|| format!("no member has the address {email}")),
        })
    }
}

/// The layers that a file speaks of.
///
/// `formerly` tells what the file that was applied last called whom, so that a team that was renamed since is
/// named by its new name in the complaint.
///
/// # Errors
/// With every name that names nobody, and every second name of the same.
pub(super) async fn resolve(
    tx: &mut Reader,
    org: OrgId,
    names: &Names,
    file: &PolicyFile,
    formerly: &BTreeMap<Bearer, LayerName>,
) -> Result<std::result::Result<BTreeMap<Bearer, LayerName>, Vec<FileProblem>>> {
    let mut found: BTreeMap<Bearer, LayerName> = BTreeMap::new();
    let mut problems = Vec::new();
    for (bearer, _) in file.layers() {
        let mut complain = |message: String| {
            problems.push(FileProblem {
                place: file.place(bearer, None),
                message,
            });
        };
        match names.layer(tx, org, bearer).await? {
            Err(message) => {
                let now = match formerly.get(bearer) {
                    Some(layer) => names.bearer(tx, org, *layer).await?,
                    None => None,
                };
                match now {
                    Some(now) => complain(format!("{message}; since the file was applied it is {now}")),
                    None => complain(message),
                }
            }
            Ok(layer) if found.values().any(|known| *known == layer) => {
                complain(format!("{bearer} stands here twice, under two spellings"));
            }
            Ok(layer) => drop(found.insert(bearer.clone(), layer)),
        }
    }
    Ok(if problems.is_empty() {
        Ok(found)
    } else {
        Err(problems)
    })
}

async fn member(tx: &mut Reader, org: OrgId, account: AccountId) -> Result<Option<String>> {
    if tx.membership(org, account).await?.is_none() {
        return Ok(None);
    }
    Ok(tx
        .account(account)
        .await?
        .map(|account| account.email.to_string()))
}

async fn account(tx: &mut Reader, org: OrgId, email: &str) -> Result<Option<AccountId>> {
    let Ok(email) = email.parse() else {
        return Ok(None);
    };
    let Some(account) = tx.account_by_email(&email).await? else {
        return Ok(None);
    };
    Ok(tx.membership(org, account.id).await?.map(|_| account.id))
}
