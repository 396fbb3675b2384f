//! Another address for an account, and its end.

use tessera_domain::Role;
use tessera_store::{ApiToken, EmailChange, Error, NewApiToken, Picture, Result, Store, TokenKind};

use crate::fixture::{account, at, device, email, hash, id, member, org};

pub(crate) async fn another_address_waits_for_its_link(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let ada = account(&mut tx, "Ada").await?.id;
    let change = |text: &str, end| EmailChange {
        account: ada,
        email: email(text),
        created_at: at(0),
        expires_at: at(end),
    };
    let (first, second) = (change("ada@king.example", 10), change("Ada@Byron.example", 20));
    tx.set_email_change(&first, hash(1)).await?;
    assert_eq!(
        tx.email_change_by_token(hash(1), at(9)).await?.as_ref(),
        Some(&first)
    );
    tx.set_email_change(&second, hash(2)).await?;
    assert_eq!(
        tx.email_change_by_token(hash(1), at(1)).await?,
        None,
        "a newer one replaced it"
    );
    assert_eq!(
        tx.email_change_of(ada, at(19)).await?.as_ref(),
        Some(&second),
        "as it was typed"
    );
    assert_eq!(tx.email_change_of(ada, at(20)).await?, None, "it has expired");
    assert_eq!(tx.email_change_by_token(hash(2), at(20)).await?, None);
    assert_eq!(tx.sweep(at(20), at(0)).await?.credentials, 1);
    assert!(!tx.delete_email_change(ada).await?);
    tx.set_email_change(&first, hash(3)).await?;
    assert!(tx.delete_email_change(ada).await?);
    tx.commit().await
}

pub(crate) async fn an_account_goes_with_what_hangs_on_it(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let ada = member(&mut tx, org, "Ada", Role::Read).await?;
    let machine = device(&mut tx, org, &ada, "Engine").await?;
    let picture = Picture {
        digest: hash(1),
        bytes: vec![1],
    };
    tx.set_avatar(ada.id, &picture, at(0)).await?;
    tx.insert_account_token(ada.id, TokenKind::Reset, hash(2), at(0), at(99))
        .await?;
    let token = ApiToken {
        id: id(),
        account: ada.id,
        name: "ci".parse().expect("a name"),
        created_at: at(0),
        expires_at: None,
        used_at: None,
    };
    let token_hash = hash(3);
    tx.insert_api_token(&NewApiToken { token, token_hash }).await?;
    tx.commit().await?;

    let mut tx = store.begin().await?;
    let refused = tx.delete_account(ada.id).await;
    assert!(matches!(refused, Err(Error::Reference)), "{refused:?}");
    tx.roll_back().await?;

    let mut tx = store.begin().await?;
    tx.delete_membership(org, ada.id).await?;
    assert!(tx.delete_account(ada.id).await?);
    assert!(!tx.delete_account(ada.id).await?);
    assert_eq!(
        tx.account_by_email(&ada.email).await?,
        None,
        "the address is free"
    );
    assert_eq!(tx.api_token_by_hash(token_hash, at(1)).await?, None);
    assert_eq!(tx.account_of_token(TokenKind::Reset, hash(2), at(1)).await?, None);
    assert_eq!(tx.avatars_of(&[ada.id]).await?, []);
    let kept = tx
        .device(org, machine)
        .await?
        .expect("its row stays for its tombstone");
    assert_eq!(kept.member_name, ada.name);
    tx.commit().await
}
