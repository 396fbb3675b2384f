//! The portal's API as this command uses it, with a personal access token.

use std::sync::Arc;

use bytes::Bytes;
use reqwest::{
    RequestBuilder,
    header::{CONTENT_TYPE, IF_MATCH},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tessera_ids::OrgId;
use tessera_policy::file::MAX_BYTES;
use zeroize::Zeroizing;

use super::{
    Stop,
    secrets::{Secrets, body},
};
use crate::{
    PortalAddress,
    cli::Trust,
    portal::{Answered, Portal, PortalError, SMALL},
    timer::TokioTimer,
};

/// Bytes of an exported file, which may be a little longer than what is taken back.
const EXPORT: usize = MAX_BYTES * 2;
/// Bytes of a plan: each change shows a hundred rows at most.
const PLAN: usize = 64 * 1024 * 1024;

/// The portal, and who asks.
pub(super) struct Client {
    portal: Portal,
    token: Zeroizing<String>,
}

#[derive(Deserialize)]
struct Orgs {
    organizations: Vec<OneOrg>,
}

#[derive(Deserialize)]
struct OneOrg {
    id: String,
    name: String,
}

/// A file to be planned, with the secrets that it names.
#[derive(Serialize)]
struct PlanBody<'a> {
    policy: &'a str,
    secrets: &'a Secrets,
}

/// A file to be applied. What only files with keys need is left out of others, which older portals take too.
#[derive(Serialize)]
pub(super) struct ApplyBody<'a> {
    pub(super) policy: &'a str,
    pub(super) source: &'a str,
    pub(super) note: &'a str,
    #[serde(skip_serializing_if = "Secrets::is_empty")]
    pub(super) secrets: &'a Secrets,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) credentials_state: Option<&'a str>,
}

/// What of a refusal is told.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    detail: String,
    #[serde(default)]
    errors: Vec<FieldRefusal>,
}

#[derive(Deserialize)]
struct FieldRefusal {
    pointer: String,
    detail: String,
}

impl Client {
    /// The portal at this address, asked with the token in `TESSERA_TOKEN`.
    pub(super) fn new(url: Option<&str>, trust: &Trust) -> Result<Self, Stop> {
        let missing = |name: &str, what: &str| Stop::Usage(format!("{name} is not set; it must hold {what}"));
        let url = url.filter(|url| !url.trim().is_empty());
        let url = url.ok_or_else(|| missing("TESSERA_URL", "the portal's address"))?;
        let address: PortalAddress = url
            .parse()
            .map_err(|error: crate::AddressError| Stop::Usage(error.to_string()))?;
        let token = std::env::var("TESSERA_TOKEN").unwrap_or_default();
        let token = Zeroizing::new(token.trim().to_owned());
        if token.is_empty() {
            return Err(missing(
                "TESSERA_TOKEN",
                "a personal access token from your account page",
            ));
        }
        let (_, http) = trust.client().map_err(|error| Stop::Usage(error.to_string()))?;
        Ok(Self {
            portal: Portal::new(address, http, Arc::new(TokioTimer)),
            token,
        })
    }

    /// The id of an organization that is named by id or exact name.
    pub(super) async fn find(&self, named: &str) -> Result<String, Stop> {
        if named.parse::<OrgId>().is_ok() {
            return Ok(named.to_owned());
        }
        let answered = self.ask(self.portal.get("/api/v1/orgs"), SMALL).await?;
        let orgs: Orgs = self.portal.read(&answered).map_err(failed)?;
        let called: Vec<&OneOrg> = orgs
            .organizations
            .iter()
            .filter(|org| org.name == named)
            .collect();
        match called.as_slice() {
            [only] => Ok(only.id.clone()),
            [] => Err(Stop::failed(format!(
                "you belong to no organization called “{named}” at {}",
                self.portal.address
            ))),
            several => {
                let ids: Vec<&str> = several.iter().map(|org| org.id.as_str()).collect();
                Err(Stop::failed(format!(
                    "several organizations are called “{named}”; name one by its id: {}",
                    ids.join(", ")
                )))
            }
        }
    }

    pub(super) async fn export(&self, org: &str) -> Result<String, Stop> {
        let request = self.portal.get(&format!("/api/v1/orgs/{org}/policy"));
        let answered = self.ask(request, EXPORT).await?;
        let is_toml = answered
            .headers
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/toml"));
        String::from_utf8(answered.body)
            .ok()
            .filter(|_| is_toml)
            .ok_or_else(|| failed(self.portal.not_a_portal("the answer is no policy file")))
    }

    pub(super) async fn plan(&self, org: &str, text: &str, secrets: &Secrets) -> Result<Value, Stop> {
        let path = format!("/api/v1/orgs/{org}/policy/plan");
        let request = if secrets.is_empty() {
            self.portal.post(&path, "application/toml", text.to_owned())
        } else {
            let body = PlanBody {
                policy: text,
                secrets,
            };
            self.portal.post(&path, "application/json", sent(&body, text)?)
        };
        let answered = self.ask(request, PLAN).await?;
        self.portal.read(&answered).map_err(failed)
    }

    /// Applies what was planned against that revision.
    pub(super) async fn apply(&self, org: &str, revision: u64, body: &ApplyBody<'_>) -> Result<Value, Stop> {
        let path = format!("/api/v1/orgs/{org}/policy/apply");
        let body = sent(body, body.policy)?;
        let request = self.portal.post(&path, "application/json", body);
        let request = request.header(IF_MATCH, format!("\"{revision}\""));
        let answered = self.ask(request, PLAN).await?;
        self.portal.read(&answered).map_err(failed)
    }

    async fn ask(&self, request: RequestBuilder, limit: usize) -> Result<Answered, Stop> {
        let request = request.bearer_auth(self.token.as_str());
        let answered = self.portal.ask(request, limit).await.map_err(failed)?;
        if answered.status.is_success() {
            return Ok(answered);
        }
        let refusal: Refusal = serde_json::from_slice(&answered.body).unwrap_or_default();
        let lines: Vec<String> = refusal.errors.into_iter().map(told).collect();
        Err(match (lines.is_empty(), refusal.detail.is_empty()) {
            (false, _) => Stop::Failed(lines),
            (true, false) => Stop::failed(refusal.detail),
            (true, true) => failed(self.portal.refused(&answered)),
        })
    }
}

/// What is wrong with the file says its line by itself; with anything else, the field is said.
fn told(error: FieldRefusal) -> String {
    match error.pointer.as_str() {
        "/policy" | "" => error.detail,
        pointer => format!("{}: {}", pointer.trim_start_matches('/'), error.detail),
    }
}

fn sent(value: &impl Serialize, text: &str) -> Result<Bytes, Stop> {
    // As JSON a text grows by its quotes and line ends; secrets are small beside that.
    body(value, text.len() * 2 + 64 * 1024).map_err(|error| Stop::failed(error.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "it ends a chain of `map_err`")]
fn failed(error: PortalError) -> Stop {
    Stop::failed(error.to_string())
}
