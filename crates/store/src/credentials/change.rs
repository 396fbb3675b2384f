//! What changes keys. Everything here but the notes of use belongs under the organization's lock.

use tessera_domain::credential::Drain;
use tessera_ids::{CredentialId, OrgId, TeamId, Timestamp};

use super::{CredentialContent, NewCredential, SealedSecret};
use crate::{
    Result, Tx,
    dialect::{Sql, bulk},
    teams::team_rows,
};

impl Tx {
    /// Keeps a new key; [`Unique::CredentialName`](crate::Unique::CredentialName) when an active one has its name.
    pub async fn insert_credential(&mut self, org: OrgId, new: &NewCredential) -> Result<()> {
        const SQL: &str =
            "insert into credentials (id, org, created_at, added_by, added_by_name, name, name_key,
                provider, settings, delivery, scope, version, secret, fingerprint, last_four, state)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $13, $14, 'active')";
        let (content, secret) = (&new.content, &new.secret);
        self.query(SQL)
            .bind(new.id)
            .bind(org)
            .bind(new.created_at)
            .bind(new.added_by)
            .bind(&new.added_by_name)
            .bind(&content.name)
            .bind(content.name.folded())
            .bind(content.settings.kind())
            .bind(&content.settings)
            .bind(content.delivery)
            .bind(content.scope)
            .bind(&secret.sealed)
            .bind(&secret.fingerprint)
            .bind(&secret.last_four)
            .run()
            .await
            .map(drop)
    }

    /// Changes a key and counts its version. False when it is not there.
    pub async fn change_credential(
        &mut self,
        org: OrgId,
        id: CredentialId,
        content: &CredentialContent,
    ) -> Result<bool> {
        const SQL: &str =
            "update credentials set name = $3, name_key = $4, settings = $5, delivery = $6, scope = $7,
                version = version + 1
            where org = $1 and id = $2";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(&content.name)
            .bind(content.name.folded())
            .bind(&content.settings)
            .bind(content.delivery)
            .bind(content.scope)
            .touched()
            .await
    }

    /// Puts another secret in a key's place, whose test is then nobody's.
    pub async fn set_credential_secret(
        &mut self,
        org: OrgId,
        id: CredentialId,
        secret: &SealedSecret,
    ) -> Result<bool> {
        const SQL: &str =
            "update credentials set secret = $3, fingerprint = $4, last_four = $5, tested_at = null,
                test_problem = null
            where org = $1 and id = $2";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(&secret.sealed)
            .bind(&secret.fingerprint)
            .bind(&secret.last_four)
            .touched()
            .await
    }

    /// Says which teams a key is of.
    pub async fn set_credential_teams(
        &mut self,
        org: OrgId,
        id: CredentialId,
        teams: impl IntoIterator<Item = TeamId>,
    ) -> Result<()> {
        const FORGET: &str = "delete from credential_teams where org = $1 and credential = $2";
        const SQL: Sql = bulk!(
            "insert into credential_teams (org, credential, team) select $1, $2, r.team from ",
            "$3" { team: uuid },
            " where true"
        );
        self.query(FORGET).bind(org).bind(id).run().await?;
        let rows = team_rows(teams);
        if rows.is_empty() {
            return Ok(());
        }
        self.query(SQL)
            .bind(org)
            .bind(id)
            .rows(&rows)
            .run()
            .await
            .map(drop)
    }

    /// Writes down which teams have keys on devices, and so make audiences; how many began or ceased to.
    pub async fn note_teams_with_credentials(&mut self, org: OrgId) -> Result<u64> {
        const SQL: &str = "update teams set has_credentials = 1 - has_credentials
            where org = $1 and has_credentials <> case when exists (
                select 1 from credential_teams p join credentials c on c.org = p.org and c.id = p.credential
                where p.org = teams.org and p.team = teams.id and c.delivery = 'delivered'
                    and c.state <> 'retired') then 1 else 0 end";
        self.query(SQL).bind(org).run().await
    }

    /// Lets a replaced key go on beside its successor until an instant.
    pub async fn drain_credential(&mut self, org: OrgId, id: CredentialId, drain: Drain) -> Result<bool> {
        const SQL: &str = "update credentials set state = 'draining', drains_until = $3, successor = $4
            where org = $1 and id = $2 and state = 'active'";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(drain.until)
            .bind(drain.successor)
            .touched()
            .await
    }

    /// Ends a key and erases its secret.
    pub async fn retire_credential(&mut self, org: OrgId, id: CredentialId, at: Timestamp) -> Result<bool> {
        const SQL: &str = "update credentials set state = 'retired', retired_at = $3, secret = null
            where org = $1 and id = $2 and state <> 'retired'";
        self.query(SQL).bind(org).bind(id).bind(at).touched().await
    }

    /// Suspends every key of a deleted organization, or lets them all go on; how many.
    pub async fn suspend_credentials(&mut self, org: OrgId, since: Option<Timestamp>) -> Result<u64> {
        const SQL: &str = "update credentials set suspended_at = $2 where org = $1 and state <> 'retired'";
        self.query(SQL).bind(org).bind(since).run().await
    }

    /// Notes that the provider was called with a key; never earlier than known.
    pub async fn touch_credential(&mut self, org: OrgId, id: CredentialId, at: Timestamp) -> Result<bool> {
        const SQL: &str = "update credentials set used_at = $3
            where org = $1 and id = $2 and (used_at is null or used_at < $3)";
        self.query(SQL).bind(org).bind(id).bind(at).touched().await
    }

    /// Notes how a test of a key went.
    pub async fn note_credential_test(
        &mut self,
        org: OrgId,
        id: CredentialId,
        at: Timestamp,
        problem: Option<&str>,
    ) -> Result<bool> {
        const SQL: &str =
            "update credentials set tested_at = $3, test_problem = $4 where org = $1 and id = $2";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(at)
            .bind(problem)
            .touched()
            .await
    }

    /// Deletes a key with its secret.
    pub async fn delete_credential(&mut self, org: OrgId, id: CredentialId) -> Result<bool> {
        self.query("delete from credentials where org = $1 and id = $2")
            .bind(org)
            .bind(id)
            .touched()
            .await
    }
}
