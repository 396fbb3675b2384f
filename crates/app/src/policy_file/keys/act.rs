//! Doing what a file wants of the keys, within the change that keeps the file.

use tessera_domain::{Error, Result, Right};
use tessera_store::CredentialContent;

use super::{Act, KeyDeed, KeysTarget};
use crate::{
    Change,
    credentials::{self, Done, add_in, change_in, delete_in, reach, replace_in},
    policy_file::refused,
};

impl KeysTarget {
    /// Refuses to go on without a value that is needed.
    ///
    /// # Errors
    /// *Invalid* with the place of every reference whose value was not given.
    pub(in crate::policy_file) fn refuse_missing(&self) -> Result<()> {
        if self.missing.is_empty() {
            return Ok(());
        }
        Err(refused(self.missing.clone()))
    }

    /// Refuses when the keys are not those that the author saw.
    ///
    /// # Errors
    /// *Conflict*.
    pub(in crate::policy_file) fn refuse_other(&self, seen: Option<&str>) -> Result<()> {
        match seen {
            Some(seen) if seen != self.state => Err(Error::conflict(
                "Somebody changed the providers' keys since this was planned. Nothing was applied; plan again.",
            )
            .with_current(serde_json::json!({ "credentials": self.state }))),
            _ => Ok(()),
        }
    }

    /// Makes the keys what the file says. Devices are told once.
    pub(in crate::policy_file) async fn perform(&self, change: &mut Change<'_>, source: &str) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        if let Some(role) = change.role() {
            Right::ManageCredentials.require(role)?;
        }
        let (mut touched, mut entries) = (Vec::new(), Vec::new());
        for act in &self.acts {
            if let Some(done) = act.perform(change).await? {
                let done = done.by_file(source);
                touched.extend(done.touched.iter().cloned());
                entries.push(done.into_entry());
            }
        }
        credentials::announce(change, &touched).await?;
        change.record_many(entries).await
    }
}

impl Act {
    async fn perform(&self, change: &mut Change<'_>) -> Result<Option<Done>> {
        let missing = || Error::internal("a key was to be written of which too little is known");
        if let (KeyDeed::Delete, Some(before)) = (self.plan.deed, &self.before) {
            return delete_in(change, before.clone()).await.map(Some);
        }
        let wanted = self.wanted.as_ref().ok_or_else(missing)?;
        let content = || {
            Ok::<_, Error>(CredentialContent {
                name: self.plan.name.clone(),
                settings: wanted.settings.clone().ok_or_else(missing)?,
                delivery: wanted.delivery,
                scope: reach(&wanted.scope),
            })
        };
        let secret = || wanted.secret.as_ref().ok_or_else(missing);
        let done = match (self.plan.deed, self.before.clone()) {
            (KeyDeed::Add, _) => add_in(change, content()?, &wanted.scope, secret()?).await?,
            (KeyDeed::Replace, Some(before)) => {
                let (content, secret) = (content()?, secret()?);
                replace_in(change, before, content, &wanted.scope, secret, wanted.overlap).await?
            }
            (KeyDeed::Change, Some(before)) => {
                let content = content()?;
                let is_led = content.settings.leads_elsewhere(&before.settings);
                // Only where the key must be typed again is it sealed again; then its last test is nobody's.
                let typed = is_led || content.delivery != before.delivery;
                let secret = if typed { Some(secret()?) } else { None };
                change_in(change, before, content, &wanted.scope, secret).await?
            }
            _ => return Ok(None),
        };
        Ok(Some(done))
    }
}
