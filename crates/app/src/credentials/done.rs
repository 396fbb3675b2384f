//! What was done to a key within a change, until that is committed.

use serde_json::Value;
use tessera_domain::Result;

use super::{CredentialView, touch::announce};
use crate::{AuditEntry, Change};

/// One thing that was done: who must be told, and what the log is.
#[derive(Debug)]
pub(crate) struct Done {
    /// The keys as they were and as they are.
    pub(crate) touched: Vec<CredentialView>,
    entry: AuditEntry,
    before: Option<Value>,
    after: Option<Value>,
}

impl Done {
    pub(super) fn new(
        touched: Vec<CredentialView>,
        entry: AuditEntry,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Self {
        Self {
            touched,
            entry,
            before,
            after,
        }
    }

    /// Names the policy file that wanted it.
    #[must_use]
    pub(crate) fn by_file(mut self, source: &str) -> Self {
        let told = self.after.as_mut().or(self.before.as_mut());
        if let Some(told) = told.and_then(Value::as_object_mut) {
            told.insert("policy_file".to_owned(), source.into());
        }
        self
    }

    /// Tells devices and pages, and commits.
    pub(super) async fn commit(self, mut change: Change<'_>) -> Result<()> {
        announce(&mut change, &self.touched).await?;
        change.commit(self.into_entry()).await
    }

    /// What the log is told.
    pub(crate) fn into_entry(self) -> AuditEntry {
        let entry = match &self.before {
            Some(before) => self.entry.before(before),
            None => self.entry,
        };
        match &self.after {
            Some(after) => entry.after(after),
            None => entry,
        }
    }
}
