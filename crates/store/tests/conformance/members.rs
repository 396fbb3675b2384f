//! Members by role, team and device, changed many at once, and the end of a membership.

use tessera_domain::Role;
use tessera_ids::{AccountId, OrgId};
use tessera_store::{
    Account, DeviceLife, DeviceStanding, Error, MemberQuery, MemberSort, Removal, Result, Store, Tx, Unique,
};

use crate::fixture::{accounts, at, device, email, end, id, manifest, member, org, person, receipt};

async fn found(tx: &mut Tx, org: OrgId, wanted: &MemberQuery) -> Result<Vec<AccountId>> {
    let page = tx.members(org, wanted, at(10)).await?;
    assert_eq!(
        tx.count_members(org, wanted, at(10)).await?,
        page.len() as u64,
        "{wanted:?}"
    );
    let all = tx.matching_members(org, wanted, at(10), 100).await?;
    assert_eq!(all.len(), page.len(), "{wanted:?}");
    Ok(accounts(&page))
}

pub(crate) async fn members_are_found_by_role_and_device(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let cast = [
        ("Zoe", Role::Owner),
        ("Ann", Role::Read),
        ("Bob", Role::Admin),
        ("Cyd", Role::Write),
        ("Dan", Role::Read),
    ];
    let mut people = Vec::new();
    for (name, role) in cast {
        people.push(member(&mut tx, org, name, role).await?);
    }
    let [zoe, ann, bob, cyd, dan] = [0, 1, 2, 3, 4].map(|place: usize| people[place].id);
    let stranger = member(&mut tx, other, "Eve", Role::Owner).await?;
    device(&mut tx, other, &stranger, "elsewhere").await?;

    // Page by page, by role, then by name.
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = MemberQuery {
            sort: MemberSort::Role(after),
            limit: 2,
            ..MemberQuery::default()
        };
        let page = tx.members(org, &page, at(10)).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.role, last.name_key.clone(), last.account));
        seen.extend(accounts(&page));
    }
    assert_eq!(seen, [zoe, bob, cyd, ann, dan]);
    let readers = |sort| MemberQuery {
        role: Some(Role::Read),
        sort,
        ..MemberQuery::default()
    };
    for sort in [MemberSort::Name(None), MemberSort::Role(None)] {
        assert_eq!(found(&mut tx, org, &readers(sort)).await?, [ann, dan]);
    }
    assert_eq!(
        found(&mut tx, org, &readers(MemberSort::Newest(None))).await?,
        [dan, ann]
    );

    // Zoe's only device is current, one of Ann's two waits, Bob's failed, Cyd's was cloned.
    tx.insert_manifest(org, &manifest(5, 1, at(1))).await?;
    let mut hosts = Vec::new();
    for (place, host) in [(0, "zoe"), (1, "ann-one"), (1, "ann-two"), (2, "bob"), (3, "cyd")] {
        hosts.push(device(&mut tx, org, &people[place], host).await?);
    }
    let mut failed = receipt(org, hosts[3], 1, 5);
    failed.failure = Some(("memory".to_owned(), "broken".to_owned()));
    tx.record_receipts(&[
        receipt(org, hosts[0], 1, 5),
        receipt(org, hosts[1], 1, 5),
        failed,
        receipt(org, hosts[4], 1, 5),
    ])
    .await?;
    assert!(tx.mark_cloned(org, hosts[4], at(7)).await?);
    let standing = |device| MemberQuery {
        device: Some(device),
        ..MemberQuery::default()
    };
    for (wanted, members) in [
        (DeviceStanding::Current, vec![zoe]),
        (DeviceStanding::Behind, vec![ann]),
        (DeviceStanding::Failing, vec![bob, cyd]),
        (DeviceStanding::None, vec![dan]),
    ] {
        assert_eq!(found(&mut tx, org, &standing(wanted)).await?, members, "{wanted}");
    }
    let page = tx.members(org, &MemberQuery::default(), at(10)).await?;
    let shown: Vec<_> = page
        .iter()
        .map(|row| (row.devices, row.devices_current, row.standing()))
        .collect();
    assert_eq!(
        shown,
        [
            (2, 1, DeviceStanding::Behind),
            (1, 0, DeviceStanding::Failing),
            (1, 0, DeviceStanding::Failing),
            (0, 0, DeviceStanding::None),
            (1, 1, DeviceStanding::Current),
        ]
    );
    // Filters narrow each other.
    let both = MemberQuery {
        role: Some(Role::Admin),
        search: Some("BOB".to_owned()),
        ..standing(DeviceStanding::Failing)
    };
    assert_eq!(found(&mut tx, org, &both).await?, [bob]);
    assert_eq!(DeviceStanding::of_word("behind"), Some(DeviceStanding::Behind));
    assert_eq!(DeviceStanding::of_word("lost"), None);
    tx.commit().await
}

pub(crate) async fn many_members_change_in_one_statement(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let new: Vec<Account> = (0..300)
        .map(|number| Account {
            id: id(),
            created_at: at(0),
            email: email(&format!("p{number:03}@Example.com")),
            name: person(&format!("P{number:03} Ü")),
            password_hash: (number == 1).then(|| "$argon2id$".to_owned()),
            verified_at: (number == 2).then(|| at(3)),
            zone: "UTC".to_owned(),
            is_operator: number == 3,
            may_create_orgs: number == 4,
        })
        .collect();
    tx.insert_accounts(&new).await?;
    for account in &new[..5] {
        assert_eq!(tx.account(account.id).await?.as_ref(), Some(account));
    }
    let joining: Vec<_> = new.iter().map(|account| (account, Role::Write)).collect();
    tx.insert_memberships(org, &joining, at(4)).await?;
    let eve = member(&mut tx, other, "Eve", Role::Owner).await?.id;
    let search = MemberQuery {
        search: Some("p299 ü".to_owned()),
        ..MemberQuery::default()
    };
    assert_eq!(
        tx.matching_members(org, &search, at(10), 9).await?[0].account,
        new[299].id
    );

    let everybody: Vec<AccountId> = new.iter().map(|account| account.id).chain([eve]).collect();
    let known = tx.members_among(org, &everybody).await?;
    assert_eq!(known.len(), 300, "Eve belongs elsewhere");
    assert!(
        known
            .iter()
            .all(|member| member.role == Role::Write && member.name.as_str().ends_with('Ü'))
    );
    let roles: Vec<_> = everybody.iter().map(|account| (*account, Role::Read)).collect();
    assert_eq!(tx.set_roles(org, &roles).await?, 300);
    let eves = tx.membership(other, eve).await?.expect("she is there");
    assert_eq!(eves.role, Role::Owner);

    let team = id();
    tx.insert_team(org, team, &"Scouts".parse().expect("a name"), at(0))
        .await?;
    tx.add_team_members(org, team, &everybody[..3], at(1)).await?;
    assert!(tx.set_team_lead(org, team, everybody[0], true).await?);
    assert_eq!(tx.clear_leads(other, &everybody).await?, 0);
    assert_eq!(tx.clear_leads(org, &everybody).await?, 1);
    assert!(
        tx.teams_of(org, &everybody)
            .await?
            .iter()
            .all(|place| !place.lead)
    );

    let twice = tx.insert_memberships(org, &joining[..1], at(5)).await;
    assert!(
        matches!(twice, Err(Error::NotUnique(Unique::Membership))),
        "{twice:?}"
    );
    tx.roll_back().await
}

pub(crate) async fn a_removal_is_remembered_with_its_devices(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (org, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let ann = member(&mut tx, org, "Ann", Role::Write).await?;
    let before = device(&mut tx, org, &ann, "before").await?;
    let now = device(&mut tx, org, &ann, "now").await?;
    for (device, life, second) in [(before, DeviceLife::Removed, 4), (now, DeviceLife::Removed, 9)] {
        assert!(tx.end_device(org, device, &end(life, second, b"t")).await?);
    }
    let removal = |second, by: &str| Removal {
        org,
        account: ann.id,
        name: ann.name.clone(),
        email: ann.email.clone(),
        role: Role::Write,
        at: at(second),
        removed_by: by.to_owned(),
        sessions: Some(2),
        tokens: None,
    };
    tx.insert_removal(&removal(4, "Zoe")).await?;
    assert_eq!(tx.removal(org, ann.id).await?, Some(removal(4, "Zoe")));
    assert!(tx.delete_membership(org, ann.id).await?);
    tx.insert_removal(&removal(9, "")).await?;
    assert_eq!(
        tx.removals(org, 9).await?,
        [removal(9, "")],
        "the last end counts"
    );
    assert_eq!(tx.removal(other, ann.id).await?, None);
    assert_eq!(tx.removals(other, 9).await?, []);
    let ended = tx.removed_devices(org, ann.id, at(9)).await?;
    assert_eq!(ended.iter().map(|device| device.id).collect::<Vec<_>>(), [now]);
    tx.commit().await
}
