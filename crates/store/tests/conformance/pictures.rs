//! Pictures of accounts and organizations.

use tessera_domain::Role;
use tessera_store::{AvatarOf, Picture, Result, Store};

use crate::fixture::{account, at, hash, member, org};

fn picture(number: u64) -> Picture {
    Picture {
        digest: hash(number),
        bytes: vec![0, 255, 7],
    }
}

pub(crate) async fn pictures_are_kept_replaced_and_shown_by_digest(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?.id;
    let bob = member(&mut tx, org, "Bob", Role::Read).await?.id;
    let eve = account(&mut tx, "Eve").await?.id;
    assert!(tx.share_an_org(ada, bob).await?);
    assert!(!tx.share_an_org(ada, eve).await?);
    assert!(tx.share_an_org(eve, eve).await?);

    tx.set_avatar(ada, &picture(1), at(0)).await?;
    tx.set_avatar(ada, &picture(2), at(1)).await?;
    assert_eq!(tx.avatar(ada, hash(1)).await?, None, "it was replaced");
    assert_eq!(tx.avatar(ada, hash(2)).await?, Some(vec![0, 255, 7]));
    assert_eq!(tx.avatar(bob, hash(2)).await?, None);
    let ada_alone = AvatarOf {
        account: ada,
        digest: hash(2),
    };
    assert_eq!(tx.avatars_of(&[bob, ada, eve]).await?, [ada_alone]);
    assert_eq!(tx.avatars_of(&[]).await?, []);
    assert!(tx.delete_avatar(ada).await?);
    assert!(!tx.delete_avatar(ada).await?);

    assert_eq!(tx.logo_of(org).await?, None);
    tx.set_logo(org, &picture(3), at(0)).await?;
    tx.set_logo(org, &picture(4), at(1)).await?;
    assert_eq!(tx.logo_of(org).await?, Some(hash(4)));
    assert_eq!(tx.logo(org, hash(3)).await?, None);
    assert_eq!(tx.logo(org, hash(4)).await?, Some(vec![0, 255, 7]));

    tx.set_org_deleted(org, Some(at(2))).await?;
    assert!(
        !tx.share_an_org(ada, bob).await?,
        "a deleted org is shared by nobody"
    );
    assert!(tx.delete_logo(org).await?);
    assert!(!tx.delete_logo(org).await?);
    tx.commit().await
}
