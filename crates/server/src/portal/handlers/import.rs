//! A file of websites: kept while its rows are looked at, and saved by one press.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde::Deserialize;
use tessera_app::settings;
use tessera_domain::website_import::{self, Preview, RowState};
use tessera_domain::{Error, Result, Right};
use tessera_ids::ambient::random_bytes;
use tessera_ids::{AccountId, OrgId, Timestamp};
use tessera_policy::{LayerName, WebsiteRule};

use super::answer::{Refusal, again, go, go_saying, page};
use super::pages::{self, PreviewRow, WebsiteImport};
use super::review::{self, Intent};
use super::scope::{Scope, ScopePath};
use super::view::{Pager, Place, Tab};
use super::visit::Visit;
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::http::limits;
use crate::routes::{Access, Route};

/// Rows of a file on one page.
const PAGE: usize = 100;
/// Bytes of files that are kept at once, over everybody; the oldest go first.
const KEPT_BYTES: usize = 2 * limits::CSV;
/// How long a file is kept.
const KEPT_FOR: Duration = Duration::from_mins(30);

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::ChangeSettings);
    let of_org = (
        "/o/{org}/memory/websites/import",
        "/o/{org}/memory/websites/import/{import}",
    );
    let of_team = (
        "/o/{org}/teams/{team}/settings/websites/import",
        "/o/{org}/teams/{team}/settings/websites/import/{import}",
    );
    let of_member = (
        "/o/{org}/members/{member}/tighten/websites/import",
        "/o/{org}/members/{member}/tighten/websites/import/{import}",
    );
    let takes = "Takes a file of websites to look at.";
    let shows = "Shows what becomes of every row.";
    let decides = "Adds the rows that are ready, or reviews them, or drops the file.";
    let of_whom = |(all, one)| {
        [
            Route::post(all, may, takes, upload)
                .up_to(limits::CSV)
                .takes_form(),
            Route::get(one, may, shows, preview),
            Route::post(one, may, decides, decide).takes_form(),
        ]
    };
    [of_org, of_team, of_member]
        .into_iter()
        .flat_map(of_whom)
        .collect()
}

/// Which file a path names, beside whose list it is for.
#[derive(Debug, Deserialize)]
struct FilePath {
    import: String,
}

/// Files that somebody is looking at. They are kept by this process only: a file that is gone is dropped again.
#[derive(Debug, Default)]
pub struct Imports {
    kept: Mutex<VecDeque<Import>>,
}

#[derive(Clone, Debug)]
struct Import {
    token: String,
    account: AccountId,
    org: OrgId,
    layer: LayerName,
    name: String,
    file: Bytes,
    at: Timestamp,
}

impl Imports {
    fn keep(&self, import: Import) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|known| import.at.since(known.at) < KEPT_FOR);
        kept.push_back(import);
        while kept.iter().map(|known| known.file.len()).sum::<usize>() > KEPT_BYTES && kept.len() > 1 {
            kept.pop_front();
        }
    }

    /// The file, for who sent it and where they sent it.
    fn find(
        &self,
        token: &str,
        account: AccountId,
        list: (OrgId, LayerName),
        now: Timestamp,
    ) -> Option<Import> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |known: &&Import| {
            known.token == token && known.account == account && (known.org, known.layer) == list
        };
        kept.iter()
            .find(is_it)
            .filter(|known| now.since(known.at) < KEPT_FOR)
            .cloned()
    }

    fn drop_file(&self, token: &str, account: AccountId) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|known| known.token != token || known.account != account);
    }
}

async fn upload(visit: Visit, Path(path): Path<ScopePath>, fields: Fields) -> Answer<Response> {
    visit.require(path.org, Right::ChangeSettings).await?;
    let scope = Scope::at(&visit, path).await?;
    let name = fields.file_name("file").unwrap_or("your file").to_owned();
    let file = fields.file("file").cloned().unwrap_or_default();
    if let Err(error) = read(&visit, scope.org, scope.layer, file.clone()).await {
        let refusal = Refusal::of(error)?;
        let form = broken(&visit, &scope, name, refusal.problem(&[])).await?;
        return Ok(again(&refusal, form));
    }
    let token = URL_SAFE_NO_PAD.encode(random_bytes::<18>(&*visit.app().entropy));
    visit.site.imports.keep(Import {
        token: token.clone(),
        account: visit.actor()?.account()?,
        org: scope.org,
        layer: scope.layer,
        name,
        file,
        at: visit.app().clock.now(),
    });
    Ok(go(&format!("{}/import/{token}", scope.websites())))
}

/// What every row of a file comes to, beside the list as it is now.
async fn read(visit: &Visit, org: OrgId, layer: LayerName, file: Bytes) -> Result<Preview> {
    if file.is_empty() {
        return Err(Error::invalid("The file is empty."));
    }
    let view = settings::standpoint(visit.app(), visit.actor()?, org, layer, None).await?;
    let existing = view.own.websites;
    let read = tokio::task::spawn_blocking(move || website_import::preview(&file, &existing));
    Ok(read.await.map_err(Error::internal)??)
}

async fn broken(
    visit: &Visit,
    scope: &Scope,
    file: String,
    problem: Option<String>,
) -> Result<WebsiteImport> {
    Ok(WebsiteImport {
        frame: scope.frame(visit, Place::Websites).await?,
        list: scope.websites(),
        file,
        problem,
        ..WebsiteImport::default()
    })
}

/// Which rows of the file are shown.
#[derive(Clone, Debug, Default, Deserialize)]
struct Listing {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: usize,
}

async fn preview(
    visit: Visit,
    Path(path): Path<ScopePath>,
    Path(asked): Path<FilePath>,
    Query(listing): Query<Listing>,
) -> Answer<Response> {
    visit.require(path.org, Right::ChangeSettings).await?;
    let scope = Scope::at(&visit, path).await?;
    let Some(import) = find(&visit, scope.org, scope.layer, &asked.import)? else {
        return Ok(go_saying(
            &visit.site,
            &scope.websites(),
            "That file is not kept any more. Drop it again to go on.",
        ));
    };
    let found = read(&visit, scope.org, scope.layer, import.file.clone()).await?;
    let revision = visit.org_frame(scope.org, Place::Websites).await?.0.revision;
    let form = WebsiteImport {
        frame: scope.frame(&visit, Place::Websites).await?,
        list: scope.websites(),
        action: format!("{}/import/{}", scope.websites(), asked.import),
        ..WebsiteImport::default()
    };
    Ok(page(filled(form, &import, &found, &listing, revision)))
}

fn filled(
    form: WebsiteImport,
    import: &Import,
    found: &Preview,
    listing: &Listing,
    revision: u64,
) -> WebsiteImport {
    let counts = found.counts;
    let matching: Vec<&website_import::PreviewRow> = found
        .rows
        .iter()
        .filter(|row| listing.state.is_empty() || row.state.as_str() == listing.state)
        .collect();
    let rows = matching
        .iter()
        .skip_while(|row| row.line <= listing.after)
        .take(PAGE + 1)
        .collect::<Vec<_>>();
    let more = rows.len() > PAGE;
    let shown: Vec<PreviewRow> = rows.iter().take(PAGE).map(|row| preview_row(row)).collect();
    let to = |line: u64| words::query(&[("state", &listing.state), ("after", &line.to_string())]);
    let all = counts.ready + counts.duplicate + counts.refused;
    let tab = |label: &str, state: &str, count: usize| Tab {
        label: label.to_owned(),
        href: if state.is_empty() {
            form.action.clone()
        } else {
            words::query(&[("state", state)])
        },
        count: Some(count as u64),
        current: listing.state == state,
    };
    let tabs = vec![
        tab("All rows", "", all),
        tab("Ready", "ready", counts.ready),
        tab("Duplicate", "duplicate", counts.duplicate),
        tab("Refused", "refused", counts.refused),
    ];
    WebsiteImport {
        import: import.token.clone(),
        base_revision: revision,
        file: import.name.clone(),
        tabs,
        ready: counts.ready as u64,
        ready_text: words::grouped(counts.ready as u64),
        refused: counts.refused as u64,
        pager: Pager {
            shown: format!(
                "{} of {} rows",
                words::grouped(shown.len() as u64),
                words::grouped(matching.len() as u64)
            ),
            first: (listing.after > 0).then(|| to(0)),
            next: shown.last().filter(|_| more).map(|last| to(last.line)),
        },
        rows: shown,
        ..form
    }
}

fn preview_row(row: &website_import::PreviewRow) -> PreviewRow {
    PreviewRow {
        line: row.line as u64,
        input: row.input.clone(),
        state: match row.state {
            RowState::Ready => pages::RowState::Ready,
            RowState::Duplicate => pages::RowState::Duplicate,
            RowState::Refused => pages::RowState::Refused,
        },
        rule: row.rule.clone().unwrap_or_default(),
        reason: row.reason.clone().unwrap_or_default(),
    }
}

async fn decide(
    visit: Visit,
    Path(path): Path<ScopePath>,
    Path(asked): Path<FilePath>,
    fields: Fields,
) -> Answer<Response> {
    visit.require(path.org, Right::ChangeSettings).await?;
    let scope = Scope::at(&visit, path).await?;
    let fields = fields.with("layer", scope.field());
    let intent = Intent::of(&fields);
    if matches!(intent, Intent::Discard | Intent::Back) {
        let account = visit.actor()?.account()?;
        visit.site.imports.drop_file(&asked.import, account);
        let said = "The file was dropped. Nothing was changed.";
        return Ok(go_saying(&visit.site, &scope.websites(), said));
    }
    match review::act(&visit, scope.org, &fields, &scope.websites(), intent).await? {
        Ok(answer) => Ok(answer),
        Err(refusal) => {
            let form = broken(&visit, &scope, "your file".to_owned(), refusal.problem(&[])).await?;
            Ok(again(&refusal, form))
        }
    }
}

/// The rules that a kept file would add to a layer's list.
pub(super) async fn ready_rules(
    visit: &Visit,
    org: OrgId,
    layer: LayerName,
    token: &str,
) -> Result<Vec<WebsiteRule>> {
    let gone = || Error::invalid("The file is not kept any more. Drop it again.");
    let import = find(visit, org, layer, token)?.ok_or_else(gone)?;
    let found = read(visit, org, layer, import.file).await?;
    found
        .ready_rules()
        .map(|rule| WebsiteRule::from_row(rule).map_err(|error| Error::internal(error.to_string())))
        .collect()
}

fn find(visit: &Visit, org: OrgId, layer: LayerName, token: &str) -> Result<Option<Import>> {
    let (account, now) = (visit.actor()?.account()?, visit.app().clock.now());
    Ok(visit.site.imports.find(token, account, (org, layer), now))
}

#[cfg(test)]
mod tests {
    use tessera_ids::ambient::{SystemClock, SystemEntropy};

    use super::*;

    #[test]
    fn a_file_is_shown_to_who_sent_it_alone_and_not_for_ever() {
        let imports = Imports::default();
        let (mine, other) = (
            AccountId::generate(&SystemClock, &SystemEntropy),
            AccountId::generate(&SystemClock, &SystemEntropy),
        );
        let org = OrgId::generate(&SystemClock, &SystemEntropy);
        let (at, list) = (Timestamp::from_seconds(1_000), (org, LayerName::Org));
        let file = Bytes::from_static(b"a.example");
        imports.keep(Import {
            token: "t".into(),
            account: mine,
            org,
            layer: LayerName::Org,
            name: "a.csv".into(),
            file,
            at,
        });
        assert!(imports.find("t", mine, list, at).is_some());
        assert!(imports.find("t", other, list, at).is_none());
        assert!(imports.find("t", mine, list, at.plus(KEPT_FOR)).is_none());
        imports.drop_file("t", other);
        assert!(imports.find("t", mine, list, at).is_some());
        imports.drop_file("t", mine);
        assert!(imports.find("t", mine, list, at).is_none());
    }

    #[test]
    fn the_oldest_file_makes_room() {
        let imports = Imports::default();
        let account = AccountId::generate(&SystemClock, &SystemEntropy);
        let org = OrgId::generate(&SystemClock, &SystemEntropy);
        let (at, list) = (Timestamp::from_seconds(1_000), (org, LayerName::Org));
        for token in ["a", "b", "c"] {
            let file = Bytes::from(vec![b'x'; limits::CSV]);
            imports.keep(Import {
                token: token.into(),
                account,
                org,
                layer: LayerName::Org,
                name: String::new(),
                file,
                at,
            });
        }
        assert!(imports.find("a", account, list, at).is_none());
        assert!(imports.find("c", account, list, at).is_some());
    }
}
