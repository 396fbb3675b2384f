//! Applications that devices were asked about.

use tessera_store::{Result, SeenApplication, Store};

use crate::fixture::{at, org};

fn named(names: &[&str]) -> Vec<(String, String)> {
    let seen = |name: &&str| (format!("exe:{name}\napp_id:{name}"), (*name).to_owned());
    names.iter().map(seen).collect()
}

fn row(name: &str, first: i64, last: i64) -> SeenApplication {
    SeenApplication {
        rules: format!("exe:{name}\napp_id:{name}"),
        name: name.to_owned(),
        first_seen: at(first),
        last_seen: at(last),
    }
}

pub(crate) async fn what_is_seen_is_kept_once_for_a_while_and_not_without_end(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let mine = org(&mut tx, None).await?;
    let other = org(&mut tx, None).await?;
    tx.see_applications(mine, &named(&["a", "é"]), at(10), at(0), 3)
        .await?;
    tx.see_applications(mine, &named(&["b", "a"]), at(20), at(0), 3)
        .await?;
    tx.see_applications(other, &named(&["a"]), at(20), at(0), 3)
        .await?;
    assert_eq!(
        tx.seen_applications(mine, 9).await?,
        [row("a", 10, 20), row("b", 20, 20), row("é", 10, 10)]
    );
    assert_eq!(tx.seen_applications(mine, 1).await?, [row("a", 10, 20)]);

    // Full: what is known is noted again, what is new is not.
    tx.see_applications(mine, &named(&["c", "b"]), at(30), at(0), 3)
        .await?;
    assert_eq!(tx.seen_applications(mine, 1).await?, [row("b", 20, 30)]);
    assert_eq!(tx.seen_applications(mine, 9).await?.len(), 3);

    tx.see_applications(mine, &named(&["c"]), at(40), at(20), 3)
        .await?;
    assert_eq!(
        tx.seen_applications(mine, 9).await?,
        [row("c", 40, 40), row("b", 20, 30), row("a", 10, 20)]
    );
    tx.see_applications(mine, &[], at(41), at(0), 3).await?;
    assert_eq!(tx.seen_applications(other, 9).await?, [row("a", 20, 20)]);
    tx.commit().await
}
