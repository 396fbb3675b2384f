//! *Devices → Enrolment keys*: the list with the form of a new one, the one page that shows a new key, and
//! revoking.

use axum::response::Response;
use tessera_app::enrollment_keys::{self, Draft};
use tessera_domain::{EnrollmentKeyState, Result, Right};
use tessera_ids::{EnrollmentKeyId, OrgId, Timestamp};
use tessera_store::{EnrollmentKey, EnrollmentRule};

use super::answer::{Refusal, again, go_refused, go_saying, page};
use super::pages::{EnrolmentKeyRow, EnrolmentKeys, MadeEnrolmentKey};
use super::view::{Input, Opt, Place, Select, Tone};
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::routes::{Access, Route};

/// How long a key may work: days as the form sends them, and what people read.
const LIVES: [(&str, &str); 5] = [
    ("1", "A day"),
    ("7", "7 days"),
    ("30", "30 days"),
    ("90", "90 days"),
    ("365", "A year"),
];
/// The fields that show by themselves what is wrong with them.
const SHOWN: [&str; 6] = ["/name", "/rule", "/member", "/domain", "/max_uses", "/days"];

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::ManageDevices);
    vec![
        Route::get(
            "/o/{org}/devices/enrolment-keys",
            may,
            "Shows the keys by which machines are enrolled.",
            list,
        ),
        Route::post(
            "/o/{org}/devices/enrolment-keys",
            may,
            "Makes an enrolment key and shows it once.",
            create,
        )
        .takes_form(),
        Route::post(
            "/o/{org}/devices/enrolment-keys/{enrolment_key}/revoke",
            may,
            "Revokes an enrolment key.",
            revoke,
        )
        .takes_form(),
    ]
}

/// The path of the list.
pub(super) fn keys_path(org: OrgId) -> String {
    path(org) + "/devices/enrolment-keys"
}

async fn list(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    Ok(page(keys_page(&visit, org).await?))
}

async fn keys_page(visit: &Visit, org: OrgId) -> Result<EnrolmentKeys> {
    let (_, frame) = visit.org_frame(org, Place::Devices).await?;
    let keys = enrollment_keys::list(visit.app(), visit.actor()?, org).await?;
    let now = visit.app().clock.now();
    Ok(EnrolmentKeys {
        frame,
        made: None,
        rows: keys
            .iter()
            .map(|(key, state)| row(org, key, *state, now))
            .collect(),
        name: Input::default(),
        rule: "member".to_owned(),
        rule_problem: None,
        member: Input::default(),
        domain: Input::default(),
        max_uses: Input::new("1"),
        days: Select {
            options: LIVES.map(|(days, words)| Opt::new(days, words)).to_vec(),
            value: "7".to_owned(),
            error: None,
        },
        problem: None,
        action: keys_path(org),
        devices: path(org) + "/devices",
    })
}

fn row(org: OrgId, key: &EnrollmentKey, state: EnrollmentKeyState, now: Timestamp) -> EnrolmentKeyRow {
    let is_usable = state == EnrollmentKeyState::Usable;
    EnrolmentKeyRow {
        id: key.id.to_string(),
        name: key.name.to_string(),
        last_four: format!("…{}", key.last_four),
        whom: whom(key),
        uses: format!("{} of {}", words::grouped(key.uses), words::grouped(key.max_uses)),
        devices: (key.uses > 0).then(|| format!("{}/devices?key={}", path(org), key.id)),
        used: key.used_at.map(|at| words::moment(at, now)),
        expires: words::moment(key.expires_at, now),
        made_by: key.created_by_name.to_string(),
        made: words::moment(key.created_at, now),
        state: (tone(state), state.to_string()),
        ended: key.revoked_at.map(|at| {
            let by = key.revoked_by_name.as_ref().map(ToString::to_string);
            (by.unwrap_or_default(), words::moment(at, now))
        }),
        revoke: is_usable.then(|| format!("{}/{}/revoke", keys_path(org), key.id)),
    }
}

const fn tone(state: EnrollmentKeyState) -> Tone {
    match state {
        EnrollmentKeyState::Usable => Tone::Good,
        EnrollmentKeyState::Spent | EnrollmentKeyState::Expired => Tone::Neutral,
        EnrollmentKeyState::Revoked => Tone::Warn,
    }
}

/// Whom a key enrols, in words.
fn whom(key: &EnrollmentKey) -> String {
    match (key.rule, &key.member_name, &key.domain) {
        (EnrollmentRule::Member, Some(name), _) if key.is_member => name.to_string(),
        (EnrollmentRule::Member, Some(name), _) => format!("{name}, who has left: it enrols nobody"),
        (EnrollmentRule::Login, _, Some(domain)) => format!("Whoever is logged in, at {domain}"),
        (EnrollmentRule::Told, ..) => "Whom --member names".to_owned(),
        (EnrollmentRule::Member | EnrollmentRule::Login, ..) => "Nobody".to_owned(),
    }
}

async fn create(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    let draft = Draft {
        name: fields.get("name").to_owned(),
        rule: fields.get("rule").to_owned(),
        member: fields.get("member").to_owned(),
        domain: fields.get("domain").to_owned(),
        max_uses: fields.get("max_uses").trim().parse().unwrap_or_default(),
        days: fields.get("days").trim().parse().unwrap_or_default(),
    };
    let actor = visit.owned()?;
    let made = visit
        .site
        .run(|app| async move { enrollment_keys::create(&app, &actor, org, draft).await })
        .await;
    match made {
        // The key goes into this one answer and nowhere else, so there is no redirect that would have to keep it.
        Ok((row, secret)) => {
            let named = if row.rule == EnrollmentRule::Told {
                " --member ada@example.com"
            } else {
                ""
            };
            let link = visit.site.link("");
            let made = MadeEnrolmentKey {
                name: row.name.to_string(),
                key: secret.reveal().to_owned(),
                command: format!(
                    "tessera login {} --enrolment-key-file /path/to/key{named}",
                    link.trim_end_matches('/')
                ),
            };
            let form = keys_page(&visit, org).await?;
            Ok(page(EnrolmentKeys {
                made: Some(made),
                ..form
            }))
        }
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let form = keys_page(&visit, org).await?;
            Ok(again(&refusal, refused(form, &fields, &refusal)))
        }
    }
}

/// The form again, with what was typed and what was wrong with it.
fn refused(form: EnrolmentKeys, fields: &Fields, refusal: &Refusal) -> EnrolmentKeys {
    let input = |name: &str| refusal.input(&format!("/{name}"), fields.get(name));
    EnrolmentKeys {
        name: input("name"),
        rule: fields.get("rule").to_owned(),
        rule_problem: refusal.field("/rule"),
        member: input("member"),
        domain: input("domain"),
        max_uses: input("max_uses"),
        days: Select {
            value: fields.get("days").to_owned(),
            error: refusal.field("/days"),
            ..form.days
        },
        problem: refusal.problem(&SHOWN),
        ..form
    }
}

async fn revoke(visit: Visit, Path((org, id)): Path<(OrgId, EnrollmentKeyId)>) -> Answer<Response> {
    let (actor, list) = (visit.owned()?, keys_path(org));
    let (key, _) = enrollment_keys::one(visit.app(), visit.actor()?, org, id).await?;
    let revoked = visit
        .site
        .run(|app| async move { enrollment_keys::revoke(&app, &actor, org, id).await })
        .await;
    match revoked {
        Ok(()) => Ok(go_saying(
            &visit.site,
            &list,
            format!(
                "{} is revoked: it enrols nobody any more. The devices that it enrolled go on.",
                key.name
            ),
        )),
        Err(error) => go_refused(&visit.site, &list, error),
    }
}
