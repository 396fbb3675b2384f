//! What providers' own lists of models showed that no catalogue knows.

use serde::Serialize;
use tessera_ids::{OrgId, Timestamp};

use crate::{
    Reader, Result, Tx,
    column::records,
    dialect::{Sql, bulk},
};

records! {
    /// A model that a provider's list showed.
    pub struct FoundModel {
        /// Our id of the provider.
        pub provider: String,
        /// What the provider calls it.
        pub model: String,
        /// When it was first seen.
        pub found_at: Timestamp,
    }

    /// When a provider's list was last asked for.
    pub struct ProviderList {
        /// Our id of the provider.
        pub provider: String,
        /// When.
        pub asked_at: Timestamp,
        /// How many models it had, known ones included.
        pub models: u64,
    }
}

#[derive(Serialize)]
struct Name<'a> {
    model: &'a str,
}

impl Reader {
    /// The models that an organization's providers showed, by provider and name.
    pub async fn found_models(&mut self, org: OrgId) -> Result<Vec<FoundModel>> {
        const SQL: &str = "select provider, model, found_at from provider_models
            where org = $1 order by provider, model";
        self.query(SQL).bind(org).all().await
    }

    /// When each of an organization's providers was last asked.
    pub async fn provider_lists(&mut self, org: OrgId) -> Result<Vec<ProviderList>> {
        const SQL: &str = "select provider, asked_at, models from provider_lists
            where org = $1 order by provider";
        self.query(SQL).bind(org).all().await
    }
}

impl Tx {
    /// Puts down what a provider's list shows now beside the known models: what it does not show any more goes.
    /// How many came.
    pub async fn set_provider_list(
        &mut self,
        org: OrgId,
        list: &ProviderList,
        unknown: &[String],
    ) -> Result<u64> {
        const LIST: &str =
            "insert into provider_lists (org, provider, asked_at, models) values ($1, $2, $3, $4)
            on conflict (org, provider) do update set asked_at = excluded.asked_at, models = excluded.models";
        const GONE: Sql = bulk!(
            "delete from provider_models where org = $1 and provider = $2 and model not in (select r.model from ",
            "$3" { model: text },
            ")"
        );
        const COME: Sql = bulk!(
            "insert into provider_models (org, provider, model, found_at) select $1, $2, r.model, $4 from ",
            "$3" { model: text },
            " where true on conflict (org, provider, model) do nothing"
        );
        self.query(LIST)
            .bind(org)
            .bind(&list.provider)
            .bind(list.asked_at)
            .bind(list.models)
            .run()
            .await?;
        let names: Vec<Name<'_>> = unknown.iter().map(|model| Name { model }).collect();
        self.query(GONE)
            .bind(org)
            .bind(&list.provider)
            .rows(&names)
            .run()
            .await?;
        self.query(COME)
            .bind(org)
            .bind(&list.provider)
            .rows(&names)
            .bind(list.asked_at)
            .run()
            .await
    }
}
