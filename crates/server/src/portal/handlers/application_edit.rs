//! Adding an application to a list, and changing what is known of one.

use axum::response::Response;
use serde::Deserialize;
use tessera_app::settings::{self, Standpoint};
use tessera_domain::{Error, FieldError, Result, Right};
use tessera_policy::applications::{ApplicationCatalogue, ApplicationKind, ApplicationRule};
use tessera_policy::{ApplicationRow, Row, RowKind};

use super::answer::{Refusal, again, page};
use super::edits::PURGE;
use super::pages::ApplicationEdit;
use super::review::{self, Intent};
use super::row_edits;
use super::scope::{Scope, ScopePath};
use super::view::{Input, Place};
use super::visit::Visit;
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::routes::{Access, Route};

const SEE: Access = Access::Member(Right::ChangeSettings);

/// The form's fields, one for each kind of identifier.
const KINDS: [(&str, ApplicationKind); 5] = [
    ("bundle_id", ApplicationKind::BundleId),
    ("aumid", ApplicationKind::Aumid),
    ("exe", ApplicationKind::Exe),
    ("app_id", ApplicationKind::AppId),
    ("names", ApplicationKind::Name),
];

pub(super) fn routes() -> Vec<Route> {
    let org = "/o/{org}/memory/applications/edit";
    let team = "/o/{org}/teams/{team}/settings/applications/edit";
    let member = "/o/{org}/members/{member}/tighten/applications/edit";
    let (shows, changes) = (
        "Asks what an application is called on each system.",
        "Reviews or saves an application.",
    );
    vec![
        Route::get(org, SEE, shows, show),
        Route::post(org, SEE, changes, change).takes_form(),
        Route::get(team, SEE, shows, show),
        Route::post(team, SEE, changes, change).takes_form(),
        Route::get(member, SEE, shows, show),
        Route::post(member, SEE, changes, change).takes_form(),
    ]
}

/// Which application, or what is known of a new one.
#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    key: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    bundle_id: String,
    #[serde(default)]
    aumid: String,
    #[serde(default)]
    exe: String,
    #[serde(default)]
    app_id: String,
}

async fn show(visit: Visit, Path(path): Path<ScopePath>, Query(asked): Query<Asked>) -> Answer<Response> {
    let scope = Scope::at(&visit, path).await?;
    Ok(page(empty(&visit, &scope, &asked).await?))
}

async fn change(visit: Visit, Path(path): Path<ScopePath>, fields: Fields) -> Answer<Response> {
    visit.require(path.org, Right::ChangeSettings).await?;
    let scope = Scope::at(&visit, path).await?;
    let view = view(&visit, &scope).await?;
    let (key, row) = match read(&fields, &view) {
        Ok(read) => read,
        Err(error) => return refused(&visit, &scope, &view, &fields, Refusal::of(error)?).await,
    };
    let sent = fields
        .with("layer", scope.field())
        .with(row_edits::SET, row_edits::carry(&key, &row));
    let intent = Intent::of(&sent);
    let back = match intent {
        Intent::Review => scope.applications() + "/edit" + &words::query(&[("key", &key)]),
        _ => scope.applications() + &words::query(&[("list", list(&sent))]),
    };
    match review::act(&visit, scope.org, &sent, &back, intent).await? {
        Ok(answer) => Ok(answer),
        Err(refusal) => refused(&visit, &scope, &view, &sent, refusal).await,
    }
}

/// The form again, with the row that was reviewed.
pub(super) async fn typed_again(visit: &Visit, scope: &Scope, typed: &Fields) -> Answer<Response> {
    let view = view(visit, scope).await?;
    let (key, row) = row_edits::carried(typed.get(row_edits::SET))?;
    let Row::Application(row) = row else {
        return Err(Error::not_found("application").into());
    };
    let form = ApplicationEdit {
        purge: typed.get(PURGE) == "on",
        note: Input::new(typed.get("note")),
        ..filled(form(visit, scope, &view, &key).await?, &row)
    };
    Ok(page(form))
}

/// The form with what a row says.
fn filled(form: ApplicationEdit, row: &ApplicationRow) -> ApplicationEdit {
    let lines = |kind: ApplicationKind| {
        let of_kind = row.identifiers.iter().filter(|rule| rule.kind() == kind);
        Input::new(
            of_kind
                .map(ApplicationRule::pattern)
                .collect::<Vec<_>>()
                .join("\n"),
        )
    };
    ApplicationEdit {
        name: Input::new(&row.name),
        bundle_id: lines(ApplicationKind::BundleId),
        aumid: lines(ApplicationKind::Aumid),
        exe: lines(ApplicationKind::Exe),
        app_id: lines(ApplicationKind::AppId),
        names: lines(ApplicationKind::Name),
        blocked: row.blocked,
        ..form
    }
}

/// Where the application will stand.
fn list(fields: &Fields) -> &'static str {
    if fields.get("blocked") == "on" {
        "blocked"
    } else {
        "available"
    }
}

async fn view(visit: &Visit, scope: &Scope) -> Result<Standpoint> {
    settings::standpoint(visit.app(), visit.actor()?, scope.org, scope.layer, None).await
}

/// Reads the form as a row, and complains of each field.
fn read(fields: &Fields, view: &Standpoint) -> Result<(String, Row)> {
    let mut refused = Vec::new();
    let mut identifiers = Vec::new();
    for (field, kind) in KINDS {
        for line in fields
            .get(field)
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            match ApplicationRule::new(kind, line) {
                Ok(rule) => identifiers.push(rule),
                Err(error) => refused.push(complaint(field, &format!("{line}: {error}."))),
            }
        }
    }
    let name = fields.get("app_name").trim();
    if name.is_empty() {
        refused.push(complaint("app_name", "Say what people call it."));
    }
    if identifiers.is_empty() && refused.is_empty() {
        refused.push(complaint(
            "bundle_id",
            "Give at least one identifier, for whichever system.",
        ));
    }
    if !refused.is_empty() {
        return Err(Error::invalid_fields(refused));
    }
    let key = match fields.get("key") {
        "" => settings::new_key(name, |key| view.uses(key))?,
        key => key.to_owned(),
    };
    let json = serde_json::json!({
        "name": name, "identifiers": identifiers, "blocked": fields.get("blocked") == "on",
    });
    let row = Row::read(RowKind::Application, &key, &json);
    Ok((key, row.map_err(|message| Error::field("/app_name", message))?))
}

fn complaint(field: &str, message: &str) -> FieldError {
    FieldError {
        pointer: format!("/{field}"),
        message: message.to_owned(),
    }
}

/// The form for a new application, or with what is known of one.
async fn empty(visit: &Visit, scope: &Scope, asked: &Asked) -> Result<ApplicationEdit> {
    let view = view(visit, scope).await?;
    let form = form(visit, scope, &view, &asked.key).await?;
    if asked.key.is_empty() {
        let given = |text: &str| Input::new(text);
        return Ok(ApplicationEdit {
            name: given(&asked.name),
            bundle_id: given(&asked.bundle_id),
            aumid: given(&asked.aumid),
            exe: given(&asked.exe),
            app_id: given(&asked.app_id),
            blocked: true,
            ..form
        });
    }
    let mut known = view.applications();
    known.retain(|row| row.key == asked.key);
    let row = known.pop().ok_or_else(|| Error::not_found("application"))?;
    Ok(filled(form, &row.row(row.blocked)))
}

async fn form(visit: &Visit, scope: &Scope, view: &Standpoint, key: &str) -> Result<ApplicationEdit> {
    Ok(ApplicationEdit {
        frame: scope.frame(visit, Place::Applications).await?,
        action: scope.applications() + "/edit",
        layer: scope.field(),
        of_whom: scope.of_whom(),
        base_revision: view.revision,
        key: key.to_owned(),
        global: ApplicationCatalogue::built_in().get(key).is_some(),
        only_blocks: scope.layer.only_tightens(),
        back: scope.applications(),
        ..ApplicationEdit::default()
    })
}

async fn refused(
    visit: &Visit,
    scope: &Scope,
    view: &Standpoint,
    typed: &Fields,
    refusal: Refusal,
) -> Answer<Response> {
    let input = |field: &str| refusal.input(&format!("/{field}"), typed.get(field));
    let shown: Vec<String> = KINDS.iter().map(|(field, _)| format!("/{field}")).collect();
    let mut shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    shown.extend(["/app_name", "/note"]);
    let form = ApplicationEdit {
        name: input("app_name"),
        bundle_id: input("bundle_id"),
        aumid: input("aumid"),
        exe: input("exe"),
        app_id: input("app_id"),
        names: input("names"),
        blocked: typed.get("blocked") == "on",
        purge: typed.get(PURGE) == "on",
        note: input("note"),
        problem: refusal.problem(&shown),
        ..form(visit, scope, view, typed.get("key")).await?
    };
    Ok(again(&refusal, form))
}

#[cfg(test)]
mod tests {
    use tessera_policy::{Layer, LayerName};

    use super::*;

    fn view() -> Standpoint {
        Standpoint {
            revision: 0,
            below: Vec::new(),
            own: Layer::empty(LayerName::Org),
        }
    }

    #[test]
    fn a_form_becomes_a_row_under_a_new_key() {
        let form = "app_name=My+Bank&bundle_id=com.bank.*%0D%0Acom.bank2%0D%0A&exe=bank.exe&blocked=on&key=";
        let (key, row) = read(&Fields::decode(form).unwrap(), &view()).unwrap();
        let Row::Application(row) = row else {
            panic!("it is an application")
        };
        let rules: Vec<_> = row.identifiers.iter().map(ToString::to_string).collect();
        assert_eq!(
            (key.as_str(), row.name.as_str(), row.blocked),
            ("my-bank", "My Bank", true)
        );
        assert_eq!(
            rules,
            ["bundle_id:com.bank.*", "bundle_id:com.bank2", "exe:bank.exe"]
        );
    }

    #[test]
    fn what_is_wrong_is_said_of_its_field() {
        let pointers = |form: &str| {
            let error = read(&Fields::decode(form).unwrap(), &view()).unwrap_err();
            error
                .fields
                .iter()
                .map(|field| field.pointer.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(pointers("app_name=&exe=*.exe"), ["/exe", "/app_name"]);
        assert_eq!(pointers("app_name=Bank"), ["/bundle_id"]);
        let long = "x".repeat(200);
        assert_eq!(pointers(&format!("app_name={long}&exe=a")), ["/app_name"]);
    }
}
