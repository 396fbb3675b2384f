//! Access tokens for signed assertions: got when needed, kept while they last.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::StatusCode;
use tessera_ids::{Clock, DeviceId, Entropy, Timestamp};
use tessera_wire::{
    Envelope, Nonce, assertion, limits, paths,
    token::{Scope, TokenError, TokenRefusal, TokenRequest, TokenResponse},
};

use super::SessionError;
use crate::{
    portal::{Answered, Portal, PortalError, server_time},
    state::DeviceKeys,
};

const FORM: &str = "application/x-www-form-urlencoded";

/// A token is renewed when this much of its life is left, in seconds.
const TOKEN_MARGIN: u64 = 30;

/// One device's way to tokens.
#[derive(Debug)]
pub(super) struct Tokens {
    device: DeviceId,
    keys: Arc<DeviceKeys>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    token: Mutex<Option<Token>>,
}

/// A token, and the org's word if it is good for nothing else.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) bearer: String,
    pub(super) scope: Scope,
    renew_at: Timestamp,
    pub(super) tombstone: Option<Box<Envelope>>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

impl Tokens {
    pub(super) fn new(
        device: DeviceId,
        keys: Arc<DeviceKeys>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            device,
            keys,
            clock,
            entropy,
            token: Mutex::default(),
        }
    }

    /// A token that still lasts a while.
    pub(super) async fn get(&self, portal: &Portal) -> Result<Token, SessionError> {
        let now = self.clock.now();
        let held = self.held().clone();
        match held {
            Some(token) if now < token.renew_at => Ok(token),
            _ => self.renew(portal, now).await,
        }
    }

    /// Gets a token; once more by the server's time when this machine's clock may be to blame.
    async fn renew(&self, portal: &Portal, now: Timestamp) -> Result<Token, SessionError> {
        let answered = self.assert(portal, now).await?;
        let refused = |answered: &Answered| serde_json::from_slice::<TokenRefusal>(&answered.body).ok();
        let answered = match (refused(&answered), server_time(&answered.headers)) {
            (
                Some(TokenRefusal {
                    error: TokenError::InvalidGrant,
                    ..
                }),
                Some(theirs),
            ) if !answered.status.is_success() => self.assert(portal, theirs).await?,
            _ => answered,
        };
        if let Some(refusal) = refused(&answered).filter(|_| !answered.status.is_success()) {
            let detail = refusal
                .error_description
                .map_or_else(String::new, |text| text.to_string());
            if matches!(refusal.error, TokenError::InvalidClient) {
                return Err(SessionError::Unknown(detail));
            }
            return Err(PortalError::Refused {
                address: portal.address.to_string(),
                status: answered.status.as_u16(),
                detail: if detail.is_empty() {
                    "no token is given".to_owned()
                } else {
                    detail
                },
                retry_after: None,
            }
            .into());
        }
        let response: TokenResponse = portal.read(&portal.accepted(answered)?)?;
        let good_for = std::time::Duration::from_secs(response.expires_in.saturating_sub(TOKEN_MARGIN));
        let token = Token {
            bearer: response.access_token,
            scope: response.scope,
            renew_at: now.plus(good_for),
            tombstone: response.tombstone.map(Box::new),
        };
        *self.held() = Some(token.clone());
        Ok(token)
    }

    async fn assert(&self, portal: &Portal, now: Timestamp) -> Result<Answered, SessionError> {
        let jti = Nonce::generate(&*self.entropy);
        let url = portal.url(paths::TOKEN);
        let assertion = assertion::make(self.device, &self.keys.signing, &url, now, jti);
        let request = portal.post(paths::TOKEN, FORM, TokenRequest::new(assertion).to_form());
        Ok(portal.ask(request, limits::ENVELOPE_BYTES).await?)
    }

    /// A refused token is not used again.
    pub(super) fn forget_after(&self, status: StatusCode) {
        // Also after 403: a device that was removed meanwhile learns so with its next token.
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            *self.held() = None;
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<Token>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
