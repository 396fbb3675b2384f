//! What an organization says of itself, and how its data ends.

use std::collections::BTreeSet;

use serde_json::json;
use tessera_domain::{OrgProfile, ProfileEdit, ProfileField, Role};
use tessera_store::{DeviceLife, NewBlob, OrgKey, Result, Standing, Store, purge, testing};

use crate::fixture::{at, device, end, hash, id, manifest, member, org, person, receipt};

pub(crate) async fn a_profile_counts_its_changes(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (acme, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let fresh = tx.org_profile(acme).await?.expect("there");
    let name = "Legion".parse().expect("a name");
    assert_eq!(
        (fresh.profile.clone(), fresh.version, fresh.changed_at),
        (OrgProfile::named(name), 0, None)
    );
    let typed = [
        (ProfileField::ContactName, "Zoë Žák"),
        (ProfileField::ContactEmail, "Zoe@Example.org"),
        (ProfileField::Phone, "+39 06 123456"),
        (ProfileField::Country, "US"),
        (ProfileField::State, "US-CA"),
        (ProfileField::Street, "1 'Via' \"Appia\" %_\\"),
        (ProfileField::City, "San Diego"),
        (ProfileField::PostalCode, "92101"),
    ];
    let edit: ProfileEdit = typed
        .iter()
        .map(|(field, text)| (*field, (*text).to_owned()))
        .collect();
    let full = fresh.profile.edited(&edit).expect("all fit");
    assert!(
        tx.set_org_profile(acme, &full, at(5), Some(&person("Ada")))
            .await?
    );
    let kept = tx.org_profile(acme).await?.expect("there");
    assert_eq!(
        (kept.profile, kept.version, kept.changed_at),
        (full, 1, Some(at(5)))
    );
    assert_eq!(kept.changed_by, Some(person("Ada")));
    assert_eq!(tx.org_profile(other).await?.expect("there").version, 0);
    assert_eq!(tx.org_profile(id()).await?, None);
    tx.commit().await
}

pub(crate) async fn every_table_knows_whether_it_ends_with_its_organization(store: &Store) -> Result<()> {
    let tables: BTreeSet<_> = testing::tables_of_orgs(store).await.into_iter().collect();
    let known = purge::GOES.iter().chain(purge::STAYS);
    let known: BTreeSet<String> = known.map(|table| (*table).to_owned()).collect();
    assert_eq!(
        tables, known,
        "name each new table with a column `org` in purge::GOES or purge::STAYS"
    );
    Ok(())
}

pub(crate) async fn a_purge_leaves_only_what_tombstones_need(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (gone, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let mut machines = Vec::new();
    for (org, name) in [(gone, "Ada"), (other, "Bea")] {
        let account = member(&mut tx, org, name, Role::Owner).await?;
        let machine = device(&mut tx, org, &account, "laptop").await?;
        tx.insert_manifest(org, &manifest(1, 1, at(1))).await?;
        tx.record_receipts(&[receipt(org, machine, 1, 1)]).await?;
        let blob = NewBlob {
            digest: hash(1),
            bytes: vec![1],
            size: 1,
        };
        tx.insert_blobs(org, &[blob], at(1)).await?;
        let key = OrgKey {
            public: vec![1; 32],
            secret: vec![2; 48],
            created_at: at(0),
            retired_at: None,
        };
        tx.insert_org_key(org, &key).await?;
        tx.insert_team(org, id(), &"Scouts".parse().expect("a name"), at(0))
            .await?;
        assert_eq!(
            tx.standing(org, account.id).await?,
            Some(Standing {
                role: Role::Owner,
                deleted_at: None
            })
        );
        machines.push((machine, account.id));
    }
    let (machine, owner) = machines[0];
    let contents = tx.org_contents(gone, at(1)).await?;
    assert_eq!(
        (
            contents.members,
            contents.teams,
            contents.devices,
            contents.invitations
        ),
        (1, 1, 1, 0)
    );
    assert!(!tx.set_org_purging(gone, at(9)).await?, "it is not deleted");
    tx.set_org_deleted(gone, Some(at(5))).await?;
    assert_eq!(
        tx.standing(gone, owner).await?.expect("there").deleted_at,
        Some(at(5))
    );
    assert!(tx.orgs_to_purge(at(4)).await?.is_empty());
    assert_eq!(tx.orgs_to_purge(at(5)).await?, [gone]);
    assert!(tx.set_org_purging(gone, at(9)).await?);
    assert!(!tx.set_org_purging(gone, at(10)).await?);
    assert_eq!(tx.living_devices(gone, 9).await?.len(), 1);
    let tombstone = json!({"end": true}).to_string().into_bytes();
    tx.end_device(gone, machine, &end(DeviceLife::Removed, 9, &tombstone))
        .await?;
    assert!(tx.living_devices(gone, 9).await?.is_empty());
    assert_eq!(tx.purge_some(gone, 10).await?, 3);
    assert_eq!(tx.purge_some(gone, 10).await?, 0);
    tx.purge_org(gone, at(10)).await?;
    tx.purge_org(gone, at(10)).await?;
    tx.commit().await?;
    for table in purge::GOES {
        assert_eq!(testing::rows_of_org(store, table, gone).await, 0, "{table}");
    }
    for table in [
        "receipts",
        "manifests",
        "blobs",
        "memberships",
        "teams",
        "org_keys",
    ] {
        assert_eq!(testing::rows_of_org(store, table, other).await, 1, "{table}");
    }
    let mut tx = store.read().await?;
    let husk = tx.org(gone).await?.expect("its row stays");
    assert_eq!(
        (husk.name.as_str(), husk.data_key.len()),
        ("Deleted organization", 0)
    );
    assert_eq!((husk.purging_at, husk.purged_at), (Some(at(9)), Some(at(10))));
    assert!(tx.orgs_to_purge(at(99)).await?.is_empty());
    let left = tx.device_of_assertion(machine).await?.expect("its row stays");
    assert_eq!((left.tombstone, left.host.as_str()), (Some(tombstone), "erased"));
    assert_eq!(left.signing_key, vec![1; 32]);
    Ok(())
}
