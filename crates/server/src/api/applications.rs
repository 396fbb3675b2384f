//! Applications that may and may not be captured: list, set, remove; and the test bench.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tessera_app::settings::{self, ListedApplication, SaveRequest, Shelf, Whom};
use tessera_domain::{Error, FieldError, Right};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_policy::applications::ApplicationIdentity;
use tessera_policy::{Edit, LayerName, Leaf, Row, RowKind, Subject, websites};
use utoipa::ToSchema;

use super::Instant;
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Path, Query};
use crate::http::limits;
use crate::routes::{Access, Route, Say};
use crate::site::Site;

const PATH: &str = "/api/v1/orgs/{org}/memory/applications";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            PATH,
            Access::Member(Right::SeeSettings),
            "Lists applications by name, with those that Tessera knows by itself.",
            list,
        )
        .says(&[
            Say {
                place: "query",
                name: "list",
                text: "`blocked` or `available`.",
            },
            Say {
                place: "query",
                name: "layer",
                text: "As which layer sees them: `org`, `team_…` or `acct_…`.",
            },
            Say {
                place: "query",
                name: "q",
                text: "Only those that contain this in name, identifier or category.",
            },
            Say {
                place: "query",
                name: "from",
                text: "The `next` of the page before.",
            },
            Say {
                place: "query",
                name: "limit",
                text: "How many, at most 500.",
            },
        ])
        .answers::<Applications>(),
        Route::post(
            PATH,
            Access::Member(Right::ChangeSettings),
            "Sets and removes applications, as one new revision.",
            change,
        )
        .up_to(limits::PATCH)
        .takes::<Change>()
        .answers::<Changed>(),
        Route::get(
            "/api/v1/orgs/{org}/memory/applications/seen",
            Access::Member(Right::SeeSettings),
            "Lists applications that were seen on members' machines and that no list speaks of.",
            seen,
        )
        .answers::<Vec<Unlisted>>(),
        Route::post(
            "/api/v1/orgs/{org}/memory/test",
            Access::Member(Right::SeeSettings),
            "Says whether a page or an application may be captured, by the device's own code. Saves nothing.",
            test,
        )
        .takes::<Question>()
        .answers::<Tested>(),
    ]
}

/// An application that nobody decided on. Whose machine it was seen on is not kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SeenApplication)]
struct Unlisted {
    /// What it calls itself.
    name: String,
    /// By what it would be recognised: `bundle_id:…`, `aumid:…`, `exe:…`, `app_id:…`.
    identifiers: Vec<String>,
    /// When some machine first came across it.
    first_seen: Instant,
    /// When some machine last did.
    last_seen: Instant,
}

/// A page of applications.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are the contract with scripts"
)]
struct Applications {
    /// The revision that was read.
    revision: u64,
    /// Whether the organization's rows are enforced where this layer speaks.
    enforced: bool,
    /// The applications.
    applications: Vec<Application>,
    /// Blocked ones that match, over all pages.
    blocked: usize,
    /// Available ones that match, over all pages.
    available: usize,
    /// Ask with `from` at this number for the next page.
    next: Option<usize>,
}

/// One application as a layer sees it.
#[derive(Debug, Serialize, ToSchema)]
struct Application {
    /// The key of its row.
    key: String,
    /// What people call it.
    name: String,
    /// By what it is recognised: `bundle_id:…`, `aumid:…`, `exe:…`, `app_id:…`, `name:…`.
    identifiers: Vec<String>,
    /// Whether Tessera knows it by itself.
    global: bool,
    /// What it is for, where Tessera knows it.
    category: Option<&'static str>,
    /// Whether it is blocked.
    blocked: bool,
    /// Whose word that is: `built-in`, `org`, `team_…` or `acct_…`.
    #[schema(value_type = String)]
    source: LayerName,
    /// Whether this layer cannot change it.
    fixed: bool,
}

impl From<ListedApplication> for Application {
    fn from(row: ListedApplication) -> Self {
        Self {
            identifiers: row.identifiers.iter().map(ToString::to_string).collect(),
            global: row.known.is_some(),
            category: row.known.map(|known| known.category.title()),
            blocked: row.blocked,
            source: row.source,
            fixed: row.fixed.is_some(),
            key: row.key,
            name: row.name,
        }
    }
}

/// What to set and to remove.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    /// By key: `{"name": …, "identifiers": ["bundle_id:…"], "blocked": true}`.
    #[serde(default)]
    #[schema(value_type = Object)]
    set: BTreeMap<String, serde_json::Value>,
    /// Keys; those not there do no harm.
    #[serde(default)]
    remove: Vec<String>,
    /// Whether to purge what was captured before of those that are set to blocked.
    #[serde(default)]
    purge: bool,
    /// Whose layer changes: `org`, `team_…`, or `acct_…` for one member.
    #[serde(default = "super::settings::org_layer")]
    #[schema(value_type = String, default = "org")]
    layer: LayerName,
    /// Why, for the history.
    #[serde(default)]
    note: String,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
struct Changed {
    /// The newest revision: a new one, or the present one when nothing changed.
    revision: u64,
    /// What changed.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<tessera_policy::Change>,
}

/// What is about to be captured, and by whom.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Question {
    /// A page's address.
    url: Option<String>,
    /// An application's id of whatever kind, or `bundle_id:…` and the like.
    application: Option<String>,
    /// Whether the window is private.
    private_window: bool,
    /// Whether sound is captured.
    audio: bool,
    /// For a member of this team alone.
    #[schema(value_type = Option<String>)]
    team: Option<TeamId>,
    /// For this member.
    #[schema(value_type = Option<String>)]
    member: Option<AccountId>,
}

/// The guard's answer.
#[derive(Debug, Serialize, ToSchema)]
struct Tested {
    /// The revision that was asked.
    revision: u64,
    /// `allow` or `deny`.
    #[schema(value_type = String)]
    decision: tessera_policy::Decision,
    /// The rule that decided, if one did.
    rule: Option<String>,
    /// Whose word it was.
    #[schema(value_type = String)]
    layer: LayerName,
    /// Why, as a word for programs.
    #[schema(value_type = String)]
    reason: tessera_policy::Reason,
    /// Why, as a sentence.
    text: &'static str,
}

#[derive(Debug, Deserialize)]
struct Page {
    #[serde(default)]
    list: String,
    layer: Option<LayerName>,
    #[serde(default)]
    q: String,
    #[serde(default)]
    from: usize,
    limit: Option<usize>,
}

async fn list(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Query(page): Query<Page>,
) -> Answer<Json<Applications>> {
    let shelf = match page.list.as_str() {
        "" | "blocked" => Shelf::Blocked,
        "available" => Shelf::Available,
        _ => return Err(Error::field("/list", "Expected blocked or available.").into()),
    };
    let layer = page.layer.unwrap_or(LayerName::Org);
    let place = (page.from, page.limit.unwrap_or(100));
    let found = settings::applications(&site.app, &actor, org, layer, shelf, &page.q, place).await?;
    Ok(Json(Applications {
        revision: found.revision,
        enforced: found.enforced,
        applications: found.rows.into_iter().map(Application::from).collect(),
        blocked: found.blocked,
        available: found.available,
        next: found.next,
    }))
}

async fn seen(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<Json<Vec<Unlisted>>> {
    let seen = settings::unknown_applications(&site.app, &actor, org).await?;
    let told = seen.into_iter().map(|seen| Unlisted {
        identifiers: seen.rules.iter().map(ToString::to_string).collect(),
        name: seen.name,
        first_seen: seen.first_seen.into(),
        last_seen: seen.last_seen.into(),
    });
    Ok(Json(told.collect()))
}

async fn change(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    extract::Json(change): extract::Json<Change>,
) -> Answer<Json<Changed>> {
    let set = rows(&change.set)?;
    let note = super::note(change.note)?;
    let rows = Edit::Rows {
        leaf: Leaf::Applications,
        set,
        remove: change.remove,
    };
    let mut edits = vec![rows];
    if change.purge {
        let view = settings::standpoint(&site.app, &actor, org, change.layer, None).await?;
        edits.extend(settings::purge_order(&edits, &view.own, site.app.clock.now())?);
    }
    let request = SaveRequest {
        layer: change.layer,
        edits,
        team_defaults: Vec::new(),
        note,
        expected: None,
    };
    let saved = site
        .run(|app| async move { settings::save(&app, &actor, org, request).await })
        .await?;
    Ok(Json(Changed {
        revision: saved.revision,
        changes: saved.changes,
    }))
}

/// Reads every row, or points at every one that cannot be read.
fn rows(set: &BTreeMap<String, serde_json::Value>) -> Result<Vec<(String, Row)>, Error> {
    let mut refused = Vec::new();
    let mut rows = Vec::with_capacity(set.len());
    for (key, json) in set {
        match Row::read(RowKind::Application, key, json) {
            Ok(row) => rows.push((key.clone(), row)),
            Err(message) => refused.push(FieldError {
                pointer: format!("/set/{}", key.replace('~', "~0").replace('/', "~1")),
                message,
            }),
        }
    }
    if refused.is_empty() {
        Ok(rows)
    } else {
        Err(Error::invalid_fields(refused))
    }
}

async fn test(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    extract::Json(question): extract::Json<Question>,
) -> Answer<Json<Tested>> {
    let whom = match (question.member, question.team) {
        (Some(member), _) => Whom::Member(member),
        (None, Some(team)) => Whom::Team(team),
        (None, None) => Whom::Everybody,
    };
    let application = question.application.as_deref();
    let subject = Subject {
        browser: question.url.is_some(),
        url: question.url.as_deref().map(websites::typed_address),
        application: application.map(ApplicationIdentity::called),
        private_window: question.private_window,
        audio: question.audio,
    };
    let tried = settings::try_out(&site.app, &actor, org, whom, subject).await?;
    Ok(Json(Tested {
        revision: tried.revision,
        decision: tried.verdict.decision,
        rule: tried.verdict.rule,
        layer: tried.verdict.layer,
        text: tried.verdict.reason.text(),
        reason: tried.verdict.reason,
    }))
}
