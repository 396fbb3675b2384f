//! Archives: what one engine keeps, another is made from, whole or not at all.

use tessera_domain::Role;
use tessera_store::{
    Error, Hash, Installation, LastBackup, NewBlob, Result, Store,
    archive::{self, ArchiveError, LEFT_OUT},
    testing::{Engine, TestStore, open, options},
};

use crate::fixture::{at, device, hash, id, member, org, receipt};

/// More rows than one batch holds.
const BLOBS: u64 = 3_000;

fn seal(digest: &Hash) -> Vec<u8> {
    digest.to_vec()
}

fn installation() -> Installation {
    Installation {
        created_at: at(0),
        key_check: b"check".to_vec(),
        setup_token_hash: None,
        open_sign_up: false,
    }
}

/// An organization with a member, a device that answered, large blobs, hostile texts, a chained audit entry.
async fn fill(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    tx.insert_installation(&installation()).await?;
    let org = org(&mut tx, Some(7)).await?;
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?;
    let machine = device(&mut tx, org, &ada, "ada-macbook").await?;
    tx.record_receipts(&[receipt(org, machine, 1, 1)]).await?;
    let blob = |number: u64| NewBlob {
        digest: hash(number),
        bytes: vec![u8::try_from(number % 251).expect("small"); 300],
        size: number,
    };
    let mut blobs: Vec<_> = (0..BLOBS).map(blob).collect();
    blobs.push(NewBlob {
        bytes: vec![7; 300 << 10],
        ..blob(BLOBS)
    });
    blobs.push(NewBlob {
        bytes: Vec::new(),
        ..blob(BLOBS + 1)
    });
    tx.insert_blobs(org, &blobs, at(1)).await?;
    for text in ["'; drop table orgs; --", "🦅\u{202e}abc", "\n\t\"\\u0000,]", ""] {
        tx.insert_attempt(text, at(1)).await?;
    }
    tx.lock_org(org).await?;
    tx.insert_audit_many(org, &[crate::audit::entry(3, "org.renamed", "\"quoted\"\n")])
        .await?;
    tx.insert_team(org, id(), &"Scouts".parse().expect("a name"), at(2))
        .await?;
    tx.commit().await
}

async fn backup(store: &Store) -> Result<Vec<u8>, ArchiveError> {
    let mut file = Vec::new();
    store
        .snapshot()
        .await?
        .write_archive(&mut file, "1.2.3", at(9), store.engine_name(), seal)
        .await?;
    Ok(file)
}

/// The store's database as an operator's command opens it, with nobody else there.
async fn alone(test: &TestStore) -> Result<Store> {
    test.store.close().await;
    Store::open_alone(&test.location, &options(), true).await
}

pub(crate) async fn backups_are_remembered(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    assert_eq!(tx.key_check().await?, None);
    tx.insert_installation(&installation()).await?;
    assert_eq!(tx.key_check().await?, Some(b"check".to_vec()));
    assert_eq!(tx.last_backup().await?, None);
    let backup = LastBackup {
        at: at(3),
        size: 4096,
    };
    tx.set_last_backup(&backup).await?;
    assert_eq!(tx.last_backup().await?, Some(backup));
    assert_eq!(tx.schema_version().await?, Some(Store::newest_schema()));
    assert_eq!(tx.damage().await?, Vec::<String>::new());
    let org = org(&mut tx, None).await?;
    tx.lock_org(org).await?;
    tx.insert_audit_many(org, &[crate::audit::entry(3, "org.renamed", "Legion")])
        .await?;
    let clock = tx.database_clock().await?;
    assert_eq!(clock.newest, Some(at(3)));
    assert!(clock.now > at(3));
    let blob = |number: u64| NewBlob {
        digest: hash(number),
        bytes: vec![1],
        size: number,
    };
    tx.insert_blobs(org, &[blob(1), blob(2), blob(3)], at(1)).await?;
    let first = tx.blobs_after(org, None, 2).await?;
    assert_eq!(first, [blob(1), blob(2)]);
    assert_eq!(tx.blobs_after(org, Some(first[1].digest), 2).await?, [blob(3)]);
    tx.commit().await
}

/// Every pair of engines that is here.
async fn each_pair(story: impl AsyncFn(&TestStore, &TestStore) -> Result<(), ArchiveError>) {
    for from in [Engine::Sqlite, Engine::Postgres] {
        for to in [Engine::Sqlite, Engine::Postgres] {
            let (Some(source), Some(target)) = (open(from).await, open(to).await) else {
                continue;
            };
            story(&source, &target)
                .await
                .unwrap_or_else(|error| panic!("{from:?} into {to:?}: {error}"));
            source.remove().await;
            target.remove().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_restored_on_either_engine() {
    each_pair(async |source, target| {
        fill(&source.store).await?;
        let file = backup(&source.store).await?;
        let checked = archive::check(file.as_slice())?;
        assert_eq!(checked.key_check, b"check");
        assert_eq!(checked.seal, checked.digest);
        assert!(
            checked
                .sums
                .iter()
                .any(|sum| sum.name == "blobs" && sum.rows == BLOBS + 2)
        );
        assert!(
            checked
                .sums
                .iter()
                .all(|sum| LEFT_OUT.iter().all(|(left, _)| sum.name != *left))
        );

        let store = alone(target).await?;
        store.load_archive(file.as_slice(), &checked, false).await?;
        let again = archive::check(backup(&store).await?.as_slice())?;
        assert_eq!(
            again.sums, checked.sums,
            "what was restored is what was backed up"
        );
        assert_eq!(again.head.taken_at, checked.head.taken_at);

        let occupied = store.load_archive(file.as_slice(), &checked, false).await;
        assert!(matches!(occupied, Err(ArchiveError::Occupied)), "{occupied:?}");
        store.load_archive(file.as_slice(), &checked, true).await?;
        assert_eq!(
            archive::check(backup(&store).await?.as_slice())?.sums,
            checked.sums
        );
        store.close().await;
        // The log cannot be changed there either, and a server can go on.
        let store = Store::open(&target.location, &options()).await?;
        assert!(target.tamper("delete from audit").await.is_err());
        store.close().await;
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_moves_whole() {
    each_pair(async |source, target| {
        fill(&source.store).await?;
        let busy = Store::open_alone(&source.location, &options(), false).await;
        assert!(matches!(busy, Err(Error::InUse)), "{busy:?}");
        let before = backup(&source.store).await?;
        let (from, to) = (alone(source).await?, alone(target).await?);
        let sums = from.copy_into(&to, false).await?;
        assert!(
            sums.iter().any(|sum| sum.name == "attempts" && sum.rows == 4),
            "{sums:?}"
        );
        let occupied = from.copy_into(&to, false).await;
        assert!(matches!(occupied, Err(ArchiveError::Occupied)), "{occupied:?}");
        assert_eq!(from.copy_into(&to, true).await?, sums);
        let there = archive::check(backup(&to).await?.as_slice())?;
        assert_eq!(archive::check(before.as_slice())?.sums, there.sums);
        assert_eq!(archive::check(backup(&from).await?.as_slice())?.sums, there.sums);
        from.close().await;
        to.close().await;
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_of_one_moment() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(test) = open(engine).await else { continue };
        fill(&test.store).await.expect("filled");
        let beside = Store::open_beside(&test.location, &options())
            .await
            .expect("it may be read");
        let mut snapshot = beside.snapshot().await.expect("a snapshot");
        snapshot.key_check().await.expect("it looks");
        let mut tx = test.store.begin().await.expect("the server writes on");
        org(&mut tx, None).await.expect("an organization");
        tx.commit().await.expect("kept");
        let mut file = Vec::new();
        let (_, sums) = snapshot
            .write_archive(&mut file, "1.2.3", at(9), "any", seal)
            .await
            .expect("written");
        assert!(
            sums.iter().any(|sum| sum.name == "orgs" && sum.rows == 1),
            "{sums:?}"
        );
        drop(snapshot);
        beside.close().await;
        test.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_backup_changes_nothing() {
    let test = open(Engine::Sqlite).await.expect("a file can be made");
    fill(&test.store).await.expect("filled");
    let file = backup(&test.store).await.expect("written");
    let refused = |bytes: &[u8]| archive::check(bytes).expect_err("it is refused").to_string();
    for length in [0, 5, 40, file.len() / 2, file.len() - 9, file.len() - 1] {
        refused(&file[..length]);
    }
    for place in (0..file.len()).step_by(file.len() / 40) {
        let mut changed = file.clone();
        changed[place] ^= 0x55;
        // Some bytes of gzip's own header mean nothing.
        if place > 9 {
            refused(&changed);
        }
    }
    assert!(refused(&[file.as_slice(), b"x"].concat()).contains("follows"));
    assert!(refused(b"PK\x03\x04").contains("not a backup of Tessera"));

    // One that is whole but is not the one that was checked.
    let checked = archive::check(file.as_slice()).expect("whole");
    let mut tx = test.store.begin().await.expect("a transaction");
    org(&mut tx, None).await.expect("another organization");
    tx.commit().await.expect("kept");
    let other = backup(&test.store).await.expect("written");
    let store = alone(&test).await.expect("alone");
    for wrong in [other.as_slice(), &file[..file.len() / 2]] {
        let refused = store.load_archive(wrong, &checked, true).await;
        assert!(matches!(refused, Err(ArchiveError::Damaged(_))), "{refused:?}");
    }
    let there = archive::check(backup(&store).await.expect("written").as_slice()).expect("whole");
    let now = archive::check(other.as_slice()).expect("whole");
    assert_eq!(there.sums, now.sums, "nothing was changed");
    store.close().await;
    test.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_tesseras_is_left_alone() {
    let Some(test) = open(Engine::Postgres).await else {
        return;
    };
    fill(&test.store).await.expect("filled");
    let file = backup(&test.store).await.expect("written");
    let checked = archive::check(file.as_slice()).expect("whole");
    test.tamper("drop table _sqlx_migrations")
        .await
        .expect("it may be dropped");
    let store = alone(&test).await.expect("alone");
    let refused = store.load_archive(file.as_slice(), &checked, true).await;
    assert!(matches!(refused, Err(ArchiveError::Foreign(_))), "{refused:?}");
    store.close().await;
    test.remove().await;
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere = tessera_store::Location::File(folder.path().join("none.db"));
    assert!(Store::open_beside(&nowhere, &options()).await.is_err());
    assert!(Store::open_alone(&nowhere, &options(), false).await.is_err());
}
