//! The stream that an open page listens to: which of its regions to fetch again.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, stream};
use serde::Deserialize;
use tessera_app::{Topic, orgs};
use tessera_domain::Right;
use tessera_ids::OrgId;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;

use super::visit::Visit;
use crate::http::extract::{Path, Query};
use crate::http::{Answer, limits, sse};
use crate::routes::{Access, Route, Say};
use crate::site::Site;

/// After this long the page connects again, so that an ended session stops listening.
const TURN: std::time::Duration = std::time::Duration::from_mins(5);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/o/{org}/live",
            Access::Member(Right::SeeOrg),
            "Says which regions of an open page have news.",
            follow,
        )
        .says(&[Say {
            place: "query",
            name: "topics",
            text: "The page's regions, comma-separated.",
        }])
        .streams(),
    ]
}

#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(default)]
    topics: String,
}

async fn follow(
    State(site): State<Site>,
    visit: Visit,
    Path(org): Path<OrgId>,
    Query(wanted): Query<Wanted>,
) -> Answer<Response> {
    // Listening begins before the right is checked and the page is fetched, so that nothing falls in between.
    let events = site.app.hub.page_events(org);
    orgs::view(&site.app, visit.actor()?, org).await?;
    let regions = wanted
        .topics
        .split(',')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    let listening = Listening {
        events,
        regions,
        soft: site.lifecycle.soft(),
        ends: tokio::time::Instant::now() + TURN,
        greeted: false,
    };
    Ok(sse::answer(frames(listening)))
}

struct Listening {
    events: Receiver<Topic>,
    regions: BTreeSet<String>,
    soft: CancellationToken,
    ends: tokio::time::Instant,
    greeted: bool,
}

fn frames(listening: Listening) -> impl Stream<Item = Bytes> + Send {
    stream::unfold(listening, |mut listening| async move {
        let frame = listening.frame().await?;
        Some((frame, listening))
    })
}

impl Listening {
    async fn frame(&mut self) -> Option<Bytes> {
        if !std::mem::replace(&mut self.greeted, true) {
            return Some(sse::heartbeat());
        }
        tokio::select! {
            heard = self.events.recv() => self.tell(heard),
            () = tokio::time::sleep(limits::HEARTBEAT) => Some(sse::heartbeat()),
            () = tokio::time::sleep_until(self.ends) => None,
            () = self.soft.cancelled() => None,
        }
    }

    /// Names the regions to fetch again; who lagged fetches all of them.
    fn tell(&mut self, heard: Result<Topic, RecvError>) -> Option<Bytes> {
        let mut topics = match heard {
            Ok(topic) => vec![topic],
            Err(RecvError::Lagged(_)) => vec![Topic::Settings, Topic::Devices, Topic::People],
            Err(RecvError::Closed) => return None,
        };
        while let Ok(more) = self.events.try_recv() {
            topics.push(more);
        }
        let changed: Vec<&str> = self
            .regions
            .iter()
            .map(String::as_str)
            .filter(|region| topics.iter().any(|topic| moves(*topic, region)))
            .collect();
        if changed.is_empty() {
            Some(sse::heartbeat())
        } else {
            Some(messages(&changed))
        }
    }
}

/// One unnamed message per region, which is what the page's script hears.
fn messages(regions: &[&str]) -> Bytes {
    let frames = regions
        .iter()
        .map(|region| sse::event("message", None, &serde_json::json!({"topic": region}).to_string()));
    Bytes::from(frames.flat_map(|frame| frame.to_vec()).collect::<Vec<u8>>())
}

/// Which regions a topic moves. What is not known here moves with everything.
fn moves(topic: Topic, region: &str) -> bool {
    match region {
        "devices" | "own-devices" | "rollout" => topic == Topic::Devices,
        "members" | "invitations" => topic == Topic::People,
        "revisions" | "websites" => matches!(topic, Topic::Settings | Topic::Devices),
        _ => true,
    }
}
