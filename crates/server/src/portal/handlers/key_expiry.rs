//! When a provider ends a key, as people note it on the key's page.

use axum::response::Response;
use tessera_app::credentials;
use tessera_domain::{Error, Result, Right};
use tessera_ids::{CredentialId, OrgId, Timestamp};
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use super::answer::{go_refused, go_saying};
use super::keys::{key_path, keys_path};
use super::visit::Visit;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let note = Route::post(
        "/o/{org}/models/keys/{credential}/expiry",
        Access::Member(Right::ManageCredentials),
        "Notes when a key ends.",
        note,
    );
    vec![note.takes_form()]
}

/// The day as an input of dates shows it.
pub(super) fn day(at: Timestamp) -> String {
    let date = OffsetDateTime::from_unix_timestamp(at.as_seconds()).ok();
    date.and_then(|date| {
        date.date()
            .format(format_description!("[year]-[month]-[day]"))
            .ok()
    })
    .unwrap_or_default()
}

/// The beginning of a day in UTC, before which the key is sure to work.
fn read(text: &str) -> Result<Option<Timestamp>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let day = Date::parse(text.trim(), format_description!("[year]-[month]-[day]"))
        .map_err(|_| Error::field("/expires", "Type a day, such as 2027-03-31."))?;
    Ok(Some(Timestamp::from_seconds(
        day.midnight().assume_utc().unix_timestamp(),
    )))
}

async fn note(
    visit: Visit,
    Path((org, id)): Path<(OrgId, CredentialId)>,
    fields: Fields,
) -> Answer<Response> {
    let Some(typed) = fields.find("expires") else {
        return Err(Error::field("/expires", "Type the day, or leave it empty.").into());
    };
    let actor = visit.owned()?;
    let noted = match read(typed) {
        Err(error) => Err(error),
        Ok(at) => {
            visit
                .site
                .run(|app| async move { credentials::note_expiry(&app, &actor, org, id, at).await })
                .await
        }
    };
    match noted {
        Ok(()) => Ok(go_saying(&visit.site, &keys_path(org), "The key’s end is noted.")),
        Err(error) => go_refused(&visit.site, &key_path(org, id), error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_back_as_it_was_typed() {
        let at = read("2027-03-31").unwrap().unwrap();
        assert_eq!(day(at), "2027-03-31");
        assert_eq!(read(" ").unwrap(), None);
        assert!(read("31.3.2027").is_err());
    }
}
