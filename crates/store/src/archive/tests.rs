//! Databases of every released version, and that no table is forgotten.

use std::collections::BTreeSet;

use tessera_ids::Timestamp;

use super::{ArchiveError, LEFT_OUT, check};
use crate::{
    Store,
    dialect::{newest_schema, versions},
    testing::{Engine, open, options},
};

/// One row in every table, whatever its columns are: since all ids are the same, every reference holds.
async fn fill_every_table(store: &Store, version: u64) -> Result<(), ArchiveError> {
    let mut tx = store.begin().await?;
    let tables = tx.tables().await?;
    tx.drop_tables(&tables).await?;
    tx.migrate(Some(version)).await?;
    for table in tx.tables().await? {
        let cells: Vec<_> = table
            .columns
            .iter()
            .map(|column| match column.kind.as_str() {
                "int" => "1".to_owned(),
                "text" => "\"{}\"".to_owned(),
                _ if column.name.ends_with("_hash") => format!("\"{}\"", "02".repeat(32)),
                _ => format!("\"{}\"", "01".repeat(16)),
            })
            .collect();
        let row = format!("[[{}]]", cells.join(","));
        assert_eq!(tx.insert_cells(&table, row).await?, 1, "{}", table.name);
    }
    Ok(tx.commit().await?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_older_database_is_opened_and_keeps_its_rows() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(test) = open(engine).await else { continue };
        for version in versions() {
            fill_every_table(&test.store, version).await.expect("filled");
            let newest = Store::open(&test.location, &options()).await;
            let newest = newest.unwrap_or_else(|error| panic!("{engine:?} from {version}: {error}"));
            let mut reader = newest.read().await.expect("it answers");
            assert_eq!(
                reader.schema_version().await.expect("it answers"),
                Some(newest_schema())
            );
            assert!(reader.damage().await.expect("it answers").is_empty());
            let installation = reader.installation().await.expect("readable");
            assert!(installation.is_some(), "{engine:?} from {version}");
            drop(reader);
            newest.close().await;
        }
        test.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_every_older_version_is_restored_and_brought_up_to_date() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (Some(old), Some(new)) = (open(engine).await, open(engine).await) else {
            continue;
        };
        for version in versions() {
            fill_every_table(&old.store, version).await.expect("filled");
            let mut file = Vec::new();
            let mut snapshot = old.store.snapshot().await.expect("a snapshot");
            let written = snapshot
                .write_archive(&mut file, "0", Timestamp::EPOCH, "any", |digest| digest.to_vec())
                .await;
            let (head, sums) = written.expect("written");
            drop(snapshot);
            assert_eq!(head.schema, version);
            let checked = check(file.as_slice()).expect("whole");
            assert_eq!(checked.sums, sums);
            let loaded = new.store.load_archive(file.as_slice(), &checked, true).await;
            loaded.unwrap_or_else(|error| panic!("{engine:?} from {version}: {error}"));
            let mut reader = new.store.read().await.expect("it answers");
            assert_eq!(
                reader.schema_version().await.expect("it answers"),
                Some(newest_schema())
            );
        }
        old.remove().await;
        new.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_is_in_a_backup_or_left_out_for_a_reason() {
    let test = open(Engine::Sqlite).await.expect("a file can be made");
    fill_every_table(&test.store, newest_schema())
        .await
        .expect("filled");
    let mut file = Vec::new();
    let mut snapshot = test.store.snapshot().await.expect("a snapshot");
    let (head, sums) = snapshot
        .write_archive(&mut file, "0", Timestamp::EPOCH, "any", |digest| digest.to_vec())
        .await
        .expect("written");
    let tables: BTreeSet<_> = snapshot
        .tables()
        .await
        .expect("readable")
        .into_iter()
        .map(|table| table.name)
        .collect();
    let left_out: BTreeSet<_> = LEFT_OUT.iter().map(|(name, _)| (*name).to_owned()).collect();
    let held: BTreeSet<_> = sums
        .iter()
        .filter(|sum| sum.rows == 1)
        .map(|sum| sum.name.clone())
        .collect();
    assert!(
        left_out.is_subset(&tables),
        "a table that is left out is not there"
    );
    assert_eq!(&held | &left_out, tables);
    assert_eq!(head.left_out.into_iter().collect::<BTreeSet<_>>(), left_out);
    for needed in [
        "receipts",
        "devices",
        "audit",
        "audit_heads",
        "manifests",
        "blobs",
        "revisions",
        "org_keys",
        "outbox",
    ] {
        assert!(held.contains(needed), "{needed}");
    }
    drop(snapshot);
    test.remove().await;
}
