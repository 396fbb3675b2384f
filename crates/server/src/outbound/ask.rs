//! One question and its answer: in time, of limited length, and without a key in what is told of a failure.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{Client, Request, RequestBuilder, StatusCode};
use serde_json::Value;
use tessera_app::ProviderError;
use tessera_domain::credential::Secret;
use tracing::{Instrument as _, Span};
use url::Url;

use super::Outbound;
use super::guard::NotCalled;
use super::scan::repeats_key;
use crate::telemetry::spans;

/// Time for a whole answer.
const ANSWER_TIME: Duration = Duration::from_secs(15);
/// Bytes of a list of models; the longest known have a few hundred KiB.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Letters of what a provider says of a refusal.
const SAID: usize = 300;

impl Outbound {
    /// A question to an address, if that is called from here.
    pub(super) fn get(&self, url: &str) -> Result<RequestBuilder, ProviderError> {
        Ok(self.http.get(self.allowed(url)?))
    }

    /// A form to an address, if that is called from here.
    pub(super) fn post(&self, url: &str) -> Result<RequestBuilder, ProviderError> {
        Ok(self.http.post(self.allowed(url)?))
    }

    fn allowed(&self, url: &str) -> Result<Url, ProviderError> {
        let url = Url::parse(url).map_err(|_| not_called(NotCalled::Address))?;
        self.guard.check(&url).map_err(not_called)?;
        Ok(url)
    }

    /// Asks and reads the answer as JSON. `further` must not be repeated either: tokens that the key stands for.
    pub(super) async fn ask(
        &self,
        request: RequestBuilder,
        secret: &Secret,
        further: &[&str],
    ) -> Result<Value, ProviderError> {
        let (client, request) = request.build_split();
        let request = request.map_err(|error| unreachable(&error))?;
        let span = spans::call("provider", request.method(), request.url().host_str());
        let answered = tokio::time::timeout(
            ANSWER_TIME,
            read(&client, request, &span).instrument(span.clone()),
        );
        let answered = answered
            .await
            .unwrap_or(Err(ProviderError::Slow(ANSWER_TIME.as_secs())));
        let (status, body) = answered.inspect_err(|_| spans::failed(&span))?;
        if status.is_redirection() {
            return Err(ProviderError::Unexpected(
                "it redirects, which is not followed".to_owned(),
            ));
        }
        if !status.is_success() {
            let said = said(&body).filter(|said| !repeats_key(said, secret, further));
            return Err(ProviderError::Refused {
                status: status.as_u16(),
                said,
            });
        }
        serde_json::from_slice(&body).map_err(|_| ProviderError::Unexpected("it is not JSON".to_owned()))
    }
}

async fn read(
    client: &Client,
    request: Request,
    span: &Span,
) -> Result<(StatusCode, Vec<u8>), ProviderError> {
    let mut response = client
        .execute(request)
        .await
        .map_err(|error| unreachable(&error))?;
    spans::answered(span, response.status());
    let (status, mut body) = (response.status(), Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(ProviderError::Unexpected("it is far too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, body))
}

/// What a provider says of a refusal, in whichever of the usual places.
fn said(body: &[u8]) -> Option<String> {
    let json: Value = serde_json::from_slice(body).ok()?;
    let places = [
        "/error/message",
        "/message",
        "/Message",
        "/error_description",
        "/0/error/message",
        "/error",
    ];
    let text = places.iter().find_map(|place| json.pointer(place)?.as_str())?;
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(SAID)
        .collect();
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

/// A header that no log shows.
pub(super) fn hidden(text: &str) -> Result<HeaderValue, ProviderError> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| ProviderError::Secret("The key holds what no header can carry.".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn not_called(why: NotCalled) -> ProviderError {
    ProviderError::NotAllowed(why.to_string())
}

/// "connection refused" says more than "error sending request for url", and repeats no address.
pub(super) fn unreachable(error: &reqwest::Error) -> ProviderError {
    let mut inner: &dyn std::error::Error = match error.source() {
        Some(source) => source,
        None => return ProviderError::Unreachable("the connection failed".to_owned()),
    };
    loop {
        if let Some(refused) = inner.downcast_ref::<NotCalled>() {
            return not_called(*refused);
        }
        match inner.source() {
            Some(source) => inner = source,
            None if error.is_timeout() => return ProviderError::Unreachable("it does not answer".to_owned()),
            None => return ProviderError::Unreachable(inner.to_string()),
        }
    }
}
