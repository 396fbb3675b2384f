//! Providers' keys: their lives, whose they are, and who gets them.

use std::collections::BTreeSet;

use tessera_domain::{
    Role,
    credential::{CredentialState, Delivery, Drain, ProviderKind, Settings, Typed},
};
use tessera_ids::{CredentialId, OrgId, TeamId};
use tessera_store::{
    CredentialContent, CredentialReach, DrainedCredential, Error, NewCredential, Result, SealedSecret, Store,
    Tx, Unique,
};

use crate::fixture::{at, id, member, org, person};

fn settings() -> Settings {
    let typed = Typed::default().with("organization", "org-1");
    typed.read(ProviderKind::OpenAi).expect("good fields").settings
}

fn content(name: &str, delivery: Delivery, scope: CredentialReach) -> CredentialContent {
    CredentialContent {
        name: name.parse().expect("a name"),
        settings: settings(),
        delivery,
        scope,
    }
}

fn secret(byte: u8) -> SealedSecret {
    SealedSecret {
        sealed: vec![byte; 40],
        fingerprint: format!("{byte:016x}"),
        last_four: "abcd".to_owned(),
    }
}

/// A key of everybody's, called so.
pub(crate) fn everybodys(name: &str) -> CredentialContent {
    content(name, Delivery::Relayed, CredentialReach::Organization)
}

pub(crate) async fn add(tx: &mut Tx, org: OrgId, content: CredentialContent) -> Result<CredentialId> {
    let new = NewCredential {
        id: id(),
        created_at: at(1),
        added_by: None,
        added_by_name: person("Ada"),
        content,
        secret: secret(1),
    };
    tx.insert_credential(org, &new).await?;
    Ok(new.id)
}

async fn team(tx: &mut Tx, org: OrgId, name: &str) -> Result<TeamId> {
    let team = id();
    tx.insert_team(org, team, &name.parse().expect("a name"), at(0))
        .await?;
    Ok(team)
}

async fn delivered(tx: &mut Tx, org: OrgId, teams: &[TeamId], second: i64) -> Result<BTreeSet<CredentialId>> {
    let found = tx
        .delivered_credentials(org, teams.iter().copied(), at(second))
        .await?;
    Ok(found.into_iter().map(|credential| credential.id).collect())
}

pub(crate) async fn a_key_lives_and_ends(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let relayed = || content("Production", Delivery::Relayed, CredentialReach::Organization);
    let key = add(&mut tx, org, relayed()).await?;
    let row = tx.credential(org, key).await?.expect("it is there");
    assert_eq!(
        (row.version, row.provider, row.last_four.as_str()),
        (1, ProviderKind::OpenAi, "abcd")
    );
    assert_eq!(
        (row.settings.clone(), row.state()?),
        (settings(), CredentialState::Active)
    );
    assert_eq!(tx.credential(other, key).await?, None);
    assert_eq!(tx.credential_secret(org, key).await?, Some(vec![1; 40]));
    assert_eq!(tx.credential_secret(other, key).await?, None);

    let mut changed = relayed();
    changed.delivery = Delivery::Delivered;
    assert!(tx.change_credential(org, key, &changed).await?);
    assert!(!tx.change_credential(other, key, &changed).await?);
    assert!(tx.note_credential_test(org, key, at(3), Some("refused")).await?);
    assert!(tx.touch_credential(org, key, at(3)).await?);
    assert!(!tx.touch_credential(org, key, at(2)).await?, "never earlier");
    let row = tx.credential(org, key).await?.expect("it is there");
    assert_eq!(
        (row.version, row.used_at, row.tested_at),
        (2, Some(at(3)), Some(at(3)))
    );
    assert_eq!(row.test_problem.as_deref(), Some("refused"));
    assert!(tx.set_credential_secret(org, key, &secret(2)).await?);
    let row = tx.credential(org, key).await?.expect("it is there");
    assert_eq!((row.tested_at, row.fingerprint), (None, secret(2).fingerprint));

    let successor: CredentialId = id();
    let drain = Drain {
        until: at(50),
        successor,
    };
    assert!(tx.drain_credential(org, key, drain).await?);
    assert!(!tx.drain_credential(org, key, drain).await?, "once");
    assert_eq!(tx.suspend_credentials(org, Some(at(9))).await?, 1);
    let suspended = tx.credential(org, key).await?.expect("it is there").state()?;
    assert_eq!(
        suspended,
        CredentialState::Suspended {
            at: at(9),
            drain: Some(drain)
        }
    );
    assert!(delivered(&mut tx, org, &[], 10).await?.is_empty());
    assert_eq!(tx.suspend_credentials(org, None).await?, 1);
    assert_eq!(delivered(&mut tx, org, &[], 10).await?, [key].into());
    assert!(
        delivered(&mut tx, org, &[], 50).await?.is_empty(),
        "its time is over"
    );
    assert!(tx.drained_credentials(at(49)).await?.is_empty());
    assert_eq!(
        tx.drained_credentials(at(50)).await?,
        [DrainedCredential { org, id: key }]
    );
    assert_eq!(tx.count_credentials(org).await?, 1);
    assert!(tx.retire_credential(org, key, at(50)).await?);
    assert!(!tx.retire_credential(org, key, at(51)).await?);
    assert_eq!(tx.credential_secret(org, key).await?, None, "erased");
    assert_eq!(tx.count_credentials(org).await?, 0);
    assert!(tx.drained_credentials(at(99)).await?.is_empty());
    assert_eq!(tx.credentials(org).await?.len(), 1);
    assert!(!tx.delete_credential(other, key).await?);
    assert!(tx.delete_credential(org, key).await?);
    assert!(tx.credentials(org).await?.is_empty());
    tx.commit().await
}

pub(crate) async fn an_active_keys_name_is_its_own(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let relayed = |name| content(name, Delivery::Relayed, CredentialReach::Organization);
    let first = add(&mut tx, org, relayed("Production")).await?;
    let drain = Drain {
        until: at(50),
        successor: id(),
    };
    tx.drain_credential(org, first, drain).await?;
    add(&mut tx, org, relayed("PRODUCTION")).await?;
    tx.commit().await?;
    let mut tx = store.begin().await?;
    let refused = add(&mut tx, org, relayed("production")).await;
    assert!(
        matches!(refused, Err(Error::NotUnique(Unique::CredentialName))),
        "{refused:?}"
    );
    Ok(())
}

pub(crate) async fn a_teams_key_is_its_members_alone(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let (scouts, cooks) = (
        team(&mut tx, org, "Scouts").await?,
        team(&mut tx, org, "Cooks").await?,
    );
    let ada = member(&mut tx, org, "Ada", Role::Read).await?.id;
    tx.add_team_members(org, scouts, &[ada], at(1)).await?;
    let all = add(
        &mut tx,
        org,
        content("All", Delivery::Delivered, CredentialReach::Organization),
    )
    .await?;
    let own = add(
        &mut tx,
        org,
        content("Own", Delivery::Delivered, CredentialReach::Teams),
    )
    .await?;
    let relayed = add(
        &mut tx,
        org,
        content("Relayed", Delivery::Relayed, CredentialReach::Teams),
    )
    .await?;
    tx.set_credential_teams(org, own, [scouts]).await?;
    tx.set_credential_teams(org, relayed, [cooks]).await?;
    assert_eq!(delivered(&mut tx, org, &[], 5).await?, [all].into());
    assert_eq!(delivered(&mut tx, org, &[cooks], 5).await?, [all].into());
    assert_eq!(
        delivered(&mut tx, org, &[cooks, scouts], 5).await?,
        [all, own].into()
    );
    let named: Vec<_> = tx.credential_teams(org).await?;
    assert_eq!(named.len(), 2);
    assert_eq!(
        (named[0].team, named[0].credential, named[0].name.as_str()),
        (cooks, relayed, "Cooks")
    );

    assert_eq!(tx.note_teams_with_credentials(org).await?, 1);
    assert_eq!(tx.note_teams_with_credentials(org).await?, 0);
    let place = tx.teams_of(org, &[ada]).await?.remove(0);
    assert!(place.has_credentials && place.makes_audiences());
    assert!(
        !tx.team(org, cooks).await?.expect("it is there").makes_audiences(),
        "its key stays here"
    );

    assert!(tx.delete_team(org, scouts).await?);
    assert!(delivered(&mut tx, org, &[], 5).await?.contains(&all));
    assert!(
        !delivered(&mut tx, org, &[cooks], 5).await?.contains(&own),
        "nobody's, not everybody's"
    );
    tx.set_credential_teams(org, own, [cooks]).await?;
    assert_eq!(tx.note_teams_with_credentials(org).await?, 1);
    tx.set_credential_teams(org, own, []).await?;
    assert_eq!(tx.note_teams_with_credentials(org).await?, 1);
    tx.commit().await
}
