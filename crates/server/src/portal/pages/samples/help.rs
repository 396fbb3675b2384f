//! Help: the contents, a search, a guide.

use super::data::{ORG, owner, reader};
use super::{Sample, draw};
use crate::portal::help;
use crate::portal::pages::{GuideGroup, GuideLink, GuidePage, Help, HelpHit};
use crate::portal::view::Place;

pub(super) fn all() -> Vec<Sample> {
    let home = format!("{ORG}/help");
    let links = |audience| {
        let guides = help::all().iter().filter(move |guide| guide.audience == audience);
        let link = |guide: &help::Guide| GuideLink {
            title: guide.title.clone(),
            summary: guide.summary.clone(),
            href: format!("{home}/{}", guide.slug),
        };
        guides.map(link).collect::<Vec<_>>()
    };
    let group = |id, title, audience| GuideGroup {
        id,
        title,
        guides: links(audience),
    };
    let contents = Help {
        frame: owner(Place::Help),
        groups: vec![
            group("stuck", "When something is stuck", help::Audience::Everybody),
            group("members", "For members", help::Audience::Members),
            group("admins", "For owners and admins", help::Audience::Admins),
        ],
        ..Help::default()
    };
    let search = Help {
        frame: reader(Place::Help),
        query: "code".to_owned(),
        hits: vec![HelpHit {
            guide: "Enrolling your machine".to_owned(),
            section: "Type the code".to_owned(),
            excerpt: "… the terminal shows a short code …".to_owned(),
            href: format!("{home}/enrolling#type-the-code"),
        }],
        groups: vec![group("members", "For members", help::Audience::Members)],
    };
    let guide = |guide: &help::Guide| GuidePage {
        frame: owner(Place::Help),
        title: guide.title.clone(),
        contents: guide
            .sections
            .iter()
            .skip(1)
            .map(|section| (section.heading.clone(), section.anchor.clone()))
            .collect(),
        pieces: guide.body(ORG),
        next: links(help::Audience::Members).pop(),
        home: home.clone(),
    };
    let mut samples = vec![draw("help", &contents), draw("help-search", &search)];
    samples.extend(help::guide("troubleshooting").map(|found| draw("guide", &guide(found))));
    samples
}
