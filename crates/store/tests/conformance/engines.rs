//! What an engine must not show: its text rules, its collation, its way of failing.

use std::time::Duration;

use serde_json::json;
use tessera_domain::Role;
use tessera_store::{
    Error, Heard, Location, MemberQuery, Result, Store,
    testing::{Engine, open, open_with, options},
};

use crate::fixture::{at, email, id, member, org, person, rename};

pub(crate) async fn hostile_text_is_kept_or_refused_alike(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    for text in [
        "'; drop table orgs; --",
        "\u{202e}abc",
        "🦅",
        "a\\u0000b",
        "\n\t",
        "",
    ] {
        tx.insert_attempt(text, at(1)).await?;
        assert_eq!(
            tx.attempts(text, at(1), Duration::from_secs(1)).await?.count,
            1,
            "{text:?}"
        );
    }
    let refused = tx.insert_attempt("a\0b", at(1)).await;
    assert!(matches!(refused, Err(Error::Nul)), "{refused:?}");
    let org = org(&mut tx, None).await?;
    let moved = tx.move_devices(org, &[(id(), "a\0b".to_owned())]).await;
    assert!(matches!(moved, Err(Error::Nul)), "{moved:?}");
    assert!(
        tx.insert_audience(org, "odd", &json!({"text": "a\0b"}), at(0))
            .await?,
        "JSON says NUL in its own way"
    );
    assert_eq!(
        tx.audience(org, "odd").await?.expect("there").description,
        json!({"text": "a\0b"})
    );
    let huge = tx.raise_serial(org, u64::MAX).await;
    assert!(matches!(huge, Err(Error::OutOfRange)), "{huge:?}");
    tx.commit().await?;
    let mut tx = store.begin().await?;
    let nobody = tx
        .insert_team(id(), id(), &"Scouts".parse().expect("a name"), at(0))
        .await;
    assert!(matches!(nobody, Err(Error::Reference)), "{nobody:?}");
    Ok(())
}

pub(crate) async fn what_was_not_committed_is_not_there(store: &Store) -> Result<()> {
    store.ping().await?;
    assert!(["SQLite", "PostgreSQL"].contains(&store.engine_name()));
    let mut tx = store.begin().await?;
    let kept = org(&mut tx, None).await?;
    tx.commit().await?;
    let mut tx = store.begin().await?;
    let lost = org(&mut tx, None).await?;
    rename(&mut tx, kept, "Lost").await?;
    drop(tx);
    let mut tx = store.begin().await?;
    assert_eq!(tx.org(lost).await?, None);
    assert_eq!(
        tx.lock_org(kept).await?.map(|org| org.name.to_string()),
        Some("Legion".to_owned())
    );
    tx.roll_back().await?;
    // A task that is cancelled between two statements.
    let other = store.clone();
    let task = tokio::spawn(async move {
        let mut tx = other.begin().await?;
        rename(&mut tx, kept, "Lost").await?;
        std::future::pending::<()>().await;
        tx.commit().await
    });
    tokio::task::yield_now().await;
    task.abort();
    let _ = task.await;
    assert_eq!(
        store
            .begin()
            .await?
            .org(kept)
            .await?
            .map(|org| org.name.to_string()),
        Some("Legion".to_owned())
    );
    Ok(())
}

pub(crate) async fn readers_do_not_write(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let mut reader = store.read().await?;
    assert_eq!(
        reader.org(org).await?,
        None,
        "readers go on while a writer writes, and see what is committed"
    );
    drop(reader);
    tx.commit().await?;
    assert!(store.read().await?.org(org).await?.is_some());
    Ok(())
}

pub(crate) async fn order_is_by_code_point(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let names = [
        "z", "ä", "a-b", "ab", "a b", "ß", "Straße", "ÅB", "ﬁx", "I", "ı", "🦅", "ö", "o", "日本",
    ];
    for (number, name) in (0..).zip(names) {
        let mut account = member(&mut tx, org, &format!("p{number}"), Role::Read).await?;
        account.name = person(name);
        tx.rename_account(
            account.id,
            &account.name,
            &email(&format!("p{number}@example.com")),
        )
        .await?;
    }
    let members = tx
        .members(
            org,
            &MemberQuery {
                limit: 99,
                ..MemberQuery::default()
            },
            at(10),
        )
        .await?;
    let shown: Vec<_> = members.iter().map(|member| member.name_key.clone()).collect();
    let mut sorted: Vec<_> = names.iter().map(|name| person(name).folded()).collect();
    sorted.sort();
    assert_eq!(shown, sorted);
    tx.commit().await
}

pub(crate) async fn collisions_are_tried_again(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (one, two) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    tx.commit().await?;
    // Locks in opposite orders: the engine ends one of them, and that one begins again.
    let both = async |first: tessera_ids::OrgId, second: tessera_ids::OrgId| {
        store
            .transact(|mut tx| async move {
                tx.lock_org(first).await?;
                tokio::task::yield_now().await;
                tx.lock_org(second).await?;
                tx.next_serial(first, at(0)).await
            })
            .await
    };
    for _ in 0..5 {
        let (a, b) = tokio::join!(both(one, two), both(two, one));
        a?;
        b?;
    }
    let serials = store.read().await?.org_serials().await?;
    assert_eq!(serials[0].serial, serials[1].serial, "nothing was done twice");
    let own: tessera_domain::Result<()> = store
        .transact(|mut tx| async move {
            rename(&mut tx, one, "Lost").await?;
            Err(tessera_domain::Error::forbidden("no"))
        })
        .await;
    assert!(own.is_err());
    assert_eq!(
        store
            .read()
            .await?
            .org(one)
            .await?
            .map(|org| org.name.to_string()),
        Some("Legion".to_owned())
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_may_run_a_transaction() -> Result<()> {
    let Some(test) = open(Engine::Sqlite).await else {
        return Ok(());
    };
    let store = test.store.clone();
    let name = String::from("sign_in:ada");
    let task = tokio::spawn(async move {
        let key = name.as_str();
        store
            .transact(|mut tx| async move { tx.insert_attempt(key, at(0)).await })
            .await
    });
    task.await.expect("it does not panic")?;
    test.remove().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_locale_changes_no_order() -> Result<()> {
    for locale in [
        "template template0 locale_provider icu icu_locale 'de-DE' locale 'C'",
        "template template0 lc_collate 'C.UTF-8'",
    ] {
        let Some(test) = open_with(Engine::Postgres, locale).await else {
            return Ok(());
        };
        order_is_by_code_point(&test.store).await?;
        test.remove().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_hear_what_is_committed() -> Result<()> {
    let Some(test) = open(Engine::Sqlite).await else {
        return Ok(());
    };
    assert!(
        test.store.listen().await?.is_none(),
        "one process has nobody to listen to"
    );
    test.remove().await;
    let Some(test) = open(Engine::Postgres).await else {
        return Ok(());
    };
    let replica = Store::open(&test.location, &options()).await?;
    let mut listener = replica.listen().await?.expect("a server can be listened to");
    let mut tx = test.store.begin().await?;
    let org = org(&mut tx, None).await?;
    tx.notify(org, 1).await?;
    tx.roll_back().await?;
    let mut tx = test.store.begin().await?;
    tx.notify(org, 2).await?;
    tx.commit().await?;
    assert_eq!(
        listener.next().await?,
        Heard::Serial(org, 2),
        "what was rolled back was never said"
    );
    drop(listener);
    replica.close().await;
    test.remove().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_together_migrate_once() -> Result<()> {
    let Some(test) = open(Engine::Postgres).await else {
        return Ok(());
    };
    let options = options();
    let (one, two) = tokio::join!(
        Store::open(&test.location, &options),
        Store::open(&test.location, &options)
    );
    let (one, two) = (one?, two?);
    one.close().await;
    two.close().await;
    test.remove().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_private_reopened_and_checked() -> Result<()> {
    let Some(test) = open(Engine::Sqlite).await else {
        return Ok(());
    };
    let Location::File(path) = test.location.clone() else {
        unreachable!("it is a file")
    };
    let mut tx = test.store.begin().await?;
    let kept = org(&mut tx, None).await?;
    tx.commit().await?;
    #[cfg(unix)]
    for file in [path.clone(), path.with_extension("db-wal")] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    test.store.close().await;
    let durable = Store::open(&test.location, &tessera_store::OpenOptions::default()).await?;
    assert!(durable.read().await?.org(kept).await?.is_some());
    durable.close().await;
    let mut bytes = std::fs::read(&path).expect("it can be read");
    let half = bytes.len() / 2;
    bytes[100..half].fill(0xee);
    std::fs::write(&path, bytes).expect("it can be written");
    let damaged = Store::open(&test.location, &options()).await;
    assert!(matches!(damaged, Err(Error::Internal(_))), "{damaged:?}");
    Ok(())
}

#[test]
fn addresses_are_told_apart() {
    let place = |text: &str| text.parse::<Location>();
    assert!(matches!(place("postgres://u@h/db"), Ok(Location::Server(_))));
    assert_eq!(
        place("sqlite:///var/t.db").expect("a file"),
        Location::File("/var/t.db".into())
    );
    assert_eq!(
        place("data/t.db").expect("a file"),
        Location::File("data/t.db".into())
    );
    assert!(place("mysql://h/db").is_err());
    assert!(place("").is_err());
}
