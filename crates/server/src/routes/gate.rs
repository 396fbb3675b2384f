//! What stands before each handler: its pace, its credential, its time limit.

use axum::RequestExt as _;
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tessera_app::{Actor, accounts, operator, orgs, sessions, sync, tokens};
use tessera_domain::{Error, Zone};
use tessera_ids::OrgId;

use super::route::{Access, Route};
use crate::http::Failure;
use crate::http::address::ClientAddress;
use crate::http::caller::Caller;
use crate::http::limits;
use crate::http::pace::Pace;
use crate::portal::zone;
use crate::site::Site;

/// The gate of one route.
#[derive(Clone)]
pub(super) struct Gate {
    site: Site,
    access: Access,
    pace: Pace,
    is_stream: bool,
    takes_tokens: bool,
    /// Files that are the same for everybody cost no look at the session.
    is_file: bool,
}

impl Gate {
    pub(super) fn of(route: &Route, site: &Site) -> Self {
        Self {
            site: site.clone(),
            access: route.access,
            pace: route.pace,
            is_stream: route.is_stream,
            takes_tokens: route.path.starts_with("/api/"),
            is_file: ["/assets/", "/downloads/", "/install."]
                .iter()
                .any(|start| route.path.starts_with(start)),
        }
    }

    pub(super) async fn pass(self, mut request: Request, next: Next) -> Response {
        if let Err(error) = self.open(&mut request).await {
            return Failure(error).into_response();
        }
        if self.is_stream {
            return next.run(request).await;
        }
        let reader = request.extensions().get::<Caller>().cloned();
        let zone = self.zone(reader).await;
        let answer = zone::within(zone, next.run(request));
        match tokio::time::timeout(limits::ANSWER_TIME, answer).await {
            Ok(response) => response,
            Err(_) => Failure(Error::unavailable("a request took too long")).into_response(),
        }
    }

    async fn open(&self, request: &mut Request) -> Result<(), Error> {
        let address = request.extensions().get::<ClientAddress>().copied();
        let address = address.ok_or_else(|| Error::internal("a request came without an address"))?;
        self.site.paces.take_address(self.pace, address)?;
        match self.access {
            Access::Public if self.is_file => {}
            Access::Public => {
                let actor = self.actor(request.headers(), address).await.ok().flatten();
                request.extensions_mut().insert(Caller(actor));
            }
            Access::SignedIn | Access::Member(_) | Access::OperatorPerson => {
                let actor = self.actor(request.headers(), address).await?.ok_or_else(nobody)?;
                self.site.paces.take_account(actor.account()?, address)?;
                if let Access::Member(right) = self.access {
                    orgs::require(&self.site.app, &actor, org_of(request).await?, right).await?;
                }
                if self.access == Access::OperatorPerson {
                    operator::require(&self.site.app, &actor).await?;
                }
                request.extensions_mut().insert(Caller(Some(actor)));
            }
            Access::Device => {
                let token = bearer(request.headers()).ok_or_else(nobody)?;
                let device = sync::authenticate(&self.site.app, token).await?;
                request.extensions_mut().insert(device);
            }
            Access::Operator => self.check_operator(request.headers(), address)?,
        }
        Ok(())
    }

    /// The zone of the person who reads the answer. What programs are told is in UTC.
    async fn zone(&self, reader: Option<Caller>) -> Zone {
        match reader.and_then(|Caller(actor)| actor) {
            Some(actor) if !self.takes_tokens => accounts::zone(&self.site.app, &actor)
                .await
                .unwrap_or_else(|_| Zone::utc()),
            _ => Zone::utc(),
        }
    }

    async fn actor(&self, headers: &HeaderMap, address: ClientAddress) -> Result<Option<Actor>, Error> {
        if let Some(token) = bearer(headers).filter(|_| self.takes_tokens) {
            return tokens::authenticate(&self.site.app, token, address.ip)
                .await
                .map(Some);
        }
        let Some(token) = self.site.cookies.session(headers) else {
            return Ok(None);
        };
        sessions::authenticate(&self.site.app, token, address.ip)
            .await
            .map(Some)
    }

    fn check_operator(&self, headers: &HeaderMap, address: ClientAddress) -> Result<(), Error> {
        let wanted = self.site.config.operator.token.as_ref();
        let matches =
            |given: &str| wanted.is_some_and(|wanted| same(given.as_bytes(), wanted.reveal().as_bytes()));
        match bearer(headers) {
            Some(given) if matches(given) => Ok(()),
            // Behind a proxy nobody can be told to be this machine, so then the token is needed.
            None if address.is_this_machine && self.site.config.trusted_proxies.is_empty() => Ok(()),
            _ => Err(nobody()),
        }
    }
}

/// The organization in the path. What is no id names none.
async fn org_of(request: &mut Request) -> Result<OrgId, Error> {
    let unknown = || Error::not_found("organization");
    let names = request
        .extract_parts::<RawPathParams>()
        .await
        .map_err(|_| unknown())?;
    let org = names
        .iter()
        .find(|(name, _)| *name == "org")
        .and_then(|(_, text)| text.parse().ok());
    org.ok_or_else(unknown)
}

fn nobody() -> Error {
    Error::unauthenticated("Sign in first.")
}

/// The token that a request bears (RFC 6750, section 2.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Compares through digests, so that the time taken tells nothing of the text.
fn same(a: &[u8], b: &[u8]) -> bool {
    use sha2::{Digest, Sha256};
    Sha256::digest(a) == Sha256::digest(b)
}
