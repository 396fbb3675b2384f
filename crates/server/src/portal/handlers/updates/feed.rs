//! Feeds: the organization's page, a team's, and the newest few on Home.

use axum::response::Response;
use serde::Deserialize;
use tessera_app::updates::{self, Shelf, UpdatePage, UpdateView};
use tessera_app::{orgs, teams};
use tessera_domain::{Error, Result, Right, Role};
use tessera_ids::{AccountId, OrgId, TeamId, Timestamp, UpdateId};
use tessera_store::{Feed, UpdateQuery};

use super::super::answer::page;
use super::super::pages::{RecentUpdates, UpdateFeed, Updates};
use super::super::view::{Opt, Pager, Place, Select};
use super::super::visit::Visit;
use super::super::words;
use super::PAGE;
use super::card::{Desk, updates_path};
use crate::http::Answer;
use crate::http::extract::{Path, Query};

/// Updates that Home and the page of a team show.
const NEWEST: u64 = 5;

/// Teams that the filter offers.
const OFFERED: u64 = 500;

/// The word for the organization's own page in the filter.
const ORG_PAGE: &str = "org";

/// What of the feed is shown.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Listing {
    #[serde(default)]
    q: String,
    #[serde(default)]
    tag: String,
    #[serde(default)]
    team: String,
    #[serde(default)]
    author: String,
    #[serde(default)]
    after: String,
}

impl Listing {
    fn query(&self) -> Result<UpdateQuery> {
        let unknown = || Error::invalid("This page of the list is not understood. Begin at the first one.");
        let after = if self.after.is_empty() {
            None
        } else {
            let (at, id) = self.after.split_once(' ').ok_or_else(unknown)?;
            let at = Timestamp::from_micros(at.parse().map_err(|_| unknown())?);
            Some((at, id.parse::<UpdateId>().map_err(|_| unknown())?))
        };
        Ok(UpdateQuery {
            search: Some(self.q.trim().to_owned()).filter(|text| !text.is_empty()),
            feed: match self.team.as_str() {
                ORG_PAGE => Feed::Org,
                team => team.parse().map_or(Feed::All, Feed::Team),
            },
            tag: self.tag.parse().ok(),
            author: self.author.parse::<AccountId>().ok(),
            after,
            limit: PAGE,
        })
    }

    fn is_filtered(&self) -> bool {
        [&self.q, &self.tag, &self.team, &self.author, &self.after]
            .iter()
            .any(|text| !text.is_empty())
    }

    fn to(&self, after: &str) -> String {
        words::query(&[
            ("q", &self.q),
            ("tag", &self.tag),
            ("team", &self.team),
            ("author", &self.author),
            ("after", after),
        ])
    }

    fn pager(&self, found: &UpdatePage) -> Pager {
        let after = |last: &UpdateView| format!("{} {}", last.update.created_at.as_micros(), last.update.id);
        let last = found.updates.last().filter(|_| found.more);
        Pager {
            shown: words::count(found.updates.len() as u64, "update"),
            first: (!self.after.is_empty()).then(|| self.to("")),
            next: last.map(|last| self.to(&after(last))),
        }
    }
}

/// The path of the editor, for who may post.
fn editor(org: OrgId, role: Role) -> Option<String> {
    Right::Post.granted_to(role).then(|| updates_path(org) + "/new")
}

pub(super) async fn list(
    visit: Visit,
    Path(org): Path<OrgId>,
    Query(listing): Query<Listing>,
) -> Answer<Response> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let found = updates::list(app, actor, org, &listing.query()?).await?;
    let shelf = updates::shelf(app, actor, org).await?;
    let (view, frame) = visit.org_frame(org, Place::Updates).await?;
    let desk = Desk::of(&visit, org, view.role, &found.updates).await?;
    Ok(page(Updates {
        frame,
        post: editor(org, view.role),
        query: listing.q.clone(),
        tags: tags(&shelf, &listing),
        feeds: feeds(&visit, org, &listing).await?,
        authors: authors(&shelf, &listing),
        pager: listing.pager(&found),
        feed: UpdateFeed {
            cards: found.updates.iter().map(|view| desk.in_feed(view)).collect(),
            ..nothing(&listing, org, view.role)
        },
    }))
}

/// What stands where there are no updates.
fn nothing(listing: &Listing, org: OrgId, role: Role) -> UpdateFeed {
    let said = |title: &str, text: &str| (title.to_owned(), text.to_owned());
    if listing.is_filtered() {
        return UpdateFeed {
            empty: said("No update matches", "Try fewer filters, or part of a word."),
            first_step: Some(("Show all".to_owned(), updates_path(org))),
            ..UpdateFeed::default()
        };
    }
    UpdateFeed {
        empty: said(
            "No updates yet",
            "This page is for what everybody should know: releases, decisions, dates.",
        ),
        first_step: editor(org, role).map(|href| ("Post the first one".to_owned(), href)),
        ..UpdateFeed::default()
    }
}

fn tags(shelf: &Shelf, listing: &Listing) -> Select {
    let opt = |tag: &str, label: String| Opt::new(tag, label);
    let mut options: Vec<Opt> = shelf
        .tags
        .iter()
        .map(|row| opt(row.tag.as_str(), format!("#{} ({})", row.tag, row.count)))
        .collect();
    let value = listing
        .tag
        .parse()
        .map_or_else(|_| String::new(), |tag: tessera_domain::Tag| tag.to_string());
    if !value.is_empty() && !options.iter().any(|option| option.value == value) {
        options.push(opt(&value, format!("#{value}")));
    }
    Select {
        options,
        value,
        error: None,
    }
}

fn authors(shelf: &Shelf, listing: &Listing) -> Select {
    let mut options: Vec<Opt> = shelf
        .authors
        .iter()
        .map(|row| Opt::new(row.author.to_string(), row.name.as_str()))
        .collect();
    options.sort_by_key(|option| tessera_domain::text::fold(&option.label));
    Select {
        options,
        value: listing.author.clone(),
        error: None,
    }
}

async fn feeds(visit: &Visit, org: OrgId, listing: &Listing) -> Result<Select> {
    let teams = teams::labels(visit.app(), visit.actor()?, org, OFFERED).await?;
    let own = Opt::new(ORG_PAGE, "The organization's");
    let teams = teams
        .iter()
        .map(|team| Opt::new(team.id.to_string(), team.name.as_str()));
    Ok(Select {
        options: std::iter::once(own).chain(teams).collect(),
        value: listing.team.clone(),
        error: None,
    })
}

/// The newest updates of a team, and the path of its editor for who may post there: the parts of a team's page.
pub(in crate::portal::handlers) async fn team_feed(
    visit: &Visit,
    org: OrgId,
    team: TeamId,
) -> Result<(UpdateFeed, Option<String>)> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let wanted = UpdateQuery {
        feed: Feed::Team(team),
        limit: NEWEST,
        ..UpdateQuery::default()
    };
    let found = updates::list(app, actor, org, &wanted).await?;
    let role = orgs::require(app, actor, org, Right::SeeUpdates).await?;
    let pen = updates::may_post_to(app, actor, org, team).await?;
    let team_text = team.to_string();
    let of_team = words::query(&[("team", &team_text)]);
    let post = pen.post.then(|| format!("{}/new{of_team}", updates_path(org)));
    let desk = Desk::of(visit, org, role, &found.updates).await?;
    let feed = UpdateFeed {
        cards: found.updates.iter().map(|view| desk.in_feed(view)).collect(),
        empty: (
            "No updates yet".to_owned(),
            "What this team wants everybody to know appears here.".to_owned(),
        ),
        first_step: post.clone().map(|href| ("Post the first one".to_owned(), href)),
        all: found.more.then(|| updates_path(org) + &of_team),
    };
    Ok((feed, post))
}

/// The newest updates, for Home.
pub(in crate::portal::handlers) async fn recent(
    visit: &Visit,
    org: OrgId,
    role: Role,
) -> Result<RecentUpdates> {
    let wanted = UpdateQuery {
        limit: NEWEST,
        ..UpdateQuery::default()
    };
    let found = updates::list(visit.app(), visit.actor()?, org, &wanted).await?;
    let desk = Desk::with(visit, org, role, &[]).await?;
    Ok(RecentUpdates {
        cards: found.updates.iter().map(|view| desk.title_only(view)).collect(),
        post: editor(org, role),
        all: updates_path(org),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_link_does_not_name_filters_nothing_but_a_broken_place_is_refused() {
        let listing = |tag: &str, team: &str, after: &str| Listing {
            tag: tag.to_owned(),
            team: team.to_owned(),
            author: "nobody".to_owned(),
            after: after.to_owned(),
            ..Listing::default()
        };
        let query = listing("#Feature", ORG_PAGE, "").query().unwrap();
        assert_eq!(query.tag.unwrap().as_str(), "feature");
        assert_eq!((query.feed, query.author), (Feed::Org, None));
        assert_eq!(listing("<>", "x", "").query().unwrap().feed, Feed::All);
        for after in ["x", "1 x", "x upd_00000000000000000000000000"] {
            assert!(listing("", "", after).query().is_err(), "{after}");
        }
        assert_eq!(
            listing("a b", "org", "").to(""),
            "?tag=a%20b&team=org&author=nobody"
        );
    }
}
