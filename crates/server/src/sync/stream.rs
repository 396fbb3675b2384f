//! The stream that a device follows. It ends with the credential, with the device, or with the server.

use std::pin::Pin;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, stream};
use tessera_app::sync::{Subscription, Told};
use tessera_domain::{Error, Kind};
use tessera_wire::{Serial, limits, stream as events};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::WaitForCancellationFutureOwned;

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
    /// Rings for the next sign of life, or for the end. Set once for many frames: most wakes are not its.
    alarm: Pin<Box<Sleep>>,
    soft: Pin<Box<WaitForCancellationFutureOwned>>,
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
    let soft = Box::pin(site.lifecycle.soft().cancelled_owned());
    let ends_at = Instant::now() + left;
    let listening = Listening {
        site,
        subscription,
        ends_at,
        alarm: Box::pin(sleep_until(next_alarm(ends_at))),
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
            () = &mut self.alarm => self.ring(),
            () = &mut self.soft => None,
        }
    }

    fn ring(&mut self) -> Option<Bytes> {
        if Instant::now() >= self.ends_at {
            return None;
        }
        self.alarm.as_mut().reset(next_alarm(self.ends_at));
        Some(sse::heartbeat())
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

fn next_alarm(ends_at: Instant) -> Instant {
    ends_at.min(Instant::now() + limits::HEARTBEAT)
}

impl Drop for Listening {
    fn drop(&mut self) {
        metrics::gauge!("tessera_device_streams").decrement(1.0);
    }
}
