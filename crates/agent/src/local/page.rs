//! The local page: what the org imposes on this machine, read-only, without scripts. It opens through a link
//! that works once, because other people on this machine can reach the same port.

use std::{fmt::Write as _, sync::LazyLock};

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tessera_ids::Timestamp;

use super::{LINK_LIFETIME, Local, access, api, secret};
use crate::{
    moment::{ago, exact},
    report_card::ReportCard,
    status::{Connection, Phase},
    whose::whose,
};

const STYLE: &str = include_str!("page.css");

/// Nothing but this page's own style may load or run.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// Where to open the page, once, within a minute.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PageLink {
    pub(crate) url: String,
}

/// `POST /v1/page-link`
pub(super) async fn link(State(local): State<Local>) -> Json<PageLink> {
    let (code, now) = (secret(&*local.ambient.entropy), local.ambient.clock.now());
    let url = format!("http://127.0.0.1:{}/open/{code}", local.address.port);
    let mut links = local.links();
    links.retain(|_, ends| *ends > now);
    links.insert(code, now.plus(LINK_LIFETIME));
    Json(PageLink { url })
}

/// `GET /open/{code}`: leaves a cookie that only this browser has.
pub(super) async fn open(State(local): State<Local>, Path(code): Path<String>) -> Response {
    let ends = local.links().remove(&code);
    if ends.is_none_or(|ends| ends <= local.ambient.clock.now()) {
        let why = "This link was used before or is older than a minute. Run: tessera status --open";
        return api::problem(StatusCode::GONE, why).into_response();
    }
    let cookie = format!(
        "{}={}; Path=/; HttpOnly; SameSite=Lax",
        access::COOKIE,
        local.page_key
    );
    ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

/// `GET /`
pub(super) async fn show(State(local): State<Local>, headers: HeaderMap) -> Response {
    let html = if access::has_cookie(&headers, &local.page_key) {
        let card = ReportCard::new(
            true,
            local.agent.status(),
            &local.agent.in_force(),
            local.agent.purges(),
        );
        render(&card, local.ambient.clock.now())
    } else {
        let ask = "<p>To see what your organization decided for this machine, run in a terminal:</p>\
                   <p><code>tessera status --open</code></p>";
        frame(ask)
    };
    ([(header::CONTENT_SECURITY_POLICY, POLICY.as_str())], Html(html)).into_response()
}

fn render(card: &ReportCard, now: Timestamp) -> String {
    let mut body = String::new();
    let status = &card.status;
    let (class, headline, detail) = match (&status.phase, status.in_force, &status.alarm) {
        (_, Some(it), Some(alarm)) => (
            "warn",
            format!(
                "Revision {} is in force, and something needs attention.",
                it.revision
            ),
            alarm.clone(),
        ),
        (_, Some(it), None) => (
            "",
            format!("Revision {} is in force.", it.revision),
            connection(&status.connection),
        ),
        (Phase::Enrolled, None, alarm) => (
            "closed",
            "Nothing may be captured.".to_owned(),
            alarm
                .clone()
                .unwrap_or_else(|| "The organization's settings have not arrived yet.".to_owned()),
        ),
        (_, None, alarm) => (
            "closed",
            "This machine is not signed in, so nothing may be captured.".to_owned(),
            alarm
                .clone()
                .unwrap_or_else(|| "Run: tessera login <portal's address>".to_owned()),
        ),
    };
    let (headline, detail) = (escape(&headline), escape(&detail));
    let _ = write!(
        body,
        r#"<div class="state {class}" role="status"><strong>{headline}</strong> {detail}</div>"#
    );
    if let Some(who) = &status.identity {
        let contact = status.last_contact.map_or_else(
            || "none since the agent started".to_owned(),
            |at| format!("{} ({})", ago(now, at), exact(at)),
        );
        body.push_str("<dl>");
        let keys: Vec<String> = status
            .keys
            .iter()
            .map(|key| format!("{} ({})", key.name, key.provider))
            .collect();
        let keys = if keys.is_empty() {
            "none".to_owned()
        } else {
            keys.join(", ")
        };
        let rows = [
            ("Organization", who.org_name.clone()),
            ("Member", who.account.clone()),
            ("Portal", who.server.clone()),
            ("This machine", who.host.clone()),
            ("Its keys are in", format!("the {}", key_place(&who.key_storage))),
            ("The organization's keys here", keys),
            ("Last contact", contact),
        ];
        for (name, value) in rows {
            let _ = write!(body, "<dt>{name}</dt><dd>{}</dd>", escape(&value));
        }
        body.push_str("</dl>");
    }
    if !card.settings.is_empty() {
        body.push_str("<h2>What is enforced</h2><table><thead><tr><th scope=\"col\">Setting</th><th scope=\"col\">Value</th><th scope=\"col\">From</th></tr></thead><tbody>");
        for row in &card.settings {
            let lock = if row.locked { ", locked" } else { "" };
            let (title, help) = (escape(row.leaf.title()), escape(&row.leaf.help()));
            let _ = write!(
                body,
                "<tr><th scope=\"row\">{title}<br><span class=\"quiet\">{help}</span></th><td>{}</td><td>{}{lock}</td></tr>",
                escape(&row.value.to_string()),
                escape(&whose(row.source, row.source_name.as_deref())),
            );
        }
        body.push_str("</tbody></table>");
    }
    if let Some(sentence) = card.to_forget() {
        let _ = write!(body, "<p>{}</p>", escape(&sentence));
    }
    for path in &card.not_understood {
        let _ = write!(
            body,
            "<p class=\"quiet\">Not understood by this version, and kept: <code>{}</code></p>",
            escape(path)
        );
    }
    body.push_str("<p class=\"quiet\">This page only shows. Why a setting is as it is: <code>tessera why &lt;setting&gt;</code></p>");
    frame(&body)
}

fn frame(body: &str) -> String {
    let tiles = "<i></i>".repeat(9);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Tessera on this machine</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body><main>\
         <header><span class=\"mark\" aria-hidden=\"true\">{tiles}</span><h1>Tessera on this machine</h1></header>\
         {body}</main></body></html>"
    )
}

fn connection(connection: &Connection) -> String {
    match connection {
        Connection::None => "The portal has not been reached since the agent started.".to_owned(),
        Connection::Streaming => "Connected: changes arrive at once.".to_owned(),
        Connection::Polling => "Connected by polling: changes arrive within half a minute.".to_owned(),
        Connection::Lost { why } => format!("Not connected ({why}). The last good settings stay in force."),
    }
}

fn key_place(storage: &str) -> &str {
    match storage {
        "keyring" => "system's keyring",
        _ => "agent's folder",
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
