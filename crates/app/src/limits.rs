//! How often something may be tried, counted in the database, so that every replica counts alike.

use std::{net::IpAddr, time::Duration};

use tessera_domain::{EmailAddress, Error, Result};
use tessera_ids::{AccountId, DeviceId, EnrollmentKeyId, OrgId, Timestamp};
use tessera_store::Tx;

/// At most `count` within `window`, per subject.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    name: &'static str,
    count: u64,
    window: Duration,
}

/// Guesses at one account's password.
pub(crate) const SIGN_IN: Limit = Limit::new("sign_in", 10, Duration::from_mins(15));
/// Guesses from one place, where many people may sit behind one address.
pub(crate) const SIGN_IN_FROM: Limit = Limit::new("sign_in_from", 100, Duration::from_mins(15));
/// Mails to one address that anybody can cause.
pub(crate) const MAIL_TO: Limit = Limit::new("mail_to", 5, Duration::from_hours(1));
/// Mails that one place on the network can cause.
pub(crate) const MAIL_FROM: Limit = Limit::new("mail_from", 30, Duration::from_hours(1));
/// Times that people of one organization send invitations.
pub(crate) const INVITE: Limit = Limit::new("invite", 200, Duration::from_hours(1));
/// Updates that one member posts and edits.
pub(crate) const POST: Limit = Limit::new("post_update", 60, Duration::from_hours(1));
/// Comments that one member writes and edits.
pub(crate) const COMMENT: Limit = Limit::new("comment", 120, Duration::from_hours(1));
/// Reactions that one member gives and takes back.
pub(crate) const REACT: Limit = Limit::new("react", 300, Duration::from_mins(10));

/// Real calls to providers that people of one organization cause by testing keys and looking up models.
pub(crate) const CALL_PROVIDER: Limit = Limit::new("call_provider", 120, Duration::from_hours(1));

/// Alerts that people of one organization send to see whether they arrive.
pub(crate) const TEST_ALERT: Limit = Limit::new("test_alert", 30, Duration::from_hours(1));
/// Mails that one operator sends to see whether they arrive.
pub(crate) const TEST_MAIL: Limit = Limit::new("test_mail", 10, Duration::from_hours(1));

/// Last words of one device, which is removed: each may be put down in the audit log.
pub(crate) const LAST_WORD: Limit = Limit::new("last_word", 20, Duration::from_hours(1));

/// Refusals of enrolment keys that one place on the network gets; from then on it is told to wait.
pub(crate) const REFUSED_KEY_FROM: Limit = Limit::new("enrol_key_from", 60, Duration::from_mins(10));
/// Refusals of one enrolment key that are put down in the audit log.
pub(crate) const REFUSED_KEY: Limit = Limit::new("enrol_key", 20, Duration::from_hours(1));

/// Whom a limit is about.
pub(crate) trait Subject {
    fn key(&self) -> String;
}

impl Subject for EmailAddress {
    fn key(&self) -> String {
        self.folded().to_owned()
    }
}

impl Subject for OrgId {
    fn key(&self) -> String {
        self.to_string()
    }
}

/// A member: what they do in one organization holds nobody up in another.
impl Subject for (OrgId, AccountId) {
    fn key(&self) -> String {
        format!("{}:{}", self.0, self.1)
    }
}

impl Subject for DeviceId {
    fn key(&self) -> String {
        self.to_string()
    }
}

impl Subject for EnrollmentKeyId {
    fn key(&self) -> String {
        self.to_string()
    }
}

/// A place on the network: of IPv6 the network that one customer gets, since they can use all of it.
impl Subject for Option<IpAddr> {
    fn key(&self) -> String {
        match self.map(|address| address.to_canonical()) {
            None => "unknown".to_owned(),
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }
}

impl Limit {
    const fn new(name: &'static str, count: u64, window: Duration) -> Self {
        Self { name, count, window }
    }

    /// Counts one more for the subject, or says when there is room again.
    ///
    /// It is counted before the act, so that guesses made at the same time cannot slip through together.
    pub(crate) async fn take(self, tx: &mut Tx, subject: &impl Subject, now: Timestamp) -> Result<()> {
        let key = self.key(subject);
        let past = tx.attempts(&key, now, self.window).await?;
        if past.count < self.count {
            return Ok(tx.insert_attempt(&key, now).await?);
        }
        let again = past.oldest.unwrap_or(now).plus(self.window).since(now);
        let again = again.max(Duration::from_secs(1));
        Err(Error::rate_limited(
            format!("Too many tries. Try again in {}.", spoken(again)),
            again,
        ))
    }

    /// Forgets what was counted for the subject.
    pub(crate) async fn clear(self, tx: &mut Tx, subject: &impl Subject) -> Result<()> {
        tx.clear_attempts(&self.key(subject)).await?;
        Ok(())
    }

    fn key(self, subject: &impl Subject) -> String {
        format!("{}:{}", self.name, subject.key())
    }
}

fn spoken(wait: Duration) -> String {
    match wait.as_secs().div_ceil(60) {
        0 | 1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_customers_addresses_are_one_place() {
        let key = |text: &str| Some(text.parse::<IpAddr>().unwrap()).key();
        assert_eq!(key("2001:db8:1:2::3"), key("2001:db8:1:2:ffff::"));
        assert_ne!(key("2001:db8:1:2::3"), key("2001:db8:1:3::3"));
        assert_eq!(key("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
