//! Makes the organization: its people, teams, and some weeks of decisions, by the use cases that requests call.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use tessera_app::accounts::{self, Visitor};
use tessera_app::installation::{self, SetUp};
use tessera_app::seeding::{self, NewMember};
use tessera_app::settings::{self, SaveRequest};
use tessera_app::token::{Token, TokenKind};
use tessera_app::{AccountActor, Actor, App, Credential, teams, tokens};
use tessera_domain::{Error, Result};
use tessera_ids::{AccountId, OrgId, SessionId, TeamId};
use tessera_policy::{LayerName, SettingsPatch};

use super::calendar::Calendar;
use super::cast::{BLOCK_LIST, HISTORY, ORGANIZATION, PEOPLE, Person, TEAMS};
use super::news;

const DAY: Duration = Duration::from_hours(24);

/// What was made.
pub(super) struct Seeded {
    /// The organization.
    pub(super) org: OrgId,
    /// Its people, in the cast's order.
    pub(super) accounts: Vec<AccountId>,
    /// The owner's session.
    pub(super) session: Token,
    /// The owner's personal access token.
    pub(super) api_token: Token,
    session_id: SessionId,
}

impl Seeded {
    /// One of its people, as if just signed in.
    pub(super) fn actor(&self, person: usize) -> Actor {
        actor(self.accounts[person % self.accounts.len()], self.session_id)
    }
}

fn actor(account: AccountId, session: SessionId) -> Actor {
    Actor::Account(AccountActor {
        account,
        credential: Credential::Session {
            id: session,
            recent: true,
        },
        address: None,
    })
}

/// Makes it, from three weeks ago to now.
pub(super) async fn sow(app: &App, calendar: &Calendar, setup_link: &str) -> Result<Seeded> {
    let visitor = Visitor::default();
    let password = SecretString::from(
        Token::generate(TokenKind::Link, &*app.entropy)
            .reveal()
            .to_owned(),
    );
    let owner = &PEOPLE[0];

    calendar.go_back(DAY * 21);
    let wanted = SetUp {
        name: read(owner.name)?,
        email: read(&owner.email())?,
        password: password.clone(),
        org: Some(read(ORGANIZATION)?),
    };
    let link = setup_link.rsplit('/').next().unwrap_or_default();
    let (first, org) = installation::set_up(app, &visitor, link, wanted).await?;
    let org = org.ok_or_else(|| Error::internal("the set-up made no organization"))?;

    calendar.go_back(DAY * 20);
    let joined = seeding::members(app, org, &newcomers()?).await?;
    let accounts = [vec![first.account], joined].concat();
    let teams = form_teams(app, &actor(first.account, first.session), org, &accounts).await?;
    let person = |number: usize| actor(accounts[number], first.session);
    live(app, calendar, org, &teams, person).await?;

    calendar.go_back(Duration::ZERO);
    let session = accounts::sign_in(app, &visitor, &read(&owner.email())?, &password).await?;
    let (_, api_token) = tokens::create(app, &session.actor(&visitor), read("Demo script")?, None).await?;
    Ok(Seeded {
        org,
        accounts,
        session_id: session.session,
        session: session.token,
        api_token,
    })
}

fn newcomers() -> Result<Vec<NewMember>> {
    let newcomer = |person: &Person| {
        Ok(NewMember {
            name: read(person.name)?,
            email: read(&person.email())?,
            role: person.role,
        })
    };
    PEOPLE[1..].iter().map(newcomer).collect()
}

async fn form_teams(app: &App, owner: &Actor, org: OrgId, accounts: &[AccountId]) -> Result<Vec<TeamId>> {
    let mut made = Vec::with_capacity(TEAMS.len());
    for (number, name) in TEAMS.iter().enumerate() {
        let team = teams::create(app, owner, org, &read(name)?).await?;
        let belongs = |(person, account): (&Person, &AccountId)| (person.team == number).then_some(*account);
        let members: Vec<AccountId> = PEOPLE.iter().zip(accounts).filter_map(belongs).collect();
        teams::add(app, owner, org, team, &members).await?;
        made.push(team);
    }
    Ok(made)
}

/// How long ago one of the decisions was taken.
fn age(number: usize) -> Duration {
    let count = u32::try_from(HISTORY.len()).unwrap_or(u32::MAX);
    DAY * 18 / count * (count - u32::try_from(number).unwrap_or(count))
}

/// Some weeks of decisions by those who may take them, and what people told each other in between, in the order
/// in which it happened.
async fn live(
    app: &App,
    calendar: &Calendar,
    org: OrgId,
    teams: &[TeamId],
    person: impl Fn(usize) -> Actor,
) -> Result<()> {
    news::appoint(app, org, teams, &person).await?;
    let mut stories = news::STORIES.iter().peekable();
    for (number, (note, text)) in HISTORY.iter().enumerate() {
        while let Some(story) = stories.next_if(|story| story.age() > age(number)) {
            news::tell(app, calendar, org, teams, &person, story).await?;
        }
        calendar.go_back(age(number));
        let patch = serde_json::from_str(text).map_err(Error::internal)?;
        // The owners and admins come first in the cast.
        save(app, &person(number % 5), org, note, &patch).await?;
    }
    for story in stories {
        news::tell(app, calendar, org, teams, &person, story).await?;
    }
    Ok(())
}

/// The newest decision, taken while the machines listen; gives its revision.
pub(super) async fn block_websites(app: &App, seeded: &Seeded) -> Result<u64> {
    let patch =
        json!({ "memory": { "managed_websites": true, "websites": { "add": BLOCK_LIST.as_slice() } } });
    let note = "Banking, health and personnel are nobody's memory";
    save(app, &seeded.actor(0), seeded.org, note, &patch).await
}

async fn save(app: &App, author: &Actor, org: OrgId, note: &str, patch: &Value) -> Result<u64> {
    let request = SaveRequest {
        layer: LayerName::Org,
        edits: SettingsPatch::parse(patch).map_err(Error::invalid_fields)?,
        team_defaults: Vec::new(),
        note: Some(read(note)?),
        expected: None,
    };
    Ok(settings::save(app, author, org, request).await?.revision)
}

/// Reads a text that the cast says.
pub(super) fn read<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T> {
    text.parse()
        .map_err(|error| Error::internal(format!("{text}: {error}")))
}
