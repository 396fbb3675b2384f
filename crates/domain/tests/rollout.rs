//! Rollouts in stages: who comes when, and what happens next.

use std::{collections::BTreeSet, time::Duration};

use proptest::prelude::*;
use rstest::rstest;
use tessera_domain::rollout::{Answers, Plan, RolloutState, Stage, Step, Who};
use tessera_ids::{TeamId, Timestamp};

fn percents(shares: &[u8]) -> Plan {
    let stages = shares.iter().map(|share| Stage::new(Who::Percent(*share), 60));
    Plan::new(stages.collect(), 10).expect("a plan")
}

fn team(number: u64) -> TeamId {
    format!("team_{number:026}").parse().expect("an id")
}

proptest! {
    /// Whoever is in 5 % is in 25 %, whatever devices there are, and nobody is in no stage.
    #[test]
    fn shares_nest_and_are_as_large_as_they_say(
        places in prop::collection::vec(any::<u32>(), 0..300),
        small in 1u8..99,
        more in 1u8..99,
    ) {
        let large = small.saturating_add(more).min(99);
        prop_assume!(small < large);
        let nobody = BTreeSet::new();
        let both = percents(&[small, large]).settled(places.clone());
        let only = percents(&[large]).settled(places.clone());
        let mut first = 0;
        for place in &places {
            let (wave, other) = (both.wave(*place, &nobody), only.wave(*place, &nobody));
            prop_assert!((1..=3).contains(&wave));
            // Both plans agree who belongs to the larger share.
            prop_assert_eq!(wave <= 2, other == 1);
            first += usize::from(wave == 1);
        }
        let distinct: BTreeSet<_> = places.iter().collect();
        if distinct.len() == places.len() {
            prop_assert_eq!(first, (places.len() * usize::from(small)).div_ceil(100));
        }
    }

    /// A device stays where it is, whoever else comes and goes.
    #[test]
    fn a_place_decides_alone(places in prop::collection::vec(any::<u32>(), 1..100), other in any::<u32>()) {
        let plan = percents(&[5, 25]).settled(places.clone());
        let json = serde_json::to_value(&plan).expect("a plan is JSON");
        let kept: Plan = serde_json::from_value(json).expect("it reads back");
        let nobody = BTreeSet::new();
        for place in places.into_iter().chain([other]) {
            prop_assert_eq!(plan.wave(place, &nobody), kept.wave(place, &nobody));
        }
    }
}

#[test]
fn teams_come_first_and_then_everybody() {
    let first = Stage::new(Who::Teams(BTreeSet::from([team(1), team(2)])), 0);
    let plan = Plan::new(vec![first], 10).expect("a plan").settled(vec![7]);
    assert_eq!(plan.count(), 2);
    assert_eq!(plan.wave(7, &BTreeSet::from([team(2), team(9)])), 1);
    assert_eq!(plan.wave(7, &BTreeSet::from([team(9)])), 2);
    assert_eq!(plan.teams(), BTreeSet::from([team(1), team(2)]));
}

#[rstest]
#[case(vec![], 10, "/rollout/stages")]
#[case(vec![Stage::new(Who::Percent(100), 0)], 10, "/rollout/stages")]
#[case(vec![Stage::new(Who::Percent(25), 0), Stage::new(Who::Percent(5), 0)], 10, "/rollout/stages/1/percent")]
#[case(vec![Stage::new(Who::Percent(0), 0)], 10, "/rollout/stages/0/percent")]
#[case(vec![Stage::new(Who::Percent(101), 0)], 10, "/rollout/stages/0/percent")]
#[case(vec![Stage::new(Who::Teams(BTreeSet::new()), 0)], 10, "/rollout/stages/0/teams")]
#[case(vec![Stage::new(Who::Percent(5), 20_161)], 10, "/rollout/stages/0/bake_minutes")]
#[case(vec![Stage::new(Who::Percent(5), 0)], 101, "/rollout/limit")]
fn a_plan_that_makes_no_sense_is_refused_by_its_field(
    #[case] stages: Vec<Stage>,
    #[case] limit: u8,
    #[case] pointer: &str,
) {
    let error = Plan::new(stages, limit).expect_err("it is refused");
    let pointers: Vec<_> = error.fields.iter().map(|field| field.pointer.as_str()).collect();
    assert!(pointers.contains(&pointer), "{pointers:?}");
}

#[test]
fn a_stage_is_watched_and_heard_before_the_next_one() {
    let plan = percents(&[5, 25]);
    let at = |minutes| Timestamp::from_seconds(0).plus(Duration::from_mins(minutes));
    let running = RolloutState::Running {
        stage: 1,
        since: at(0),
    };
    let answers = |answered, failed, in_stage, in_stage_answered| Answers {
        answered,
        failed,
        in_stage,
        in_stage_answered,
    };
    assert_eq!(running.next(&plan, answers(1, 0, 2, 1), at(59)), Step::Wait);
    assert_eq!(running.next(&plan, answers(1, 0, 2, 1), at(60)), Step::Advance);
    assert_eq!(
        running.next(&plan, answers(0, 0, 2, 0), at(600)),
        Step::Wait,
        "nobody answered"
    );
    assert_eq!(
        running.next(&plan, answers(0, 0, 0, 0), at(60)),
        Step::Advance,
        "nobody is in it"
    );
    assert_eq!(
        running.next(&plan, answers(10, 1, 10, 10), at(1)),
        Step::Wait,
        "10 % is not above 10 %"
    );
    let Step::Halt(why) = running.next(&plan, answers(19, 2, 20, 19), at(1)) else {
        panic!("two of nineteen are too many");
    };
    assert_eq!(
        why,
        "2 of 19 devices that answered could not apply it: 11 %, and the limit is 10 %."
    );
    let held = running.pause(at(2)).expect("it is running");
    assert_eq!(held.next(&plan, answers(1, 1, 1, 1), at(600)), Step::Wait);
    let again = held.resume(at(3)).expect("it is paused");
    assert_eq!(
        again,
        RolloutState::Running {
            stage: 1,
            since: at(3)
        }
    );
    let second = again.advance(&plan, at(70)).expect("it is running");
    assert_eq!(second.released(), Some(2));
    assert_eq!(
        second.advance(&plan, at(140)).expect("it ends"),
        RolloutState::Finished { at: at(140) }
    );
}

#[test]
fn what_has_ended_refuses_to_move_but_can_be_undone_once() {
    let at = Timestamp::from_seconds(1);
    let finished = RolloutState::Finished { at };
    for refused in [
        finished.clone().pause(at),
        finished.clone().resume(at),
        finished.clone().halt(String::new(), at),
        finished.clone().finish(at),
    ] {
        assert!(refused.is_err(), "{refused:?}");
    }
    let undone = finished.roll_back(7, at).expect("it can be undone");
    assert!(undone.roll_back(8, at).is_err());
}
