//! Every page with made-up values: what the unit tests draw, what the gallery shows. An organization of 40 people at a small museum.

mod alerts;
mod audit;
mod data;
mod enrolment_keys;
mod entrance;
mod farewells;
mod help;
mod inside;
mod inviting;
mod keys;
mod memory;
mod models;
mod organization;
mod orgs;
mod people;
mod policy;
mod rollouts;
mod settings;
mod specimens;
mod teams;
mod updates;

use askama::Template;

use super::Parts;
use crate::portal::view::Theme;

/// One drawn sample.
pub struct Sample {
    /// Its name, which is a file name too: `members`, `members-read`.
    pub name: &'static str,
    /// The page.
    pub html: String,
}

/// Draws a sample page.
fn draw(name: &'static str, page: &impl Template) -> Sample {
    let html = page.render().expect("writing to a string does not fail");
    Sample { name, html }
}

/// Every sample page, in the order of a walk through the portal.
pub fn all() -> Vec<Sample> {
    let mut samples = entrance::all();
    samples.extend(inside::all());
    samples.extend(organization::all());
    samples.extend(enrolment_keys::all());
    samples.extend(inviting::all());
    samples.extend(teams::all());
    samples.extend(updates::all());
    samples.extend(keys::all());
    samples.extend(settings::all());
    samples.extend(models::all());
    samples.extend(policy::all());
    samples.extend(memory::all());
    samples.extend(rollouts::all());
    samples.extend(alerts::all());
    samples.extend(audit::all());
    samples.extend(help::all());
    samples.extend(orgs::all());
    samples.push(draw("parts", &parts(Theme::System)));
    samples
}

/// The page behind `/_parts`.
pub fn parts(theme: Theme) -> Parts {
    specimens::parts(theme)
}
