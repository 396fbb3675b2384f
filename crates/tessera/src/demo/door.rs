//! The demo's sign-in link: whoever opens it is the made-up owner. It exists only in the demo, on loopback.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tessera_app::token::{self, Token, TokenKind};
use tessera_ids::Entropy;
use tessera_server::Site;

use super::seed::Seeded;

/// A secret path, and what is behind it once the organization is there.
#[derive(Clone, Debug)]
pub(super) struct Door {
    key: Arc<Token>,
    room: Arc<OnceLock<Room>>,
}

#[derive(Debug)]
struct Room {
    session: String,
    home: String,
}

impl Door {
    /// A closed door with a fresh key.
    pub(super) fn new(entropy: &dyn Entropy) -> Self {
        let key = Arc::new(Token::generate(TokenKind::Link, entropy));
        Self {
            key,
            room: Arc::default(),
        }
    }

    /// The route that the server gets beside its own.
    pub(super) fn routes(&self) -> Router<Site> {
        let door = self.clone();
        Router::new().route(
            "/demo/{key}",
            get(async move |state, path| enter(&door, state, path)),
        )
    }

    /// Lets whoever has the key in as the owner; gives the path.
    pub(super) fn open(&self, seeded: &Seeded) -> String {
        let room = Room {
            session: seeded.session.reveal().to_owned(),
            home: format!("/o/{}", seeded.org),
        };
        let _ = self.room.set(room);
        format!("/demo/{}", self.key.reveal())
    }
}

fn enter(door: &Door, State(site): State<Site>, Path(key): Path<String>) -> Response {
    match door.room.get() {
        Some(room) if token::hash(&key) == door.key.hash() => {
            let cookie = site.cookies.set_session(&room.session);
            let home = room.home.clone();
            (
                StatusCode::SEE_OTHER,
                [(header::SET_COOKIE, cookie)],
                [(header::LOCATION, home)],
            )
                .into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
