//! Two at once, where only one may win.

use tessera_domain::{Invitation, Role};
use tessera_ids::{AccountId, OrgId};
use tessera_store::{Error, NewInvitation, NewRevision, Result, Store};

use crate::fixture::{at, email, hash, id, member, org, person};

/// How often each race is run.
const ROUNDS: u64 = 8;

async fn demote(store: &Store, org: OrgId, account: AccountId) -> Result<bool> {
    store
        .transact(|mut tx| async move {
            tx.lock_org(org).await?;
            let owners = tx.count_owners(org).await?;
            tokio::task::yield_now().await;
            Ok::<_, Error>(owners > 1 && tx.set_role(org, account, Role::Admin).await?)
        })
        .await
}

pub(crate) async fn one_of_two_owners_remains(store: &Store) -> Result<()> {
    for round in 0..ROUNDS {
        let mut tx = store.begin().await?;
        let org = org(&mut tx, None).await?;
        let ada = member(&mut tx, org, &format!("ada{round}"), Role::Owner)
            .await?
            .id;
        let bob = member(&mut tx, org, &format!("bob{round}"), Role::Owner)
            .await?
            .id;
        tx.commit().await?;
        let (one, two) = tokio::join!(demote(store, org, ada), demote(store, org, bob));
        assert_ne!(one?, two?, "one wins");
        assert_eq!(store.read().await?.count_owners(org).await?, 1);
    }
    Ok(())
}

async fn invite(store: &Store, org: OrgId, by: AccountId, number: u64) -> Result<bool> {
    let new = NewInvitation {
        invitation: Invitation {
            id: id(),
            org,
            email: email(&format!("guest{number}@example.com")),
            role: Role::Read,
            teams: Vec::new(),
            invited_by: by,
            invited_at: at(0),
            state: Invitation::fresh_state(at(0)),
        },
        invited_by_name: person("Ada"),
        token_hash: hash(number),
    };
    let new = &new;
    store
        .transact(|mut tx| async move {
            tx.lock_org(org).await?;
            let seats = tx.seats(org, at(1)).await?.expect("the org is there");
            tokio::task::yield_now().await;
            let room = seats.ledger().hold(1).is_ok();
            if room {
                tx.insert_invitation(new).await?;
            }
            Ok::<_, Error>(room)
        })
        .await
}

pub(crate) async fn one_of_two_takes_the_last_seat(store: &Store) -> Result<()> {
    for round in 0..ROUNDS {
        let mut tx = store.begin().await?;
        let org = org(&mut tx, Some(2)).await?;
        let ada = member(&mut tx, org, &format!("ada{round}"), Role::Owner)
            .await?
            .id;
        tx.commit().await?;
        let (one, two) = tokio::join!(
            invite(store, org, ada, 2 * round),
            invite(store, org, ada, 2 * round + 1)
        );
        assert_ne!(one?, two?, "one wins");
        assert_eq!(
            store
                .read()
                .await?
                .seats(org, at(1))
                .await?
                .map(|seats| seats.ledger().free()),
            Some(Some(0))
        );
    }
    Ok(())
}

pub(crate) async fn serials_and_revisions_of_many_writers_have_no_twins(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    tx.commit().await?;
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let store = store.clone();
        writers.spawn(async move {
            store
                .transact(|mut tx| async move {
                    let locked = tx.lock_org(org).await?.expect("the org is there");
                    let revision = NewRevision {
                        number: locked.revision + 1,
                        author: None,
                        author_name: person("Ada"),
                        at: at(0),
                        note: None,
                        tree: Vec::new(),
                        changes: serde_json::json!([]),
                    };
                    tx.insert_revision(org, &revision).await?;
                    Ok::<_, Error>((revision.number, tx.next_serial(org, at(0)).await?))
                })
                .await
        });
    }
    let mut taken = Vec::new();
    while let Some(written) = writers.join_next().await {
        taken.push(written.expect("no writer panics")?);
    }
    taken.sort_unstable();
    let first = taken[0].1;
    assert!(
        taken
            .iter()
            .zip(0..)
            .all(|(taken, step)| *taken == (step + 1, first + step)),
        "{taken:?}"
    );
    Ok(())
}
