//! Making somebody an owner from outside: for lock-outs, and for installs by scripts.

use std::time::Duration;

use tessera_domain::{EmailAddress, Error, OrgName, PersonName, Result, Right, Role};
use tessera_ids::{AccountId, OrgId, Timestamp};
use tessera_store::{Account, Org, TokenKind as LinkKind, Tx};

use super::OPERATOR;
use crate::{
    App, AuditEntry, Change, Topic, audit, orgs, seats,
    token::{Token, TokenKind},
};

/// How long the link to a password works: it may have to be carried to somebody.
const LINK_LIFETIME: Duration = Duration::from_hours(24);
/// Organizations per statement.
const STEP: u64 = 500;

/// Whom to make an owner, and of what.
#[derive(Clone, Debug)]
pub struct WantedOwner {
    /// Their address, taken as proven: whoever runs the server vouches for it.
    pub email: EmailAddress,
    /// What they are called, if they have no account yet; left out, it is made of the address.
    pub name: Option<PersonName>,
    /// The organization, by name or id; one that does not exist is founded. Left out, it is the only one there is.
    pub org: Option<String>,
    /// Whether they run the installation too. The first account does in any case.
    pub operator: bool,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct MadeOwner {
    /// Whom.
    pub account: AccountId,
    /// Whether they had no account before.
    pub is_new: bool,
    /// Of what; nothing where there is no organization.
    pub org: Option<(OrgId, OrgName)>,
    /// Where they choose a password, once, within a day.
    pub link: String,
}

/// Where somebody becomes an owner.
enum Place {
    Existing(Box<Org>),
    Founded(OrgName),
    Nowhere,
}

/// Makes an account an owner, making account and organization where they are missing, and gives the one-time link to a
/// password. Nobody's password and no session ends before the link is used.
///
/// # Errors
/// *Invalid* when it is not clear which organization is meant, *Conflict* when it has no seat left.
pub async fn create_owner(app: &App, wanted: &WantedOwner) -> Result<MadeOwner> {
    match place(app, wanted.org.as_deref()).await? {
        Place::Existing(org) => promote(app, wanted, org.id).await,
        Place::Founded(name) => begin(app, wanted, Some(name)).await,
        Place::Nowhere => begin(app, wanted, None).await,
    }
}

async fn place(app: &App, said: Option<&str>) -> Result<Place> {
    let mut tx = app.store.read().await?;
    let (mut living, mut last) = (Vec::new(), None);
    loop {
        let page = tx.orgs(last, STEP).await?;
        let Some(end) = page.last() else { break };
        last = Some(end.id);
        living.extend(page.into_iter().filter(|org| org.deleted_at.is_none()));
    }
    let Some(said) = said else {
        return match living.len() {
            0 => Ok(Place::Nowhere),
            1 => Ok(living
                .pop()
                .map_or(Place::Nowhere, |org| Place::Existing(Box::new(org)))),
            _ => Err(Error::invalid(format!(
                "There are several organizations; say which with --org: {}.",
                listed(&living)
            ))),
        };
    };
    let name = said.parse::<OrgName>();
    let folded = name.as_ref().ok().map(OrgName::folded);
    let means = |org: &Org| org.id.to_string() == said || Some(org.name.folded()) == folded;
    let mut meant: Vec<_> = living.into_iter().filter(means).collect();
    match meant.len() {
        0 if said.starts_with("org_") => Err(Error::invalid(format!("There is no organization {said}."))),
        0 => Ok(Place::Founded(name.map_err(|error| {
            Error::invalid(format!("The organization's name: {error}."))
        })?)),
        1 => Ok(meant
            .pop()
            .map_or(Place::Nowhere, |org| Place::Existing(Box::new(org)))),
        _ => Err(Error::invalid(format!(
            "Several organizations have this name; say which with --org: {}.",
            listed(&meant)
        ))),
    }
}

fn listed(orgs: &[Org]) -> String {
    let shown = orgs
        .iter()
        .take(20)
        .map(|org| format!("{} ({})", org.id, org.name));
    shown.collect::<Vec<_>>().join(", ")
}

/// In an organization that there is.
async fn promote(app: &App, wanted: &WantedOwner, org: OrgId) -> Result<MadeOwner> {
    let mut change = Change::begin(app, &OPERATOR, org, Right::ChangeRoles).await?;
    let (now, name) = (change.now(), change.org().name.clone());
    let (account, is_new) = account(app, change.tx(), wanted, now).await?;
    let before = change
        .tx()
        .membership(org, account.id)
        .await?
        .map(|place| place.role);
    match before {
        Some(Role::Owner) => {}
        Some(_) => {
            change.tx().set_role(org, account.id, Role::Owner).await?;
        }
        None => {
            seats::join(&mut change, &account.email).await?;
            change
                .tx()
                .insert_membership(org, &account, Role::Owner, now)
                .await?;
        }
    }
    let link = link(app, change.tx(), account.id, now).await?;
    change.touch(Topic::People);
    let mut entry = AuditEntry::new("member.made_owner", &account.id).named(&account.name);
    if let Some(role) = before {
        entry = entry.before(&role);
    }
    change.commit(entry.after(&Role::Owner)).await?;
    Ok(MadeOwner {
        account: account.id,
        is_new,
        org: Some((org, name)),
        link,
    })
}

/// In one that is founded now, or in none.
async fn begin(app: &App, wanted: &WantedOwner, name: Option<OrgName>) -> Result<MadeOwner> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let (account, is_new) = account(app, &mut tx, wanted, now).await?;
    let org = match name {
        Some(name) => Some((
            orgs::found(app, &mut tx, &OPERATOR, &account, &name, now).await?,
            name,
        )),
        None => None,
    };
    let link = link(app, &mut tx, account.id, now).await?;
    tx.commit().await?;
    Ok(MadeOwner {
        account: account.id,
        is_new,
        org,
        link,
    })
}

/// The account with that address, made where there is none.
async fn account(app: &App, tx: &mut Tx, wanted: &WantedOwner, now: Timestamp) -> Result<(Account, bool)> {
    let first = tx.count_accounts().await? == 0;
    if let Some(mut known) = tx.account_by_email(&wanted.email).await? {
        if wanted.operator && !known.is_operator {
            tx.set_account_powers(known.id, true, true).await?;
            known.is_operator = true;
        }
        return Ok((known, false));
    }
    let account = Account {
        id: AccountId::generate(&*app.clock, &*app.entropy),
        created_at: now,
        email: wanted.email.clone(),
        name: match &wanted.name {
            Some(name) => name.clone(),
            None => name_of(&wanted.email)?,
        },
        password_hash: None,
        verified_at: Some(now),
        zone: "UTC".to_owned(),
        is_operator: first || wanted.operator,
        may_create_orgs: first || wanted.operator,
    };
    tx.insert_account(&account).await?;
    let entry = AuditEntry::new("account.created", &account.id)
        .named(&account.name)
        .after(&account.email);
    audit::write(app, tx, &OPERATOR, None, now, entry).await?;
    Ok((account, true))
}

/// What stands before the @.
fn name_of(email: &EmailAddress) -> Result<PersonName> {
    let text = email.as_str();
    let local = text.split_once('@').map_or(text, |(local, _)| local);
    local
        .parse()
        .map_err(|_| Error::invalid("Say what they are called with --name."))
}

async fn link(app: &App, tx: &mut Tx, account: AccountId, now: Timestamp) -> Result<String> {
    let token = Token::generate(TokenKind::Link, &*app.entropy);
    let end = now.plus(LINK_LIFETIME);
    tx.insert_account_token(account, LinkKind::Reset, token.hash(), now, end)
        .await?;
    Ok(format!(
        "{}/reset-password/{}",
        app.config.public_url,
        token.reveal()
    ))
}
