//! The audit log: it reads well, names nobody's secrets, and shows what was changed by hand.

use secrecy::SecretString;
use tessera_app::{
    Actor, accounts,
    audit::{
        actions,
        log::{self, Filter},
        verify::{self, Break},
    },
    members, teams, tokens,
};
use tessera_domain::{Kind, Role};
use tessera_store::{
    AuditEntry,
    testing::{self, Engine},
};

use crate::{
    stories,
    world::{PASSWORD, World, email, id, run, visitor},
};

stories! {
    the_log_says_in_words_who_did_what_to_whom,
    filters_and_pages_find_each_entry_once,
    no_secret_stands_in_the_log,
    only_who_manages_sees_the_log_and_takes_it_out,
}

async fn all(world: &World, filter: &Filter) -> Vec<AuditEntry> {
    log::list(&world.app, &world.owner, world.org, filter, None, 200)
        .await
        .unwrap()
        .entries
}

fn told(entries: &[AuditEntry]) -> Vec<String> {
    let line = |entry: &AuditEntry| format!("{} {}", actions::actor(entry), actions::deed(entry));
    entries.iter().rev().map(line).collect()
}

async fn the_log_says_in_words_who_did_what_to_whom(world: &World) {
    let (app, owner, org) = (&world.app, &world.owner, world.org);
    let mei = world.member("mei", Role::Read).await;
    members::change_role(app, owner, org, id(&mei), Role::Write)
        .await
        .unwrap();
    let team = teams::create(app, owner, org, &"Press".parse().unwrap())
        .await
        .unwrap();
    teams::add(app, owner, org, team, &[id(&mei)]).await.unwrap();
    teams::rename(app, owner, org, team, &"News".parse().unwrap())
        .await
        .unwrap();
    teams::set_lead(app, owner, org, team, id(&mei), true)
        .await
        .unwrap();
    members::leave(app, &mei, org).await.unwrap();
    let entries = all(world, &Filter::default()).await;
    assert_eq!(
        told(&entries),
        [
            "Olga Owner founded Acme",
            "Olga Owner invited mei@example.com as Read",
            "mei made an account",
            "mei accepted the invitation for mei@example.com as Read",
            "Olga Owner changed the role of mei from Read to Write",
            "Olga Owner created the team Press",
            "Olga Owner put 1 member into Press",
            "Olga Owner renamed the team Press to News",
            "Olga Owner changed whether mei leads News",
            "mei left the organization",
        ]
    );
    let numbers: Vec<_> = entries.iter().rev().map(|entry| entry.number).collect();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    assert_eq!(entries[0].actor_email, email("mei").to_string());
    assert!(entries.iter().all(|entry| !entry.target_name.is_empty()));
}

async fn filters_and_pages_find_each_entry_once(world: &World) {
    let (app, owner, org) = (&world.app, &world.owner, world.org);
    for number in 0..7 {
        let name = format!("Team 100% {number}").parse().unwrap();
        teams::create(app, owner, org, &name).await.unwrap();
    }
    let mei = world.member("mei", Role::Admin).await;
    let name = "mei's".parse().unwrap();
    teams::create(app, &mei, org, &name).await.unwrap();

    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = log::list(app, owner, org, &Filter::default(), before, 3)
            .await
            .unwrap();
        seen.extend(page.entries.iter().map(|entry| entry.number));
        let Some(next) = page.next else { break };
        before = Some(next.to_string().parse().unwrap());
    }
    let newest = seen[0];
    assert_eq!(seen, (1..=newest).rev().collect::<Vec<_>>());

    let count = async |search: &str, action: &str, actor: &str| {
        let filter = Filter {
            search: search.to_owned(),
            action: action.to_owned(),
            actor: actor.to_owned(),
            ..Filter::default()
        };
        all(world, &filter).await.len()
    };
    assert_eq!(count("", "teams", "").await, 8);
    assert_eq!(count("100%", "", "").await, 7);
    assert_eq!(count("TEAM 100_", "", "").await, 0);
    assert_eq!(count("", "team.", "MEI@").await, 1);
    // She also made her account and accepted the invitation.
    assert_eq!(count("", "", &id(&mei).to_string()).await, 3);
    assert_eq!(count("", "teams", "olga").await, 7);
    for hostile in ["' or 1=1 --", "%", "\\", "🜁", &"x".repeat(10_000), "{before}"] {
        assert_eq!(count(hostile, "moon", hostile).await, 0, "{hostile}");
    }
    let nul = Filter {
        search: "a\0b".to_owned(),
        ..Filter::default()
    };
    let refused = log::list(app, owner, org, &nul, None, 9).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Invalid);
    let since = Filter {
        since: Some(all(world, &Filter::default()).await[0].at),
        ..Filter::default()
    };
    assert_eq!(all(world, &since).await.len(), 1);
}

async fn no_secret_stands_in_the_log(world: &World) {
    let (app, owner, org) = (&world.app, &world.owner, world.org);
    let link = world.invite("mei", Role::Read).await;
    let mei = world.join("mei", &link).await;
    let other = "nine yellow hedgehogs";
    let visitor = visitor();
    let asked = mei.actor(&visitor);
    let (_, token) = tokens::create(app, &asked, "laptop".parse().unwrap(), None)
        .await
        .unwrap();
    let (old, new) = (SecretString::from(PASSWORD), SecretString::from(other));
    accounts::change_password(app, &asked, &old, &new).await.unwrap();
    accounts::sign_in(app, &visitor, &email("mei"), &new)
        .await
        .unwrap();
    members::remove(app, owner, org, id(&asked)).await.unwrap();

    let mut entries = all(world, &Filter::default()).await;
    entries.extend(
        app.store
            .read()
            .await
            .unwrap()
            .audit_outside(1_000)
            .await
            .unwrap(),
    );
    assert!(
        entries
            .iter()
            .any(|entry| entry.action == "account.password_changed")
    );
    let secrets = [
        PASSWORD,
        other,
        &link,
        token.reveal(),
        mei.token.reveal(),
        "$argon2",
    ];
    let text = format!("{entries:?}");
    for secret in secrets {
        assert!(!text.contains(secret), "{secret}");
    }
}

async fn only_who_manages_sees_the_log_and_takes_it_out(world: &World) {
    let (app, org) = (&world.app, world.org);
    let writer = world.member("writer", Role::Write).await;
    let everything = Filter::default();
    let refused = log::list(app, &writer, org, &everything, None, 9)
        .await
        .unwrap_err();
    assert_eq!(refused.kind, Kind::Forbidden);
    let refused = log::export(app, &writer, org, &everything, "CSV")
        .await
        .unwrap_err();
    assert_eq!(refused.kind, Kind::Forbidden);
    let refused = verify::verify(app, &writer, org).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Forbidden);

    log::export(app, &world.owner, org, &everything, "CSV")
        .await
        .unwrap();
    let page = log::exported(app, &world.owner, org, &everything, None)
        .await
        .unwrap();
    assert_eq!(
        told(&page.entries[..1]),
        ["Olga Owner exported the audit log as CSV"]
    );
}

/// A statement by hand, and whether a check names what it did.
type ByHand = (&'static str, fn(Break) -> bool);

/// Statements by which somebody with the database in their hands changes the log, and what a check says then.
const BY_HAND: [ByHand; 5] = [
    (
        "update audit set target_name = 'nobody' where number = 2",
        |broken| matches!(broken, Break::Changed { number: 2, .. }),
    ),
    ("update audit set before = '{}' where number = 1", |broken| {
        matches!(broken, Break::Changed { number: 1, .. })
    }),
    ("delete from audit where number = 2", |broken| {
        matches!(broken, Break::Missing { number: 2 })
    }),
    ("delete from audit where number = 4", |broken| {
        matches!(broken, Break::Missing { number: 4 })
    }),
    ("update audit_heads set number = 3", |broken| {
        matches!(broken, Break::Added { number: 4 })
    }),
];

async fn changed_by_hand(engine: Engine) {
    for (sql, expected) in BY_HAND {
        let Some(test) = testing::open(engine).await else {
            return;
        };
        let world = World::set_up(&test, |_| {}).await;
        let (app, owner, org): (_, &Actor, _) = (&world.app, &world.owner, world.org);
        for name in ["One", "Two", "Three"] {
            teams::create(app, owner, org, &name.parse().unwrap())
                .await
                .unwrap();
        }
        let whole = verify::verify(app, owner, org).await.unwrap();
        assert_eq!((whole.entries, whole.older, whole.broken), (4, 0, None));
        let unlocked = match engine {
            Engine::Sqlite => "drop trigger audit_keeps_its_lines; drop trigger audit_loses_no_line",
            Engine::Postgres => "alter table audit disable trigger user",
        };
        test.tamper(unlocked).await.unwrap();
        test.tamper(sql).await.unwrap();
        let found = verify::verify(app, owner, org).await.unwrap();
        assert!(found.broken.is_some_and(expected), "{sql}: {found:?}");
        let standing = verify::standing(app, owner, org).await.unwrap();
        assert_eq!(standing.checked, Some(found));
        test.remove().await;
    }
}

#[tokio::test]
async fn what_was_changed_by_hand_is_named_on_sqlite() {
    changed_by_hand(Engine::Sqlite).await;
}

#[tokio::test]
async fn what_was_changed_by_hand_is_named_on_postgres() {
    changed_by_hand(Engine::Postgres).await;
}
