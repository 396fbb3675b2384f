//! Talking HTTP with a portal: one request, one limited answer, and a clear word on what went wrong.

use std::{sync::Arc, time::Duration};

use reqwest::{
    Method, RequestBuilder, Response, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER},
};
use serde::de::DeserializeOwned;
use tessera_ids::Timestamp;
use tessera_wire::{Problem, limits, paths};

use crate::{
    address::PortalAddress,
    http::{not_trusted, proxy_of},
    timer::{Timer, within},
};

/// How long one question and its answer may take; streams are timed by their own heartbeats.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a portal was of no help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortalError {
    /// No connection, or it broke.
    #[error("{address} cannot be reached: {why}")]
    Unreachable {
        /// The portal.
        address: String,
        /// What the network says.
        why: String,
    },
    /// What it shows of itself is not believed.
    #[error(
        "the certificate that {address} shows is not trusted: {why}. Nothing was sent, and what is in force stays. If your \
         organization runs a certificate authority of its own, name its certificate with --ca FILE or TESSERA_CA; \
         otherwise something on the way pretends to be the portal"
    )]
    NotTrusted {
        /// The portal.
        address: String,
        /// Which certificate, and what is wrong with it.
        why: String,
    },
    /// It did not answer in time.
    #[error("{address} did not answer within {seconds} seconds")]
    Slow {
        /// The portal.
        address: String,
        /// How long it had.
        seconds: u64,
    },
    /// It refused.
    #[error("{address} refused ({status}): {detail}")]
    Refused {
        /// The portal.
        address: String,
        /// The HTTP status.
        status: u16,
        /// What it said about it.
        detail: String,
        /// When to ask again, if it said so.
        retry_after: Option<Duration>,
    },
    /// Something answered that is no portal: a captive page, a proxy, another program.
    #[error("what answers at {address} is not a Tessera portal: {why}")]
    NotAPortal {
        /// The portal.
        address: String,
        /// What came instead.
        why: String,
    },
}

impl PortalError {
    /// The HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::Unreachable { .. }
            | Self::NotTrusted { .. }
            | Self::Slow { .. }
            | Self::NotAPortal { .. } => None,
        }
    }

    /// Whether asking the same again later may help. A refusal of the request itself stays one.
    pub fn is_passing(&self) -> bool {
        self.status()
            .is_none_or(|status| status >= 500 || matches!(status, 401 | 403 | 404 | 408 | 425 | 429))
    }
}

/// An answer whose body was read whole.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// One portal, as one agent knows it.
#[derive(Clone, Debug)]
pub(crate) struct Portal {
    pub(crate) address: PortalAddress,
    http: reqwest::Client,
    timer: Arc<dyn Timer>,
}

impl Portal {
    pub(crate) fn new(address: PortalAddress, http: reqwest::Client, timer: Arc<dyn Timer>) -> Self {
        Self { address, http, timer }
    }

    /// A path on this portal as an absolute address.
    pub(crate) fn url(&self, path: &str) -> String {
        paths::absolute(self.address.as_str(), path)
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http.request(Method::GET, self.url(path))
    }

    pub(crate) fn post(
        &self,
        path: &str,
        media_type: &'static str,
        body: impl Into<reqwest::Body>,
    ) -> RequestBuilder {
        let request = self.http.request(Method::POST, self.url(path));
        request
            .header(CONTENT_TYPE, media_type)
            .header(ACCEPT, "application/json")
            .body(body)
    }

    /// Sends a request and waits for the head of the answer.
    pub(crate) async fn open(&self, request: RequestBuilder) -> Result<Response, PortalError> {
        let sent = within(&*self.timer, PATIENCE, request.send())
            .await
            .map_err(|_| self.slow())?;
        sent.map_err(|error| self.unreachable(&error))
    }

    /// Sends a request and reads an answer of at most `limit` bytes.
    pub(crate) async fn ask(&self, request: RequestBuilder, limit: usize) -> Result<Answered, PortalError> {
        let mut response = self.open(request).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = within(&*self.timer, PATIENCE, async {
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(&error))? {
                if body.len() + chunk.len() > limit {
                    return Err(self.not_a_portal("the answer is longer than any answer of a portal"));
                }
                body.extend_from_slice(&chunk);
            }
            Ok(body)
        });
        let body = body.await.map_err(|_| self.slow())??;
        Ok(Answered {
            status,
            headers,
            body,
        })
    }

    /// Turns an answer that is no success into an error.
    pub(crate) fn accepted(&self, answered: Answered) -> Result<Answered, PortalError> {
        if answered.status.is_success() {
            Ok(answered)
        } else {
            Err(self.refused(&answered))
        }
    }

    /// Reads a JSON answer. HTML with status 200 is what captive pages send.
    pub(crate) fn read<T: DeserializeOwned>(&self, answered: &Answered) -> Result<T, PortalError> {
        serde_json::from_slice(&answered.body).map_err(|_| {
            if answered.body.is_empty() {
                self.not_a_portal("the answer is empty")
            } else {
                self.not_a_portal("the answer is not what a portal says")
            }
        })
    }

    pub(crate) fn refused(&self, answered: &Answered) -> PortalError {
        let problem = Problem::read(&answered.body);
        let detail = problem.and_then(|problem| {
            let title = problem.title.map(String::from);
            problem.detail.map(String::from).or(title)
        });
        let reason = answered.status.canonical_reason().unwrap_or("no reason given");
        let seconds = answered
            .headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        PortalError::Refused {
            address: self.address.to_string(),
            status: answered.status.as_u16(),
            detail: detail
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| reason.to_owned()),
            retry_after: seconds.map(Duration::from_secs),
        }
    }

    pub(crate) fn not_a_portal(&self, why: &str) -> PortalError {
        PortalError::NotAPortal {
            address: self.address.to_string(),
            why: why.to_owned(),
        }
    }

    pub(crate) fn unreachable(&self, error: &reqwest::Error) -> PortalError {
        let address = self.address.to_string();
        if let Some(why) = not_trusted(error) {
            return PortalError::NotTrusted { address, why };
        }
        let mut why = innermost(error);
        if let Some(proxy) = proxy_of(&address) {
            why = format!("{why} (by way of the proxy {proxy})");
        }
        PortalError::Unreachable { address, why }
    }

    fn slow(&self) -> PortalError {
        PortalError::Slow {
            address: self.address.to_string(),
            seconds: PATIENCE.as_secs(),
        }
    }
}

/// The limit for answers that are small.
pub(crate) const SMALL: usize = limits::SMALL_BODY_BYTES;

/// The server's own time, from its `Date`.
pub(crate) fn server_time(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(DATE)?.to_str().ok()?;
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let date = time::PrimitiveDateTime::parse(text, format).ok()?;
    Some(Timestamp::from_seconds(date.assume_utc().unix_timestamp()))
}

/// "connection refused" says more than "error sending request for url".
fn innermost(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_date_is_read() {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, "Sun, 22 Nov 2026 01:14:21 GMT".parse().unwrap());
        assert_eq!(
            server_time(&headers),
            Some(Timestamp::from_seconds(1_795_310_061))
        );
        headers.insert(DATE, "yesterday".parse().unwrap());
        assert_eq!(server_time(&headers), None);
    }
}
