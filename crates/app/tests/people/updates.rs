//! Updates: who posts, edits, comments and reacts, and what becomes of it.

use tessera_app::{
    Actor, teams,
    updates::{self, Draft, NewPost},
};
use tessera_domain::{Kind, Reaction, Result, Role};
use tessera_ids::{TeamId, UpdateId};
use tessera_store::{Feed, UpdateQuery};

use crate::{
    stories,
    world::{World, id, refused, run},
};

stories! {
    posts_are_written_by_writers_and_read_by_all,
    two_editors_at_once_lose_nothing,
    a_team_speaks_through_its_leads,
    comments_are_their_authors_and_moderators,
    reactions_are_everybodys_and_count_once,
    what_was_written_outlives_its_author,
    nobody_floods_the_page,
}

fn draft(title: &str, tags: &str) -> Draft {
    Draft {
        title: title.parse().unwrap(),
        body: format!("About {title}.").parse().unwrap(),
        tags: tags.parse().unwrap(),
    }
}

async fn post(world: &World, who: &Actor, title: &str, team: Option<TeamId>) -> Result<UpdateId> {
    let new = NewPost {
        team,
        as_team: false,
        draft: draft(title, "#feature"),
    };
    updates::post(&world.app, who, world.org, new).await
}

async fn titles(world: &World, who: &Actor, feed: Feed) -> Vec<String> {
    let wanted = UpdateQuery {
        feed,
        ..UpdateQuery::default()
    };
    let page = updates::list(&world.app, who, world.org, &wanted).await.unwrap();
    let titles = page.updates.iter().map(|view| view.update.title.to_string());
    titles.collect()
}

async fn posts_are_written_by_writers_and_read_by_all(world: &World) {
    let (app, org, owner) = (&world.app, world.org, &world.owner);
    let writer = world.member("wim", Role::Write).await;
    let other = world.member("ola", Role::Write).await;
    let reader = world.member("rita", Role::Read).await;
    assert_eq!(refused(post(world, &reader, "No", None).await), Kind::Forbidden);
    let first = post(world, &writer, "First", None).await.unwrap();
    post(world, owner, "Second", None).await.unwrap();
    assert_eq!(titles(world, &reader, Feed::All).await, ["Second", "First"]);
    let page = |limit, after| UpdateQuery {
        limit,
        after,
        ..UpdateQuery::default()
    };
    let newest = updates::list(app, &reader, org, &page(1, None)).await.unwrap();
    let last = &newest.updates[0].update;
    let rest = page(1, Some((last.created_at, last.id)));
    let rest = updates::list(app, &reader, org, &rest).await.unwrap();
    assert_eq!(
        (newest.more, rest.more, rest.updates[0].update.id),
        (true, false, first)
    );
    let may = async |who: &Actor| updates::one(app, who, org, first).await.unwrap().may_edit;
    assert!(may(&writer).await && may(owner).await);
    assert!(!may(&other).await && !may(&reader).await);

    for who in [&other, &reader] {
        assert_eq!(
            refused(updates::edit(app, who, org, first, None, draft("Mine", "")).await),
            Kind::Forbidden
        );
        assert_eq!(
            refused(updates::delete(app, who, org, first).await),
            Kind::Forbidden
        );
    }
    updates::edit(
        app,
        &writer,
        org,
        first,
        None,
        draft("First again", "#feature, #more"),
    )
    .await
    .unwrap();
    let seen = updates::one(app, &reader, org, first).await.unwrap();
    assert!(seen.update.edited_at.is_some() && seen.update.moderated_by_name.is_none());
    assert_eq!(seen.tags.len(), 2);
    updates::edit(app, owner, org, first, None, draft("Put right", "#feature"))
        .await
        .unwrap();
    let seen = updates::one(app, &reader, org, first).await.unwrap();
    assert_eq!(seen.update.moderated_by_name.unwrap().as_str(), "Olga Owner");
    updates::delete(app, owner, org, first).await.unwrap();
    assert_eq!(
        refused(updates::one(app, &writer, org, first).await),
        Kind::NotFound
    );
    let log = world.audit().await;
    let told: Vec<_> = log
        .iter()
        .filter(|action| action.starts_with("update."))
        .collect();
    assert_eq!(
        told,
        [
            "update.posted",
            "update.posted",
            "update.edited",
            "update.edited",
            "update.deleted"
        ]
    );
    let shelf = updates::shelf(app, &reader, org).await.unwrap();
    assert_eq!((shelf.tags[0].tag.as_str(), shelf.authors.len()), ("feature", 1));
}

async fn two_editors_at_once_lose_nothing(world: &World) {
    let (app, org, owner) = (&world.app, world.org, &world.owner);
    let writer = world.member("wim", Role::Write).await;
    let update = post(world, &writer, "Plan", None).await.unwrap();
    assert_eq!(
        updates::edit(app, owner, org, update, Some(1), draft("Plan", "#feature"))
            .await
            .unwrap(),
        1,
        "an edit that changes nothing makes no version"
    );
    assert_eq!(
        updates::edit(app, owner, org, update, Some(1), draft("Their plan", ""))
            .await
            .unwrap(),
        2
    );
    let stale = updates::edit(app, &writer, org, update, Some(1), draft("My plan", ""))
        .await
        .unwrap_err();
    assert_eq!(stale.kind, Kind::Conflict);
    let current = stale.current.unwrap();
    assert_eq!(
        (&current["version"], &current["title"]),
        (&2.into(), &"Their plan".into())
    );
    // At the very same moment, one of them is first.
    let both = tokio::join!(
        updates::edit(app, owner, org, update, Some(2), draft("A", "")),
        updates::edit(app, &writer, org, update, Some(2), draft("B", "")),
    );
    let won = [both.0.is_ok(), both.1.is_ok()];
    assert!(won == [true, false] || won == [false, true], "{both:?}");
}

async fn a_team_speaks_through_its_leads(world: &World) {
    let (app, org, owner) = (&world.app, world.org, &world.owner);
    let lead = world.member("lea", Role::Write).await;
    let writer = world.member("wim", Role::Write).await;
    let outside = world.member("ola", Role::Write).await;
    let reader = world.member("rita", Role::Read).await;
    let team = teams::create(app, owner, org, &"Design".parse().unwrap())
        .await
        .unwrap();
    teams::add(app, owner, org, team, &[id(&lead), id(&writer), id(&reader)])
        .await
        .unwrap();
    teams::set_lead(app, owner, org, team, id(&lead), true)
        .await
        .unwrap();
    let voice = |title: &str, team| NewPost {
        team,
        as_team: true,
        draft: draft(title, ""),
    };
    for (who, may_post, may_speak) in [
        (&lead, true, true),
        (&writer, true, false),
        (owner, true, false),
        (&outside, false, false),
        (&reader, false, false),
    ] {
        let pen = updates::may_post_to(app, who, org, team).await.unwrap();
        assert_eq!((pen.post, pen.as_team), (may_post, may_speak));
        let open = updates::postable_teams(app, who, org).await.unwrap();
        assert_eq!(open.len(), usize::from(may_post));
        assert_eq!(post(world, who, "Plain", Some(team)).await.is_ok(), may_post);
        assert_eq!(
            updates::post(app, who, org, voice("Voice", Some(team)))
                .await
                .is_ok(),
            may_speak
        );
    }
    assert_eq!(
        refused(updates::post(app, &lead, org, voice("Nobody's", None)).await),
        Kind::Invalid
    );
    assert_eq!(
        refused(
            post(
                world,
                owner,
                "Nowhere",
                Some(TeamId::generate(&*app.clock, &*app.entropy))
            )
            .await
        ),
        Kind::NotFound
    );
    post(world, &outside, "For all", None).await.unwrap();
    assert_eq!(
        titles(world, &outside, Feed::Team(team)).await,
        ["Plain", "Plain", "Voice", "Plain"],
        "everybody reads every team's"
    );
    assert_eq!(titles(world, &reader, Feed::Org).await, ["For all"]);
    teams::delete(app, owner, org, team).await.unwrap();
    assert_eq!(
        titles(world, &reader, Feed::All).await,
        ["For all"],
        "they died with the team"
    );
}

async fn comments_are_their_authors_and_moderators(world: &World) {
    let (app, org, owner) = (&world.app, world.org, &world.owner);
    let writer = world.member("wim", Role::Write).await;
    let reader = world.member("rita", Role::Read).await;
    let update = post(world, owner, "Talk", None).await.unwrap();
    let say =
        async |who: &Actor, text: &str| updates::comment(app, who, org, update, text.parse().unwrap()).await;
    assert_eq!(refused(say(&reader, "Hm").await), Kind::Forbidden);
    let mine = say(&writer, "Mine").await.unwrap();
    let theirs = say(owner, "Theirs").await.unwrap();
    let better = "Better".parse().unwrap();
    assert_eq!(
        refused(updates::edit_comment(app, owner, org, update, mine, &better).await),
        Kind::Forbidden,
        "nobody puts words into another's mouth"
    );
    assert_eq!(
        refused(updates::delete_comment(app, &writer, org, update, theirs).await),
        Kind::Forbidden
    );
    updates::edit_comment(app, &writer, org, update, mine, &better)
        .await
        .unwrap();
    let page = updates::comments(app, &reader, org, update, None, 50)
        .await
        .unwrap();
    let told: Vec<_> = page
        .comments
        .iter()
        .map(|view| {
            (
                view.comment.text.clone().unwrap().to_string(),
                view.comment.edited_at.is_some(),
            )
        })
        .collect();
    assert_eq!(told, [("Better".to_owned(), true), ("Theirs".to_owned(), false)]);
    updates::delete_comment(app, owner, org, update, mine)
        .await
        .unwrap();
    assert_eq!(
        refused(updates::edit_comment(app, &writer, org, update, mine, &better).await),
        Kind::Conflict
    );
    updates::delete_comment(app, owner, org, update, theirs)
        .await
        .unwrap();
    let page = updates::comments(app, &writer, org, update, None, 50)
        .await
        .unwrap();
    let left = &page.comments[0];
    assert_eq!(page.comments.len(), 1, "one's own goes without a trace");
    assert_eq!(
        left.comment.removed_by_name.as_ref().unwrap().as_str(),
        "Olga Owner"
    );
    assert!(left.comment.text.is_none() && !left.may_edit && !left.may_delete);
    assert_eq!(
        refused(updates::one_comment(app, &writer, org, update, theirs).await),
        Kind::NotFound
    );
    updates::delete(app, owner, org, update).await.unwrap();
    assert_eq!(refused(say(&writer, "Late").await), Kind::NotFound);
}

async fn reactions_are_everybodys_and_count_once(world: &World) {
    let (app, org, owner) = (&world.app, world.org, &world.owner);
    let reader = world.member("rita", Role::Read).await;
    let update = post(world, owner, "Party", None).await.unwrap();
    let before = world.audit().await.len();
    let react = async |who: &Actor, reaction, given| {
        updates::react(app, who, org, update, reaction, given)
            .await
            .unwrap();
    };
    react(&reader, Reaction::Heart, true).await;
    react(&reader, Reaction::Heart, true).await;
    react(owner, Reaction::Heart, true).await;
    react(owner, Reaction::ThumbsUp, true).await;
    react(owner, Reaction::ThumbsUp, false).await;
    react(owner, Reaction::ThumbsUp, false).await;
    let seen = updates::one(app, &reader, org, update).await.unwrap().reactions;
    let told: Vec<_> = seen
        .iter()
        .map(|view| (view.reaction, view.count, view.mine))
        .collect();
    assert_eq!(told, [(Reaction::Heart, 2, true)]);
    assert_eq!(world.audit().await.len(), before, "reactions fill no audit log");
}

async fn what_was_written_outlives_its_author(world: &World) {
    let (app, org, owner) = (&world.app, world.org, &world.owner);
    let writer = world.member("wim", Role::Write).await;
    let update = post(world, &writer, "Memoir", None).await.unwrap();
    updates::comment(app, &writer, org, update, "And this".parse().unwrap())
        .await
        .unwrap();
    updates::react(app, &writer, org, update, Reaction::Eyes, true)
        .await
        .unwrap();
    tessera_app::members::remove(app, owner, org, id(&writer))
        .await
        .unwrap();
    let seen = updates::one(app, owner, org, update).await.unwrap();
    assert_eq!(
        (seen.update.author_name.as_str(), seen.reactions.len()),
        ("wim", 0)
    );
    let page = updates::comments(app, owner, org, update, None, 50)
        .await
        .unwrap();
    assert_eq!(page.comments[0].comment.author_name.as_str(), "wim");
    assert_eq!(
        refused(updates::one(app, &writer, org, update).await),
        Kind::NotFound
    );
    assert_eq!(
        refused(updates::delete(app, &writer, org, update).await),
        Kind::NotFound
    );
    assert_eq!(
        refused(updates::react(app, &writer, org, update, Reaction::Eyes, true).await),
        Kind::NotFound
    );
}

async fn nobody_floods_the_page(world: &World) {
    let writer = world.member("wim", Role::Write).await;
    let mut answer = Ok(());
    for number in 0..200 {
        answer = post(world, &writer, &format!("Spam {number}"), None)
            .await
            .map(drop);
        if answer.is_err() {
            break;
        }
    }
    let refusal = answer.unwrap_err();
    assert_eq!(refusal.kind, Kind::RateLimited);
    assert!(refusal.retry_after.is_some());
    post(world, &world.owner, "Others go on", None).await.unwrap();
}
