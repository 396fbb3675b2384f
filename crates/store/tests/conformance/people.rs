//! Members, teams, invitations and seats.

use tessera_domain::{Invitation, InvitationState, Role, invitation::MailState};
use tessera_ids::Timestamp;
use tessera_store::{
    Error, InvitationQuery, MemberQuery, MemberSort, NewInvitation, Result, Store, TeamMemberQuery, Unique,
};

use crate::fixture::{accounts, at, device, email, hash, id, manifest, member, org, person, receipt};

pub(crate) async fn members_are_paged_searched_and_counted(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let names = ["Émile", "ada", "Zoë 100%", "Bob", "ada b", "under_score"];
    for (index, name) in (0..).zip(names) {
        let account = tessera_store::Account {
            email: email(&format!("p{index}@example.com")),
            ..account_of(name, index)
        };
        tx.insert_account(&account).await?;
        tx.insert_membership(
            org,
            &account,
            if index == 0 { Role::Owner } else { Role::Read },
            at(index),
        )
        .await?;
    }
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = MemberQuery {
            sort: MemberSort::Name(after),
            limit: 2,
            ..MemberQuery::default()
        };
        let page = tx.members(org, &page, at(10)).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.name_key.clone(), last.account));
        all.extend(page);
    }
    let shown: Vec<_> = all.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(shown, ["ada", "ada b", "Bob", "under_score", "Zoë 100%", "Émile"]);
    let newest = MemberQuery {
        sort: MemberSort::Newest(None),
        limit: 2,
        ..MemberQuery::default()
    };
    let first = tx.members(org, &newest, at(10)).await?;
    let rest = MemberQuery {
        sort: MemberSort::Newest(Some((first[1].joined_at, first[1].account))),
        ..newest
    };
    assert_eq!(
        [first[0].name.as_str(), first[1].name.as_str()],
        ["under_score", "ada b"]
    );
    assert_eq!(tx.members(org, &rest, at(10)).await?[0].name.as_str(), "Bob");
    for (search, found) in [
        ("0%", 1),
        ("%", 1),
        ("r_s", 1),
        ("_", 1),
        ("ADA", 2),
        ("p3@", 1),
        ("\\", 0),
    ] {
        let wanted = MemberQuery {
            search: Some(search.to_owned()),
            ..MemberQuery::default()
        };
        assert_eq!(tx.count_members(org, &wanted, at(10)).await?, found, "{search}");
        assert_eq!(
            tx.members(org, &wanted, at(10)).await?.len() as u64,
            found,
            "{search}"
        );
    }
    let readers = MemberQuery {
        role: Some(Role::Read),
        ..MemberQuery::default()
    };
    assert_eq!(tx.count_members(org, &readers, at(10)).await?, 5);

    let bob = all[2].account;
    assert!(tx.set_role(org, bob, Role::Owner).await?);
    assert_eq!(tx.count_owners(org).await?, 2);
    let bob = tx.account(bob).await?.expect("he is there");
    let here = device(&mut tx, org, &bob, "here").await?;
    device(&mut tx, org, &bob, "there").await?;
    tx.insert_manifest(org, &manifest(5, 1, at(1))).await?;
    tx.record_receipts(&[receipt(org, here, 1, 5)]).await?;
    let owners = MemberQuery {
        role: Some(Role::Owner),
        ..MemberQuery::default()
    };
    let owners = tx.members(org, &owners, at(10)).await?;
    assert_eq!((owners[0].devices, owners[0].devices_current), (2, 1));
    let again = tx.insert_membership(org, &bob, Role::Read, at(0)).await;
    assert!(
        matches!(again, Err(Error::NotUnique(Unique::Membership))),
        "{again:?}"
    );
    tx.roll_back().await?;
    Ok(())
}

fn account_of(name: &str, second: i64) -> tessera_store::Account {
    tessera_store::Account {
        id: id(),
        created_at: at(second),
        email: email("x@example.com"),
        name: person(name),
        password_hash: None,
        verified_at: None,
        zone: "UTC".to_owned(),
        is_operator: false,
        may_create_orgs: false,
    }
}

#[expect(clippy::too_many_lines, reason = "one story, told in order")]
pub(crate) async fn teams_hold_members_of_their_org_alone(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?.id;
    let bob = member(&mut tx, org, "Bob", Role::Read).await?.id;
    let eve = member(&mut tx, other, "Eve", Role::Owner).await?.id;
    let (scouts, cooks) = (id(), id());
    tx.insert_team(org, scouts, &"Scouts".parse().expect("a name"), at(0))
        .await?;
    tx.insert_team(org, cooks, &"Cooks".parse().expect("a name"), at(0))
        .await?;
    assert_eq!(
        tx.add_team_members(org, scouts, &[ada, bob, eve], at(1)).await?,
        2,
        "Eve is of another org"
    );
    assert_eq!(tx.add_team_members(org, scouts, &[ada], at(1)).await?, 0);
    tx.add_team_members(org, cooks, &[ada], at(1)).await?;
    assert!(tx.set_team_lead(org, scouts, bob, true).await?);
    assert!(tx.set_team_has_settings(org, scouts, true).await?);
    assert!(
        tx.rename_team(org, scouts, &"Outriders".parse().expect("a name"))
            .await?
    );
    let team = tx.team(org, scouts).await?.expect("it is there");
    assert_eq!(
        (team.name.as_str(), team.has_settings, team.members),
        ("Outriders", true, 2)
    );
    assert_eq!(tx.team(other, scouts).await?, None);
    assert_eq!(
        tx.teams(org)
            .await?
            .iter()
            .map(|team| team.id)
            .collect::<Vec<_>>(),
        [cooks, scouts]
    );
    let first = TeamMemberQuery {
        limit: 1,
        ..TeamMemberQuery::default()
    };
    let page = tx.team_members(org, scouts, &first).await?;
    let after = TeamMemberQuery {
        after: Some((page[0].name_key.clone(), page[0].account)),
        ..TeamMemberQuery::default()
    };
    let rest = tx.team_members(org, scouts, &after).await?;
    assert_eq!(
        (page[0].account, rest[0].account, rest[0].lead),
        (ada, bob, false)
    );
    let of: Vec<_> = tx
        .teams_of(org, &[ada, bob])
        .await?
        .iter()
        .map(|row| (row.account, row.team))
        .collect();
    assert_eq!(of, [(ada, cooks), (ada, scouts), (bob, scouts)]);
    let scouts_only = MemberQuery {
        team: Some(scouts),
        ..MemberQuery::default()
    };
    assert_eq!(
        accounts(&tx.members(org, &scouts_only, at(10)).await?),
        [ada, bob]
    );
    let bob_there = tx.account(bob).await?.expect("he is there");
    device(&mut tx, org, &bob_there, "one").await?;
    device(&mut tx, org, &bob_there, "two").await?;
    for (team, members, devices) in [
        (None, 2, 2),
        (Some(scouts), 2, 2),
        (Some(cooks), 1, 0),
        (Some(id()), 0, 0),
    ] {
        let reach = tx.reach(org, team).await?;
        assert_eq!((reach.members, reach.devices), (members, devices));
    }
    let (none, nobody): (&[_], &[_]) = (&[], &[]);
    for (teams, people, members, devices) in [
        (&[scouts, cooks][..], nobody, 2, 2),
        (&[cooks], &[bob][..], 2, 2),
        (none, &[ada], 1, 0),
        (none, nobody, 0, 0),
    ] {
        let reach = tx.reach_of(org, teams, people).await?;
        assert_eq!(
            (reach.members, reach.devices),
            (members, devices),
            "each is counted once"
        );
    }
    assert_eq!(tx.remove_team_members(org, scouts, &[ada]).await?, 1);
    assert!(tx.delete_membership(org, bob).await?);
    assert_eq!(
        tx.team(org, scouts).await?.expect("there").members,
        0,
        "leaving the org leaves its teams"
    );
    assert!(tx.delete_team(org, cooks).await?);
    let named = tx
        .insert_team(org, id(), &"OUTRIDERS".parse().expect("a name"), at(0))
        .await;
    assert!(
        matches!(named, Err(Error::NotUnique(Unique::TeamName))),
        "{named:?}"
    );
    Ok(())
}

pub(crate) fn invitation(
    org: tessera_ids::OrgId,
    address: &str,
    by: tessera_ids::AccountId,
    now: Timestamp,
) -> NewInvitation {
    let id = id();
    NewInvitation {
        invitation: Invitation {
            id,
            org,
            email: email(address),
            role: Role::Write,
            teams: vec![crate::fixture::id()],
            invited_by: by,
            invited_at: now,
            state: Invitation::fresh_state(now),
        },
        invited_by_name: person("Ada"),
        token_hash: hash(u64::try_from(now.as_seconds()).expect("after 1970")),
    }
}

pub(crate) async fn an_invitation_lives_as_the_domain_says(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?.id;
    let new = invitation(org, "Bob@example.com", ada, at(1));
    let row = new.invitation.clone();
    tx.insert_invitation(&new).await?;
    tx.insert_invitation(&invitation(org, "cy@example.com", ada, at(2)))
        .await?;
    let found = tx.invitation(org, row.id).await?.expect("it is there");
    assert_eq!(
        (found.invitation, found.org_name.as_str()),
        (row.clone(), "Legion")
    );
    assert!(tx.invitation_by_token(new.token_hash).await?.is_some());
    assert!(
        tx.pending_invitation(org, &email("BOB@example.com"))
            .await?
            .is_some()
    );
    let all = InvitationQuery::default();
    let page = tx.pending_invitations(org, &all, 1).await?;
    let last = &page[0].invitation;
    let after = InvitationQuery {
        after: Some((last.invited_at, last.id)),
        ..InvitationQuery::default()
    };
    let rest = tx.pending_invitations(org, &after, 9).await?;
    assert_eq!(
        (last.email.as_str(), rest[0].invitation.id, rest.len()),
        ("cy@example.com", row.id, 1)
    );
    assert_eq!(tx.invitations_for(&row.email, at(3)).await?.len(), 1);
    for (search, found) in [("BOB@", 1), ("example", 2), ("%", 0), ("", 2)] {
        let wanted = InvitationQuery {
            search: Some(search.to_owned()),
            ..InvitationQuery::default()
        };
        assert_eq!(
            tx.count_pending_invitations(org, &wanted).await?,
            found,
            "{search}"
        );
        assert_eq!(
            tx.pending_invitations(org, &wanted, 9).await?.len() as u64,
            found,
            "{search}"
        );
    }

    tx.set_invitation_mail(org, row.id, MailState::GaveUp).await?;
    tx.save_invitation(&Invitation {
        role: Role::Admin,
        ..row.clone()
    })
    .await?;
    let seen = tx.invitation(org, row.id).await?.expect("there").invitation;
    assert!(
        matches!(
            seen.state,
            InvitationState::Pending {
                mail: MailState::GaveUp,
                ..
            }
        ),
        "{seen:?}"
    );
    assert_eq!(seen.role, Role::Admin);
    tx.set_invitation_token(org, row.id, hash(77), &person("Ada"))
        .await?;
    assert!(
        tx.invitation_by_token(new.token_hash).await?.is_none(),
        "the old link is dead"
    );
    let accepted = seen.accept(ada, &row.email, at(4)).expect("it is pending");
    tx.save_invitation(&accepted).await?;
    assert_eq!(
        tx.invitation(org, row.id).await?.expect("there").invitation,
        accepted
    );
    assert!(tx.pending_invitation(org, &row.email).await?.is_none());
    tx.insert_invitation(&invitation(org, "bob@example.com", ada, at(5)))
        .await?;
    let twice = tx
        .insert_invitation(&invitation(org, "BOB@example.com", ada, at(6)))
        .await;
    assert!(
        matches!(twice, Err(Error::NotUnique(Unique::PendingInvitation))),
        "{twice:?}"
    );
    Ok(())
}

pub(crate) async fn seats_count_each_address_once(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, Some(5)).await?;
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?;
    for (second, address) in [
        (1, "ada@example.com"),
        (2, "bob@example.com"),
        (3, "cy@example.com"),
    ] {
        tx.insert_invitation(&invitation(org, address, ada.id, at(second)))
            .await?;
    }
    let seats = tx.seats(org, at(10)).await?.expect("the org is there");
    assert_eq!(
        (seats.total, seats.used, seats.held),
        (Some(5), 1, 2),
        "a member's own invitation holds none"
    );
    assert_eq!(seats.ledger().free(), Some(2));
    let week = tessera_domain::invitation::LIFETIME;
    let later = tx.seats(org, at(2).plus(week)).await?.expect("there");
    assert_eq!(later.held, 1, "an expired one holds none");
    tx.set_seats(org, None).await?;
    assert_eq!(tx.seats(org, at(10)).await?.expect("there").ledger().free(), None);
    tx.commit().await
}
