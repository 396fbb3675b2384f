//! Telling an endpoint of an alert: one POST, whose answer matters by its status alone.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use tessera_app::ProviderError;
use tessera_app::alerts::{Answer, Call};
use tessera_domain::WebhookUrl;
use tracing::Instrument as _;
use url::Url;

use super::Outbound;
use super::ask::unreachable;
use crate::telemetry::spans;

/// Time for an answer. The specification advises 15 to 30 seconds.
const ANSWER_TIME: Duration = Duration::from_secs(20);

impl Outbound {
    /// Whether an address is one that this server calls, as far as it can be told before its name is looked up.
    pub fn would_call(&self, address: &WebhookUrl) -> Result<(), String> {
        let url = Url::parse(address.expose()).map_err(|_| "it cannot be read".to_owned())?;
        self.guard.check(&url).map_err(|why| why.to_string())
    }

    /// Makes the call. No redirect is followed, and nothing of the answer's body is read.
    pub async fn tell(&self, call: Call) -> Answer {
        let request = match self.post(&call.url) {
            Ok(request) => request,
            Err(error) => return answer_of(error),
        };
        let json = HeaderValue::from_static("application/json");
        let mut request = request.header(CONTENT_TYPE, json).body(call.body);
        for (name, text) in call.headers {
            let Ok(mut value) = HeaderValue::from_str(&text) else {
                return Answer::NotReached("a header cannot be written".to_owned());
            };
            value.set_sensitive(name == "webhook-signature");
            request = request.header(name, value);
        }
        let span = spans::call("webhook", &Method::POST, None);
        let sent = tokio::time::timeout(ANSWER_TIME, request.send().instrument(span.clone())).await;
        match &sent {
            Ok(Ok(response)) => spans::answered(&span, response.status()),
            Ok(Err(_)) | Err(_) => spans::failed(&span),
        }
        match sent {
            Err(_) => Answer::NotReached(format!("no answer within {} seconds", ANSWER_TIME.as_secs())),
            Ok(Err(error)) => answer_of(unreachable(&error)),
            Ok(Ok(response)) if response.status().is_success() => Answer::Taken,
            Ok(Ok(response)) => Answer::Refused(response.status().as_u16()),
        }
    }
}

fn answer_of(error: ProviderError) -> Answer {
    match error {
        ProviderError::NotAllowed(why) => Answer::NotAllowed(why),
        ProviderError::Unreachable(why) => Answer::NotReached(why),
        other => Answer::NotReached(other.to_string()),
    }
}
