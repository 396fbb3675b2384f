//! Teams as pages, who could be put into them, and the invitations that name them.

use tessera_domain::{EmailAddress, Invitation, Role};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_store::{
    NewInvitation, Result, Store, TeamCandidate, TeamMemberQuery, TeamQuery, TightenedMember, Tx,
};

use crate::fixture::{at, email, hash, id, member, org, person};

async fn team(tx: &mut Tx, org: OrgId, name: &str) -> Result<TeamId> {
    let team = id();
    tx.insert_team(org, team, &name.parse().expect("a name"), at(0))
        .await?;
    Ok(team)
}

fn searching(text: &str) -> TeamMemberQuery {
    TeamMemberQuery {
        search: Some(text.to_owned()),
        ..TeamMemberQuery::default()
    }
}

fn who(people: &[TeamCandidate]) -> Vec<(AccountId, bool)> {
    people
        .iter()
        .map(|person| (person.account, person.inside))
        .collect()
}

pub(crate) async fn teams_are_paged_and_searched(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    for name in ["Émigrés", "beta 100%", "Alpha", "under_score"] {
        team(&mut tx, org, name).await?;
    }
    team(&mut tx, other, "Elsewhere").await?;
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let wanted = TeamQuery {
            after,
            limit: 3,
            ..TeamQuery::default()
        };
        let page = tx.teams_page(org, &wanted).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.name_key.clone(), last.id));
        seen.extend(page.into_iter().map(|team| team.name.to_string()));
    }
    assert_eq!(seen, ["Alpha", "beta 100%", "under_score", "Émigrés"]);
    let labels = tx.team_labels(org, 2).await?;
    let labels: Vec<_> = labels.iter().map(|label| label.name.as_str()).collect();
    assert_eq!(labels, ["Alpha", "beta 100%"]);
    let some: Vec<_> = tx
        .teams(org)
        .await?
        .iter()
        .map(|team| team.id)
        .rev()
        .take(2)
        .collect();
    let named = tx.team_names(org, &some).await?;
    let named: Vec<_> = named
        .iter()
        .map(|label| (label.id, label.name.as_str()))
        .collect();
    assert_eq!(named, [(some[1], "under_score"), (some[0], "Émigrés")]);
    assert_eq!(tx.team_names(org, &[]).await?, []);
    for (search, found) in [
        ("%", 1),
        ("_", 1),
        ("ALPHA", 1),
        ("e", 2),
        ("\\", 0),
        ("Elsewhere", 0),
    ] {
        let wanted = TeamQuery {
            search: Some(search.to_owned()),
            ..TeamQuery::default()
        };
        assert_eq!(tx.count_teams(org, Some(search)).await?, found, "{search}");
        assert_eq!(tx.teams_page(org, &wanted).await?.len() as u64, found, "{search}");
    }
    assert_eq!(tx.count_teams(org, None).await?, 4);
    Ok(())
}

pub(crate) async fn who_could_be_in_a_team_is_found(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let ada = member(&mut tx, org, "Ada", Role::Write).await?;
    let bob = member(&mut tx, org, "Bob", Role::Read).await?;
    let cleo = member(&mut tx, org, "Cleo", Role::Write).await?;
    let eve = member(&mut tx, other, "Eve", Role::Owner).await?;
    let (scouts, cooks) = (
        team(&mut tx, org, "Scouts").await?,
        team(&mut tx, org, "Cooks").await?,
    );
    tx.add_team_members(org, scouts, &[ada.id, bob.id], at(1)).await?;
    tx.set_team_lead(org, scouts, ada.id, true).await?;
    tx.set_team_lead(org, scouts, bob.id, true).await?;

    let everybody = TeamMemberQuery::default();
    let outside = tx.team_candidates(org, scouts, &everybody).await?;
    assert_eq!(who(&outside), [(cleo.id, false)]);
    assert_eq!(tx.count_team_candidates(org, scouts, &everybody).await?, 1);
    assert_eq!(tx.count_team_candidates(org, cooks, &everybody).await?, 3);
    assert_eq!(tx.count_team_candidates(org, cooks, &searching("BO")).await?, 1);
    let first = TeamMemberQuery {
        limit: 1,
        ..TeamMemberQuery::default()
    };
    let page = tx.team_candidates(org, cooks, &first).await?;
    let rest = TeamMemberQuery {
        after: Some((page[0].name_key.clone(), page[0].account)),
        ..everybody.clone()
    };
    let rest = tx.team_candidates(org, cooks, &rest).await?;
    assert_eq!(who(&rest), [(bob.id, false), (cleo.id, false)]);

    let asked = [eve.id, cleo.id, ada.id];
    let known = tx.team_candidates_of(org, scouts, &asked).await?;
    assert_eq!(
        who(&known),
        [(ada.id, true), (cleo.id, false)],
        "Eve is of another org"
    );
    let emails: [EmailAddress; 4] = [
        "ADA@example.COM",
        "eve@example.com",
        "cleo@example.com",
        "nobody@example.com",
    ]
    .map(email);
    let emails: Vec<_> = emails.iter().collect();
    let found = tx.team_candidates_by_email(org, scouts, &emails).await?;
    assert_eq!(who(&found), [(ada.id, true), (cleo.id, false)]);

    assert_eq!(tx.team_members(org, scouts, &searching("b")).await?.len(), 1);
    assert_eq!(tx.count_team_members(org, scouts, &searching("b")).await?, 1);
    assert_eq!(tx.count_team_members(org, scouts, &everybody).await?, 2);
    let leads = tx.team_leads(org, &[scouts, cooks]).await?;
    let leads: Vec<_> = leads.iter().map(|lead| lead.account).collect();
    assert_eq!(leads, [ada.id], "who may only read leads nothing");
    tx.set_role(org, bob.id, Role::Write).await?;
    assert_eq!(tx.team_leads(org, &[scouts]).await?.len(), 2);
    Ok(())
}

pub(crate) async fn invitations_forget_a_team(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let org = org(&mut tx, None).await?;
    let ada = member(&mut tx, org, "Ada", Role::Owner).await?;
    let (scouts, cooks) = (
        team(&mut tx, org, "Scouts").await?,
        team(&mut tx, org, "Cooks").await?,
    );
    let mut ids = Vec::new();
    for (number, teams) in [vec![scouts, cooks], vec![cooks], vec![scouts]]
        .into_iter()
        .enumerate()
    {
        let new = NewInvitation {
            invitation: Invitation {
                id: id(),
                org,
                email: email(&format!("guest{number}@example.com")),
                role: Role::Read,
                teams,
                invited_by: ada.id,
                invited_at: at(0),
                state: Invitation::fresh_state(at(0)),
            },
            invited_by_name: person("Ada"),
            token_hash: hash(number as u64),
        };
        tx.insert_invitation(&new).await?;
        ids.push(new.invitation.id);
    }
    assert_eq!(tx.count_invitations_naming(org, scouts).await?, 2);
    assert_eq!(tx.forget_team_in_invitations(org, scouts).await?, 2);
    assert_eq!(tx.forget_team_in_invitations(org, scouts).await?, 0);
    let mut left = Vec::new();
    for id in ids {
        left.push(tx.invitation(org, id).await?.expect("it stays").invitation.teams);
    }
    assert_eq!(left, [vec![cooks], vec![cooks], vec![]]);
    Ok(())
}

pub(crate) async fn members_are_tightened_and_let_go(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let ada = member(&mut tx, org, "Ada", Role::Read).await?.id;
    let ben = member(&mut tx, org, "Ben", Role::Read).await?.id;
    let elsewhere = member(&mut tx, other, "Eve", Role::Read).await?.id;
    let everybody = [ada, ben, elsewhere];
    let named = |found: Vec<TightenedMember>| found.into_iter().map(|row| row.account).collect::<Vec<_>>();
    assert_eq!(named(tx.tightened_among(org, &everybody).await?), []);
    assert_eq!(tx.set_tightened(org, &[ada, elsewhere]).await?, 1);
    assert_eq!(named(tx.tightened_among(org, &everybody).await?), [ada]);
    assert_eq!(named(tx.tightened_among(org, &[ben]).await?), []);
    assert_eq!(named(tx.tightened_among(other, &everybody).await?), []);
    assert_eq!(tx.set_tightened(org, &[ben]).await?, 1);
    assert_eq!(named(tx.tightened_among(org, &everybody).await?), [ben]);
    assert_eq!(tx.set_tightened(org, &[]).await?, 0);
    assert_eq!(named(tx.tightened_among(org, &everybody).await?), []);
    tx.commit().await
}
