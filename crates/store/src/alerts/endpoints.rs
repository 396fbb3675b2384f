//! Where an org's alerts go besides mail. Addresses and secrets come here sealed.

use tessera_domain::{AlertFormat, AlertKind, EndpointName};
use tessera_ids::{AlertEndpointId, OrgId, Timestamp};

use crate::{
    Reader, Result, Tx,
    column::{records, words},
};

words! {
    /// What came of the last try to tell an endpoint.
    pub enum DeliveryOutcome {
        /// It took the message.
        Delivered = "delivered",
        /// It did not, and is tried again.
        Retrying = "retrying",
        /// It did not, and nobody tries again.
        GaveUp = "gave_up",
    }
}

records! {
    /// A place where alerts go, without what is secret of it.
    pub struct AlertEndpoint {
        /// Its id.
        pub id: AlertEndpointId,
        /// When it was added.
        pub created_at: Timestamp,
        /// What it is called.
        pub name: EndpointName,
        /// In which form it is told.
        pub format: AlertFormat,
        /// Of what.
        pub kinds: Vec<AlertKind>,
        /// What of its address may be shown.
        pub shown_address: String,
        /// Until when messages are signed with the secret before, too.
        pub old_secret_until: Option<Timestamp>,
        /// Since when it is told nothing.
        pub paused_at: Option<Timestamp>,
        /// When it was last told something.
        pub tried_at: Option<Timestamp>,
        /// What came of it.
        pub outcome: Option<DeliveryOutcome>,
        /// What was wrong then.
        pub problem: Option<String>,
    }

    /// What an endpoint is called with, each under its seal.
    pub struct EndpointSeals {
        /// Its address.
        pub address: Vec<u8>,
        /// What messages are signed with.
        pub secret: Option<Vec<u8>>,
        /// What they were signed with before.
        pub old_secret: Option<Vec<u8>>,
        /// Until when that is used, too.
        pub old_secret_until: Option<Timestamp>,
    }
}

/// A place to be kept.
#[derive(Clone, Debug)]
pub struct NewAlertEndpoint {
    /// Its id.
    pub id: AlertEndpointId,
    /// When.
    pub created_at: Timestamp,
    /// What it is to be called.
    pub name: EndpointName,
    /// In which form it is told.
    pub format: AlertFormat,
    /// Of what.
    pub kinds: Vec<AlertKind>,
    /// Its sealed address, and what may be shown of it.
    pub address: (Vec<u8>, String),
    /// Its sealed secret.
    pub secret: Option<Vec<u8>>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, created_at, name, format, kinds, shown_address, old_secret_until, paused_at, tried_at, outcome,
                problem from alert_endpoints where org = $1 ",
            $rest
        )
    };
}

impl Reader {
    /// Every endpoint of an org, by name; at most 100.
    pub async fn alert_endpoints(&mut self, org: OrgId) -> Result<Vec<AlertEndpoint>> {
        self.query(select!("order by name_key, id limit 100"))
            .bind(org)
            .all()
            .await
    }

    /// One endpoint.
    pub async fn alert_endpoint(&mut self, org: OrgId, id: AlertEndpointId) -> Result<Option<AlertEndpoint>> {
        self.query(select!("and id = $2"))
            .bind(org)
            .bind(id)
            .optional()
            .await
    }

    /// What an endpoint is called with.
    pub async fn alert_endpoint_seals(
        &mut self,
        org: OrgId,
        id: AlertEndpointId,
    ) -> Result<Option<EndpointSeals>> {
        const SQL: &str = "select address, secret, old_secret, old_secret_until from alert_endpoints
            where org = $1 and id = $2";
        self.query(SQL).bind(org).bind(id).optional().await
    }
}

impl Tx {
    /// Keeps an endpoint.
    pub async fn insert_alert_endpoint(&mut self, org: OrgId, new: &NewAlertEndpoint) -> Result<()> {
        const SQL: &str = "insert into alert_endpoints
                (id, org, created_at, name, name_key, format, kinds, address, shown_address, secret)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        self.query(SQL)
            .bind(new.id)
            .bind(org)
            .bind(new.created_at)
            .bind(&new.name)
            .bind(new.name.folded())
            .bind(new.format)
            .bind(&new.kinds)
            .bind(&new.address.0)
            .bind(&new.address.1)
            .bind(new.secret.as_ref())
            .run()
            .await
            .map(drop)
    }

    /// Changes what an endpoint is called and told of.
    pub async fn change_alert_endpoint(
        &mut self,
        org: OrgId,
        id: AlertEndpointId,
        name: &EndpointName,
        kinds: &[AlertKind],
    ) -> Result<bool> {
        const SQL: &str = "update alert_endpoints set name = $3, name_key = $4, kinds = $5
            where org = $1 and id = $2";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(name)
            .bind(name.folded())
            .bind(kinds.to_vec())
            .touched()
            .await
    }

    /// Leads an endpoint elsewhere.
    pub async fn set_alert_endpoint_address(
        &mut self,
        org: OrgId,
        id: AlertEndpointId,
        sealed: &[u8],
        shown: &str,
    ) -> Result<bool> {
        const SQL: &str = "update alert_endpoints set address = $3, shown_address = $4
            where org = $1 and id = $2";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(sealed)
            .bind(shown)
            .touched()
            .await
    }

    /// Gives an endpoint another secret, beside which the one before is used for a while.
    pub async fn set_alert_endpoint_secret(
        &mut self,
        org: OrgId,
        id: AlertEndpointId,
        secret: &[u8],
        old: Option<(Vec<u8>, Timestamp)>,
    ) -> Result<bool> {
        const SQL: &str = "update alert_endpoints set secret = $3, old_secret = $4, old_secret_until = $5
            where org = $1 and id = $2";
        let (old, until) = old.unzip();
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(secret)
            .bind(old)
            .bind(until)
            .touched()
            .await
    }

    /// Pauses an endpoint, or lets it be told again.
    pub async fn set_alert_endpoint_paused(
        &mut self,
        org: OrgId,
        id: AlertEndpointId,
        at: Option<Timestamp>,
    ) -> Result<bool> {
        self.query("update alert_endpoints set paused_at = $3 where org = $1 and id = $2")
            .bind(org)
            .bind(id)
            .bind(at)
            .touched()
            .await
    }

    /// Notes what came of a try to tell an endpoint.
    pub async fn note_alert_delivery(
        &mut self,
        org: OrgId,
        id: AlertEndpointId,
        at: Timestamp,
        outcome: DeliveryOutcome,
        problem: Option<&str>,
    ) -> Result<bool> {
        const SQL: &str = "update alert_endpoints set tried_at = $3, outcome = $4, problem = $5
            where org = $1 and id = $2";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(at)
            .bind(outcome)
            .bind(problem)
            .touched()
            .await
    }

    /// Forgets an endpoint with its address and secrets.
    pub async fn delete_alert_endpoint(&mut self, org: OrgId, id: AlertEndpointId) -> Result<bool> {
        self.query("delete from alert_endpoints where org = $1 and id = $2")
            .bind(org)
            .bind(id)
            .touched()
            .await
    }
}
