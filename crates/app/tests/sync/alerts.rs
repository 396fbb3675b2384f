//! Alerts by a clock of their own: opened, told as one, resolved, tried again, given up.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tessera_app::alerts::{self, Answer, EndpointEdit, Looked, NewEndpoint, Prepared, Signer};
use tessera_app::devices;
use tessera_domain::device_state::OVERDUE;
use tessera_domain::{AlertFormat, AlertKind, Kind, Role, WebhookUrl};
use tessera_ids::{AlertEndpointId, DeviceId, ambient::SystemEntropy};
use tessera_store::{DeviceQuery, Job, JobKind, NewDevice};

use crate::{
    machine::kind,
    rollouts::{answer, fail, machines},
    settings::save,
    stories,
    world::{World, id},
};

stories! {
    a_failing_device_is_told_once_and_resolved,
    five_hundred_silent_devices_are_one_message,
    a_delivery_is_tried_five_times_and_given_up,
    two_secrets_sign_while_one_replaces_the_other,
    another_address_wants_the_secret,
    everybody_chooses_their_mail_and_the_organization_its_days,
    only_who_may_manages_alerts,
    a_paused_or_deleted_endpoint_is_told_nothing,
    a_keys_end_is_told_in_time,
}

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

async fn look(world: &World) -> Looked {
    alerts::look(&world.app, None).await.unwrap()
}

fn wanted(format: AlertFormat, kinds: &[AlertKind]) -> NewEndpoint {
    NewEndpoint {
        name: "Pager".parse().unwrap(),
        format,
        url: "https://hooks.example/planted-address".parse().unwrap(),
        kinds: kinds.to_vec(),
    }
}

async fn hook(world: &World, format: AlertFormat) -> (AlertEndpointId, Option<SecretString>) {
    let kinds: Vec<_> = AlertKind::of_orgs().collect();
    let added = alerts::add(&world.app, &world.owner, world.org, wanted(format, &kinds))
        .await
        .unwrap();
    (added.id, added.secret)
}

/// What waits to be sent to endpoints now, leased.
async fn due(world: &World) -> Vec<Job> {
    let mut tx = world.app.store.begin().await.unwrap();
    let now = world.app.clock.now();
    let until = now.plus(MINUTE / 2);
    let jobs = tx.lease_jobs(now, until, JobKind::Webhook, 100).await.unwrap();
    tx.commit().await.unwrap();
    jobs
}

async fn settle(world: &World, job: &Job, answer: Answer) {
    let mut tx = world.app.store.begin().await.unwrap();
    alerts::settle(&world.app, &mut tx, job, &answer).await.unwrap();
    tx.commit().await.unwrap();
}

async fn subjects(world: &World) -> Vec<String> {
    world.mails().await.into_iter().map(|mail| mail.subject).collect()
}

async fn failing(world: &World) {
    save(
        world,
        serde_json::json!({ "features": { "telemetry": true } }),
        None,
    )
    .await
    .unwrap();
    let machines = machines(world, 1).await;
    fail(world, &machines[0]).await;
}

async fn a_failing_device_is_told_once_and_resolved(world: &World) {
    save(
        world,
        serde_json::json!({ "features": { "telemetry": true } }),
        None,
    )
    .await
    .unwrap();
    let machines = machines(world, 2).await;
    hook(world, AlertFormat::Standard).await;
    assert_eq!(look(world).await, Looked::default());
    fail(world, &machines[0]).await;
    assert_eq!(
        look(world).await,
        Looked {
            opened: 1,
            closed: 0,
            queued: 2
        }
    );
    assert_eq!(look(world).await, Looked::default(), "once");
    let counts = alerts::counts(&world.app, &world.owner, world.org).await.unwrap();
    assert_eq!(counts.get(&AlertKind::DeviceFailing), Some(&1));
    let said = subjects(world).await;
    assert!(
        said.iter()
            .any(|subject| subject.starts_with("Acme: A device is failing: ")),
        "{said:?}"
    );

    answer(world, &machines[0]).await;
    assert_eq!(
        look(world).await,
        Looked {
            opened: 0,
            closed: 1,
            queued: 0
        }
    );
    world.clock.advance(11 * MINUTE);
    assert_eq!(
        look(world).await,
        Looked {
            opened: 0,
            closed: 0,
            queued: 2
        }
    );
    // One after the other, in the order in which they happened.
    for parts in [["alert.opened", "no room"], ["alert.resolved", ""]] {
        let jobs = due(world).await;
        assert_eq!(jobs.len(), 1);
        let body = jobs[0].payload.to_string();
        assert!(parts.iter().all(|part| body.contains(part)), "{body}");
        settle(world, &jobs[0], Answer::Taken).await;
    }
    let overview = alerts::overview(&world.app, &world.owner, world.org)
        .await
        .unwrap();
    assert_eq!((overview.open.len(), overview.recent.len()), (0, 1));

    fail(world, &machines[1]).await;
    answer(world, &machines[1]).await;
    assert_eq!(
        look(world).await,
        Looked::default(),
        "what ended before it was seen is nothing"
    );
}

async fn silent(world: &World, from: usize, count: usize) {
    let mut tx = world.app.store.begin().await.unwrap();
    let (account, now) = (
        tx.account(id(&world.owner)).await.unwrap().unwrap(),
        world.app.clock.now(),
    );
    for number in from..from + count {
        let device = NewDevice {
            id: DeviceId::generate(&*world.app.clock, &SystemEntropy),
            created_at: now,
            host: format!("laptop-{number}").parse().unwrap(),
            os: "Linux".parse().unwrap(),
            agent_version: "1.0.0".parse().unwrap(),
            key_storage: "file".to_owned(),
            address: "192.0.2.7".to_owned(),
            signing_key: vec![1; 32],
            sealing_key: vec![2; 32],
            audience: "none".to_owned(),
            enrollment_key: None,
            wire: 1,
        };
        tx.insert_device(world.org, &account, &device).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn five_hundred_silent_devices_are_one_message(world: &World) {
    hook(world, AlertFormat::Slack).await;
    silent(world, 0, 500).await;
    world.clock.advance(MINUTE);
    silent(world, 500, 10).await;
    world.clock.advance(Duration::from_secs(7 * 86_400 - 30));
    assert_eq!(
        look(world).await,
        Looked {
            opened: 500,
            closed: 0,
            queued: 2
        }
    );
    world.clock.advance(MINUTE);
    assert_eq!(
        look(world).await,
        Looked {
            opened: 10,
            closed: 0,
            queued: 0
        },
        "they wait"
    );
    assert_eq!(look(world).await, Looked::default());
    world.clock.advance(10 * MINUTE);
    assert_eq!(
        look(world).await,
        Looked {
            opened: 0,
            closed: 0,
            queued: 2
        }
    );
    let mails = world.mails().await;
    let first = mails
        .iter()
        .find(|mail| mail.subject == "Acme: 500 devices are silent")
        .unwrap();
    assert!(first.text.contains("And 480 more.") && first.text.contains("laptop-0: Last heard of on "));
    assert!(
        mails
            .iter()
            .any(|mail| mail.subject == "Acme: 10 devices are silent")
    );
    assert!(due(world).await[0].payload.to_string().contains("and 480 more"));
}

async fn a_delivery_is_tried_five_times_and_given_up(world: &World) {
    let (hook, _) = hook(world, AlertFormat::Standard).await;
    failing(world).await;
    look(world).await;
    let mut ids = Vec::new();
    for wait in [0, 1, 15, 3 * 60, 20 * 60] {
        if wait > 0 {
            assert_eq!(due(world).await.len(), 0, "not before its time");
        }
        world.clock.advance(wait * MINUTE);
        let jobs = due(world).await;
        assert_eq!(jobs.len(), 1, "after {wait} minutes");
        let Prepared::Call(call) = alerts::prepare(&world.app, &jobs[0]).await.unwrap() else {
            panic!("it is called");
        };
        ids.push((call.headers[0].1.clone(), call.body.clone()));
        settle(world, &jobs[0], Answer::Refused(503)).await;
    }
    assert!(
        ids.iter().all(|known| *known == ids[0]),
        "the same message each time"
    );
    world.clock.advance(2 * DAY);
    assert_eq!(due(world).await.len(), 0);
    let overview = alerts::overview(&world.app, &world.owner, world.org)
        .await
        .unwrap();
    let last = overview.endpoints[0].last.clone().unwrap();
    assert_eq!(last.outcome.as_str(), "gave_up");
    assert!(last.problem.unwrap().contains("503"));
    let given_up = overview.given_up[0].clone();
    assert!(given_up.title.starts_with("Acme: A device is failing"));
    alerts::retry_delivery(&world.app, &world.owner, world.org, given_up.id)
        .await
        .unwrap();
    let again = due(world).await;
    settle(world, &again[0], Answer::Taken).await;
    let view = alerts::endpoint(&world.app, &world.owner, world.org, hook)
        .await
        .unwrap();
    assert_eq!(view.last.unwrap().outcome.as_str(), "delivered");
    assert_eq!(due(world).await.len(), 0);
}

async fn signatures(world: &World, job: &Job) -> Vec<String> {
    let Prepared::Call(call) = alerts::prepare(&world.app, job).await.unwrap() else {
        panic!("it is called");
    };
    assert_eq!(call.url, "https://hooks.example/planted-address");
    let header = |name: &str| {
        call.headers
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap()
            .1
            .clone()
    };
    assert!(header("webhook-id").starts_with("msg_"));
    header("webhook-signature")
        .split(' ')
        .map(str::to_owned)
        .collect()
}

async fn two_secrets_sign_while_one_replaces_the_other(world: &World) {
    let (hook, secret) = hook(world, AlertFormat::Standard).await;
    let first = secret.unwrap();
    assert!(Signer::read(first.expose_secret()).is_some());
    failing(world).await;
    look(world).await;
    let job = due(world).await.remove(0);
    assert_eq!(signatures(world, &job).await.len(), 1);
    let second = alerts::rotate(&world.app, &world.owner, world.org, hook, DAY)
        .await
        .unwrap();
    assert_ne!(first.expose_secret(), second.expose_secret());
    assert_eq!(signatures(world, &job).await.len(), 2);
    world.clock.advance(DAY);
    assert_eq!(signatures(world, &job).await.len(), 1);
    let long = alerts::rotate(&world.app, &world.owner, world.org, hook, 8 * DAY).await;
    assert_eq!(kind(long), Kind::Invalid);
    let log = world.audit().await;
    assert!(
        log.contains(&"alert_endpoint.secret_rotated".to_owned()),
        "{log:?}"
    );
    let told = told_in_log(world).await;
    for secret in [first, second] {
        assert!(!told.contains(secret.expose_secret()) && !told.contains("planted-address"));
    }
}

async fn told_in_log(world: &World) -> String {
    let mut tx = world.app.store.read().await.unwrap();
    let query = tessera_store::AuditQuery::default();
    format!("{:?}", tx.audit(world.org, &query, 1_000).await.unwrap())
}

async fn another_address_wants_the_secret(world: &World) {
    let (id, secret) = hook(world, AlertFormat::Standard).await;
    let elsewhere: WebhookUrl = "https://elsewhere.example/x".parse().unwrap();
    let lead = async |url: &WebhookUrl, secret: Option<&SecretString>| {
        let edit = EndpointEdit {
            url: Some(url.clone()),
            secret: secret.cloned(),
            ..EndpointEdit::default()
        };
        alerts::edit(&world.app, &world.owner, world.org, id, edit).await
    };
    let wrong: SecretString = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into();
    assert_eq!(kind(lead(&elsewhere, Some(&wrong)).await), Kind::Invalid);
    let kept = lead(&elsewhere, secret.as_ref()).await.unwrap();
    assert!(kept.secret.is_none(), "who knows it keeps it");
    let same = lead(&elsewhere, None).await.unwrap();
    assert!(same.secret.is_none(), "nothing changed");
    let back: WebhookUrl = "https://hooks.example/planted-address".parse().unwrap();
    let fresh = lead(&back, None).await.unwrap().secret.unwrap();
    assert_ne!(fresh.expose_secret(), secret.unwrap().expose_secret());
    let view = alerts::endpoint(&world.app, &world.owner, world.org, id)
        .await
        .unwrap();
    assert_eq!(view.address, "https://hooks.example/…ress");
}

async fn everybody_chooses_their_mail_and_the_organization_its_days(world: &World) {
    let admin = world.member("adam", Role::Admin).await;
    silent(world, 0, 1).await;
    alerts::choose_silent_days(&world.app, &world.owner, world.org, 2)
        .await
        .unwrap();
    for wrong in [0, 91] {
        let refused = alerts::choose_silent_days(&world.app, &world.owner, world.org, wrong).await;
        assert_eq!(kind(refused), Kind::Invalid);
    }
    let without: Vec<_> = AlertKind::of_orgs()
        .filter(|kind| *kind != AlertKind::DeviceSilent)
        .collect();
    alerts::choose_mail(&world.app, &admin, world.org, &without)
        .await
        .unwrap();
    let overview = alerts::overview(&world.app, &admin, world.org).await.unwrap();
    assert_eq!(
        (overview.silent_days, overview.muted),
        (2, vec![AlertKind::DeviceSilent])
    );
    let overdue = async || {
        let counted = devices::overdue(&world.app, &world.owner, world.org).await;
        let counted = counted.unwrap();
        let query = DeviceQuery {
            state: Some(OVERDUE.to_owned()),
            ..DeviceQuery::default()
        };
        let listed = devices::devices(&world.app, &world.owner, world.org, query).await;
        assert_eq!(listed.unwrap().devices.len() as u64, counted.devices);
        (counted.days, counted.devices)
    };
    world.clock.advance(DAY);
    assert_eq!(overdue().await, (2, 0));
    world.clock.advance(DAY + MINUTE);
    assert_eq!(look(world).await.queued, 1, "one of the two wants it");
    assert_eq!(overdue().await, (2, 1), "pages count what alerts tell of");
    alerts::choose_silent_days(&world.app, &world.owner, world.org, 5)
        .await
        .unwrap();
    assert_eq!(look(world).await.closed, 1);
    assert_eq!(overdue().await, (5, 0));
}

async fn only_who_may_manages_alerts(world: &World) {
    let writer = world.member("wanda", Role::Write).await;
    let (hook, _) = hook(world, AlertFormat::Teams).await;
    let app = &world.app;
    assert_eq!(
        kind(alerts::overview(app, &writer, world.org).await),
        Kind::Forbidden
    );
    assert_eq!(
        kind(alerts::delete(app, &writer, world.org, hook).await),
        Kind::Forbidden
    );
    assert_eq!(
        kind(alerts::prepare_test(app, &writer, world.org, hook).await),
        Kind::Forbidden
    );
    assert_eq!(
        kind(alerts::choose_mail(app, &writer, world.org, &[]).await),
        Kind::Forbidden
    );
    let of_operators = wanted(AlertFormat::Standard, &[AlertKind::DiskLow]);
    assert_eq!(
        kind(alerts::add(app, &world.owner, world.org, of_operators).await),
        Kind::Invalid
    );
    let unsigned = alerts::rotate(app, &world.owner, world.org, hook, DAY).await;
    assert_eq!(kind(unsigned), Kind::Invalid);
    for _ in 1..alerts::MOST {
        let kinds = [AlertKind::SeatsFull];
        alerts::add(app, &world.owner, world.org, wanted(AlertFormat::Slack, &kinds))
            .await
            .unwrap();
    }
    let more = wanted(AlertFormat::Slack, &[AlertKind::SeatsFull]);
    assert_eq!(
        kind(alerts::add(app, &world.owner, world.org, more).await),
        Kind::Conflict
    );
}

async fn a_paused_or_deleted_endpoint_is_told_nothing(world: &World) {
    let (first, _) = hook(world, AlertFormat::Standard).await;
    let (second, _) = hook(world, AlertFormat::Standard).await;
    failing(world).await;
    assert_eq!(look(world).await.queued, 3);
    alerts::pause(&world.app, &world.owner, world.org, first)
        .await
        .unwrap();
    alerts::delete(&world.app, &world.owner, world.org, second)
        .await
        .unwrap();
    let jobs = due(world).await;
    assert_eq!(jobs.len(), 1, "what waited for the deleted one went with it");
    assert!(matches!(
        alerts::prepare(&world.app, &jobs[0]).await.unwrap(),
        Prepared::Nothing
    ));
    alerts::resume(&world.app, &world.owner, world.org, first)
        .await
        .unwrap();
    settle(world, &jobs[0], Answer::Refused(410)).await;
    let view = alerts::endpoint(&world.app, &world.owner, world.org, first)
        .await
        .unwrap();
    assert!(view.paused_at.is_some(), "gone is gone");
}

async fn a_keys_end_is_told_in_time(world: &World) {
    use tessera_app::credentials::{self, NewKey};
    use tessera_domain::credential::{Delivery, ProviderKind, Typed};
    let new = NewKey {
        name: "Production".parse().unwrap(),
        kind: ProviderKind::OpenAi,
        typed: Typed::default().with("key", "sk-planted-0123456789-bad"),
        delivery: Delivery::Relayed,
        teams: [].into(),
    };
    let key = credentials::add(&world.app, &world.owner, world.org, new)
        .await
        .unwrap();
    let end = world.app.clock.now().plus(20 * DAY);
    credentials::note_expiry(&world.app, &world.owner, world.org, key, Some(end))
        .await
        .unwrap();
    let known = credentials::expiries(&world.app, &world.owner, world.org)
        .await
        .unwrap();
    assert_eq!(known.get(&key), Some(&end));
    assert_eq!(look(world).await, Looked::default());
    world.clock.advance(7 * DAY);
    assert_eq!(look(world).await.queued, 1);
    credentials::test(&world.app, &world.owner, world.org, key)
        .await
        .unwrap();
    assert_eq!(look(world).await.queued, 1);
    let said = subjects(world).await;
    assert!(
        said.contains(&"Acme: A provider key ends soon: Production".to_owned()),
        "{said:?}"
    );
    assert!(
        said.contains(&"Acme: A provider key is failing: Production".to_owned()),
        "{said:?}"
    );
    credentials::delete(&world.app, &world.owner, world.org, key)
        .await
        .unwrap();
    assert_eq!(
        look(world).await,
        Looked {
            opened: 0,
            closed: 2,
            queued: 2
        }
    );
}
