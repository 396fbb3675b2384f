//! Settings → General: what the organization says of itself, behind a save bar that knows what others saved.

use axum::response::Response;
use tessera_app::orgs::{self, ProfileView};
use tessera_domain::{Country, Error, Kind, ProfileEdit, ProfileField, Result, Right};
use tessera_ids::OrgId;

use super::answer::{Refusal, again, go, go_saying, page};
use super::pages::{DangerZone, ProfileControl, SettingsGeneral, TheirEdit};
use super::pictures::logo_path;
use super::view::{Input, Opt, Place};
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/o/{org}/settings",
            Access::Member(Right::SeeSettings),
            "Shows what the organization says of itself.",
            show,
        ),
        Route::post(
            "/o/{org}/settings",
            Access::Member(Right::ChangeSettings),
            "Changes what the organization says of itself.",
            change,
        )
        .takes_form(),
    ]
}

/// What a form holds: what its author saw, and what they made of it.
struct Typed {
    base: u64,
    saw: ProfileEdit,
    wants: ProfileEdit,
}

impl Typed {
    fn nothing(view: &ProfileView) -> Self {
        let saw = texts(view);
        Self {
            base: view.version,
            wants: saw.clone(),
            saw,
        }
    }

    /// Reads a form; a field that it does not have is as it was.
    fn read(fields: &Fields, present: &ProfileView) -> Result<Self> {
        let unknown = |_| Error::invalid("This form does not say what it was made of. Reload the page.");
        let base = match fields.find("base_version") {
            Some(base) => base.parse().map_err(unknown)?,
            None => present.version,
        };
        let (mut saw, mut wants) = (texts(present), texts(present));
        for field in ProfileField::ALL {
            if let Some(text) = fields.find(&format!("saw.{}", field.name())) {
                text.clone_into(saw.entry(field).or_default());
            }
            let typed = fields.find(field.name()).unwrap_or(&saw[&field]);
            typed.trim().clone_into(wants.entry(field).or_default());
        }
        Ok(Self { base, saw, wants })
    }

    /// Only what the author changed.
    fn edit(&self) -> ProfileEdit {
        let changed = self
            .wants
            .iter()
            .filter(|(field, wanted)| self.saw[field] != **wanted);
        changed.map(|(field, wanted)| (*field, wanted.clone())).collect()
    }

    /// The same wishes, laid over what somebody else saved meanwhile; and what that was.
    fn over(self, present: &ProfileView) -> (Self, Vec<TheirEdit>) {
        let now = texts(present);
        let mine = self.edit();
        let theirs = ProfileField::ALL
            .into_iter()
            .filter(|field| self.saw[field] != now[field]);
        let theirs = theirs.map(|field| TheirEdit {
            title: field.title().to_owned(),
            before: said(field, &self.saw),
            after: said(field, &now),
            both: mine.get(&field).is_some_and(|wanted| *wanted != now[&field]),
        });
        let theirs = theirs.collect();
        let mut wants = now.clone();
        wants.extend(mine);
        let typed = Self {
            base: present.version,
            saw: now,
            wants,
        };
        (typed, theirs)
    }
}

fn texts(view: &ProfileView) -> ProfileEdit {
    ProfileField::ALL
        .into_iter()
        .map(|field| (field, view.profile.text(field)))
        .collect()
}

/// A field's value as people read it: countries and states by name.
fn said(field: ProfileField, texts: &ProfileEdit) -> String {
    let country = texts[&ProfileField::Country].parse::<Country>().ok();
    let text = &texts[&field];
    match (field, country) {
        (ProfileField::Country, Some(country)) => country.name().to_owned(),
        (ProfileField::State, Some(country)) => country.state_name(text),
        _ => text.clone(),
    }
}

async fn show(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    Ok(page(fresh(&visit, org).await?))
}

/// The page as it is before anything is typed.
pub(super) async fn fresh(visit: &Visit, org: OrgId) -> Result<SettingsGeneral> {
    let view = orgs::profile(visit.app(), visit.actor()?, org).await?;
    general_page(visit, org, &Typed::nothing(&view), None).await
}

async fn change(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::ChangeSettings).await?;
    let here = path(org) + "/settings";
    if fields.get("intent") == "discard" {
        return Ok(go(&here));
    }
    let present = orgs::profile(visit.app(), visit.actor()?, org).await?;
    let typed = Typed::read(&fields, &present)?;
    if fields.get("intent") == "country" {
        return Ok(page(general_page(&visit, org, &typed, None).await?));
    }
    match save(&visit, org, &typed).await {
        Ok(()) => Ok(go_saying(
            &visit.site,
            &here,
            "The organization's details are saved.",
        )),
        Err(error) if error.kind == Kind::Conflict => overtaken(&visit, org, typed, error).await,
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let form = general_page(&visit, org, &typed, Some(&refusal)).await?;
            Ok(again(&refusal, form))
        }
    }
}

async fn save(visit: &Visit, org: OrgId, typed: &Typed) -> Result<()> {
    let (actor, base, edit) = (visit.owned()?, typed.base, typed.edit());
    visit
        .site
        .run(|app| async move { orgs::change_profile(&app, &actor, org, Some(base), &edit).await })
        .await
        .map(drop)
}

/// Somebody else saved first: shows what, with this author's wishes laid over it, ready to be saved.
async fn overtaken(visit: &Visit, org: OrgId, typed: Typed, error: Error) -> Answer<Response> {
    let present = orgs::profile(visit.app(), visit.actor()?, org).await?;
    let (typed, theirs) = typed.over(&present);
    let refusal = Refusal::of(error)?;
    let form = general_page(visit, org, &typed, None).await?;
    let now = visit.app().clock.now();
    let (at, other) = match &present.changed {
        Some((at, by)) => (Some(words::moment(*at, now)), by.to_string()),
        None => (None, "Somebody else".to_owned()),
    };
    Ok(again(
        &refusal,
        SettingsGeneral {
            theirs,
            other,
            at,
            ..form
        },
    ))
}

async fn general_page(
    visit: &Visit,
    org: OrgId,
    typed: &Typed,
    refusal: Option<&Refusal>,
) -> Result<SettingsGeneral> {
    let (view, frame) = visit.org_frame(org, Place::Settings).await?;
    Right::SeeSettings.require(view.role)?;
    let pointers: Vec<String> = ProfileField::ALL.iter().map(|field| field.pointer()).collect();
    let shown: Vec<&str> = pointers.iter().map(String::as_str).collect();
    let controls = |fields: &[ProfileField]| {
        fields
            .iter()
            .map(|field| control(*field, typed, refusal))
            .collect()
    };
    let danger = Right::DeleteOrg.granted_to(view.role).then(|| DangerZone {
        transfer: path(org) + "/transfer",
        delete: path(org) + "/delete",
    });
    Ok(SettingsGeneral {
        frame,
        base_version: typed.base,
        saw: typed
            .saw
            .iter()
            .map(|(field, text)| (format!("saw.{}", field.name()), text.clone()))
            .collect(),
        organization: controls(&[ProfileField::Name]),
        contact: controls(&[
            ProfileField::ContactName,
            ProfileField::ContactEmail,
            ProfileField::Phone,
        ]),
        address: controls(&[
            ProfileField::Country,
            ProfileField::Street,
            ProfileField::City,
            ProfileField::State,
            ProfileField::PostalCode,
        ]),
        org_id: org.to_string(),
        logo: view.logo.map(|digest| logo_path(org, digest)),
        logo_action: path(org) + "/settings/logo",
        problem: refusal.and_then(|refusal| refusal.problem(&shown)),
        unsaved: typed.edit().len(),
        danger,
        ..SettingsGeneral::default()
    })
}

fn control(field: ProfileField, typed: &Typed, refusal: Option<&Refusal>) -> ProfileControl {
    let country = typed.wants[&ProfileField::Country].parse::<Country>().ok();
    let (options, unset) = match (field, country) {
        (ProfileField::Country, _) => (countries(), "No country"),
        (ProfileField::State, Some(country)) => (states(country), "No state"),
        _ => (Vec::new(), ""),
    };
    // A state of the country before is none of this one's.
    let mut value = typed.wants[&field].clone();
    if field == ProfileField::State
        && !options.is_empty()
        && !options.iter().any(|known| known.value == value)
    {
        let code = country.and_then(|country| country.state_code(&value));
        code.unwrap_or_default().clone_into(&mut value);
    }
    let (kind, autocomplete, help) = match field {
        ProfileField::Name => (
            "text",
            "organization",
            "Members see it on every page and in every invitation.",
        ),
        ProfileField::ContactName => ("text", "name", ""),
        ProfileField::ContactEmail => ("email", "email", ""),
        ProfileField::Phone => ("tel", "tel", ""),
        ProfileField::Country => ("text", "country", ""),
        ProfileField::Street => ("text", "street-address", ""),
        ProfileField::City => ("text", "address-level2", ""),
        ProfileField::State => ("text", "address-level1", ""),
        ProfileField::PostalCode => ("text", "postal-code", ""),
    };
    ProfileControl {
        name: field.name(),
        title: field.title(),
        kind,
        autocomplete,
        help,
        input: Input {
            value,
            error: refusal.and_then(|refusal| refusal.field(&field.pointer())),
        },
        saved: typed.saw[&field].clone(),
        options,
        unset,
        is_country: field == ProfileField::Country,
        required: field == ProfileField::Name,
    }
}

fn countries() -> Vec<Opt> {
    let opt = |country: Country| Opt::new(country.code(), country.name());
    Country::all().into_iter().map(opt).collect()
}

fn states(country: Country) -> Vec<Opt> {
    let states = country.states().into_iter();
    states.map(|state| Opt::new(state.code, state.name)).collect()
}

#[cfg(test)]
mod tests {
    use tessera_domain::OrgProfile;

    use super::*;

    fn view(version: u64, fields: &[(ProfileField, &str)]) -> ProfileView {
        let edit = fields
            .iter()
            .map(|(field, text)| (*field, (*text).to_owned()))
            .collect();
        let profile = OrgProfile::named("Acme".parse().unwrap()).edited(&edit).unwrap();
        ProfileView {
            profile,
            version,
            changed: None,
        }
    }

    #[test]
    fn the_wishes_of_the_second_lie_over_what_the_first_saved() {
        let seen = view(
            1,
            &[(ProfileField::City, "Roma"), (ProfileField::Phone, "555 0100")],
        );
        let form = "base_version=1&city=Milano&street=Via+1&name=Acme&phone=555+0100&saw.city=Roma&saw.street=&saw.phone=555+0100&saw.name=Acme";
        let now = view(
            2,
            &[(ProfileField::City, "Torino"), (ProfileField::Phone, "555 0199")],
        );
        let typed = Typed::read(&Fields::decode(form).unwrap(), &seen).unwrap();
        assert_eq!(typed.edit().len(), 2);
        let (typed, theirs) = typed.over(&now);
        assert_eq!(typed.base, 2);
        assert_eq!(typed.wants[&ProfileField::City], "Milano");
        assert_eq!(typed.wants[&ProfileField::Phone], "555 0199");
        assert_eq!(typed.edit().len(), 2);
        let told: Vec<_> = theirs
            .iter()
            .map(|their| (their.title.as_str(), their.after.as_str(), their.both))
            .collect();
        assert_eq!(told, [("Phone", "555 0199", false), ("City", "Torino", true)]);
    }

    #[test]
    fn states_are_those_of_the_country_at_hand() {
        let mut typed = Typed::nothing(&view(
            0,
            &[(ProfileField::Country, "US"), (ProfileField::State, "US-CA")],
        ));
        let state = control(ProfileField::State, &typed, None);
        assert_eq!((state.options.len(), state.input.value.as_str()), (57, "US-CA"));
        typed.wants.insert(ProfileField::Country, "DE".to_owned());
        let state = control(ProfileField::State, &typed, None);
        assert_eq!((state.options.len(), state.input.value.as_str()), (16, ""));
        typed.wants.insert(ProfileField::Country, "HK".to_owned());
        assert!(control(ProfileField::State, &typed, None).options.is_empty());
    }
}
