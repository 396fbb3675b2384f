//! One sequence of made-up operations gives equal answers on both engines.

use std::fmt::Write;

use tessera_domain::Role;
use tessera_ids::{AccountId, DeviceId, OrgId, TeamId, TypedId};
use tessera_store::{
    DeviceLife, DeviceQuery, DeviceSort, DeviceStanding, MemberQuery, MemberSort, NewOrg, NewReceipt, Result,
    Store,
    testing::{Engine, open},
};

use crate::fixture::{AUDIENCE, at, email, end, hash, manifest, person, receipt};

/// A small generator of its own, so that both engines get the same sequence (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let sides = u64::try_from(of.len()).expect("a short list");
        of[usize::try_from(self.roll(sides)).expect("a short list")]
    }
}

fn numbered<T: TypedId>(number: u64) -> T {
    T::from_uuid(uuid::Uuid::from_u128(u128::from(number) + 1))
}

const NAMES: [&str; 6] = ["Ada", "ádám", "Bob_", "100%", "Zoë", "bob\\"];
const ROLES: [Role; 4] = Role::ALL;

/// Does one made-up thing and says how it ended.
#[expect(clippy::too_many_lines, reason = "one arm per operation")]
async fn step(store: &Store, dice: &mut Dice, second: i64) -> Result<String> {
    let tenant = dice.roll(2);
    let org: OrgId = numbered(tenant);
    let account: AccountId = numbered(dice.roll(8));
    let device: DeviceId = numbered(dice.roll(10));
    let name = dice.pick(&NAMES);
    let choice = dice.roll(13);
    let number = dice.roll(6);
    let team: TeamId = numbered(100 * tenant + number);
    let role = dice.pick(&ROLES);
    let mut tx = store.begin().await?;
    let ended = match choice {
        // Ids are never used twice: which of two broken keys is named differs between the engines.
        0 if tx.account(account).await?.is_some() => "is there".to_owned(),
        6 if tx.team(org, team).await?.is_some() => "is there".to_owned(),
        0 => {
            let address = email(&format!("p{number}@example.com"));
            let new = tessera_store::Account {
                id: account,
                created_at: at(second),
                email: address,
                name: person(name),
                password_hash: None,
                verified_at: None,
                zone: "UTC".to_owned(),
                is_operator: false,
                may_create_orgs: false,
            };
            format!("{:?}", tx.insert_account(&new).await)
        }
        1 => {
            let new = NewOrg {
                id: org,
                created_at: at(second),
                name: "Legion".parse().expect("a name"),
                seats: None,
                data_key: vec![],
            };
            let made = tx.insert_org(&new).await;
            if made.is_ok() {
                tx.insert_audience(org, AUDIENCE, &serde_json::json!({}), at(0))
                    .await?;
            }
            format!("{made:?}")
        }
        2 => match tx.account(account).await? {
            Some(account) => format!(
                "{:?}",
                tx.insert_membership(org, &account, role, at(second)).await
            ),
            None => "nobody".to_owned(),
        },
        3 => format!("{:?}", tx.set_role(org, account, role).await),
        4 => format!("{:?}", tx.delete_membership(org, account).await),
        5 => format!(
            "{:?}",
            tx.rename_account(account, &person(name), &email(&format!("p{number}@example.com")))
                .await
        ),
        6 => format!(
            "{:?}",
            tx.insert_team(org, team, &name.parse().expect("a name"), at(second))
                .await
        ),
        7 => format!(
            "{:?}",
            tx.add_team_members(org, team, &[account], at(second)).await
        ),
        8 => match tx.account(account).await? {
            Some(account)
                if tx.device_of_assertion(device).await?.is_none() && tx.org(org).await?.is_some() =>
            {
                let new = new_device(device, name);
                format!("{:?}", tx.insert_device(org, &account, &new).await)
            }
            _ => "nobody".to_owned(),
        },
        9 => {
            let told = NewReceipt {
                digest: hash(number % 2),
                ..receipt(org, device, number, number)
            };
            format!("{:?}", tx.record_receipts(&[told.clone(), told]).await)
        }
        10 => format!(
            "{:?}",
            tx.end_device(org, device, &end(DeviceLife::Wiped, second, b"t"))
                .await
        ),
        11 => {
            let present = tx.org(org).await?.is_some();
            let kept = if present {
                tx.insert_manifest(org, &manifest(number + 1, number, at(second)))
                    .await
                    .map(Some)
            } else {
                Ok(None)
            };
            format!("{kept:?}")
        }
        _ => format!("{:?}", tx.touch_devices(&[(device, at(second))]).await),
    };
    // A failed statement spoils the transaction on one engine and not on the other.
    if ended.starts_with("Err") {
        tx.roll_back().await?;
    } else {
        tx.commit().await?;
    }
    Ok(format!("{choice} {ended}"))
}

fn new_device(id: DeviceId, host: &str) -> tessera_store::NewDevice {
    tessera_store::NewDevice {
        id,
        created_at: at(0),
        host: host.parse().expect("a host"),
        os: "Linux".parse().expect("a system"),
        agent_version: "1".parse().expect("a version"),
        key_storage: "file".to_owned(),
        address: String::new(),
        signing_key: vec![],
        sealing_key: vec![],
        audience: AUDIENCE.to_owned(),
        enrollment_key: None,
        wire: 1,
    }
}

/// Everything that lists show.
async fn look(store: &Store, second: i64) -> Result<String> {
    let mut seen = String::new();
    let mut reader = store.read().await?;
    for org in [numbered(0), numbered(1)] {
        for sort in [
            MemberSort::Name(None),
            MemberSort::Newest(None),
            MemberSort::Role(None),
        ] {
            let wanted = MemberQuery {
                sort,
                ..MemberQuery::default()
            };
            let _ = writeln!(seen, "{:?}", reader.members(org, &wanted, at(second)).await?);
        }
        for standing in DeviceStanding::ALL {
            let wanted = MemberQuery {
                device: Some(standing),
                ..MemberQuery::default()
            };
            let count = reader.count_members(org, &wanted, at(second)).await?;
            let _ = writeln!(
                seen,
                "{count} {:?}",
                reader.members(org, &wanted, at(second)).await?
            );
        }
        for sort in [
            DeviceSort::Host(None),
            DeviceSort::Member(None),
            DeviceSort::Contact(None),
        ] {
            let wanted = DeviceQuery {
                sort,
                ..DeviceQuery::default()
            };
            let _ = writeln!(seen, "{:?}", reader.devices(org, &wanted, at(second)).await?);
        }
        let _ = writeln!(seen, "{:?}", reader.teams(org).await?);
        let _ = writeln!(seen, "{:?}", reader.device_states(org, at(second)).await?);
        let _ = writeln!(seen, "{:?}", reader.rollout(org, 2, at(second)).await?);
        let _ = writeln!(seen, "{:?}", reader.seats(org, at(second)).await?);
    }
    Ok(seen)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_operations_have_equal_answers() -> Result<()> {
    let Some(postgres) = open(Engine::Postgres).await else {
        return Ok(());
    };
    let sqlite = open(Engine::Sqlite).await.expect("a file can be made");
    let mut dice = [Dice(0x07e5_5e7a), Dice(0x07e5_5e7a)];
    for second in 0..600 {
        let one = step(&sqlite.store, &mut dice[0], second).await?;
        let two = step(&postgres.store, &mut dice[1], second).await?;
        assert_eq!(one, two, "step {second}");
        if second % 20 == 0 {
            assert_eq!(
                look(&sqlite.store, second).await?,
                look(&postgres.store, second).await?,
                "step {second}"
            );
        }
    }
    sqlite.remove().await;
    postgres.remove().await;
    Ok(())
}
