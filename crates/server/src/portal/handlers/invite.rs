//! Asking whom to invite: one person, several rows, a pasted list, or a file. One person is invited at once;
//! a list is looked at first, see [`super::invite_list`].

use axum::response::Response;
use tessera_app::invitations::{self, List, Offer, batch};
use tessera_app::teams;
use tessera_domain::people_import::{Written, read_pasted};
use tessera_domain::seats::Ledger;
use tessera_domain::{EmailAddress, Error, FieldError, Result, Right, Role};
use tessera_ids::{InvitationId, OrgId};
use tessera_store::Team;

use super::answer::{Refusal, again, go, page};
use super::link::mail_folder;
use super::pages::{Invite, InviteRow, TeamChoice};
use super::view::{Input, Opt, Place, RoleOption, Select};
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::http::limits;
use crate::routes::{Access, Route};

/// Rows that the form can have; more people come as a pasted list or a file.
const ROWS: usize = 100;

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::Invite);
    vec![
        Route::get(
            "/o/{org}/members/invite",
            may,
            "Asks whom to invite, as what.",
            ask,
        ),
        Route::post(
            "/o/{org}/members/invite",
            may,
            "Invites one person, or takes several to look at.",
            send,
        )
        .up_to(limits::INVITING)
        .takes_form(),
        Route::post(
            "/o/{org}/members/invite/file",
            may,
            "Takes a file of people to look at.",
            upload,
        )
        .up_to(limits::INVITING)
        .takes_form(),
    ]
}

async fn ask(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    Ok(page(invite_page(&visit, org, &Fields::default()).await?))
}

/// The form with what was typed so far.
async fn invite_page(visit: &Visit, org: OrgId, typed: &Fields) -> Result<Invite> {
    let (view, frame) = visit.org_frame(org, Place::Members).await?;
    Right::Invite.require(view.role)?;
    let mut roles: Vec<RoleOption> = view.role.may_give().map(role_option).collect();
    roles.reverse();
    let options = roles.iter().map(|role| Opt::new(&*role.value, &*role.label));
    let chosen: Vec<String> = typed.all("team").map(str::to_owned).collect();
    Ok(Invite {
        frame,
        action: path(org) + "/members/invite",
        rows: typed_rows(typed),
        pasted: Input::new(typed.get("pasted")),
        pasted_role: Select {
            options: options.collect(),
            value: typed.get("pasted_role").to_owned(),
            error: None,
        },
        roles,
        teams: team_choices(teams::list(visit.app(), visit.actor()?, org).await?, &chosen),
        seats: free_seats(&view.seats),
        no_seat: view.seats.free() == Some(0),
        mail_folder: mail_folder(visit),
        ..Invite::default()
    })
}

/// The rows of the form as they were typed; at least one, of which the first may be empty.
fn typed_rows(typed: &Fields) -> Vec<InviteRow> {
    let roles = typed.all("role").chain(std::iter::repeat(""));
    let row = |(email, role): (&str, &str)| InviteRow {
        email: Input::new(email),
        role: role.to_owned(),
        role_error: None,
    };
    let mut rows: Vec<InviteRow> = typed.all("email").zip(roles).take(ROWS).map(row).collect();
    if rows.is_empty() {
        rows.push(InviteRow::default());
    }
    rows
}

pub(super) fn role_option(role: Role) -> RoleOption {
    RoleOption {
        value: role.as_str().to_owned(),
        label: role.title().to_owned(),
        may: role.summary().to_owned(),
    }
}

pub(super) fn team_choices(teams: Vec<Team>, chosen: &[String]) -> Vec<TeamChoice> {
    let choice = |team: Team| {
        let id = team.id.to_string();
        TeamChoice {
            chosen: chosen.contains(&id),
            id,
            name: team.name.to_string(),
        }
    };
    teams.into_iter().map(choice).collect()
}

pub(super) fn free_seats(ledger: &Ledger) -> String {
    match (ledger.free(), ledger.limit) {
        (Some(0), _) => "No seats available. Revoke an invitation, or remove a member first.".to_owned(),
        (Some(free), Some(limit)) => {
            let verb = if free == 1 { "is" } else { "are" };
            format!(
                "{} of {} {verb} free.",
                words::grouped(u64::from(free)),
                words::count(u64::from(limit), "seat")
            )
        }
        _ => "Seats are unlimited.".to_owned(),
    }
}

async fn send(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::Invite).await?;
    if fields.get("intent") == "add" {
        let mut form = invite_page(&visit, org, &fields).await?;
        form.rows.push(InviteRow::default());
        form.rows.truncate(ROWS);
        return Ok(page(form));
    }
    match try_send(&visit, org, &fields).await {
        Ok(to) => Ok(go(&to)),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let form = invite_page(&visit, org, &fields).await?;
            Ok(again(&refusal, with_errors(form, &refusal)))
        }
    }
}

/// The form again, with each refusal beside its field.
fn with_errors(form: Invite, refusal: &Refusal) -> Invite {
    let mut rows = form.rows;
    let mut shown = vec!["/pasted".to_owned(), "/pasted_role".to_owned()];
    for (place, row) in rows.iter_mut().enumerate() {
        let (email, role) = (format!("/rows/{place}/email"), format!("/rows/{place}/role"));
        row.email.error = refusal.field(&email);
        row.role_error = refusal.field(&role);
        shown.extend([email, role]);
    }
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    Invite {
        problem: refusal.problem(&shown),
        pasted: Input {
            error: refusal.field("/pasted"),
            ..form.pasted
        },
        pasted_role: Select {
            error: refusal.field("/pasted_role"),
            ..form.pasted_role
        },
        rows,
        ..form
    }
}

/// Invites one person, or keeps several to be looked at; where to go on.
async fn try_send(visit: &Visit, org: OrgId, fields: &Fields) -> Result<String> {
    let people = People::read(fields)?;
    if let [(place, email, role)] = people.typed.as_slice()
        && people.pasted.is_empty()
    {
        let offer = Offer {
            email: email.clone(),
            role: *role,
            teams: invitations::team_ids(visit.app(), visit.actor()?, org, &people.teams).await?,
        };
        let id = invite_one(visit, org, offer)
            .await
            .map_err(|error| beside(error, *place))?;
        return Ok(format!("{}/invitations/{id}", path(org)));
    }
    let rows = people.rows();
    let name = words::count(rows.len() as u64, "address").replace("addresss", "addresses");
    let actor = visit.owned()?;
    let work = |app: std::sync::Arc<tessera_app::App>| async move {
        batch::draft(&app, &actor, org, &name, List::Rows(rows)).await
    };
    let id = visit.site.run(work).await?;
    Ok(format!("{}/members/invite/{id}", path(org)))
}

async fn invite_one(visit: &Visit, org: OrgId, offer: Offer) -> Result<InvitationId> {
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { invitations::invite_one(&app, &actor, org, offer).await })
        .await
}

/// A refusal of one person, moved to the row that they stand in.
fn beside(mut error: Error, place: usize) -> Error {
    let moved = |field: FieldError| FieldError {
        pointer: format!("/rows/{place}{}", field.pointer),
        ..field
    };
    error.fields = std::mem::take(&mut error.fields).into_iter().map(moved).collect();
    error
}

/// Whom the form names.
struct People {
    /// The rows that are filled in, with their places in the form.
    typed: Vec<(usize, EmailAddress, Role)>,
    pasted: Vec<Written>,
    teams: Vec<String>,
}

impl People {
    /// Reads the form and complains of everything that is wrong in it at once.
    fn read(fields: &Fields) -> Result<Self> {
        let mut refused = Vec::new();
        let mut refuse = |pointer: String, message: String| refused.push(FieldError { pointer, message });
        let teams: Vec<String> = fields.all("team").map(str::to_owned).collect();
        let (list, list_role) = (fields.get("pasted"), fields.get("pasted_role"));
        let pasted = if list.trim().is_empty() {
            Vec::new()
        } else {
            read_pasted(list, list_role, &teams).unwrap_or_else(|error| {
                refuse("/pasted".to_owned(), error.to_string());
                Vec::new()
            })
        };
        if pasted.iter().any(|row| row.role.trim().is_empty()) {
            refuse("/pasted_role".to_owned(), "Select a role.".to_owned());
        }
        let mut typed = Vec::new();
        let roles = fields.all("role").chain(std::iter::repeat(""));
        for (place, (email, role)) in fields.all("email").zip(roles).enumerate() {
            let is_blank = email.trim().is_empty() && (place > 0 || !pasted.is_empty());
            if is_blank {
                continue;
            }
            let (email, role) = (email.parse::<EmailAddress>(), role.parse::<Role>());
            if let Err(error) = &email {
                refuse(format!("/rows/{place}/email"), error.to_string());
            }
            if role.is_err() {
                refuse(format!("/rows/{place}/role"), "Select a role.".to_owned());
            }
            if let (Ok(email), Ok(role)) = (email, role) {
                typed.push((place, email, role));
            }
        }
        if refused.is_empty() {
            Ok(Self { typed, pasted, teams })
        } else {
            Err(Error::invalid_fields(refused))
        }
    }

    /// Everybody as rows of one list.
    fn rows(self) -> Vec<Written> {
        let typed = self.typed.iter().enumerate();
        let mut rows: Vec<Written> = typed
            .map(|(line, (_, email, role))| {
                Written::typed(line + 1, email.as_str(), role.title(), self.teams.clone())
            })
            .collect();
        let before = rows.len();
        rows.extend(self.pasted.into_iter().map(|row| Written {
            line: row.line + before,
            ..row
        }));
        rows
    }
}

async fn upload(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::Invite).await?;
    let name = fields.file_name("file").unwrap_or("your file").to_owned();
    let list = List::Csv(fields.file("file").cloned().unwrap_or_default());
    let actor = visit.owned()?;
    let work = |app: std::sync::Arc<tessera_app::App>| async move {
        batch::draft(&app, &actor, org, &name, list).await
    };
    match visit.site.run(work).await {
        Ok(id) => Ok(go(&format!("{}/members/invite/{id}", path(org)))),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let form = Invite {
                file_problem: refusal.problem(&[]),
                ..invite_page(&visit, org, &Fields::default()).await?
            };
            Ok(again(&refusal, form))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_seats_are_said_as_they_are() {
        let ledger = |limit, used, held| Ledger { limit, used, held };
        assert_eq!(free_seats(&ledger(Some(20), 12, 3)), "5 of 20 seats are free.");
        assert_eq!(free_seats(&ledger(Some(20), 19, 0)), "1 of 20 seats is free.");
        assert!(free_seats(&ledger(Some(20), 12, 8)).starts_with("No seats available"));
        assert_eq!(free_seats(&ledger(None, 12, 8)), "Seats are unlimited.");
    }

    #[test]
    fn everything_that_is_wrong_in_the_form_is_said_at_once() {
        let typed = "email=ana%40example.org&role=read&email=&role=&email=nobody&role=&pasted=a%40b.example&pasted_role=";
        let refused = People::read(&Fields::decode(typed).unwrap()).err().unwrap();
        let pointers: Vec<&str> = refused
            .fields
            .iter()
            .map(|field| field.pointer.as_str())
            .collect();
        assert_eq!(pointers, ["/pasted_role", "/rows/2/email", "/rows/2/role"]);
        let blank = People::read(&Fields::decode("email=&role=&intent=send").unwrap())
            .err()
            .unwrap();
        assert_eq!(blank.fields.len(), 2);
        let list = "email=&role=&pasted=a%40b.example+c%40d.example%0Ae%40f.example&pasted_role=write&email=g%40h.example&role=read";
        let people = People::read(&Fields::decode(list).unwrap()).unwrap();
        let lines: Vec<_> = people
            .rows()
            .into_iter()
            .map(|row| (row.line, row.email))
            .collect();
        let lines: Vec<_> = lines
            .iter()
            .map(|(line, email)| (*line, email.as_str()))
            .collect();
        assert_eq!(
            lines,
            [
                (1, "g@h.example"),
                (2, "a@b.example"),
                (2, "c@d.example"),
                (3, "e@f.example")
            ]
        );
    }
}
