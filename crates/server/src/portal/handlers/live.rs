//! The stream that an open page listens to: which of its regions to fetch again.
//!
//! It carries no content, so a page never shows what its reader may not see. Bursts are gathered, and
//! with every sign of life it is asked anew whether who listens still may.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, stream};
use serde::Deserialize;
use tessera_app::{Topic, orgs, sessions};
use tessera_domain::{Kind, Result, Right};
use tessera_ids::OrgId;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::Instant;

use super::visit::Visit;
use crate::http::extract::{Path, Query};
use crate::http::{Answer, limits, sse};
use crate::routes::{Access, Route, Say};
use crate::site::Site;

/// News are gathered this long, so that a thousand receipts a second move a page five times a second.
const GATHERED: Duration = Duration::from_millis(200);
/// The most regions that a page may name.
const REGIONS: usize = 16;

pub(super) fn routes() -> Vec<Route> {
    let live = Route::get(
        "/o/{org}/live",
        Access::Member(Right::SeeOrg),
        "Says which regions of an open page have news.",
        follow,
    );
    vec![
        live.says(&[Say {
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
    // Listening begins before the right is checked, so that nothing falls in between.
    let events = site.app.hub.page_events(org);
    orgs::view(&site.app, visit.actor()?, org).await?;
    let regions = regions(&wanted.topics);
    metrics::gauge!("tessera_page_streams").increment(1.0);
    let listening = Listening {
        visit,
        org,
        events,
        regions,
        told: None,
        greeted: false,
    };
    Ok(sse::answer(frames(listening)))
}

fn regions(topics: &str) -> BTreeSet<String> {
    topics
        .split(',')
        .filter(|name| !name.is_empty())
        .take(REGIONS)
        .map(str::to_owned)
        .collect()
}

struct Listening {
    visit: Visit,
    org: OrgId,
    events: Receiver<Topic>,
    regions: BTreeSet<String>,
    /// When the page was last told something.
    told: Option<Instant>,
    greeted: bool,
}

fn frames(listening: Listening) -> impl Stream<Item = Bytes> + Send {
    stream::unfold(listening, |mut listening| async move {
        let frame = listening.frame().await?;
        Some((frame, listening))
    })
}

impl Drop for Listening {
    fn drop(&mut self) {
        metrics::gauge!("tessera_page_streams").decrement(1.0);
    }
}

impl Listening {
    /// The next frame; nothing ends the stream.
    async fn frame(&mut self) -> Option<Bytes> {
        if !std::mem::replace(&mut self.greeted, true) {
            return Some(sse::heartbeat());
        }
        let soft = self.visit.site.lifecycle.soft();
        let silence = Instant::now() + limits::HEARTBEAT;
        loop {
            tokio::select! {
                heard = self.events.recv() => {
                    let mut news = News::default();
                    news.hear(&heard)?;
                    self.gather(&mut news).await;
                    if let Some(frame) = news.frame(&self.regions) {
                        self.told = Some(Instant::now());
                        return Some(frame);
                    }
                }
                () = tokio::time::sleep_until(silence) => {
                    return self.still_may().await.then(sse::heartbeat);
                }
                () = soft.cancelled() => return None,
            }
        }
    }

    /// Waits until the page may be told again, and takes in what happened meanwhile.
    async fn gather(&mut self, news: &mut News) {
        if let Some(told) = self.told {
            tokio::time::sleep_until(told + GATHERED).await;
        }
        while let Some(more) = more(&self.events.try_recv()) {
            if news.hear(&more).is_none() {
                break;
            }
        }
    }

    /// Whether the session and the membership still stand. A database that does not answer ends nothing.
    async fn still_may(&self) -> bool {
        match self.check().await {
            Ok(()) => true,
            Err(error) => matches!(error.kind, Kind::Unavailable | Kind::Internal),
        }
    }

    async fn check(&self) -> Result<()> {
        let token = self.visit.session_token().unwrap_or_default();
        let actor = sessions::authenticate(self.visit.app(), token, self.visit.address.ip).await?;
        orgs::view(self.visit.app(), &actor, self.org).await.map(drop)
    }
}

fn more(heard: &std::result::Result<Topic, TryRecvError>) -> Option<std::result::Result<Topic, RecvError>> {
    match heard {
        Ok(topic) => Some(Ok(*topic)),
        Err(TryRecvError::Lagged(missed)) => Some(Err(RecvError::Lagged(*missed))),
        Err(TryRecvError::Empty | TryRecvError::Closed) => None,
    }
}

/// What moved since the page was last told.
#[derive(Debug, Default)]
struct News {
    topics: Vec<Topic>,
}

impl News {
    /// Takes one announcement in; who lagged takes everything for new. Nothing when there is no more to hear.
    fn hear(&mut self, heard: &std::result::Result<Topic, RecvError>) -> Option<()> {
        match heard {
            Ok(topic) if self.topics.contains(topic) => {}
            Ok(topic) => self.topics.push(*topic),
            Err(RecvError::Lagged(_)) => self.topics = Topic::ALL.to_vec(),
            Err(RecvError::Closed) => return None,
        }
        Some(())
    }

    /// One unnamed message per region that moved, which is what the page's script hears.
    fn frame(&self, regions: &BTreeSet<String>) -> Option<Bytes> {
        let moved = regions
            .iter()
            .filter(|region| self.topics.iter().any(|topic| moves(*topic, region)));
        let message = |region: &String| {
            sse::event(
                "message",
                None,
                &serde_json::json!({ "topic": region }).to_string(),
            )
        };
        let frames: Vec<u8> = moved.flat_map(message).collect();
        (!frames.is_empty()).then(|| Bytes::from(frames))
    }
}

/// Which regions a topic moves. What is not known here moves with everything.
fn moves(topic: Topic, region: &str) -> bool {
    match region {
        "devices" | "own-devices" | "rollout" => topic == Topic::Devices,
        "removal" => matches!(topic, Topic::Devices | Topic::People),
        "members" | "invitations" | "teams" | "seats" => topic == Topic::People,
        "updates" => topic == Topic::Updates,
        "audit" => topic == Topic::Audit,
        "revisions" => matches!(topic, Topic::Settings | Topic::Devices),
        "websites" => topic == Topic::Settings,
        "credentials" => topic == Topic::Credentials,
        "alerts" => topic == Topic::Alerts,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_one_message_per_region_that_moved() {
        let mut news = News::default();
        for _ in 0..1_000 {
            news.hear(&Ok(Topic::Devices)).unwrap();
        }
        let frame = news.frame(&regions("rollout,invitations,devices")).unwrap();
        let text = String::from_utf8(frame.to_vec()).unwrap();
        assert_eq!(
            text,
            "event: message\ndata: {\"topic\":\"devices\"}\n\nevent: message\ndata: {\"topic\":\"rollout\"}\n\n"
        );
        assert!(news.frame(&regions("invitations")).is_none());
    }

    #[test]
    fn who_lagged_fetches_everything_and_the_end_is_the_end() {
        let mut news = News::default();
        news.hear(&Err(RecvError::Lagged(3))).unwrap();
        assert!(news.frame(&regions("invitations")).is_some());
        assert!(news.hear(&Err(RecvError::Closed)).is_none());
    }
}
