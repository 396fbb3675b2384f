//! The installation, accounts, their tokens and sessions, and what is counted against them.

use std::time::Duration;

use tessera_domain::Role;
use tessera_store::{
    ApiToken, Attempts, Error, Installation, MemberQuery, NewApiToken, NewSession, Result, Session, Store,
    TokenKind, Unique,
};

use crate::fixture::{account, at, device, email, hash, id, org, person};

pub(crate) async fn an_installation_is_claimed_once(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    assert_eq!(tx.installation().await?, None);
    let new = Installation {
        created_at: at(0),
        key_check: vec![7],
        setup_token_hash: Some(hash(1)),
        open_sign_up: false,
    };
    assert!(tx.insert_installation(&new).await?);
    assert!(!tx.insert_installation(&new).await?, "another process was first");
    assert!(!tx.take_setup_token(hash(2)).await?);
    assert!(tx.take_setup_token(hash(1)).await?);
    assert!(!tx.take_setup_token(hash(1)).await?);
    tx.set_open_sign_up(true).await?;
    tx.set_key_check(&[8]).await?;
    tx.set_setup_token(Some(hash(3))).await?;
    tx.commit().await?;
    let changed = Installation {
        key_check: vec![8],
        setup_token_hash: Some(hash(3)),
        open_sign_up: true,
        ..new
    };
    assert_eq!(store.read().await?.installation().await?, Some(changed));
    Ok(())
}

pub(crate) async fn accounts_are_found_however_their_address_is_typed(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let ada = account(&mut tx, "Ada Lovelace").await?;
    let org = org(&mut tx, None).await?;
    tx.insert_membership(org, &ada, Role::Owner, at(0)).await?;
    device(&mut tx, org, &ada, "Engine").await?;
    assert_eq!(tx.account(ada.id).await?.as_ref(), Some(&ada));
    assert_eq!(
        tx.account_by_email(&email("ADA.lovelace@example.COM"))
            .await?
            .as_ref(),
        Some(&ada)
    );
    assert_eq!(tx.count_accounts().await?, 1);
    tx.set_password_hash(ada.id, Some("$argon2id$")).await?;
    tx.set_verified(ada.id, at(9)).await?;
    tx.set_zone(ada.id, "Europe/Rome").await?;
    tx.set_account_powers(ada.id, true, true).await?;
    tx.rename_account(ada.id, &person("Áda King"), &ada.email).await?;
    let changed = tx.account(ada.id).await?.expect("she is still there");
    assert_eq!(
        (changed.name.as_str(), changed.zone.as_str()),
        ("Áda King", "Europe/Rome")
    );
    assert_eq!(
        (changed.verified_at, changed.password_hash.as_deref()),
        (Some(at(9)), Some("$argon2id$"))
    );
    assert!(changed.is_operator && changed.may_create_orgs);
    let wanted = MemberQuery {
        search: Some("ÁDA k".to_owned()),
        ..MemberQuery::default()
    };
    assert_eq!(
        tx.members(org, &wanted, at(10)).await?.len(),
        1,
        "lists follow a new name"
    );
    assert_eq!(
        tx.devices_of(org, ada.id).await?[0].member_name.as_str(),
        "Áda King"
    );
    tx.rename_account(ada.id, &ada.name, &email("ada@king.example"))
        .await?;
    assert_eq!(
        tx.account(ada.id).await?.expect("there").verified_at,
        None,
        "a new address is not proven"
    );
    assert_eq!(tx.orgs_of(ada.id).await?.len(), 1);
    tx.commit().await?;

    let mut tx = store.begin().await?;
    let twin = tessera_store::NewAccount {
        id: id(),
        email: email("ADA@king.example"),
        ..ada
    };
    let taken = tx.insert_account(&twin).await;
    assert!(
        matches!(taken, Err(Error::NotUnique(Unique::AccountEmail))),
        "{taken:?}"
    );
    Ok(())
}

pub(crate) async fn tokens_work_once_and_while_they_live(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let ada = account(&mut tx, "Ada").await?.id;
    for (number, kind) in [
        (1, TokenKind::Verify),
        (2, TokenKind::Reset),
        (3, TokenKind::Reset),
    ] {
        tx.insert_account_token(ada, kind, hash(number), at(0), at(10))
            .await?;
    }
    assert_eq!(
        tx.account_of_token(TokenKind::Reset, hash(2), at(1)).await?,
        None,
        "a newer one replaced it"
    );
    assert_eq!(
        tx.account_of_token(TokenKind::Verify, hash(3), at(1)).await?,
        None,
        "it is of another kind"
    );
    assert_eq!(
        tx.account_of_token(TokenKind::Reset, hash(3), at(10)).await?,
        None,
        "it has expired"
    );
    assert_eq!(
        tx.account_of_token(TokenKind::Reset, hash(3), at(9)).await?,
        Some(ada)
    );
    assert_eq!(
        tx.take_account_token(TokenKind::Reset, hash(3), at(9)).await?,
        Some(ada)
    );
    assert_eq!(
        tx.take_account_token(TokenKind::Reset, hash(3), at(9)).await?,
        None
    );
    assert_eq!(tx.delete_account_tokens(ada, TokenKind::Verify).await?, 1);
    tx.commit().await
}

pub(crate) async fn sessions_and_access_tokens_come_and_go(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let ada = account(&mut tx, "Ada").await?.id;
    let mut ids = Vec::new();
    for number in 1..=3 {
        let session = Session {
            id: id(),
            account: ada,
            created_at: at(0),
            seen_at: at(0),
            expires_at: at(100),
            recent_auth_at: at(0),
            user_agent: "Firefox".to_owned(),
            address: "10.0.0.1".to_owned(),
        };
        ids.push(session.id);
        tx.insert_session(&NewSession {
            session,
            token_hash: hash(number),
        })
        .await?;
    }
    tx.touch_session(ids[0], at(50), at(200), "10.0.0.2").await?;
    tx.set_recent_auth(ids[0], at(60)).await?;
    let first = tx
        .session_by_token(hash(1), at(150))
        .await?
        .expect("its end was moved");
    assert_eq!(
        (first.seen_at, first.recent_auth_at, first.address.as_str()),
        (at(50), at(60), "10.0.0.2")
    );
    assert_eq!(
        tx.session_by_token(hash(2), at(150)).await?,
        None,
        "it has expired"
    );
    assert_eq!(
        tx.sessions_of(ada, at(1))
            .await?
            .first()
            .map(|session| session.id),
        Some(ids[0])
    );
    assert!(tx.delete_session(ada, ids[1]).await?);
    assert_eq!(tx.delete_sessions_of(ada, Some(ids[0])).await?, 1);
    assert_eq!(tx.delete_sessions_of(ada, None).await?, 1);

    let token = ApiToken {
        id: id(),
        account: ada,
        name: "ci".parse().expect("a name"),
        created_at: at(0),
        expires_at: Some(at(10)),
        used_at: None,
    };
    tx.insert_api_token(&NewApiToken {
        token: token.clone(),
        token_hash: hash(9),
    })
    .await?;
    tx.touch_api_token(token.id, at(5)).await?;
    let used = ApiToken {
        used_at: Some(at(5)),
        ..token.clone()
    };
    assert_eq!(tx.api_token_by_hash(hash(9), at(9)).await?, Some(used.clone()));
    assert_eq!(tx.api_token_by_hash(hash(9), at(10)).await?, None);
    assert_eq!(tx.api_tokens_of(ada).await?, [used]);
    assert!(tx.delete_api_token(ada, token.id).await?);
    assert_eq!(tx.delete_api_tokens_of(ada).await?, 0);
    tx.commit().await
}

pub(crate) async fn attempts_are_counted_in_a_window(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    for second in 1..=5 {
        tx.insert_attempt("sign_in:ada", at(second)).await?;
    }
    let window = Duration::from_secs(4);
    let counted = tx.attempts("sign_in:ada", at(6), window).await?;
    assert_eq!(
        counted,
        Attempts {
            count: 3,
            oldest: Some(at(3))
        }
    );
    assert_eq!(
        tx.attempts("sign_in:bob", at(6), window).await?,
        Attempts {
            count: 0,
            oldest: None
        }
    );
    let set_back = tx.attempts("sign_in:ada", at(-600), window).await?;
    assert_eq!(set_back.count, 0, "what a wrong clock counted holds nobody up");
    assert_eq!(tx.clear_attempts("sign_in:ada").await?, 5);
    tx.commit().await
}
