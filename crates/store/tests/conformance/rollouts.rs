//! Rollouts in stages: who waits, who was released, what was answered.

use serde_json::json;
use tessera_domain::{
    Role,
    rollout::{Answers, Plan, RolloutState, Stage, Who},
};
use tessera_ids::{DeviceId, OrgId, TeamId};
use tessera_store::{
    Error, MarkFilter, NewReceipt, NewRollout, Result, Revision, StagedRollout, Store, Tx, Unique,
};

use crate::fixture::{at, device, id, member, org, person, receipt};

fn rollout(org: OrgId, revision: u64) -> NewRollout {
    let stages = vec![Stage::new(Who::Percent(25), 30), Stage::new(Who::Percent(50), 5)];
    StagedRollout {
        id: id(),
        org,
        revision,
        last_revision: revision,
        baseline: revision - 1,
        plan: Plan::new(stages, 10).expect("a plan").settled(vec![1, 2, 3, 4]),
        state: RolloutState::Running {
            stage: 1,
            since: at(10),
        },
        counted_from: 5,
        author: None,
        author_name: person("Ada"),
        created_at: at(10),
    }
}

async fn save(tx: &mut Tx, org: OrgId, number: u64) -> Result<()> {
    let row = Revision {
        number,
        author: None,
        author_name: person("Ada"),
        at: at(1),
        note: None,
        tree: b"{}".to_vec(),
        changes: json!([]),
    };
    tx.insert_revision(org, &row).await
}

/// One device in each of three waves, each named after its own.
async fn in_waves(tx: &mut Tx, org: OrgId) -> Result<[DeviceId; 3]> {
    let ada = member(tx, org, "Ada", Role::Owner).await?;
    let mut devices = Vec::new();
    for wave in 1..=3 {
        let audience = format!("wave {wave}");
        let description = json!({ "teams": [], "wave": wave });
        tx.insert_audience(org, &audience, &description, at(0)).await?;
        let device = device(tx, org, &ada, &format!("host-{wave}")).await?;
        tx.move_devices(org, &[(device, audience)]).await?;
        devices.push(device);
    }
    Ok(devices.try_into().expect("three"))
}

async fn revisions(tx: &mut Tx, org: OrgId) -> Result<[u64; 3]> {
    let mut found = [0; 3];
    for (wave, revision) in (1..).zip(&mut found) {
        let audience = tx.audience(org, &format!("wave {wave}")).await?;
        *revision = audience.expect("it is described").revision;
    }
    Ok(found)
}

/// A rollout that halted.
pub(crate) async fn halted(tx: &mut Tx, org: OrgId, revision: u64) -> Result<()> {
    let mut row = rollout(org, revision);
    tx.insert_rollout(&row).await?;
    row.state = RolloutState::Halted {
        stage: 1,
        at: at(20),
        why: "too many".to_owned(),
    };
    tx.set_rollout(&row).await.map(drop)
}

pub(crate) async fn one_rollout_is_under_way_and_is_found_by_its_revisions(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    assert_eq!(tx.rollout_under_way(org).await?, None);
    let mut row = rollout(org, 3);
    tx.insert_rollout(&row).await?;
    tx.insert_rollout(&rollout(other, 1)).await?;
    assert_eq!(tx.rollout_under_way(org).await?.as_ref(), Some(&row));
    let mut both = tx.running_rollouts().await?;
    both.sort_unstable();
    assert_eq!(both, [org, other]);
    tx.set_org_deleted(other, Some(at(11))).await?;
    assert_eq!(
        tx.running_rollouts().await?,
        [org],
        "a deleted one waits for nothing"
    );

    row.last_revision = 5;
    row.state = RolloutState::Halted {
        stage: 2,
        at: at(20),
        why: "too many".to_owned(),
    };
    assert!(tx.set_rollout(&row).await?);
    assert_eq!(tx.rollout_under_way(org).await?.as_ref(), Some(&row));
    assert_eq!(tx.running_rollouts().await?, []);
    for (revision, found) in [(2, false), (3, true), (4, true), (5, true), (6, false)] {
        assert_eq!(tx.rollout_of(org, revision).await?.is_some(), found, "{revision}");
    }
    row.state = RolloutState::RolledBack { at: at(30), by: 6 };
    tx.set_rollout(&row).await?;
    assert_eq!(tx.rollout_under_way(org).await?, None);
    assert_eq!(tx.rollout_of(org, 4).await?, Some(row));
    tx.insert_rollout(&rollout(org, 7)).await?;
    tx.commit().await?;

    let mut tx = store.begin().await?;
    let second = tx.insert_rollout(&rollout(org, 8)).await;
    assert!(
        matches!(second, Err(Error::NotUnique(Unique::Other))),
        "{second:?}"
    );
    Ok(())
}

pub(crate) async fn who_waits_keeps_the_baseline(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    in_waves(&mut tx, org).await?;
    save(&mut tx, org, 1).await?;
    save(&mut tx, org, 2).await?;
    assert_eq!(tx.want_serial(org, 10, 2, at(1)).await?, 4);
    assert_eq!(revisions(&mut tx, org).await?, [2, 2, 2]);
    let now = tx.wanted_revision(org).await?.expect("it is there");
    assert_eq!([0, 1, 2, 3].map(|wave| now.for_wave(wave)), [2, 2, 2, 2]);

    let mut row = rollout(org, 2);
    tx.insert_rollout(&row).await?;
    tx.want_serial(org, 11, 2, at(2)).await?;
    assert_eq!(revisions(&mut tx, org).await?, [2, 1, 1]);
    let now = tx.wanted_revision(org).await?.expect("it is there");
    assert_eq!([0, 1, 2, 3].map(|wave| now.for_wave(wave)), [2, 2, 1, 1]);

    row.state = RolloutState::Paused { stage: 2, at: at(3) };
    tx.set_rollout(&row).await?;
    tx.want_serial(org, 12, 2, at(3)).await?;
    assert_eq!(revisions(&mut tx, org).await?, [2, 2, 1]);
    row.state = RolloutState::Finished { at: at(4) };
    tx.set_rollout(&row).await?;
    tx.want_serial(org, 13, 2, at(4)).await?;
    assert_eq!(revisions(&mut tx, org).await?, [2, 2, 2]);
    tx.commit().await
}

pub(crate) async fn answers_of_released_devices_are_counted(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let [first, second, third] = in_waves(&mut tx, org).await?;
    let mut row = rollout(org, 2);
    tx.insert_rollout(&row).await?;
    let said = |device, counter, serial, revision, good: bool| NewReceipt {
        revision,
        matches: good,
        failure: (!good).then(|| ("memory".to_owned(), "no".to_owned())),
        ..receipt(org, device, counter, serial)
    };
    assert_eq!(
        tx.rollout_answers(&row, 2).await?,
        Answers {
            in_stage: 1,
            ..Answers::default()
        }
    );
    let told = [
        said(first, 1, 6, 2, false),
        said(second, 1, 6, 1, true),
        said(third, 1, 6, 2, false),
    ];
    tx.record_receipts(&told).await?;
    let answers = tx.rollout_answers(&row, 2).await?;
    assert_eq!(
        (answers.answered, answers.failed),
        (1, 1),
        "the others were not released"
    );
    assert_eq!((answers.in_stage, answers.in_stage_answered), (1, 1));
    row.counted_from = 7;
    assert_eq!(
        tx.rollout_answers(&row, 2).await?.answered,
        0,
        "said before it went on"
    );
    row.state = RolloutState::Running {
        stage: 2,
        since: at(20),
    };
    tx.record_receipts(&[said(first, 2, 7, 2, true), said(second, 2, 8, 2, false)])
        .await?;
    let answers = tx.rollout_answers(&row, 2).await?;
    assert_eq!((answers.answered, answers.failed), (2, 1));

    tx.set_rollout(&row).await?;
    let numbers = tx.rollout(org, 2, at(7)).await?;
    assert_eq!(
        (numbers.applied, numbers.failed, numbers.waiting),
        (1, 2, 0),
        "the third has it"
    );
    tx.record_receipts(&[said(third, 2, 9, 1, true)]).await?;
    let numbers = tx.rollout(org, 2, at(7)).await?;
    assert_eq!((numbers.applied, numbers.failed, numbers.waiting), (1, 1, 1));
    let before = tx.rollout(org, 1, at(7)).await?;
    assert_eq!(
        (before.applied, before.waiting),
        (2, 0),
        "nobody waits for what is older"
    );
    let waves = tx.rollout_waves(org, 2, at(7)).await?;
    let waves: Vec<_> = waves
        .iter()
        .map(|row| (row.wave, row.devices, row.applied, row.failed))
        .collect();
    assert_eq!(waves, [(1, 1, 1, 0), (2, 1, 0, 1), (3, 1, 0, 0)]);
    for (wanted, hosts) in [
        (MarkFilter::All, "host-1 host-2 host-3"),
        (MarkFilter::Applied, "host-1"),
        (MarkFilter::Missing, "host-2 host-3"),
    ] {
        let marks = tx.rollout_marks(org, 2, at(7), wanted, 9).await?;
        let found: Vec<_> = marks.iter().map(|mark| mark.host.as_str()).collect();
        assert_eq!(found.join(" "), hosts);
    }
    tx.commit().await
}

pub(crate) async fn teams_carry_settings_or_do_not(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let teams: [TeamId; 2] = [id(), id()];
    for (team, name) in teams.iter().zip(["Design", "Press"]) {
        tx.insert_team(org, *team, &name.parse().expect("a name"), at(0))
            .await?;
    }
    let elsewhere: TeamId = id();
    tx.insert_team(other, elsewhere, &"Design".parse().expect("a name"), at(0))
        .await?;
    tx.set_team_has_settings(other, elsewhere, true).await?;
    for carrying in [&teams[..1], &teams[1..], &[]] {
        tx.set_teams_with_settings(org, carrying).await?;
        for team in teams {
            let row = tx.team(org, team).await?.expect("it is there");
            assert_eq!(row.has_settings, carrying.contains(&team));
        }
    }
    let untouched = tx.team(other, elsewhere).await?.expect("it is there");
    assert!(untouched.has_settings);
    tx.commit().await
}
