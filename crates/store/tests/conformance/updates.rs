//! Updates with their tags, comments and reactions.

use tessera_domain::{Reaction, Role, Tags};
use tessera_ids::{OrgId, TeamId, TypedId, UpdateId};
use tessera_store::{
    Account, Error, Feed, NewComment, NewUpdate, Result, Store, Tx, UpdateEdit, UpdateQuery,
};

use crate::fixture::{account, at, id, member, org, person};

fn tags(text: &str) -> Tags {
    text.parse().expect("tags")
}

/// Posts at that second.
async fn post(tx: &mut Tx, org: OrgId, by: &Account, team: Option<TeamId>, second: i64) -> Result<UpdateId> {
    let new = NewUpdate {
        id: id(),
        team,
        created_at: at(second),
        author: by.id,
        author_name: by.name.clone(),
        as_team: team.is_some(),
        title: format!("Title {second}").parse().expect("a title"),
        body: format!("Straße **{second}** 100%").parse().expect("a text"),
    };
    tx.insert_update(org, &new).await?;
    Ok(new.id)
}

async fn found(tx: &mut Tx, org: OrgId, wanted: &UpdateQuery) -> Result<Vec<UpdateId>> {
    Ok(tx
        .updates(org, wanted)
        .await?
        .iter()
        .map(|update| update.id)
        .collect())
}

pub(crate) async fn updates_are_paged_and_filtered(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?;
    let bob = member(&mut tx, org, "Bob", Role::Write).await?;
    let eve = member(&mut tx, other, "Eve", Role::Owner).await?;
    let scouts: TeamId = id();
    tx.insert_team(org, scouts, &"Scouts".parse().expect("a name"), at(0))
        .await?;
    let first = post(&mut tx, org, &ada, None, 1).await?;
    // Two of the same instant are told apart by their ids.
    let second = post(&mut tx, org, &bob, Some(scouts), 2).await?;
    let third = post(&mut tx, org, &bob, None, 2).await?;
    let foreign = post(&mut tx, other, &eve, None, 9).await?;
    tx.set_update_tags(org, first, &tags("#b, #a")).await?;
    tx.set_update_tags(org, third, &tags("c, ünïcode")).await?;
    tx.set_update_tags(org, third, &tags("a, ünïcode")).await?;

    let all = UpdateQuery::default();
    assert_eq!(found(&mut tx, org, &all).await?, [third, second, first]);
    assert_eq!(found(&mut tx, other, &all).await?, [foreign]);
    let mut paged = Vec::new();
    let mut after = None;
    loop {
        let page = tx
            .updates(
                org,
                &UpdateQuery {
                    after,
                    limit: 1,
                    ..all.clone()
                },
            )
            .await?;
        let Some(last) = page.last() else { break };
        after = Some((last.created_at, last.id));
        paged.push(last.id);
    }
    assert_eq!(paged, [third, second, first]);
    let with = |feed, tag: &str, author, search: &str| UpdateQuery {
        feed,
        tag: tag.parse().ok(),
        author,
        search: Some(search.to_owned()).filter(|text| !text.is_empty()),
        ..UpdateQuery::default()
    };
    for (wanted, expected) in [
        (with(Feed::Org, "", None, ""), vec![third, first]),
        (with(Feed::Team(scouts), "", None, ""), vec![second]),
        (with(Feed::Team(id()), "", None, ""), vec![]),
        (with(Feed::All, "A", None, ""), vec![third, first]),
        (with(Feed::All, "Ünïcode", Some(bob.id), ""), vec![third]),
        (with(Feed::All, "c", None, ""), vec![]),
        (with(Feed::All, "", Some(ada.id), ""), vec![first]),
        (with(Feed::All, "", None, "STRASSE"), vec![]),
        (with(Feed::All, "", None, "straße **1"), vec![first]),
        (with(Feed::All, "", None, "title 2"), vec![third, second]),
        (with(Feed::All, "", None, "%"), vec![third, second, first]),
        (with(Feed::All, "", None, "_"), vec![]),
    ] {
        assert_eq!(found(&mut tx, org, &wanted).await?, expected, "{wanted:?}");
    }

    let seen = tx.update(org, second).await?.expect("it is there");
    assert_eq!(
        seen.team_name.map(|name| name.to_string()),
        Some("Scouts".to_owned())
    );
    assert!(seen.as_team && seen.version == 1 && seen.edited_at.is_none());
    assert_eq!(
        tx.update(other, second).await?,
        None,
        "another tenant's is not there"
    );
    let rows = tx.tags_of_updates(org, &[first, second, third]).await?;
    let told: Vec<_> = rows.iter().map(|row| (row.post, row.tag.as_str())).collect();
    assert_eq!(
        told,
        [(first, "b"), (first, "a"), (third, "a"), (third, "ünïcode")]
    );
    let counted: Vec<_> = tx.update_tags(org, 2).await?;
    assert_eq!(
        (counted[0].tag.as_str(), counted[0].count, counted.len()),
        ("a", 2, 2)
    );
    let authors = tx.update_authors(org, 9).await?;
    assert_eq!(
        (authors[0].author, authors[0].count, authors.len()),
        (bob.id, 2, 2)
    );
    tx.commit().await
}

pub(crate) async fn an_edit_says_who_and_names_outlive_people(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?;
    let bob = member(&mut tx, org, "Bob", Role::Write).await?;
    let update = post(&mut tx, org, &bob, None, 1).await?;
    let edit = |body: &str, second, moderator| UpdateEdit {
        title: "Better".parse().expect("a title"),
        body: body.parse().expect("a text"),
        at: at(second),
        moderator,
    };
    let by_ada = Some((ada.id, ada.name.clone()));
    assert!(tx.edit_update(org, update, &edit("one", 2, by_ada)).await?);
    assert!(tx.edit_update(org, update, &edit("two", 3, None)).await?);
    assert!(!tx.edit_update(org, id(), &edit("two", 3, None)).await?);
    let seen = tx.update(org, update).await?.expect("there");
    assert_eq!(
        (seen.title.as_str(), seen.body.as_str(), seen.version),
        ("Better", "two", 3)
    );
    assert_eq!(
        (seen.edited_at, seen.moderated_at, seen.moderated_by_name),
        (Some(at(3)), Some(at(2)), Some(person("Ada"))),
        "the author's later edit does not hide the moderator's"
    );
    let wanted = UpdateQuery {
        search: Some("two".to_owned()),
        ..UpdateQuery::default()
    };
    assert_eq!(found(&mut tx, org, &wanted).await?, [update]);

    // Who leaves stays the author of what they wrote.
    assert!(tx.delete_membership(org, bob.id).await?);
    let seen = tx.update(org, update).await?.expect("there");
    assert_eq!((seen.author, seen.author_name), (bob.id, person("Bob")));
    // An author whose account never was is like one whose account is gone.
    let ghost = Account {
        id: id(),
        name: person("Gone Gwen"),
        ..bob
    };
    let hers = post(&mut tx, org, &ghost, None, 5).await?;
    assert_eq!(
        tx.update(org, hers).await?.expect("there").author_name,
        person("Gone Gwen")
    );
    assert!(tx.delete_update(org, hers).await? && !tx.delete_update(org, hers).await?);
    tx.commit().await
}

pub(crate) async fn comments_and_reactions_go_with_what_they_belong_to(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?;
    let bob = member(&mut tx, org, "Bob", Role::Write).await?;
    let scouts: TeamId = id();
    tx.insert_team(org, scouts, &"Scouts".parse().expect("a name"), at(0))
        .await?;
    let update = post(&mut tx, org, &ada, Some(scouts), 1).await?;
    let mut said = Vec::new();
    for second in [3, 2, 2] {
        let new = NewComment {
            id: id(),
            post: update,
            created_at: at(second),
            author: bob.id,
            author_name: bob.name.clone(),
            text: "Well said".parse().expect("a text"),
        };
        tx.insert_comment(org, &new).await?;
        said.push(new.id);
    }
    let page = tx.comments(org, update, None, 2).await?;
    let rest = tx
        .comments(org, update, Some((page[1].created_at, page[1].id)), 9)
        .await?;
    let order: Vec<_> = page.iter().chain(&rest).map(|comment| comment.id).collect();
    assert_eq!(order, [said[1], said[2], said[0]]);
    let text = "Better said".parse().expect("a text");
    assert!(tx.edit_comment(org, said[0], &text, at(4)).await?);
    assert!(tx.remove_comment(org, said[1], ada.id, &ada.name, at(5)).await?);
    assert!(
        !tx.edit_comment(org, said[1], &text, at(6)).await?,
        "what was removed stays so"
    );
    assert!(tx.delete_comment(org, said[2]).await?);
    let seen = tx.comment(org, update, said[0]).await?.expect("there");
    assert_eq!((seen.text, seen.edited_at), (Some(text), Some(at(4))));
    let seen = tx.comment(org, update, said[1]).await?.expect("there");
    assert_eq!((seen.text, seen.removed_by_name), (None, Some(ada.name.clone())));
    assert_eq!(tx.comment(other, update, said[0]).await?, None);
    assert_eq!(tx.comment(org, id(), said[0]).await?, None);
    assert_eq!(tx.update(org, update).await?.expect("there").comments, 1);

    for (who, reaction) in [
        (&ada, Reaction::Heart),
        (&bob, Reaction::Heart),
        (&bob, Reaction::Eyes),
    ] {
        assert!(tx.add_reaction(org, update, who.id, reaction, at(6)).await?);
    }
    assert!(
        !tx.add_reaction(org, update, ada.id, Reaction::Heart, at(7))
            .await?
    );
    let told = async |tx: &mut Tx, reader| -> Result<Vec<_>> {
        let rows = tx.reactions_to(org, reader, &[update]).await?;
        Ok(rows
            .iter()
            .map(|row| (row.reaction, row.count, row.mine))
            .collect::<Vec<_>>())
    };
    let (eyes, heart) = (Reaction::Eyes, Reaction::Heart);
    assert_eq!(
        told(&mut tx, Some(ada.id)).await?,
        [(eyes, 1, false), (heart, 2, true)]
    );
    assert_eq!(told(&mut tx, None).await?, [(eyes, 1, false), (heart, 2, false)]);
    assert!(tx.remove_reaction(org, update, ada.id, heart).await?);
    assert!(!tx.remove_reaction(org, update, ada.id, heart).await?);
    tx.delete_membership(org, bob.id).await?;
    assert_eq!(
        told(&mut tx, None).await?,
        [],
        "who leaves takes their reactions along"
    );
    assert_eq!(
        tx.update(org, update).await?.expect("there").comments,
        1,
        "and leaves their words"
    );

    tx.delete_team(org, scouts).await?;
    assert_eq!(tx.update(org, update).await?, None, "a team's updates go with it");
    assert!(tx.comments(org, update, None, 9).await?.is_empty());
    tx.commit().await?;

    let mut tx = store.begin().await?;
    let eve = account(&mut tx, "Eve").await?;
    let nowhere = NewComment {
        id: id(),
        post: UpdateId::from_uuid(ada.id.uuid()),
        created_at: at(1),
        author: eve.id,
        author_name: eve.name,
        text: "Hello?".parse().expect("a text"),
    };
    let refused = tx.insert_comment(org, &nowhere).await;
    assert!(matches!(refused, Err(Error::Reference)), "{refused:?}");
    tx.roll_back().await
}
