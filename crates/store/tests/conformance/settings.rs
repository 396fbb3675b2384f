//! Organizations, their keys, revisions, blobs and manifests.

use serde_json::json;
use tessera_domain::Role;
use tessera_ids::Timestamp;
use tessera_store::{Blob, DeviceQuery, Error, MemberQuery, NewRevision, OrgKey, Result, Store, Unique};

use crate::fixture::{AUDIENCE, at, device, hash, id, manifest, member, org, person, rename};

pub(crate) async fn organizations_are_locked_counted_and_deleted(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (first, second) = (org(&mut tx, None).await?, org(&mut tx, Some(3)).await?);
    assert_eq!(tx.lock_org(first).await?, tx.org(first).await?);
    assert_eq!(tx.lock_org(id()).await?, None);
    let locked = tx.lock_orgs([second, first, second]).await?;
    assert_eq!(
        locked.iter().map(|org| org.id).collect::<Vec<_>>(),
        [first, second]
    );
    rename(&mut tx, first, "Cohort").await?;
    tx.set_data_key(first, &[9]).await?;
    assert_eq!(tx.org(first).await?.expect("there").name.as_str(), "Cohort");
    assert_eq!(tx.raise_audience_epoch(first).await?, 1);
    assert_eq!(tx.raise_audience_epoch(first).await?, 2);
    let now = at(0);
    let micros = u64::try_from(now.as_micros()).expect("after 1970");
    assert_eq!(tx.next_serial(first, now).await?, micros);
    assert_eq!(
        tx.next_serial(first, now).await?,
        micros + 1,
        "within one microsecond"
    );
    assert_eq!(
        tx.next_serial(first, Timestamp::EPOCH).await?,
        micros + 2,
        "when the clock goes back"
    );
    assert!(tx.raise_serial(first, micros + 50).await?);
    assert!(!tx.raise_serial(first, micros).await?);
    tx.notify(first, micros + 50).await?;
    let serials: Vec<_> = tx
        .org_serials()
        .await?
        .iter()
        .map(|row| (row.org, row.serial))
        .collect();
    assert_eq!(serials, [(first, micros + 50), (second, 0)]);
    tx.set_org_deleted(second, Some(at(1))).await?;
    assert_eq!(tx.org_serials().await?.len(), 2, "its devices listen on");
    let page = tx.orgs(None, 1).await?;
    assert_eq!(tx.orgs(Some(page[0].id), 9).await?[0].id, second);

    let key = |public, second| OrgKey {
        public: vec![public; 32],
        secret: vec![0; 48],
        created_at: at(second),
        retired_at: None,
    };
    tx.insert_org_key(first, &key(1, 1)).await?;
    tx.retire_org_key(first, &[1; 32], at(2)).await?;
    tx.insert_org_key(first, &key(2, 2)).await?;
    assert_eq!(tx.org_key(first).await?.map(|key| key.public), Some(vec![2; 32]));
    assert_eq!(tx.org_keys(first).await?.len(), 2);
    tx.commit().await
}

fn revision(number: u64) -> NewRevision {
    NewRevision {
        number,
        author: Some(id()),
        author_name: person("Ada"),
        at: at(1),
        note: Some("because".parse().expect("a note")),
        tree: vec![0, 255, 10],
        changes: json!([{"leaf": "features.telemetry", "after": false}]),
    }
}

pub(crate) async fn revisions_have_no_gaps(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    assert_eq!(tx.latest_revision(org).await?, None);
    let rows = [
        revision(1),
        NewRevision {
            note: None,
            author: None,
            ..revision(2)
        },
        revision(3),
    ];
    for row in &rows {
        tx.insert_revision(org, row).await?;
    }
    assert_eq!(tx.latest_revision(org).await?.as_ref(), Some(&rows[2]));
    assert_eq!(tx.revision(org, 2).await?.as_ref(), Some(&rows[1]));
    let numbers =
        |page: Vec<tessera_store::RevisionSummary>| page.iter().map(|row| row.number).collect::<Vec<_>>();
    assert_eq!(numbers(tx.revisions(org, None, 2).await?), [3, 2]);
    assert_eq!(numbers(tx.revisions(org, Some(2), 2).await?), [1]);
    for wrong in [0, 3, 5] {
        let refused = tx.insert_revision(org, &revision(wrong)).await;
        assert!(
            matches!(refused, Err(Error::NotUnique(Unique::Revision))),
            "{wrong}: {refused:?}"
        );
    }
    assert_eq!(tx.org(org).await?.expect("there").revision, 3);
    tx.commit().await
}

pub(crate) async fn blobs_are_kept_once(store: &Store) -> Result<()> {
    let blob = |number: u64| Blob {
        digest: hash(number),
        bytes: vec![0, 1, 255, 39],
        size: number,
    };
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    assert_eq!(
        tx.insert_blobs(org, &[blob(1), blob(2), blob(1)], at(0)).await?,
        2
    );
    assert_eq!(tx.insert_blobs(org, &[blob(2), blob(3)], at(0)).await?, 1);
    assert_eq!(tx.insert_blobs(org, &[], at(0)).await?, 0);
    assert_eq!(tx.blob(org, hash(1)).await?, Some(blob(1)));
    assert_eq!(tx.blob(other, hash(1)).await?, None);
    assert_eq!(
        tx.blobs(org, &[hash(3), hash(9), hash(1)]).await?,
        [blob(1), blob(3)]
    );
    assert_eq!(tx.blobs_present(org, &[hash(3), hash(9)]).await?, [hash(3)]);
    tx.commit().await
}

pub(crate) async fn the_first_manifest_of_a_serial_wins(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let first = manifest(7, 1, at(1));
    assert_eq!(tx.insert_manifest(org, &first).await?, first);
    let late = tessera_store::NewManifest {
        envelope: b"other".to_vec(),
        digest: hash(99),
        ..first.clone()
    };
    assert_eq!(
        tx.insert_manifest(org, &late).await?,
        first,
        "what was signed first is served"
    );
    tx.insert_manifest(org, &manifest(9, 2, at(2))).await?;
    tx.insert_manifest(org, &manifest(8, 2, at(3))).await?;
    assert_eq!(
        tx.latest_manifest(org, AUDIENCE)
            .await?
            .map(|manifest| manifest.serial),
        Some(9)
    );
    assert_eq!(tx.manifest(org, AUDIENCE, 7).await?, Some(first));
    let audience = tx.audience(org, AUDIENCE).await?.expect("it is described");
    assert_eq!((audience.serial, audience.revision), (9, 2));
    assert_eq!(
        (audience.digest, audience.issued_at),
        (Some(hash(9)), Some(at(2)))
    );
    assert_eq!(
        tx.manifest_by_digest(org, 8, hash(8))
            .await?
            .map(|manifest| manifest.serial),
        Some(8)
    );
    assert_eq!(tx.manifest_by_digest(org, 8, hash(9)).await?, None);
    assert_eq!(tx.want_serial(org, 12, 3, at(4)).await?, 1);
    assert_eq!(tx.want_serial(org, 11, 3, at(5)).await?, 0, "never a lower one");
    let wanted = tx.audience(org, AUDIENCE).await?.expect("it is described");
    assert_eq!((wanted.serial, wanted.revision, wanted.digest), (12, 3, None));
    tx.insert_manifest(org, &manifest(12, 3, at(6))).await?;
    assert_eq!(
        tx.audience(org, AUDIENCE).await?.expect("described").digest,
        Some(hash(12))
    );
    assert_eq!(tx.prune_manifests(org, AUDIENCE, 12).await?, 3);

    assert!(
        !tx.insert_audience(org, AUDIENCE, &json!({}), at(9)).await?,
        "it is described already"
    );
    assert!(
        tx.insert_audience(org, "scouts", &json!({"teams": ["scouts"]}), at(9))
            .await?
    );
    assert_eq!(tx.audiences_in_use(org).await?, []);
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?;
    let moved = device(&mut tx, org, &ada, "a").await?;
    device(&mut tx, org, &ada, "b").await?;
    assert_eq!(tx.move_devices(org, &[(moved, "scouts".to_owned())]).await?, 1);
    assert_eq!(tx.move_devices(org, &[(moved, "scouts".to_owned())]).await?, 0);
    let used = tx.audiences_in_use(org).await?;
    let shown: Vec<_> = used
        .iter()
        .map(|row| (row.id.as_str(), row.serial, row.devices))
        .collect();
    assert_eq!(shown, [(AUDIENCE, 12, 1), ("scouts", 0, 1)]);
    assert_eq!(used[1].description, json!({"teams": ["scouts"]}));
    tx.commit().await
}

pub(crate) async fn another_tenant_sees_nothing(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?;
    let device = device(&mut tx, org, &ada, "a").await?;
    tx.insert_revision(org, &revision(1)).await?;
    assert_eq!(tx.membership(other, ada.id).await?, None);
    assert!(tx.membership(org, ada.id).await?.is_some());
    assert_eq!(tx.members(other, &MemberQuery::default(), at(10)).await?, []);
    assert_eq!(tx.device(other, device).await?, None);
    assert_eq!(tx.devices(other, &DeviceQuery::default(), at(0)).await?, []);
    assert_eq!(tx.devices_of(other, ada.id).await?, []);
    assert_eq!(tx.revision(other, 1).await?, None);
    assert!(!tx.set_role(other, ada.id, Role::Read).await?);
    assert!(!tx.mark_cloned(other, device, at(0)).await?);
    tx.commit().await
}
