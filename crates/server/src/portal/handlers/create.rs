//! Creating an organization: its name, then that it is there, then whom to invite.

use axum::response::Response;
use tessera_app::invitations::{self, Offer, Outcome};
use tessera_app::{accounts, orgs};
use tessera_domain::{EmailAddress, Error, OrgName, Result, Right, Role};
use tessera_ids::OrgId;

use super::answer::{Reading, Refusal, again, go, go_saying, page};
use super::link::mail_folder;
use super::pages::{CreateOrganization, Welcome, WelcomeRow};
use super::view::{Input, Opt, Place, Select, Step, StepState, Stepper};
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::routes::{Access, Route};

/// Rows that the form begins with, and that *Add another member* adds.
const ROWS: usize = 3;
/// The most rows that one form has; who invites more has a file.
const MOST_ROWS: usize = 50;

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::Invite);
    vec![
        Route::get(
            "/organizations/new",
            Access::SignedIn,
            "Asks for an organization's name.",
            ask,
        ),
        Route::post(
            "/organizations/new",
            Access::SignedIn,
            "Creates an organization.",
            create,
        )
        .takes_form(),
        Route::get(
            "/o/{org}/welcome",
            may,
            "Says that the organization is there, and asks whom to invite.",
            welcome,
        ),
        Route::post("/o/{org}/welcome", may, "Invites the first people.", invite).takes_form(),
    ]
}

async fn ask(visit: Visit) -> Answer<Response> {
    if !orgs::may_create(visit.app(), visit.actor()?).await? {
        return Err(
            Error::forbidden("Only operators, and whom they named, create organizations here.").into(),
        );
    }
    Ok(page(form(&visit, Input::default()).await?))
}

async fn form(visit: &Visit, name: Input) -> Result<CreateOrganization> {
    let seats = visit.app().config.default_seats;
    let seats = seats.map_or_else(
        || "unlimited seats".to_owned(),
        |seats| words::count(seats, "seat"),
    );
    Ok(CreateOrganization {
        frame: visit.frame().await?,
        name,
        seats,
    })
}

async fn create(visit: Visit, fields: Fields) -> Answer<Response> {
    match try_create(&visit, &fields).await {
        Ok(org) => Ok(go(&(path(org) + "/welcome"))),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let name = refusal.input("/name", fields.get("name"));
            Ok(again(&refusal, form(&visit, name).await?))
        }
    }
}

async fn try_create(visit: &Visit, fields: &Fields) -> Result<OrgId> {
    let mut reading = Reading::default();
    let Some(name) = reading.take("/name", fields.get("name").parse::<OrgName>()) else {
        return Err(reading.error());
    };
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { orgs::create(&app, &actor, &name).await })
        .await
}

async fn welcome(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    let rows = vec![Typed::default(); ROWS];
    Ok(page(welcome_page(&visit, org, &rows).await?))
}

/// One row as it was typed, and what is wrong with it.
#[derive(Clone, Debug, Default)]
struct Typed {
    email: String,
    role: String,
    email_error: Option<String>,
    role_error: Option<String>,
}

impl Typed {
    /// The rows of a form, those left empty too.
    fn rows(fields: &Fields) -> Vec<Self> {
        let mut roles = fields.all("role");
        let row = |email: &str| Self {
            email: email.trim().to_owned(),
            role: roles.next().unwrap_or_default().to_owned(),
            ..Self::default()
        };
        fields.all("email").take(MOST_ROWS).map(row).collect()
    }

    fn is_empty(&self) -> bool {
        self.email.is_empty()
    }

    /// Whom the row invites; nobody, with the reasons noted, when it breaks a rule.
    fn offer(&mut self) -> Option<Offer> {
        let email = self.email.parse::<EmailAddress>();
        let role = self.role.parse::<Role>();
        self.email_error = email.as_ref().err().map(ToString::to_string);
        self.role_error = role.is_err().then(|| "Select a role.".to_owned());
        Some(Offer {
            email: email.ok()?,
            role: role.ok()?,
            teams: Vec::new(),
        })
    }

    /// Notes why a row was not invited; false when it was.
    fn refuse(&mut self, outcome: &Outcome) -> bool {
        let why = match outcome {
            Outcome::Invited(_) => return false,
            Outcome::AlreadyMember => "This person is a member already.".to_owned(),
            Outcome::AlreadyInvited(_) => "This address has an invitation already.".to_owned(),
            Outcome::NoSeat(refusal) => refusal.to_string(),
            Outcome::RoleRefused(refusal) => refusal.to_string(),
            Outcome::UnknownTeam(_) => "There is no such team.".to_owned(),
        };
        self.email_error = Some(why);
        true
    }
}

async fn invite(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::Invite).await?;
    let mut rows = Typed::rows(&fields);
    if fields.get("intent") == "more" {
        rows.resize((rows.len() + ROWS).min(MOST_ROWS), Typed::default());
        return Ok(page(welcome_page(&visit, org, &rows).await?));
    }
    rows.retain(|row| !row.is_empty());
    if rows.is_empty() {
        return Ok(go(&path(org)));
    }
    let offers: Vec<Option<Offer>> = rows.iter_mut().map(Typed::offer).collect();
    let Some(offers) = offers.into_iter().collect::<Option<Vec<_>>>() else {
        return sorted_out(&visit, org, &rows, 0).await;
    };
    let actor = visit.owned()?;
    let outcomes = visit
        .site
        .run(|app| async move { invitations::invite(&app, &actor, org, &offers).await })
        .await?;
    let all = rows.len();
    let mut outcomes = outcomes.iter();
    rows.retain_mut(|row| outcomes.next().is_some_and(|outcome| row.refuse(outcome)));
    sorted_out(&visit, org, &rows, all - rows.len()).await
}

/// Goes on when every row was invited; else shows those that were not, with the reason.
async fn sorted_out(visit: &Visit, org: OrgId, left: &[Typed], sent: usize) -> Answer<Response> {
    let sent_text = format!("{} sent.", words::count(sent as u64, "invitation"));
    if left.is_empty() {
        return Ok(go_saying(&visit.site, &path(org), sent_text));
    }
    let refusal = Refusal::of(Error::invalid(format!(
        "{} another look.",
        match left.len() {
            1 => "1 row needs".to_owned(),
            rows => format!("{rows} rows need"),
        }
    )))?;
    let form = Welcome {
        sent: (sent > 0).then_some(sent_text),
        problem: refusal.problem(&[]),
        ..welcome_page(visit, org, left).await?
    };
    Ok(again(&refusal, form))
}

async fn welcome_page(visit: &Visit, org: OrgId, rows: &[Typed]) -> Result<Welcome> {
    let (view, frame) = visit.org_frame(org, Place::Home).await?;
    Right::Invite.require(view.role)?;
    let mut roles: Vec<Role> = view.role.may_give().collect();
    roles.reverse();
    let options: Vec<Opt> = roles
        .iter()
        .map(|role| Opt::new(role.as_str(), role.title()))
        .collect();
    let row = |(index, typed): (usize, &Typed)| WelcomeRow {
        number: index + 1,
        email: Input {
            value: typed.email.clone(),
            error: typed.email_error.clone(),
        },
        role: Select {
            options: options.clone(),
            value: typed.role.clone(),
            error: typed.role_error.clone(),
        },
    };
    let step = |label: &str, state| Step {
        label: label.to_owned(),
        state,
    };
    Ok(Welcome {
        frame,
        org_name: view.name.to_string(),
        email: accounts::me(visit.app(), visit.actor()?).await?.email.to_string(),
        steps: Stepper {
            steps: vec![
                step("Name the organization", StepState::Done),
                step("Invite people", StepState::Current),
            ],
        },
        may: roles
            .iter()
            .map(|role| (role.title().to_owned(), role.summary().to_owned()))
            .collect(),
        rows: rows.iter().enumerate().map(row).collect(),
        may_add: rows.len() < MOST_ROWS,
        sent: None,
        problem: None,
        mail_folder: mail_folder(visit),
        action: path(org) + "/welcome",
        home: path(org),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_in_order_and_say_what_is_wrong() {
        let form = "email=ada%40example.org&role=read&email=+&role=&email=nobody&role=";
        let mut rows = Typed::rows(&Fields::decode(form).unwrap());
        assert_eq!(rows.len(), 3);
        assert!(rows[0].offer().is_some() && rows[1].is_empty());
        assert!(rows[2].offer().is_none());
        assert!(rows[2].email_error.is_some() && rows[2].role_error.is_some());
    }
}
