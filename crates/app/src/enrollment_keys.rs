//! Keys by which machines are enrolled without anybody typing a code: made, listed, revoked. What a machine
//! does with one is in [`crate::sync`]; what it proves is in docs/adr/0021.

use std::time::Duration;

use serde_json::{Value, json};
use tessera_domain::{
    EmailAddress, EnrollmentKeyName, EnrollmentKeyState, Error, FieldError, MailDomain, Result, Right,
    enrollment_key::{MAX_LIFE, MAX_USES},
};
use tessera_ids::{AccountId, EnrollmentKeyId, OrgId};
use tessera_store::{EnrollmentKey, EnrollmentRule, NewEnrollmentKey, Tx};

use crate::{
    Actor, App, AuditEntry, Change, Topic, access, accounts,
    token::{Token, TokenKind},
};

/// The most keys that work at once in one organization.
pub const MOST: u64 = 200;
/// The most keys that a list holds, the newest first.
const LISTED: u64 = 500;

/// Whom a key enrols.
enum Whom {
    /// One member, whoever's machine it is.
    Member(AccountId),
    /// Who is logged in on the machine, at this mail domain.
    Login(MailDomain),
    /// Whom the machine's set-up names by address.
    Told,
}

/// A key to be made, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// What it is to be called.
    pub name: String,
    /// `member`, `login` or `told`.
    pub rule: String,
    /// With `member`: their id or address.
    pub member: String,
    /// With `login`: the mail domain.
    pub domain: String,
    /// How many machines, from 1 to [`MAX_USES`].
    pub max_uses: u64,
    /// For how many days it works, from 1 to 365.
    pub days: u64,
}

/// The same, understood.
struct NewKey {
    name: EnrollmentKeyName,
    whom: Whom,
    max_uses: u64,
    lifetime: Duration,
}

impl Draft {
    async fn read(&self, tx: &mut Tx, org: OrgId) -> Result<NewKey> {
        let mut wrong = Vec::new();
        let mut refuse = |pointer: &str, message: String| {
            wrong.push(FieldError {
                pointer: pointer.to_owned(),
                message,
            });
        };
        let name = self.name.parse::<EnrollmentKeyName>();
        let name = name.map_err(|error| refuse("/name", error.to_string())).ok();
        let whom = self.whom(tx, org).await?;
        let whom = whom.map_err(|(pointer, why)| refuse(pointer, why)).ok();
        if !(1..=MAX_USES).contains(&self.max_uses) {
            refuse(
                "/max_uses",
                format!("A key enrols from 1 to {MAX_USES} machines."),
            );
        }
        let lifetime = Duration::from_hours(self.days.saturating_mul(24).min(24 * 366));
        if lifetime.is_zero() || lifetime > MAX_LIFE {
            refuse("/days", "A key works from 1 to 365 days.".to_owned());
        }
        match (name, whom) {
            (Some(name), Some(whom)) if wrong.is_empty() => Ok(NewKey {
                name,
                whom,
                max_uses: self.max_uses,
                lifetime,
            }),
            _ => Err(Error::invalid_fields(wrong)),
        }
    }

    /// Whom it enrols, or which field is wrong and why.
    async fn whom(&self, tx: &mut Tx, org: OrgId) -> Result<Result<Whom, (&'static str, String)>> {
        let refused = |pointer, why: &str| Ok(Err((pointer, why.to_owned())));
        match self.rule.as_str() {
            "member" => match self.account(tx).await? {
                Some(account) if tx.membership(org, account).await?.is_some() => {
                    Ok(Ok(Whom::Member(account)))
                }
                _ => refused("/member", "No member of this organization has this address."),
            },
            "login" => Ok(self
                .domain
                .parse()
                .map(Whom::Login)
                .map_err(|_| ("/domain", "Type a mail domain, as in example.com.".to_owned()))),
            "told" => Ok(Ok(Whom::Told)),
            _ => refused("/rule", "Choose whom the key enrols."),
        }
    }

    async fn account(&self, tx: &mut Tx) -> Result<Option<AccountId>> {
        let typed = self.member.trim();
        if let Ok(id) = typed.parse() {
            return Ok(Some(id));
        }
        let Ok(address) = typed.parse::<EmailAddress>() else {
            return Ok(None);
        };
        Ok(tx.account_by_email(&address).await?.map(|account| account.id))
    }
}

impl Whom {
    fn columns(self) -> (EnrollmentRule, Option<AccountId>, Option<MailDomain>) {
        match self {
            Self::Member(account) => (EnrollmentRule::Member, Some(account), None),
            Self::Login(domain) => (EnrollmentRule::Login, None, Some(domain)),
            Self::Told => (EnrollmentRule::Told, None, None),
        }
    }
}

/// Makes a key. Its text is shown this once.
///
/// # Errors
/// *Invalid* with every field that breaks its rule, *Conflict* when [`MOST`] keys work already.
pub async fn create(app: &App, actor: &Actor, org: OrgId, draft: Draft) -> Result<(EnrollmentKey, Token)> {
    let mut change = Change::begin(app, actor, org, Right::ManageDevices).await?;
    let author = accounts::me_in(change.tx(), actor).await?;
    let now = change.now();
    if change.tx().count_usable_enrollment_keys(org, now).await? >= MOST {
        return Err(Error::conflict(format!(
            "{MOST} enrolment keys work already. Revoke one that nobody needs."
        )));
    }
    let new = draft.read(change.tx(), org).await?;
    let (rule, account, domain) = new.whom.columns();
    let secret = Token::generate(TokenKind::EnrollmentKey, &*app.entropy);
    let id = EnrollmentKeyId::generate(&*app.clock, &*app.entropy);
    let row = NewEnrollmentKey {
        id,
        key_hash: secret.hash(),
        last_four: secret.last_four(),
        name: new.name,
        rule,
        account,
        domain,
        max_uses: new.max_uses,
        created_at: now,
        created_by_name: author.name,
        expires_at: now.plus(new.lifetime),
    };
    change.tx().insert_enrollment_key(org, &row).await?;
    let kept = change.tx().enrollment_key(org, id).await?;
    let kept = kept.ok_or_else(|| Error::internal("a key was not kept"))?;
    change.touch(Topic::Devices);
    let entry = AuditEntry::new("enrollment_key.created", &id).named(&kept.name);
    change.commit(entry.after(&described(&kept))).await?;
    Ok((kept, secret))
}

/// An organization's keys, the newest first, those that ended among them.
pub async fn list(app: &App, actor: &Actor, org: OrgId) -> Result<Vec<(EnrollmentKey, EnrollmentKeyState)>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageDevices).await?;
    let now = app.clock.now();
    let keys = tx.enrollment_keys(org, LISTED).await?;
    Ok(keys
        .into_iter()
        .map(|key| {
            let state = key.state(now);
            (key, state)
        })
        .collect())
}

/// One key.
///
/// # Errors
/// *Not found* for another organization's.
pub async fn one(
    app: &App,
    actor: &Actor,
    org: OrgId,
    id: EnrollmentKeyId,
) -> Result<(EnrollmentKey, EnrollmentKeyState)> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageDevices).await?;
    let key = tx.enrollment_key(org, id).await?;
    let key = key.ok_or_else(|| Error::not_found("enrolment key"))?;
    let state = key.state(app.clock.now());
    Ok((key, state))
}

/// Ends a key: it enrols nobody any more. Devices that it enrolled go on.
///
/// # Errors
/// *Conflict* when somebody revoked it before.
pub async fn revoke(app: &App, actor: &Actor, org: OrgId, id: EnrollmentKeyId) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ManageDevices).await?;
    let author = accounts::me_in(change.tx(), actor).await?;
    let now = change.now();
    let key = change.tx().enrollment_key(org, id).await?;
    let key = key.ok_or_else(|| Error::not_found("enrolment key"))?;
    if !change
        .tx()
        .revoke_enrollment_key(org, id, now, &author.name)
        .await?
    {
        return Err(Error::conflict("This enrolment key is revoked already."));
    }
    change.touch(Topic::Devices);
    let entry = AuditEntry::new("enrollment_key.revoked", &id).named(&key.name);
    change.commit(entry.before(&described(&key))).await
}

/// What the audit log keeps of a key; nothing secret.
fn described(key: &EnrollmentKey) -> Value {
    json!({
        "rule": key.rule.as_str(),
        "member": key.member_name,
        "domain": key.domain,
        "uses": key.uses,
        "max_uses": key.max_uses,
        "expires_at": key.expires_at,
        "last_four": key.last_four,
    })
}
