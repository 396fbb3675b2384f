//! The organization's denied websites: list, search, add, remove, and preview a file.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tessera_app::settings::{self, SaveRequest};
use tessera_domain::website_import::{self, Counts, Preview, PreviewRow};
use tessera_domain::{Error, Right};
use tessera_ids::OrgId;
use tessera_policy::{Edit, LayerName, WebsiteRule};
use utoipa::ToSchema;

use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Csv, Path, Query};
use crate::http::limits;
use crate::routes::{Access, Route, Say};
use crate::site::Site;

const PATH: &str = "/api/v1/orgs/{org}/memory/websites";
/// Rows of a preview that are written at a time.
const ROWS_AT_ONCE: usize = 500;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Access::Member(Right::SeeSettings), "Lists denied websites, in their order.", list)
            .says(&[
                Say { place: "query", name: "layer", text: "Whose list: `org`, `team_…` or `acct_…`." },
                Say { place: "query", name: "q", text: "Only rules that contain this." },
                Say { place: "query", name: "after", text: "The `next` of the page before." },
                Say { place: "query", name: "limit", text: "How many, at most 1,000." },
            ])
            .answers::<Websites>(),
        Route::post(PATH, Access::Member(Right::ChangeSettings), "Adds and removes denied websites, as one new revision.", change)
            .up_to(limits::PATCH)
            .takes::<Change>()
            .answers::<Changed>(),
        Route::post("/api/v1/orgs/{org}/memory/websites/preview", Access::Member(Right::ChangeSettings), "Says of every row of a CSV what adding it would come to. Saves nothing; large answers are streamed.", preview)
            .up_to(limits::CSV)
            .takes_raw("text/csv")
            .answers::<PreviewAnswer>(),
    ]
}

/// A page of denied websites.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are the contract with scripts"
)]
struct Websites {
    /// The revision that was read.
    revision: u64,
    /// The rules.
    websites: Vec<String>,
    /// Rules that match the search, over all pages.
    matching: usize,
    /// All rules.
    total: usize,
    /// Ask with `after` at this rule for the next page.
    next: Option<String>,
}

/// What to add and to remove.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    /// Hosts or URLs; those already listed do no harm.
    #[serde(default)]
    add: Vec<String>,
    /// Rules as the list shows them; those not listed do no harm.
    #[serde(default)]
    remove: Vec<String>,
    /// Why, for the history.
    #[serde(default)]
    note: String,
    /// Whether to purge what was captured before of those that are added; at most 1,000 then.
    #[serde(default)]
    purge: bool,
    /// Whose list changes: `org`, `team_…`, or `acct_…` for one member.
    #[serde(default = "super::settings::org_layer")]
    #[schema(value_type = String, default = "org")]
    layer: LayerName,
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

/// What every row of a file would come to.
#[derive(Debug, Serialize, ToSchema)]
struct PreviewAnswer {
    /// How many rows there are of each state: `ready`, `duplicate`, `refused`.
    #[schema(value_type = Object)]
    counts: Counts,
    /// Every row: `line`, `input`, `state`, `rule`, `reason`.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<PreviewRow>,
}

#[derive(Debug, Deserialize)]
struct Page {
    layer: Option<LayerName>,
    #[serde(default)]
    q: String,
    after: Option<String>,
    limit: Option<usize>,
}

async fn list(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Query(page): Query<Page>,
) -> Answer<Json<Websites>> {
    let limit = page.limit.unwrap_or(100);
    let found = settings::websites(
        &site.app,
        &actor,
        org,
        page.layer.unwrap_or(LayerName::Org),
        &page.q,
        page.after.as_deref(),
        limit,
    )
    .await?;
    Ok(Json(Websites {
        revision: found.revision,
        websites: found.rows,
        matching: found.matching,
        total: found.total,
        next: found.next,
    }))
}

async fn change(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    extract::Json(change): extract::Json<Change>,
) -> Answer<Json<Changed>> {
    let add = rules(&change.add)?;
    let note = super::note(change.note)?;
    let mut edits = vec![Edit::Websites {
        add,
        remove: change.remove,
    }];
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

/// Reads every rule, or points at every one that cannot be read.
fn rules(texts: &[String]) -> Result<Vec<WebsiteRule>, Error> {
    let mut refused = Vec::new();
    let mut rules = Vec::with_capacity(texts.len());
    for (place, text) in texts.iter().enumerate() {
        match text.parse() {
            Ok(rule) => rules.push(rule),
            Err(error) => refused.push(tessera_domain::FieldError {
                pointer: format!("/add/{place}"),
                message: format!("{error}"),
            }),
        }
    }
    if refused.is_empty() {
        Ok(rules)
    } else {
        Err(Error::invalid_fields(refused))
    }
}

async fn preview(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Csv(file): Csv,
) -> Answer<Response> {
    let current = settings::current(&site.app, &actor, org).await?;
    let existing = current.snapshot.layer(LayerName::Org).websites;
    let read = tokio::task::spawn_blocking(move || website_import::preview(&file, &existing));
    let preview = read.await.map_err(Error::internal)?.map_err(Error::from)?;
    Ok((
        [(header::CONTENT_TYPE, "application/json")],
        Body::from_stream(written(preview)),
    )
        .into_response())
}

/// Writes the preview piece by piece, so that a large one is never held as text.
fn written(preview: Preview) -> impl stream::Stream<Item = Result<Bytes, serde_json::Error>> + Send {
    let head =
        serde_json::to_string(&preview.counts).map(|counts| format!("{{\"counts\":{counts},\"rows\":["));
    let pieces = (0..preview.rows.len()).step_by(ROWS_AT_ONCE).map(move |from| {
        let to = preview.rows.len().min(from + ROWS_AT_ONCE);
        let rows = preview.rows[from..to]
            .iter()
            .map(serde_json::to_string)
            .collect::<Result<Vec<_>, _>>()?;
        let comma = if from == 0 { "" } else { "," };
        Ok(format!("{comma}{}", rows.join(",")))
    });
    let all = std::iter::once(head)
        .chain(pieces)
        .chain(std::iter::once(Ok("]}".to_owned())));
    stream::iter(all.map(|piece| piece.map(Bytes::from)))
}
