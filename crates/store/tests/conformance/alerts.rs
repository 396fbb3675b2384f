//! Alerts: what holds, what ended, what waits to be told and where it goes; and what operators see.

use tessera_domain::{AlertFormat, AlertKind, Role};
use tessera_ids::{AlertId, OrgId, Timestamp, TypedId};
use tessera_store::{
    Alert, AlertCount, Condition, DeliveryOutcome, DeviceEnd, DeviceLife, EndedFrom, JobKind,
    NewAlertEndpoint, NewJob, Result, Store, Tx,
};
use uuid::Uuid;

use crate::{
    credentials::{add, everybodys},
    fixture::{account, at, device, id, manifest, member, org, receipt},
    rollouts::halted,
};

const DAY: i64 = 24 * 60 * 60;

async fn holding(tx: &mut Tx, second: i64) -> Result<Vec<Condition>> {
    let soon = at(second + 14 * DAY);
    let mut found = tx.new_conditions(at(second), soon, 100).await?;
    found.sort_by_key(|condition| (condition.kind, condition.subject));
    Ok(found)
}

fn opened(condition: &Condition, second: i64) -> Alert {
    Alert {
        id: id(),
        org: Some(condition.org),
        kind: condition.kind,
        subject: condition.subject,
        name: condition.name.clone(),
        detail: condition.why.clone().unwrap_or_default(),
        link: "/devices".to_owned(),
        opened_at: at(second),
        told_at: None,
        closed_at: None,
    }
}

fn kinds(found: &[Condition]) -> Vec<AlertKind> {
    found.iter().map(|condition| condition.kind).collect()
}

async fn open_all(tx: &mut Tx, second: i64) -> Result<Vec<AlertId>> {
    let found = holding(tx, second).await?;
    let alerts: Vec<Alert> = found.iter().map(|condition| opened(condition, second)).collect();
    assert_eq!(tx.open_new_alerts(&alerts).await?, alerts.len() as u64);
    assert_eq!(tx.open_new_alerts(&alerts).await?, 0, "they are open");
    assert_eq!(holding(tx, second).await?, [], "and stand no longer out");
    Ok(alerts.into_iter().map(|alert| alert.id).collect())
}

pub(crate) async fn conditions_open_once_and_end(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, Some(2)).await?;
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?;
    let [sound, failing] = [
        device(&mut tx, org, &ada, "sound").await?,
        device(&mut tx, org, &ada, "failing").await?,
    ];
    tx.insert_manifest(org, &manifest(1, 1, at(1))).await?;
    let mut bad = receipt(org, failing, 1, 1);
    bad.failure = Some(("memory".to_owned(), "no room".to_owned()));
    tx.record_receipts(&[receipt(org, sound, 1, 1), bad]).await?;
    let key = add(&mut tx, org, everybodys("Production")).await?;
    tx.note_credential_test(org, key, at(5), Some("refused")).await?;
    assert_eq!(tx.credential_expiries(org).await?, []);
    assert!(tx.set_credential_expiry(org, key, Some(at(10 * DAY))).await?);
    assert_eq!(tx.credential_expiries(org).await?[0].expires_at, at(10 * DAY));
    halted(&mut tx, org, 3).await?;
    member(&mut tx, org, "Bo", Role::Read).await?;

    let found = holding(&mut tx, 10).await?;
    assert_eq!(
        kinds(&found),
        [
            AlertKind::DeviceFailing,
            AlertKind::KeyFailing,
            AlertKind::KeyExpiring,
            AlertKind::SeatsFull,
            AlertKind::RolloutHalted
        ]
    );
    assert_eq!(
        (found[0].subject, found[0].name.as_str(), found[0].why.as_deref()),
        (failing.uuid(), "failing", Some("memory: no room"))
    );
    assert_eq!((found[2].at, found[3].number), (Some(at(10 * DAY)), Some(2)));
    let ids = open_all(&mut tx, 10).await?;
    assert_eq!(tx.ended_alerts(at(10), at(14 * DAY), 100).await?, []);
    let late = 10 + 7 * DAY;
    assert_eq!(
        kinds(&holding(&mut tx, late).await?),
        [AlertKind::DeviceSilent; 2]
    );
    assert_eq!(tx.silent_days(org).await?, None);
    tx.set_silent_days(org, 9).await?;
    tx.set_silent_days(org, 8).await?;
    assert_eq!(tx.silent_days(org).await?, Some(8));
    assert_eq!(holding(&mut tx, late).await?, []);

    tx.record_receipts(&[receipt(org, failing, 2, 1)]).await?;
    tx.note_credential_test(org, key, at(20), None).await?;
    tx.set_seats(org, Some(3)).await?;
    let ended = tx.ended_alerts(at(30), at(30 + 14 * DAY), 100).await?;
    assert_eq!(ended.len(), 3);
    assert_eq!(tx.close_alerts(&ended, at(30)).await?, 3);
    assert_eq!(tx.close_alerts(&ended, at(31)).await?, 0, "once");
    assert_eq!(tx.close_alerts(&[], at(31)).await?, 0);
    assert_eq!(tx.open_alerts(Some(org), 10).await?.len(), ids.len() - 3);
    assert_eq!(tx.closed_alerts(Some(org), 10).await?.len(), 3);
    assert_eq!(tx.open_alerts(Some(id()), 10).await?, []);

    let ended = DeviceEnd {
        life: DeviceLife::SignedOut,
        at: at(40),
        tombstone: b"",
        from: EndedFrom::Machine,
        by: None,
    };
    tx.end_device(org, sound, &ended).await?;
    tx.set_org_deleted(org, Some(at(50))).await?;
    assert_eq!(
        tx.ended_alerts(at(60), at(60), 100).await?.len(),
        2,
        "a deleted org has none"
    );
    tx.commit().await
}

fn here(kind: AlertKind, second: i64) -> Alert {
    Alert {
        id: id(),
        org: None,
        kind,
        subject: Uuid::nil(),
        name: String::new(),
        detail: "3 mails".to_owned(),
        link: "/operator".to_owned(),
        opened_at: at(second),
        told_at: None,
        closed_at: None,
    }
}

pub(crate) async fn alerts_are_told_once(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let [ada, bo] = [
        member(&mut tx, org, "Ada", Role::Owner).await?,
        member(&mut tx, org, "Bo", Role::Admin).await?,
    ];
    member(&mut tx, org, "Cy", Role::Write).await?;
    let stuck = here(AlertKind::MailStuck, 5);
    assert_eq!(
        tx.open_new_alerts(&[stuck.clone(), here(AlertKind::MailStuck, 5)])
            .await?,
        1
    );
    let of_org = |kind, subject: u128| Alert {
        org: Some(org),
        subject: Uuid::from_u128(subject),
        ..here(kind, 6)
    };
    let silent = [
        of_org(AlertKind::DeviceSilent, 1),
        of_org(AlertKind::DeviceSilent, 2),
    ];
    tx.open_new_alerts(&silent).await?;
    tx.open_new_alerts(&[]).await?;
    assert_eq!(
        tx.alert_counts(Some(org)).await?,
        [AlertCount {
            kind: AlertKind::DeviceSilent,
            count: 2
        }]
    );
    assert_eq!(tx.alert_counts(None).await?.len(), 2);

    let waiting = tx.untold_alerts().await?;
    assert_eq!((waiting.len(), waiting[0].last_told), (2, None));
    let told = tx.take_untold(Some(org), AlertKind::DeviceSilent, at(7)).await?;
    assert_eq!(
        told.iter().map(|alert| alert.id).collect::<Vec<_>>(),
        silent.map(|alert| alert.id)
    );
    assert_eq!(
        tx.take_untold(Some(org), AlertKind::DeviceSilent, at(8)).await?,
        []
    );
    assert_eq!(tx.take_untold(None, AlertKind::MailStuck, at(8)).await?.len(), 1);
    assert_eq!(tx.untold_alerts().await?, []);

    let never = of_org(AlertKind::KeyFailing, 3);
    tx.open_new_alerts(std::slice::from_ref(&never)).await?;
    tx.close_alerts(&[never.id, told[0].id, stuck.id], at(9)).await?;
    let waiting = tx.untold_alerts().await?;
    assert_eq!(waiting.len(), 2, "whose opening nobody heard of ends unsaid");
    let device = waiting
        .iter()
        .find(|waiting| waiting.org.is_some())
        .expect("there");
    assert_eq!(device.last_told, Some(at(7)));
    let told = tx.take_untold(Some(org), AlertKind::DeviceSilent, at(10)).await?;
    assert_eq!(told[0].closed_at, Some(at(9)));
    assert_eq!(tx.open_alerts(None, 10).await?, []);
    assert_eq!(tx.closed_alerts(None, 10).await?.len(), 1);
    assert_eq!(tx.forget_alerts(at(9)).await?, 0);
    assert_eq!(tx.forget_alerts(at(10)).await?, 3);

    let emails = tx.alert_recipients(org, AlertKind::KeyFailing).await?;
    assert_eq!(emails, [ada.email.clone(), bo.email.clone()]);
    tx.set_alert_mutes(org, bo.id, &[AlertKind::KeyFailing, AlertKind::SeatsFull])
        .await?;
    assert_eq!(
        tx.alert_mutes(org, bo.id).await?,
        [AlertKind::KeyFailing, AlertKind::SeatsFull]
    );
    assert_eq!(
        tx.alert_recipients(org, AlertKind::KeyFailing).await?,
        [ada.email]
    );
    tx.set_alert_mutes(org, bo.id, &[]).await?;
    assert_eq!(tx.alert_recipients(org, AlertKind::KeyFailing).await?.len(), 2);
    tx.commit().await
}

pub(crate) async fn endpoints_are_kept_sealed(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let new = NewAlertEndpoint {
        id: id(),
        created_at: at(1),
        name: "Pager".parse().expect("a name"),
        format: AlertFormat::Standard,
        kinds: vec![AlertKind::DeviceFailing],
        address: (vec![1; 40], "https://hooks.example/…1234".to_owned()),
        secret: Some(vec![2; 40]),
    };
    tx.insert_alert_endpoint(org, &new).await?;
    let hook = new.id;
    assert_eq!(tx.alert_endpoint(other, hook).await?, None);
    assert_eq!(tx.alert_endpoints(other).await?, []);
    let both = vec![AlertKind::DeviceFailing, AlertKind::SeatsFull];
    assert!(
        tx.change_alert_endpoint(org, hook, &"Pager 2".parse().expect("a name"), &both)
            .await?
    );
    assert!(
        tx.set_alert_endpoint_address(org, hook, &[3; 40], "https://b.example")
            .await?
    );
    assert!(
        tx.set_alert_endpoint_secret(org, hook, &[4; 40], Some((vec![2; 40], at(90))))
            .await?
    );
    assert!(tx.set_alert_endpoint_paused(org, hook, Some(at(5))).await?);
    assert!(
        tx.note_alert_delivery(org, hook, at(6), DeliveryOutcome::Retrying, Some("503"))
            .await?
    );
    assert!(
        !tx.note_alert_delivery(other, hook, at(6), DeliveryOutcome::Delivered, None)
            .await?
    );
    let kept = tx.alert_endpoints(org).await?.remove(0);
    assert_eq!(
        (
            kept.name.as_str(),
            &kept.kinds,
            kept.paused_at,
            kept.outcome,
            kept.problem.as_deref()
        ),
        (
            "Pager 2",
            &both,
            Some(at(5)),
            Some(DeliveryOutcome::Retrying),
            Some("503")
        )
    );
    let seals = tx.alert_endpoint_seals(org, hook).await?.expect("there");
    assert_eq!(
        (
            seals.address,
            seals.secret,
            seals.old_secret,
            seals.old_secret_until
        ),
        (vec![3; 40], Some(vec![4; 40]), Some(vec![2; 40]), Some(at(90)))
    );
    tx.enqueue(&[job(JobKind::Webhook, Some(org), hook.uuid(), 1)])
        .await?;
    let leased = tx.lease_jobs(at(2), at(3), JobKind::Webhook, 1).await?.remove(0);
    tx.give_job_up(&leased, at(3), "gone").await?;
    assert_eq!(tx.failed_jobs_about(org, JobKind::Webhook, 9).await?.len(), 1);
    assert_eq!(tx.failed_jobs_about(other, JobKind::Webhook, 9).await?, []);
    assert_eq!(tx.cancel_org_jobs(org, JobKind::Webhook, hook.uuid()).await?, 1);
    assert!(tx.delete_alert_endpoint(org, hook).await?);
    assert!(!tx.delete_alert_endpoint(org, hook).await?);
    tx.commit().await
}

fn job(kind: JobKind, org: Option<OrgId>, subject: Uuid, second: i64) -> NewJob {
    NewJob {
        id: id(),
        org,
        kind,
        subject: Some(subject),
        payload: serde_json::json!({"to": "ada@example.com"}),
        created_at: at(second),
        run_at: at(second),
    }
}

pub(crate) async fn operators_see_the_installation(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let [ada, bo] = [account(&mut tx, "Ada").await?, account(&mut tx, "Bo").await?];
    tx.lock_installation().await?;
    assert_eq!(tx.operators().await?, []);
    assert!(tx.set_operator(ada.id, true).await?);
    tx.set_account_powers(bo.id, false, true).await?;
    assert_eq!(tx.operators().await?[0].id, ada.id);
    assert_eq!(tx.org_makers().await?[0].id, bo.id);
    let org = org(&mut tx, Some(5)).await?;
    member(&mut tx, org, "Cy", Role::Owner).await?;
    let figures = tx.org_figures(None, 10).await?;
    assert_eq!(
        (
            figures[0].id,
            figures[0].seats,
            figures[0].members,
            figures[0].devices
        ),
        (org, Some(5), 1, 0)
    );
    assert_eq!(tx.org_figures(Some(org), 10).await?, []);
    let facts = tx.database_facts().await?;
    assert!(facts.size > 0 && facts.schema >= 15);

    assert_eq!(tx.mail_sent_at().await?, None);
    tx.insert_installation(&tessera_store::Installation {
        created_at: at(0),
        key_check: vec![1],
        setup_token_hash: None,
        open_sign_up: false,
    })
    .await?;
    tx.note_mail_sent(at(9)).await?;
    tx.note_mail_sent(at(8)).await?;
    assert_eq!(tx.mail_sent_at().await?, Some(at(9)));

    let [first, second] = [1, 2].map(|second| job(JobKind::Mail, None, Uuid::nil(), second));
    tx.enqueue(&[first.clone(), second.clone()]).await?;
    assert_eq!(tx.failing_jobs(9).await?, []);
    for leased in tx.lease_jobs(at(3), at(4), JobKind::Mail, 9).await? {
        tx.retry_job(&leased, at(100), "no such host").await?;
    }
    assert_eq!(tx.failing_jobs(9).await?.len(), 2);
    let trouble = tx.queue_trouble(at(1)).await?;
    assert_eq!(
        (trouble.stuck, trouble.stuck_why.as_deref(), trouble.given_up),
        (1, Some("no such host"), 0)
    );
    assert!(tx.hurry_job(first.id, at(5)).await?);
    assert_eq!(tx.job(first.id).await?.expect("there").run_at, at(5));
    assert!(tx.abandon_job(second.id, at(6)).await?);
    assert!(!tx.abandon_job(second.id, at(6)).await?);
    assert!(!tx.delete_failed_job(first.id).await?, "it is tried still");
    assert_eq!(tx.queue_trouble(Timestamp::EPOCH).await?.given_up, 1);
    assert!(tx.delete_failed_job(second.id).await?);
    tx.commit().await
}
