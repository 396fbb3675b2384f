//! Asking the agent that runs on this home.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use crate::{Home, LocalAddress, http::local_client};

/// An agent on the same machine answers at once; one that does not is as good as none.
const PATIENCE: Duration = Duration::from_secs(3);

/// The running agent's local API.
pub(super) struct LocalClient {
    http: reqwest::Client,
    address: LocalAddress,
}

impl LocalClient {
    /// The agent that runs on this home, if one does.
    pub(super) fn find(home: &Home) -> Option<Self> {
        Some(Self {
            http: local_client(),
            address: home.local_address()?,
        })
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Option<T> {
        self.answer(self.http.get(self.url(path)), PATIENCE)
            .await?
            .json()
            .await
            .ok()
    }

    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Option<T> {
        self.answer(self.http.post(self.url(path)).json(body), PATIENCE)
            .await?
            .json()
            .await
            .ok()
    }

    /// Asks for something that takes its time.
    pub(super) async fn command<T: DeserializeOwned>(&self, path: &str, patience: Duration) -> Option<T> {
        self.answer(self.http.post(self.url(path)), patience)
            .await?
            .json()
            .await
            .ok()
    }

    /// Tells it something.
    pub(super) async fn tell(&self, path: &str) -> bool {
        self.answer(self.http.post(self.url(path)), PATIENCE)
            .await
            .is_some()
    }

    async fn answer(
        &self,
        request: reqwest::RequestBuilder,
        patience: Duration,
    ) -> Option<reqwest::Response> {
        let sent = request
            .bearer_auth(&self.address.token)
            .timeout(patience)
            .send()
            .await;
        sent.ok()?.error_for_status().ok()
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.address.port)
    }
}
