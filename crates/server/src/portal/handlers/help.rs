//! Help: the contents, a guide, a search by a plain form.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tessera_domain::{Error, Result, Right};
use tessera_ids::OrgId;

use super::answer::page;
use super::pages::{GuideGroup, GuideLink, GuidePage, Help, HelpHit};
use super::view::{Frame, Place};
use super::visit::{Visit, path};
use crate::http::Answer;
use crate::http::extract::{Path, Query};
use crate::portal::help::{self, Audience, Found, Guide};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let see = Access::Member(Right::SeeOrg);
    vec![
        Route::get("/o/{org}/help", see, "Shows the guides.", contents),
        Route::get("/o/{org}/help/{guide}", see, "Shows one guide.", one),
        Route::get(
            "/o/{org}/help/images/{picture}",
            see,
            "Gives a picture of a guide.",
            picture,
        )
        .answers_raw("image/png"),
    ]
}

#[derive(Debug, Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
}

async fn contents(visit: Visit, Path(org): Path<OrgId>, Query(wanted): Query<Wanted>) -> Answer<Response> {
    let (frame, manages) = framed(&visit, org).await?;
    let home = home(org);
    let fits = |guide: &Guide| manages || guide.audience != Audience::Admins;
    let group = |id, title, audience| {
        let guides = help::all().iter().filter(|guide| guide.audience == audience);
        GuideGroup {
            id,
            title,
            guides: guides
                .filter(|guide| fits(guide))
                .map(|guide| link(&home, guide))
                .collect(),
        }
    };
    let groups = vec![
        group("stuck", "When something is stuck", Audience::Everybody),
        group("members", "For members", Audience::Members),
        group("admins", "For owners and admins", Audience::Admins),
    ];
    let query = wanted.q.trim().to_owned();
    Ok(page(Help {
        frame,
        groups,
        hits: help::search(&query, fits)
            .iter()
            .map(|found| hit(&home, found))
            .collect(),
        query,
    }))
}

async fn one(visit: Visit, Path((org, slug)): Path<(OrgId, String)>) -> Answer<Response> {
    let guide = help::guide(&slug).ok_or_else(|| Error::not_found("guide"))?;
    let (frame, manages) = framed(&visit, org).await?;
    let home = home(org);
    let mut after = help::all().iter().skip_while(|other| other.slug != slug).skip(1);
    let next = after.find(|next| manages || next.audience != Audience::Admins);
    Ok(page(GuidePage {
        frame,
        title: guide.title.clone(),
        contents: guide
            .sections
            .iter()
            .filter(|section| !section.anchor.is_empty())
            .map(|section| (section.heading.clone(), section.anchor.clone()))
            .collect(),
        pieces: guide.body(&path(org)),
        next: next.map(|next| link(&home, next)),
        home,
    }))
}

async fn picture(Path((_, name)): Path<(OrgId, String)>) -> Answer<Response> {
    let picture = help::picture(&name).ok_or_else(|| Error::not_found("picture"))?;
    let headers = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, "private, max-age=3600"),
    ];
    Ok((headers, picture).into_response())
}

/// The frame, and whether the reader manages the organization.
async fn framed(visit: &Visit, org: OrgId) -> Result<(Frame, bool)> {
    let (view, frame) = visit.org_frame(org, Place::Help).await?;
    Ok((frame, Right::SeeSettings.granted_to(view.role)))
}

fn home(org: OrgId) -> String {
    path(org) + "/help"
}

fn link(home: &str, guide: &Guide) -> GuideLink {
    GuideLink {
        title: guide.title.clone(),
        summary: guide.summary.clone(),
        href: format!("{home}/{}", guide.slug),
    }
}

fn hit(home: &str, found: &Found) -> HelpHit {
    let anchor = &found.section.anchor;
    let anchor = if anchor.is_empty() {
        String::new()
    } else {
        format!("#{anchor}")
    };
    HelpHit {
        guide: found.guide.title.clone(),
        section: found.section.heading.clone(),
        excerpt: found.excerpt.clone(),
        href: format!("{home}/{}{anchor}", found.guide.slug),
    }
}
