//! The audit log and its chain.

use serde_json::json;
use tessera_ids::{OrgId, TypedId};
use tessera_store::{
    ActorKind, AuditEntry, AuditLine, AuditQuery, NewAuditEntry, Result, Store, Tx,
    testing::{Engine, open},
};

use crate::fixture::{at, id, org};

pub(crate) fn entry(second: i64, action: &str, target_name: &str) -> NewAuditEntry {
    NewAuditEntry {
        id: id(),
        at: at(second),
        actor_kind: ActorKind::Account,
        actor: Some(id::<tessera_ids::AccountId>().uuid()),
        actor_name: "Ada Lovelace".to_owned(),
        actor_email: "ada@example.com".to_owned(),
        action: action.to_owned(),
        target: "acct_1".to_owned(),
        target_name: target_name.to_owned(),
        before: None,
        after: Some(json!({"role": "admin", "note": "l'été \u{0} \"quoted\"", "share": 0.1})),
        address: "10.0.0.1".to_owned(),
    }
}

fn numbers(page: &[AuditEntry]) -> Vec<u64> {
    page.iter().map(|line| line.number).collect()
}

/// Queries and the numbers that they find.
fn filters(second: Option<uuid::Uuid>) -> Vec<(AuditQuery, Vec<u64>)> {
    let text = |text: &str| Some(text.to_owned());
    let nothing = AuditQuery::default;
    vec![
        (nothing(), vec![3, 2, 1]),
        (
            AuditQuery {
                search: text("LOVE"),
                ..nothing()
            },
            vec![3, 2, 1],
        ),
        (
            AuditQuery {
                search: text("0%"),
                ..nothing()
            },
            vec![3, 1],
        ),
        (
            AuditQuery {
                search: text("0_"),
                ..nothing()
            },
            vec![],
        ),
        (
            AuditQuery {
                search: text("acct_1"),
                ..nothing()
            },
            vec![3, 2, 1],
        ),
        (
            AuditQuery {
                actor: text("ADA@"),
                ..nothing()
            },
            vec![3, 2, 1],
        ),
        (
            AuditQuery {
                actor: text("bob"),
                ..nothing()
            },
            vec![],
        ),
        (
            AuditQuery {
                actor_id: second,
                ..nothing()
            },
            vec![2],
        ),
        (
            AuditQuery {
                since: Some(at(2)),
                ..nothing()
            },
            vec![2],
        ),
        (
            AuditQuery {
                until: Some(at(2)),
                ..nothing()
            },
            vec![3, 1],
        ),
        (
            AuditQuery {
                actions: Some(vec![]),
                ..nothing()
            },
            vec![],
        ),
        (
            AuditQuery {
                actions: Some(vec!["member.removed".to_owned(), "x'".to_owned()]),
                ..nothing()
            },
            vec![3],
        ),
    ]
}

pub(crate) async fn the_audit_log_is_paged_and_searched(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let entries = [
        entry(1, "member.role_changed", "Bob 100%"),
        entry(2, "settings.saved", "Revision 3"),
        // A clock that was put back changes no order.
        entry(1, "member.removed", "Bob 100%"),
    ];
    tx.insert_audit_many(org, &entries).await?;
    tx.insert_audit_many(org, &[]).await?;
    tx.insert_audit_many(other, &[entry(3, "member.removed", "Bob 100%")])
        .await?;
    tx.insert_audit_outside(&entry(4, "account.signed_in", ""))
        .await?;

    let outside = tx.audit_outside(9).await?;
    assert_eq!(
        (outside.len(), outside[0].number, outside[0].digest),
        (1, 0, None)
    );

    let page = tx.audit(org, &AuditQuery::default(), 2).await?;
    assert_eq!(numbers(&page), [3, 2]);
    assert_eq!(
        (page[0].id, page[0].actor, page[0].org),
        (entries[2].id, entries[2].actor, Some(org))
    );
    let after = page[0].after.as_deref().map(serde_json::from_str);
    assert_eq!(after.and_then(std::result::Result::ok), entries[2].after);
    let rest = AuditQuery {
        before: Some(page[1].place()),
        ..AuditQuery::default()
    };
    assert_eq!(numbers(&tx.audit(org, &rest, 9).await?), [1]);

    for (query, expected) in filters(entries[1].actor) {
        assert_eq!(numbers(&tx.audit(org, &query, 9).await?), expected, "{query:?}");
    }
    tx.commit().await
}

async fn chain_holds(tx: &mut Tx, org: OrgId) -> Result<u64> {
    let mut previous = [0; 32];
    let mut count = 0;
    loop {
        let lines = tx.audit_lines(org, count, 2).await?;
        if lines.is_empty() {
            break;
        }
        for line in lines {
            let head = line.head().expect("a chained line has a place");
            assert_eq!((head.number, head.digest), (count + 1, line.linked(&previous)));
            (count, previous) = (head.number, head.digest);
        }
    }
    let head = tx.audit_head(org).await?;
    assert_eq!(
        head.map(|head| (head.number, head.digest)),
        (count > 0).then_some((count, previous))
    );
    Ok(count)
}

pub(crate) async fn entries_are_numbered_and_chained_under_the_lock(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    assert_eq!(chain_holds(&mut tx, org).await?, 0);
    let many: Vec<_> = (0..5).map(|second| entry(second, "a.b", "")).collect();
    tx.insert_audit_many(org, &many).await?;
    tx.commit().await?;

    let mut tx = store.begin().await?;
    let refused = tx.insert_audit_many(org, &many).await;
    assert!(refused.is_err(), "nobody has the lock");
    tx.roll_back().await?;

    let writers = (0..8).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            store
                .transact(|mut tx| async move {
                    tx.lock_org(org).await?;
                    let entries = [entry(number, "c.d", "x"), entry(number, "c.d", "y")];
                    tx.insert_audit_many(org, &entries).await
                })
                .await
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("no writer panics")?;
    }
    let mut tx = store.begin().await?;
    assert_eq!(chain_holds(&mut tx, org).await?, 21);
    assert_eq!(tx.count_audit_unchained(org).await?, 0);
    tx.commit().await
}

/// The engines themselves refuse to change what was written, whoever asks; and who takes the triggers away
/// breaks the chain.
async fn by_hand(engine: Engine) -> Result<()> {
    let Some(test) = open(engine).await else {
        return Ok(());
    };
    let mut tx = test.store.begin().await?;
    let org = org(&mut tx, None).await?;
    let entries = [entry(1, "a.b", "x"), entry(2, "a.b", "y")];
    tx.insert_audit_many(org, &entries).await?;
    tx.commit().await?;
    let change = "update audit set target_name = 'z' where number = 1";
    for sql in [change, "delete from audit where number = 2"] {
        let refused = test.tamper(sql).await.expect_err("it is refused");
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    let unlocked = match engine {
        Engine::Sqlite => "drop trigger audit_keeps_its_lines",
        Engine::Postgres => "alter table audit disable trigger user",
    };
    test.tamper(unlocked).await.expect("who owns the database may");
    test.tamper(change).await.expect("nothing is in the way now");
    let lines = test.store.read().await?.audit_lines(org, 0, 9).await?;
    let digest = |line: &AuditLine| line.head().expect("it is chained").digest;
    assert_ne!(digest(&lines[0]), lines[0].linked(&[0; 32]));
    assert_eq!(digest(&lines[1]), lines[1].linked(&digest(&lines[0])));
    test.remove().await;
    Ok(())
}

#[tokio::test]
async fn what_was_written_is_not_changed_on_sqlite() {
    by_hand(Engine::Sqlite).await.expect("the store answers");
}

#[tokio::test]
async fn what_was_written_is_not_changed_on_postgres() {
    by_hand(Engine::Postgres).await.expect("the store answers");
}
