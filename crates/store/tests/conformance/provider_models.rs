//! What providers' own lists showed.

use tessera_store::{ProviderList, Result, Store};

use crate::fixture::{at, org};

fn list(provider: &str, seconds: i64, models: u64) -> ProviderList {
    ProviderList {
        provider: provider.to_owned(),
        asked_at: at(seconds),
        models,
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(crate) async fn a_providers_list_is_kept_as_it_is_now(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let mine = org(&mut tx, None).await?;
    let other = org(&mut tx, None).await?;
    assert_eq!(
        tx.set_provider_list(mine, &list("p", 0, 9), &names(&["b", "a/é"]))
            .await?,
        2
    );
    assert_eq!(
        tx.set_provider_list(mine, &list("q", 1, 1), &names(&["b"]))
            .await?,
        1
    );
    assert_eq!(
        tx.set_provider_list(other, &list("p", 1, 1), &names(&["b"]))
            .await?,
        1
    );
    assert_eq!(
        tx.set_provider_list(mine, &list("p", 2, 8), &names(&["c", "b"]))
            .await?,
        1
    );

    let found: Vec<_> = tx
        .found_models(mine)
        .await?
        .into_iter()
        .map(|found| (found.provider, found.model, found.found_at))
        .collect();
    let row = |provider: &str, model: &str, seconds| (provider.to_owned(), model.to_owned(), at(seconds));
    assert_eq!(found, [row("p", "b", 0), row("p", "c", 2), row("q", "b", 1)]);
    assert_eq!(tx.provider_lists(mine).await?, [list("p", 2, 8), list("q", 1, 1)]);

    assert_eq!(tx.set_provider_list(mine, &list("p", 3, 0), &[]).await?, 0);
    assert_eq!(tx.found_models(mine).await?.len(), 1);
    assert_eq!(tx.found_models(other).await?.len(), 1);
    tx.commit().await
}
