//! What answers for each page: extract, call one use case, fill the page's struct.

mod account;
mod account_access;
mod account_email;
mod activate;
mod alert_endpoint;
mod alerts;
mod answer;
mod application_edit;
mod applications;
mod audit;
mod audit_row;
mod browser;
mod create;
mod devices;
mod devices_export;
mod edits;
mod ending;
mod enrolment_keys;
mod entrance;
mod general;
mod help;
mod history;
mod home;
mod import;
mod invitation;
mod invite;
mod invite_list;
mod jump;
mod key_expiry;
mod key_form;
mod key_replace;
mod keys;
mod layer_settings;
mod layers;
mod link;
mod live;
mod logo;
mod member;
mod member_edits;
mod member_review;
mod member_rows;
mod members;
mod members_export;
mod models;
mod my_settings;
mod operator;
mod pending;
mod people;
mod pictures;
mod policy;
mod reaching;
mod removals;
mod restore;
mod review;
mod roll_back;
mod rollout;
mod root;
mod row_edits;
mod scope;
mod seen_applications;
mod settings;
mod settings_search;
mod sign_up;
mod stages;
mod team;
mod team_assign;
mod team_edit;
mod teams;
mod test_bench;
mod transfer;
mod updates;
mod visit;
mod websites;
mod words;

pub(crate) use alerts::send_test;
pub use import::Imports;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tessera_domain::Error;

use super::{assets, pages, view};
use crate::routes::Route;
use crate::site::Site;

/// The rows of this family.
pub fn routes() -> Vec<Route> {
    [
        root::routes(),
        create::routes(),
        entrance::routes(),
        sign_up::routes(),
        link::routes(),
        account::routes(),
        account_email::routes(),
        activate::routes(),
        invitation::routes(),
        home::routes(),
        updates::routes(),
        members::routes(),
        member_edits::routes(),
        members_export::routes(),
        member::routes(),
        people::routes(),
        pictures::routes(),
        removals::routes(),
        transfer::routes(),
        invite::routes(),
        invite_list::routes(),
        pending::routes(),
        teams::routes(),
        team::routes(),
        team_edit::routes(),
        team_assign::routes(),
        general::routes(),
        logo::routes(),
        ending::routes(),
        settings::routes(),
        models::routes(),
        review::routes(),
        websites::routes(),
        applications::routes(),
        seen_applications::routes(),
        application_edit::routes(),
        layer_settings::routes(),
        test_bench::routes(),
        import::routes(),
        history::routes(),
        policy::routes(),
        settings_search::routes(),
        restore::routes(),
        help::routes(),
        audit::routes(),
        devices::routes(),
        enrolment_keys::routes(),
        rollout::routes(),
        keys::routes(),
        key_form::routes(),
        key_replace::routes(),
        key_expiry::routes(),
        alerts::routes(),
        alert_endpoint::routes(),
        operator::routes(),
        roll_back::routes(),
        my_settings::routes(),
        jump::routes(),
        live::routes(),
    ]
    .concat()
}
/// A message is said once: the page that shows it takes its cookie away, unless it leaves another.
pub async fn forget_flash(State(site): State<Site>, request: Request, next: Next) -> Response {
    let shown = site.cookies.flash(request.headers()).is_some();
    let mut response = next.run(request).await;
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if shown && is_page {
        response
            .headers_mut()
            .append(header::SET_COOKIE, site.cookies.clear_flash());
    }
    response
}

/// Where somebody signs in who then wants to go on to `next`.
pub fn sign_in_address(next: Option<&str>) -> String {
    match next.filter(|next| *next != "/") {
        Some(next) => format!("/sign-in?next={}", utf8_percent_encode(next, NON_ALPHANUMERIC)),
        None => "/sign-in".to_owned(),
    }
}

/// The page of ours that a form was sent from, if the browser says so.
pub fn referrer<'a>(site: &Site, headers: &'a HeaderMap) -> Option<&'a str> {
    let from = headers.get(header::REFERER)?.to_str().ok()?;
    let path = from.strip_prefix(site.origin.as_str())?;
    Some(path).filter(|path| path.starts_with('/')).map(answer::local)
}

/// The page of a failure, for whoever asked with a browser.
pub fn error_page(
    site: &Site,
    status: StatusCode,
    error: &Error,
    request: &str,
    headers: &HeaderMap,
) -> String {
    let title = match status {
        StatusCode::NOT_FOUND => "This page does not exist",
        StatusCode::FORBIDDEN => "You may not do this",
        StatusCode::CONFLICT => "Something else happened meanwhile",
        StatusCode::TOO_MANY_REQUESTS => "Too many tries",
        StatusCode::SERVICE_UNAVAILABLE => "Tessera cannot do this right now",
        status if status.is_server_error() => "Something went wrong",
        _ => "This did not work",
    };
    let page = pages::ErrorPage {
        frame: visit::plain_frame(site, headers),
        status: status.as_u16(),
        title: title.to_owned(),
        what: error.public.to_string(),
        kept: String::new(),
        ways: vec![("Go to the start page".to_owned(), "/".to_owned())],
        request: Some(request.to_owned()),
    };
    page.render().unwrap_or_else(|error| {
        tracing::error!(%error, "the error page could not be drawn");
        title.to_owned()
    })
}
