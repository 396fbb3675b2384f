//! The stream that a device follows. It ends with the credential, with the device, or with the server.

use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, stream};
use tessera_app::sync::{Subscription, Told};
use tessera_domain::{Error, Kind};
use tessera_wire::{Serial, limits, stream as events};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::http::caller::Device;
use crate::http::{Answer, sse};
use crate::site::Site;

pub(super) async fn follow(
    State(site): State<Site>,
    Device(device): Device,
    headers: HeaderMap,
) -> Answer<Response> {
    let last = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map(Serial::new);
    let left = device.expires_at.since(site.app.clock.now());
    let subscription = Subscription::open(&site.app, device, last)?;
    Ok(sse::answer(frames(site, subscription, left)))
}

/// One device that listens.
struct Listening {
    site: Site,
    subscription: Subscription,
    ends_at: Instant,
    soft: CancellationToken,
    /// What is next: the greeting first, which shows proxies and agents that the stream is open.
    next: Next,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Greeting,
    News,
    End,
}

fn frames(site: Site, subscription: Subscription, left: Duration) -> impl Stream<Item = Bytes> + Send {
    metrics::gauge!("tessera_device_streams").increment(1.0);
    let soft = site.lifecycle.soft();
    let listening = Listening {
        site,
        subscription,
        ends_at: Instant::now() + left,
        soft,
        next: Next::Greeting,
    };
    stream::unfold(listening, |mut listening| async move {
        let frame = listening.frame().await?;
        Some((frame, listening))
    })
}

impl Listening {
    async fn frame(&mut self) -> Option<Bytes> {
        match self.next {
            Next::Greeting => {
                self.next = Next::News;
                return Some(sse::heartbeat());
            }
            Next::News => {}
            Next::End => return None,
        }
        tokio::select! {
            told = self.subscription.next(&self.site.app) => self.tell(told),
            () = sleep(limits::HEARTBEAT) => Some(sse::heartbeat()),
            () = sleep_until(self.ends_at) => None,
            () = self.soft.cancelled() => None,
        }
    }

    fn tell(&mut self, told: Result<Told, Error>) -> Option<Bytes> {
        match told {
            Ok(Told::Manifest(compiled)) => Some(compiled.frame.clone()),
            Ok(Told::Tombstone(envelope)) => {
                self.next = Next::End;
                let envelope = String::from_utf8(envelope).ok()?;
                Some(sse::event(
                    events::TOMBSTONE,
                    None,
                    &format!(r#"{{"envelope":{envelope}}}"#),
                ))
            }
            Err(error) => {
                // The device connects anew and asks again; what it enforces stays.
                if matches!(error.kind, Kind::Internal | Kind::Unavailable) {
                    tracing::warn!(internal = error.internal.as_deref(), "a device's stream broke");
                }
                None
            }
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        metrics::gauge!("tessera_device_streams").decrement(1.0);
    }
}
