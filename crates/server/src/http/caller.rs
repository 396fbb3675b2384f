//! Whom the gate let in, as handlers take them.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tessera_app::Actor;
use tessera_app::sync::DeviceActor;
use tessera_domain::Error;

use super::Failure;

/// Who asked, if anyone is signed in. On routes that need an account, use [`Signed`].
#[derive(Clone, Debug)]
pub struct Caller(pub Option<Actor>);

/// The signed-in person who asked.
#[derive(Clone, Debug)]
pub struct Signed(pub Actor);

/// The device that asked.
#[derive(Clone, Debug)]
pub struct Device(pub DeviceActor);

fn missing() -> Failure {
    // The route table opens a handler to somebody whom the handler does not expect: a fault of ours.
    Error::internal("a handler asked for a caller that its row in the route table does not let in").into()
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get::<Self>().cloned().ok_or_else(missing)
    }
}

impl<S: Sync> FromRequestParts<S> for Signed {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts
            .extensions
            .get::<Caller>()
            .and_then(|caller| caller.0.clone())
            .map(Self)
            .ok_or_else(missing)
    }
}

impl<S: Sync> FromRequestParts<S> for Device {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts
            .extensions
            .get::<DeviceActor>()
            .cloned()
            .map(Self)
            .ok_or_else(missing)
    }
}

impl<S: Sync> FromRequestParts<S> for super::address::ClientAddress {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get::<Self>().copied().ok_or_else(missing)
    }
}
