//! Enrolment, devices, their tokens, receipts, states and pages.

use tessera_domain::{
    DeviceState, Role,
    device_state::{SILENT, STALE_AFTER},
};
use tessera_ids::{DeviceId, OrgId, Timestamp};
use tessera_store::{
    DeviceLife, DeviceQuery, DeviceSort, EndedFrom, Enrollment, EnrollmentState, Error, MarkFilter,
    NewDeviceToken, NewEnrollment, NewReceipt, Recorded, Result, Store, Tx, Unique,
};

use crate::fixture::{AUDIENCE, at, device, end, hash, id, manifest, member, org, receipt};

fn enrollment(code: &str, number: u64) -> NewEnrollment {
    let enrollment = Enrollment {
        id: id(),
        user_code: code.to_owned(),
        created_at: at(0),
        expires_at: at(600),
        state: EnrollmentState::Pending,
        tries: 0,
        polled_at: None,
        signing_key: vec![1; 32],
        sealing_key: vec![2; 32],
        host: "mini".parse().expect("a host"),
        os: "macOS 26".parse().expect("a system"),
        agent_version: "0.1.0".parse().expect("a version"),
        key_storage: "keyring".to_owned(),
        wire: 2,
        address: "10.0.0.9".to_owned(),
        org: None,
        account: None,
        device: None,
    };
    NewEnrollment {
        enrollment,
        device_code_hash: hash(number),
    }
}

pub(crate) async fn a_machine_becomes_a_device_once(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?;
    let new = enrollment("ABCDEFGH", 1);
    let asked = new.enrollment.clone();
    tx.insert_enrollment(&new).await?;
    assert_eq!(
        tx.enrollment_by_device_code(hash(1)).await?.as_ref(),
        Some(&asked)
    );
    assert_eq!(
        tx.enrollment_by_user_code("ABCDEFGH", at(599)).await?.as_ref(),
        Some(&asked)
    );
    assert_eq!(tx.enrollment_by_user_code("ABCDEFGH", at(600)).await?, None);
    tx.touch_enrollment(asked.id, at(5)).await?;
    assert_eq!(tx.add_enrollment_try(asked.id, 5).await?, 1);
    assert!(tx.approve_enrollment(org, asked.id, ada.id, at(9)).await?);
    assert!(!tx.approve_enrollment(org, asked.id, ada.id, at(9)).await?);
    let device = id();
    assert!(tx.use_enrollment(asked.id, device).await?);
    assert!(
        !tx.use_enrollment(asked.id, id()).await?,
        "two polls at once make one device"
    );
    let used = Enrollment {
        state: EnrollmentState::Used,
        tries: 1,
        polled_at: Some(at(5)),
        org: Some(org),
        account: Some(ada.id),
        device: Some(device),
        ..asked
    };
    assert_eq!(tx.enrollment_by_device_code(hash(1)).await?, Some(used));

    let guessed = enrollment("BBBBBBBB", 2);
    tx.insert_enrollment(&guessed).await?;
    for tries in 1..=5 {
        assert_eq!(tx.add_enrollment_try(guessed.enrollment.id, 5).await?, tries);
    }
    assert!(
        !tx.deny_enrollment(guessed.enrollment.id).await?,
        "the fifth try denied it"
    );
    assert_eq!(tx.add_enrollment_try(guessed.enrollment.id, 5).await?, 5);
    let late = enrollment("CCCCCCCC", 3);
    tx.insert_enrollment(&late).await?;
    assert!(
        !tx.approve_enrollment(org, late.enrollment.id, ada.id, at(600))
            .await?
    );
    assert!(tx.deny_enrollment(late.enrollment.id).await?);
    let twin = tx.insert_enrollment(&enrollment("ABCDEFGH", 4)).await;
    assert!(
        matches!(twin, Err(Error::NotUnique(Unique::UserCode))),
        "{twin:?}"
    );
    Ok(())
}

pub(crate) async fn a_device_is_known_by_its_token_until_it_ends(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?;
    let device = device(&mut tx, org, &ada, "Mini").await?;
    let token = |number: u64, assertion: &str| NewDeviceToken {
        token_hash: hash(number),
        org,
        device,
        assertion: assertion.to_owned(),
        assertion_expires_at: at(600),
        created_at: at(0),
        expires_at: at(600),
    };
    assert!(tx.give_device_tokens(&[]).await?.is_empty());
    let stranger = id();
    let strangers = NewDeviceToken {
        device: stranger,
        ..token(3, "a stranger's")
    };
    let asked = [token(1, "once"), strangers, token(4, "once")];
    assert_eq!(tx.give_device_tokens(&asked).await?, [true, false, false]);
    assert_eq!(tx.give_device_tokens(&asked).await?, [false; 3], "used up");
    assert_eq!(tx.device_token(hash(4), at(1)).await?, None);
    let known = tx.device_token(hash(1), at(599)).await?.expect("it lives");
    assert_eq!(
        (known.org, known.device, known.expires_at),
        (org, device, at(600))
    );
    assert_eq!(tx.device_token(hash(1), at(600)).await?, None);
    let places = tx.device_places(org).await?;
    assert_eq!(
        (places[0].id, places[0].account, places[0].audience.as_str()),
        (device, ada.id, AUDIENCE)
    );
    assert_eq!(tx.delete_device_tokens(org, device).await?, 1);
    assert_eq!(tx.touch_devices(&[(device, at(9))]).await?, 1);
    assert_eq!(tx.touch_devices(&[(device, at(8))]).await?, 0, "never earlier");
    assert_eq!(tx.touch_devices(&[(device, at(9_000))]).await?, 1);
    assert_eq!(
        tx.touch_devices(&[(device, at(9))]).await?,
        1,
        "but for a clock that was wrong"
    );
    assert!(
        !tx.set_device_wiped(org, device, at(10)).await?,
        "an active device has not wiped"
    );
    assert!(tx.mark_cloned(org, device, at(10)).await?);
    assert_eq!(tx.give_device_tokens(&[token(2, "again")]).await?, [true]);
    let token = tx.device_token(hash(2), at(11)).await?;
    assert!(
        token.is_some(),
        "the token alone does not say whether its device may go on"
    );
    assert_eq!(
        tx.device_places(org).await?,
        [],
        "only active devices have a place"
    );
    let owner = tx.device(org, device).await?.expect("it is there").account;
    assert_eq!(tx.living_devices_of(org, owner).await?.len(), 1);
    assert!(
        tx.end_device(org, device, &end(DeviceLife::SignedOut, 12, b"tombstone"))
            .await?
    );
    assert_eq!(tx.living_devices_of(org, owner).await?, []);
    assert!(
        !tx.end_device(org, device, &end(DeviceLife::Wiped, 13, b"again"))
            .await?
    );
    assert!(tx.set_device_wiped(org, device, at(14)).await?);
    let ended = tx.device_of_assertion(device).await?.expect("the row stays");
    assert_eq!(Some(&ended), tx.device(org, device).await?.as_ref());
    assert_eq!(
        (ended.tombstone.as_deref(), ended.last_contact),
        (Some(b"tombstone".as_slice()), at(9))
    );
    assert_eq!(
        (ended.agent_version.as_str(), ended.key_storage.as_str()),
        ("0.1.0", "file")
    );
    let by = ended.ended_by_name.as_ref().map(ToString::to_string);
    assert_eq!(
        (ended.ended_from, by.as_deref()),
        (Some(EndedFrom::Portal), Some("Ada"))
    );
    let same = tx.device_by_signing_key(org, &[1; 32]).await?;
    assert_eq!(same.map(|device| device.id), Some(device), "ended or not");
    assert_eq!(tx.device_by_signing_key(org, &[9; 32]).await?, None);
    let state = DeviceState::of(&ended.facts(), at(15));
    assert_eq!(
        state,
        DeviceState::SignedOut {
            at: at(12),
            wiped_at: Some(at(14))
        }
    );
    tx.commit().await
}

pub(crate) async fn receipts_are_kept_once_and_clones_found(store: &Store) -> Result<()> {
    use Recorded::{Cloned, Known, New, NoDevice};

    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?;
    let (one, two) = (
        device(&mut tx, org, &ada, "one").await?,
        device(&mut tx, org, &ada, "two").await?,
    );
    let failed = NewReceipt {
        failure: Some(("memory".to_owned(), "no room".to_owned())),
        matches: false,
        ..receipt(org, one, 2, 8)
    };
    let burst = [
        failed,
        receipt(org, one, 1, 7),
        receipt(org, id(), 1, 7),
        receipt(org, two, 1, 7),
        receipt(org, two, 1, 7),
    ];
    assert_eq!(
        tx.record_receipts(&burst).await?,
        [New, New, NoDevice, New, Known]
    );
    let before = tx.device(org, one).await?.expect("there");
    assert_eq!(
        (before.counter, before.receipt_serial, before.receipt_matches),
        (2, Some(8), Some(false))
    );
    assert_eq!(before.receipt_reason.as_deref(), Some("no room"));
    assert_eq!((before.last_contact, before.receipt_at), (at(6), Some(at(6))));
    assert_eq!(
        (
            before.agent_version.as_str(),
            before.key_storage.as_str(),
            before.wire,
        ),
        ("0.2.0", "keyring", 2),
        "an upgraded agent says so, and what it leaves out stays"
    );
    assert_eq!(
        tx.record_receipts(&burst).await?,
        [Known, Known, NoDevice, Known, Known],
        "told again"
    );
    assert_eq!(
        tx.device(org, one).await?.as_ref(),
        Some(&before),
        "nothing changed"
    );

    let other = NewReceipt {
        digest: hash(99),
        received_at: at(20),
        ..receipt(org, one, 2, 9)
    };
    assert_eq!(
        tx.record_receipts(&[other.clone(), receipt(org, two, 2, 8)])
            .await?,
        [Cloned, New]
    );
    let cloned = tx.device(org, one).await?.expect("there");
    assert_eq!(
        (cloned.life, cloned.ended_at, cloned.counter),
        (DeviceLife::Cloned, Some(at(20)), 2)
    );
    assert_eq!(tx.record_receipts(&[other]).await?, [Cloned]);
    assert_eq!(
        tx.receipts_of(org, one, 9)
            .await?
            .iter()
            .map(|kept| kept.counter)
            .collect::<Vec<_>>(),
        [2, 1]
    );
    let both = [
        receipt(org, two, 5, 9),
        NewReceipt {
            digest: hash(50),
            ..receipt(org, two, 5, 9)
        },
    ];
    assert_eq!(
        tx.record_receipts(&both).await?,
        [New, Cloned],
        "within one burst"
    );
    assert_eq!(tx.record_receipts(&[]).await?, []);
    let huge = tx.record_receipts(&[receipt(org, two, u64::MAX, 9)]).await;
    assert!(matches!(huge, Err(Error::OutOfRange)), "{huge:?}");
    tx.commit().await
}

pub(crate) async fn a_burst_of_receipts_is_one_transaction(store: &Store) -> Result<()> {
    const DEVICES: usize = 1_000;
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?;
    let mut burst = Vec::new();
    for number in 0..DEVICES {
        let device = device(&mut tx, org, &ada, &format!("host-{number}")).await?;
        burst.push(receipt(org, device, 1, 7));
        burst.push(NewReceipt {
            digest: hash(9),
            ..receipt(org, device, 2, 8)
        });
    }
    tx.insert_manifest(org, &manifest(8, 1, at(1))).await?;
    tx.commit().await?;
    let halves: Vec<_> = burst.chunks(DEVICES).map(<[_]>::to_vec).collect();
    let tell = async |receipts: Vec<NewReceipt>| {
        let receipts = &receipts;
        store
            .transact(|mut tx| async move { tx.record_receipts(receipts).await })
            .await
    };
    let told = tokio::join!(
        tell(halves[0].clone()),
        tell(halves[1].clone()),
        tell(burst.clone())
    );
    let new = [told.0?, told.1?, told.2?]
        .concat()
        .iter()
        .filter(|one| **one == Recorded::New)
        .count();
    assert_eq!(new, 2 * DEVICES, "each is new once, whoever tells it");
    let rollout = store.read().await?.rollout(org, 1, at(7)).await?;
    assert_eq!(
        (rollout.audience, rollout.applied),
        (DEVICES as u64, DEVICES as u64)
    );
    Ok(())
}

/// Devices in every mixture of life, receipt and silence.
async fn mixture(tx: &mut Tx, org: OrgId) -> Result<Vec<DeviceId>> {
    let ada = member(tx, org, "Ada", Role::Owner).await?;
    let lives = [
        None,
        Some(DeviceLife::Cloned),
        Some(DeviceLife::SignedOut),
        Some(DeviceLife::Wiped),
        Some(DeviceLife::Removed),
    ];
    let mut devices = Vec::new();
    for life in lives {
        for serial in [None, Some(4), Some(5), Some(6)] {
            for (matches, failure) in [(true, false), (false, false), (true, true)] {
                let device = device(tx, org, &ada, &format!("host-{}", devices.len())).await?;
                if let Some(serial) = serial {
                    let failure = failure.then(|| ("features".to_owned(), "why".to_owned()));
                    let told = NewReceipt {
                        matches,
                        failure,
                        ..receipt(org, device, 1, serial)
                    };
                    tx.record_receipts(&[told]).await?;
                }
                match life {
                    Some(DeviceLife::Cloned) => drop(tx.mark_cloned(org, device, at(7)).await?),
                    Some(life) => drop(tx.end_device(org, device, &end(life, 7, b"t")).await?),
                    None => {}
                }
                devices.push(device);
            }
        }
    }
    Ok(devices)
}

pub(crate) async fn states_in_sql_are_the_domains(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let devices = mixture(&mut tx, org).await?;
    for issued in [false, true] {
        if issued {
            tx.insert_manifest(org, &manifest(5, 1, at(2))).await?;
        }
        for now in moments() {
            let mut counted = std::collections::BTreeMap::<String, u64>::new();
            for device in &devices {
                let row = tx.device(org, *device).await?.expect("there");
                let word = DeviceState::of(&row.facts(), now).as_str();
                *counted.entry(word.to_owned()).or_default() += 1;
                let wanted = DeviceQuery {
                    search: Some(row.host.to_string()),
                    state: Some(word.to_owned()),
                    limit: 99,
                    ..DeviceQuery::default()
                };
                let found = tx.devices(org, &wanted, now).await?;
                assert!(found.contains(&row), "{word} at {now:?}: {row:?}");
            }
            for device in &devices {
                let row = tx.device(org, *device).await?.expect("there");
                let silent = DeviceQuery {
                    search: Some(row.host.to_string()),
                    state: Some(SILENT.to_owned()),
                    limit: 99,
                    ..DeviceQuery::default()
                };
                let found = tx.devices(org, &silent, now).await?.contains(&row);
                assert_eq!(
                    found,
                    row.facts().silent_since(now).is_some(),
                    "at {now:?}: {row:?}"
                );
            }
            let asked = DeviceQuery {
                state: Some(SILENT.to_owned()),
                silent_after: STALE_AFTER,
                limit: 99,
                ..DeviceQuery::default()
            };
            assert_eq!(
                tx.count_silent(org, now.minus(STALE_AFTER)).await?,
                tx.devices(org, &asked, now).await?.len() as u64,
                "at {now:?}"
            );
            let states = tx.device_states(org, now).await?;
            let states: Vec<_> = states.into_iter().map(|row| (row.state, row.count)).collect();
            assert_eq!(states, counted.into_iter().collect::<Vec<_>>(), "at {now:?}");
            let marks = tx.device_marks(org, now, 99).await?;
            assert_eq!(marks.len(), 24, "active and cloned");
        }
    }
    let idle = member(&mut tx, org, "Without Device", Role::Read).await?;
    let without = tx.count_without_device(org).await?;
    let first = device(&mut tx, org, &idle, "first").await?;
    assert_eq!(tx.count_without_device(org).await?, without - 1);
    tx.end_device(org, first, &end(DeviceLife::SignedOut, 1, b"gone"))
        .await?;
    assert_eq!(
        tx.count_without_device(org).await?,
        without,
        "an ended one is none"
    );
    let rollout = tx.rollout(org, 1, at(300)).await?;
    assert_eq!((rollout.audience, rollout.applied, rollout.failed), (12, 3, 6));
    assert_eq!(
        (rollout.pending, rollout.behind, rollout.last_receipt_at),
        (3, 0, Some(at(6)))
    );
    let next = tx.rollout(org, 2, at(300)).await?;
    assert_eq!(
        (
            next.audience,
            next.applied,
            next.pending,
            next.behind,
            next.last_receipt_at
        ),
        (12, 0, 3, 9, None)
    );
    let marks = tx.rollout_marks(org, 1, at(300), MarkFilter::All, 99).await?;
    assert_eq!(marks.iter().filter(|mark| mark.state == "failed").count(), 6);
    tx.commit().await
}

/// Just before and after each boundary of time.
fn moments() -> Vec<Timestamp> {
    let week = 7 * 86_400;
    [
        6,
        119,
        120,
        125,
        126,
        3_599,
        3_600,
        3_606,
        week - 1,
        week,
        week + 6,
    ]
    .map(at)
    .to_vec()
}

pub(crate) async fn devices_are_paged_in_every_order(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    for (name, hosts) in [("Zoë", ["b", "A"]), ("Bob", ["c", "a_b"])] {
        let account = member(&mut tx, org, name, Role::Read).await?;
        for (second, host) in (1..).zip(hosts) {
            let device = device(&mut tx, org, &account, host).await?;
            tx.touch_devices(&[(device, at(second))]).await?;
        }
    }
    let mut orders = Vec::new();
    for mut sort in [
        DeviceSort::Host(None),
        DeviceSort::Member(None),
        DeviceSort::Contact(None),
    ] {
        let mut seen = Vec::new();
        loop {
            let wanted = DeviceQuery {
                sort: sort.clone(),
                limit: 1,
                ..DeviceQuery::default()
            };
            let Some(last) = tx.devices(org, &wanted, at(9)).await?.pop() else {
                break;
            };
            seen.push(last.host.to_string());
            sort = match sort {
                DeviceSort::Host(_) => DeviceSort::Host(Some((last.host_key, last.id))),
                DeviceSort::Member(_) => DeviceSort::Member(Some((last.member_key, last.id))),
                DeviceSort::Contact(_) => DeviceSort::Contact(Some((last.last_contact, last.id))),
            };
        }
        orders.push(seen.join(" "));
    }
    assert_eq!(orders, ["A a_b b c", "c a_b b A", "a_b A c b"]);
    for (search, found) in [("_", 1), ("zoë", 2), ("BOB@example", 2), ("%", 0)] {
        let wanted = DeviceQuery {
            search: Some(search.to_owned()),
            ..DeviceQuery::default()
        };
        assert_eq!(tx.devices(org, &wanted, at(9)).await?.len(), found, "{search}");
    }
    tx.commit().await
}
