//! Keys that enrol machines: kept without what is secret, used up, revoked, and each organization's own.

use tessera_domain::{EnrollmentKeyState, Role};
use tessera_ids::{OrgId, Timestamp};
use tessera_store::{Account, DeviceQuery, EnrollmentRule, NewDevice, NewEnrollmentKey, Result, Store, Tx};

use crate::fixture::{AUDIENCE, at, hash, id, member, org, person};

fn new_key(number: u64, account: &Account, max_uses: u64, expires_at: Timestamp) -> NewEnrollmentKey {
    NewEnrollmentKey {
        id: id(),
        key_hash: hash(number),
        last_four: "abcd".to_owned(),
        name: format!("Key {number}").parse().expect("a name"),
        rule: EnrollmentRule::Member,
        account: Some(account.id),
        domain: None,
        max_uses,
        created_at: at(i64::try_from(number).expect("small")),
        created_by_name: person("Ada"),
        expires_at,
    }
}

pub(crate) async fn a_key_is_used_up_expires_and_is_revoked(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?;
    let new = new_key(1, &ada, 2, at(100));
    tx.insert_enrollment_key(org, &new).await?;
    let kept = tx.enrollment_key(org, new.id).await?.expect("it is there");
    assert_eq!(Some(&kept), tx.enrollment_key_by_hash(hash(1)).await?.as_ref());
    assert_eq!(tx.enrollment_key_by_hash(hash(2)).await?, None);
    assert_eq!(tx.enrollment_key(other, new.id).await?, None, "another tenant's");
    assert_eq!(
        (kept.org, kept.uses, kept.max_uses, kept.is_member),
        (org, 0, 2, true)
    );
    assert_eq!(kept.member_email.as_ref(), Some(&ada.email));
    assert_eq!(kept.state(at(99)), EnrollmentKeyState::Usable);
    assert!(!tx.use_enrollment_key(other, new.id, at(5)).await?);
    assert!(!tx.use_enrollment_key(org, new.id, at(100)).await?, "expired");
    assert_eq!(tx.count_usable_enrollment_keys(org, at(99)).await?, 1);
    assert_eq!(tx.count_usable_enrollment_keys(org, at(100)).await?, 0);
    for second in [5, 6] {
        assert!(tx.use_enrollment_key(org, new.id, at(second)).await?);
    }
    assert!(!tx.use_enrollment_key(org, new.id, at(7)).await?, "used up");
    let spent = tx.enrollment_key(org, new.id).await?.expect("it is there");
    assert_eq!((spent.uses, spent.used_at), (2, Some(at(6))));
    assert_eq!(spent.state(at(7)), EnrollmentKeyState::Spent);
    assert_eq!(tx.count_usable_enrollment_keys(org, at(7)).await?, 0);

    let revoked = NewEnrollmentKey {
        rule: EnrollmentRule::Login,
        account: None,
        domain: "example.com".parse().ok(),
        ..new_key(2, &ada, 9, at(100))
    };
    tx.insert_enrollment_key(org, &revoked).await?;
    let by = person("Grace");
    assert!(!tx.revoke_enrollment_key(other, revoked.id, at(8), &by).await?);
    assert!(tx.revoke_enrollment_key(org, revoked.id, at(8), &by).await?);
    assert!(!tx.revoke_enrollment_key(org, revoked.id, at(9), &by).await?);
    assert!(!tx.use_enrollment_key(org, revoked.id, at(9)).await?);
    let keys = tx.enrollment_keys(org, 9).await?;
    assert_eq!(
        keys.iter().map(|key| key.id).collect::<Vec<_>>(),
        [revoked.id, new.id],
        "the newest first"
    );
    assert_eq!(
        (keys[0].revoked_at, keys[0].revoked_by_name.as_ref()),
        (Some(at(8)), Some(&by))
    );
    assert_eq!(keys[0].domain, revoked.domain);
    assert_eq!(tx.enrollment_keys(org, 1).await?.len(), 1);
    assert_eq!(tx.enrollment_keys(other, 9).await?, []);
    devices_say_which_key_brought_them(&mut tx, org, &ada, &new).await?;

    tx.delete_membership(org, ada.id).await?;
    let orphan = tx.enrollment_key(org, new.id).await?.expect("it is there");
    assert!(!orphan.is_member, "who left is none");
    tx.delete_account(ada.id).await?;
    assert_eq!(
        tx.enrollment_key(org, new.id).await?,
        None,
        "a key goes with its member's account"
    );
    tx.commit().await
}

async fn devices_say_which_key_brought_them(
    tx: &mut Tx,
    org: OrgId,
    ada: &Account,
    key: &NewEnrollmentKey,
) -> Result<()> {
    let device = NewDevice {
        id: id(),
        created_at: at(0),
        host: "kiosk".parse().expect("a host"),
        os: "Linux".parse().expect("a system"),
        agent_version: "1".parse().expect("a version"),
        key_storage: "file".to_owned(),
        address: String::new(),
        signing_key: vec![7; 32],
        sealing_key: vec![8; 32],
        audience: AUDIENCE.to_owned(),
        enrollment_key: Some(key.id),
        wire: 2,
    };
    tx.insert_device(org, ada, &device).await?;
    let row = tx.device(org, device.id).await?.expect("it is there");
    assert_eq!((row.enrollment_key, row.wire), (Some(key.id), 2));
    assert_eq!(row.enrollment_key_name.as_ref(), Some(&key.name));
    let by = |enrollment_key| DeviceQuery {
        enrollment_key,
        ..DeviceQuery::default()
    };
    assert_eq!(tx.devices(org, &by(Some(key.id)), at(9)).await?, [row]);
    assert_eq!(tx.devices(org, &by(Some(id())), at(9)).await?, []);
    Ok(())
}

pub(crate) async fn a_crowd_gets_no_more_uses_than_there_are(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?;
    let new = new_key(1, &ada, 5, at(100));
    tx.insert_enrollment_key(org, &new).await?;
    tx.commit().await?;
    let key = new.id;
    let five_tries = async || -> Result<usize> {
        let mut taken = 0;
        for _ in 0..5 {
            let one = store
                .transact(|mut tx| async move { tx.use_enrollment_key(org, key, at(9)).await })
                .await?;
            taken += usize::from(one);
        }
        Ok(taken)
    };
    let (a, b, c, d) = tokio::join!(five_tries(), five_tries(), five_tries(), five_tries());
    assert_eq!(a? + b? + c? + d?, 5);
    Ok(())
}
