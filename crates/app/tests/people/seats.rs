//! Seats under everything that can happen to them at once: never over-sold, and nobody counted twice.

use std::{collections::BTreeSet, time::Duration};

use tessera_app::{AccountActor, Actor, Credential, invitations, members};
use tessera_domain::{Error, Kind, Role, seats::Ledger};
use tessera_ids::{AccountId, InvitationId, SessionId};
use tessera_store::{Account, InvitationQuery, MemberQuery};

use crate::{
    stories,
    world::{World, email, id, offer, run},
};

stories! {
    whatever_happens_at_once_no_seat_is_sold_twice,
    a_member_takes_the_seat_that_their_invitation_held,
}

const PEOPLE: u64 = 7;
const ROUNDS: usize = 45;
/// Each begins another sequence, in the organization as the last one left it.
const SEEDS: [u64; 4] = [0x5eed_0007, 0x0dd_ba11, 0xcafe_f00d, 0x1234_5678_9abc];

/// A small generator of its own, so that a failure can be repeated (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }
}

/// One thing that somebody does.
#[derive(Clone, Debug)]
enum Act {
    Invite(u64),
    InviteList(u64),
    Resend(Option<InvitationId>),
    Revoke(Option<InvitationId>),
    Accept(u64, Option<InvitationId>),
    Leave(u64),
    Seats(u64),
}

/// What the seats are and whom they belong to, read from the rows themselves.
struct Stand {
    ledger: Ledger,
    addresses: BTreeSet<String>,
    pending: Vec<(InvitationId, String)>,
}

async fn stand(world: &World) -> Stand {
    let now = world.app.clock.now();
    let mut tx = world.app.store.read().await.unwrap();
    let members = MemberQuery {
        limit: 200,
        ..MemberQuery::default()
    };
    let members = tx.members(world.org, &members, now).await.unwrap();
    let pending = tx
        .pending_invitations(world.org, &InvitationQuery::default(), 200)
        .await
        .unwrap();
    let mut addresses: BTreeSet<_> = members
        .iter()
        .map(|member| member.email.folded().to_owned())
        .collect();
    let live = pending.iter().filter(|row| row.invitation.is_live(now));
    addresses.extend(live.map(|row| row.invitation.email.folded().to_owned()));
    let ledger = tx.seats(world.org, now).await.unwrap().unwrap().ledger();
    let pending = pending.into_iter().map(|row| row.invitation);
    Stand {
        ledger,
        addresses,
        pending: pending
            .map(|one| (one.id, one.email.folded().to_owned()))
            .collect(),
    }
}

fn name(person: u64) -> String {
    format!("p{person}")
}

/// People with accounts, who belong nowhere yet.
async fn people(world: &World) -> Vec<Actor> {
    let (app, now) = (&world.app, world.app.clock.now());
    let mut tx = app.store.begin().await.unwrap();
    let mut actors = Vec::new();
    for person in 0..PEOPLE {
        let account = Account {
            id: AccountId::generate(&*app.clock, &*app.entropy),
            created_at: now,
            email: email(&name(person)),
            name: name(person).parse().unwrap(),
            password_hash: None,
            verified_at: Some(now),
            zone: "UTC".to_owned(),
            is_operator: false,
            may_create_orgs: false,
        };
        tx.insert_account(&account).await.unwrap();
        actors.push(Actor::Account(AccountActor {
            account: account.id,
            credential: Credential::Session {
                id: SessionId::generate(&*app.clock, &*app.entropy),
                recent: true,
            },
            address: None,
        }));
    }
    tx.commit().await.unwrap();
    actors
}

async fn perform(world: &World, people: &[Actor], act: Act) -> Result<(), Error> {
    let (app, owner, org) = (&world.app, &world.owner, world.org);
    let actor = |person: u64| &people[usize::try_from(person).unwrap()];
    match act {
        Act::Invite(person) => {
            // However the address is typed, it is one person.
            let typed = name(person).to_uppercase();
            invitations::invite_one(app, owner, org, offer(&typed, Role::Read))
                .await
                .map(drop)
        }
        Act::InviteList(from) => {
            let offers: Vec<_> = (from..PEOPLE)
                .map(|person| offer(&name(person), Role::Read))
                .collect();
            invitations::invite(app, owner, org, &offers).await.map(drop)
        }
        Act::Resend(Some(id)) => invitations::resend(app, owner, org, id).await,
        Act::Revoke(Some(id)) => invitations::revoke(app, owner, org, id).await,
        Act::Accept(person, Some(id)) => invitations::accept_mine(app, actor(person), org, id).await,
        Act::Leave(person) => members::leave(app, actor(person), org).await,
        Act::Seats(seats) => {
            let mut tx = app.store.begin().await?;
            tx.lock_org(org).await?;
            tx.set_seats(org, Some(seats)).await?;
            Ok(tx.commit().await?)
        }
        Act::Resend(None) | Act::Revoke(None) | Act::Accept(_, None) => Ok(()),
    }
}

fn choose(dice: &mut Dice, now: &Stand) -> Act {
    let person = dice.roll(PEOPLE);
    let any = || now.pending.first().map(|(id, _)| *id);
    let own = || {
        let key = email(&name(person)).folded().to_owned();
        now.pending
            .iter()
            .find(|(_, address)| *address == key)
            .map(|(id, _)| *id)
    };
    match dice.roll(12) {
        0..3 => Act::Invite(person),
        3 => Act::InviteList(person),
        4 => Act::Resend(own().or_else(any)),
        5 => Act::Revoke(own().or_else(any)),
        6..9 => Act::Accept(person, own()),
        9 => Act::Leave(person),
        _ => Act::Seats(1 + dice.roll(PEOPLE)),
    }
}

/// Three acts at once, again and again.
async fn interleave(world: &World, people: &[Actor], seed: u64) {
    let mut dice = Dice(seed);
    for round in 0..ROUNDS {
        let before = stand(world).await;
        let acts = [(); 3].map(|()| choose(&mut dice, &before));
        let [one, two, three] = acts.clone();
        let (one, two, three) = tokio::join!(
            perform(world, people, one),
            perform(world, people, two),
            perform(world, people, three),
        );
        for refused in [one, two, three].into_iter().filter_map(Result::err) {
            assert!(
                matches!(
                    refused.kind,
                    Kind::Conflict | Kind::Invalid | Kind::NotFound | Kind::Forbidden
                ),
                "seed {seed:x}, round {round}: {acts:?}: {refused:?}"
            );
        }
        let after = stand(world).await;
        let limits = acts.iter().filter_map(|act| match act {
            Act::Seats(seats) => u32::try_from(*seats).ok(),
            _ => None,
        });
        let most = limits.chain(before.ledger.limit).max().unwrap();
        let taken = |ledger: &Ledger| ledger.used + ledger.held;
        assert!(
            taken(&after.ledger) <= most.max(taken(&before.ledger)),
            "seed {seed:x}, round {round}: {acts:?}: {:?} became {:?}",
            before.ledger,
            after.ledger
        );
        assert!(
            after.ledger.used <= most.max(before.ledger.used),
            "seed {seed:x}, round {round}: {acts:?}: {:?}",
            after.ledger
        );
        assert_eq!(
            u64::from(taken(&after.ledger)),
            after.addresses.len() as u64,
            "seed {seed:x}, round {round}: {acts:?}: nobody is counted twice"
        );
        world.clock.advance(Duration::from_hours(dice.roll(60)));
    }
}

async fn whatever_happens_at_once_no_seat_is_sold_twice(world: &World) {
    let people = people(world).await;
    perform(world, &people, Act::Seats(3)).await.unwrap();
    for seed in SEEDS {
        Box::pin(interleave(world, &people, seed)).await;
    }
    let actions = world.audit().await;
    for action in [
        "invitation.sent",
        "invitation.accepted",
        "invitation.resent",
        "member.left",
    ] {
        assert!(
            actions.iter().any(|known| known == action),
            "{action} never happened"
        );
    }
}

async fn a_member_takes_the_seat_that_their_invitation_held(world: &World) {
    let people = people(world).await;
    perform(world, &people, Act::Seats(2)).await.unwrap();
    invitations::invite_one(&world.app, &world.owner, world.org, offer("p0", Role::Read))
        .await
        .unwrap();
    let mine = invitations::mine(&world.app, &people[0]).await.unwrap().remove(0);
    // The org shrinks below what is held: who was invited finds no seat, and is told so.
    perform(world, &people, Act::Seats(1)).await.unwrap();
    let full = invitations::accept_mine(&world.app, &people[0], world.org, mine.invitation.id)
        .await
        .unwrap_err();
    assert_eq!(full.kind, Kind::Conflict);
    assert!(full.current.is_some_and(|current| current["seats"]["limit"] == 1));
    perform(world, &people, Act::Seats(2)).await.unwrap();
    invitations::accept_mine(&world.app, &people[0], world.org, mine.invitation.id)
        .await
        .unwrap();
    let after = stand(world).await;
    assert_eq!((after.ledger.used, after.ledger.held), (2, 0));
    assert_ne!(id(&people[0]), id(&world.owner));
}
