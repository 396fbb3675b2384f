//! Models of the organization's own: add, change, remove.

use axum::response::Response;
use serde::Deserialize;
use tessera_app::settings::{self, SaveRequest, Saved};
use tessera_domain::{Error, FieldError, Result, Right};
use tessera_ids::OrgId;
use tessera_policy::models::Label;
use tessera_policy::{CustomModelRow, Edit, LayerName, Leaf, ModelName, Row};

use super::super::answer::{Reading, Refusal, again, go_refused, page};
use super::super::pages::{CustomModelLine, CustomModels};
use super::super::review;
use super::super::view::{Input, Opt, Place, Select};
use super::super::visit::{Visit, path};
use super::super::words::query;
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/o/{org}/models/custom",
            Access::Member(Right::SeeSettings),
            "Shows the organization's own models.",
            show,
        ),
        Route::post(
            "/o/{org}/models/custom",
            Access::Member(Right::ChangeSettings),
            "Adds, changes or removes a model of the organization's own.",
            change,
        )
        .takes_form(),
    ]
}

/// Which model the form is about.
#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    edit: String,
}

async fn show(visit: Visit, Path(org): Path<OrgId>, Query(asked): Query<Asked>) -> Answer<Response> {
    Ok(page(custom_page(&visit, org, &asked.edit).await?))
}

async fn change(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::ChangeSettings).await?;
    let here = path(org) + "/models/custom";
    if fields.get("intent") == "remove" {
        return match save(&visit, org, removing(fields.get("name"))).await {
            Ok(saved) => Ok(review::saved_answer(&visit, org, &here, &saved)),
            Err(error) => go_refused(&visit.site, &here, error),
        };
    }
    let saved = match adding(&fields) {
        Ok(edit) => save(&visit, org, edit).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(saved) => Ok(review::saved_answer(&visit, org, &here, &saved)),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let form = typed_again(custom_page(&visit, org, "").await?, &fields, &refusal);
            Ok(again(&refusal, form))
        }
    }
}

/// Rows come and go without regard to what others did to other rows, so no revision is expected.
async fn save(visit: &Visit, org: OrgId, edit: Edit) -> Result<Saved> {
    let request = SaveRequest {
        layer: LayerName::Org,
        edits: vec![edit],
        team_defaults: Vec::new(),
        note: None,
        expected: None,
    };
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { settings::save(&app, &actor, org, request).await })
        .await
}

fn removing(name: &str) -> Edit {
    Edit::Rows {
        leaf: Leaf::CustomModels,
        set: Vec::new(),
        remove: vec![name.to_owned()],
    }
}

/// Reads the form of one model.
fn adding(fields: &Fields) -> Result<Edit> {
    let text = |name: &str| fields.get(name).trim();
    let mut reading = Reading::default();
    let provider = Some(text("provider")).filter(|text| ModelName::is_provider(text));
    let provider = reading.take(
        "/provider",
        provider.ok_or("Use 1 to 64 lower-case letters, digits and inner hyphens."),
    );
    let name = format!("{}/{}", text("provider"), text("model")).parse::<ModelName>();
    let name = name.map_err(|_| "Write it as in calls: no spaces, and at most 190 characters.");
    let name = provider.and_then(|_| reading.take("/model", name));
    let title = Some(text("title")).filter(|title| !title.is_empty() && title.len() <= 120);
    let title = reading.take("/title", title.ok_or("Write a title of at most 120 bytes."));
    let window = match text("context_window").replace([',', '_', ' '], "") {
        typed if typed.is_empty() => Some(None),
        typed => reading
            .take(
                "/context_window",
                typed
                    .parse::<u64>()
                    .ok()
                    .filter(|tokens| *tokens > 0)
                    .ok_or("Write a number of tokens, such as 128000."),
            )
            .map(Some),
    };
    let label = match text("label") {
        "" => Some(None),
        typed => reading
            .take(
                "/label",
                typed.parse::<Label>().map_err(|_| "Choose one of the labels."),
            )
            .map(Some),
    };
    let (Some(name), Some(title), Some(context_window), Some(label)) = (name, title, window, label) else {
        return Err(reading.error());
    };
    let row = CustomModelRow {
        title: title.to_owned(),
        context_window,
        label: label.map(|label| label.as_str().to_owned()),
    };
    let json = Row::CustomModel(row).to_json();
    let refused = |message: String| Error::invalid_fields(vec![FieldError::new("/title", message)]);
    let row = Row::read(tessera_policy::RowKind::CustomModel, name.as_str(), &json).map_err(refused)?;
    Ok(Edit::Rows {
        leaf: Leaf::CustomModels,
        set: vec![(name.to_string(), row)],
        remove: Vec::new(),
    })
}

async fn custom_page(visit: &Visit, org: OrgId, edited: &str) -> Result<CustomModels> {
    let (_, frame) = visit.org_frame(org, Place::Models).await?;
    let current = settings::current(visit.app(), visit.actor()?, org).await?;
    let table = current
        .snapshot
        .layer(LayerName::Org)
        .document
        .table(Leaf::CustomModels);
    let catalogue = &visit.app().config.catalogue;
    let own = |key: &str| match table.get(key) {
        Some(Row::CustomModel(row)) => Some(row.clone()),
        _ => None,
    };
    let (name, editing) = (edited.parse::<ModelName>().ok(), own(edited));
    let name = name.filter(|_| editing.is_some());
    let row = editing.clone().unwrap_or_default();
    Ok(CustomModels {
        frame,
        tabs: super::tabs(org, false),
        base_revision: current.snapshot.revision,
        provider: Input::new(name.as_ref().map_or("", ModelName::provider)),
        providers: catalogue
            .providers()
            .iter()
            .map(|known| Opt::new(&*known.id, &*known.title))
            .collect(),
        model: Input::new(name.as_ref().map_or("", ModelName::model)),
        title: Input::new(row.title),
        context_window: Input::new(
            row.context_window
                .map(|tokens| tokens.to_string())
                .unwrap_or_default(),
        ),
        label: labels(row.label.as_deref().unwrap_or_default()),
        editing: editing.is_some(),
        rows: table.iter().map(|(key, row)| line(key, row)).collect(),
        problem: None,
    })
}

fn labels(value: &str) -> Select {
    Select {
        options: Label::ALL
            .iter()
            .map(|label| Opt::new(label.as_str(), label.title()))
            .collect(),
        value: value.to_owned(),
        error: None,
    }
}

fn line(key: &str, row: &Row) -> CustomModelLine {
    let (title, facts) = match row {
        Row::CustomModel(row) => {
            let label = row.label.as_ref().map(|label| {
                label
                    .parse::<Label>()
                    .map_or_else(|_| label.clone(), |known| known.title().to_owned())
            });
            let facts: Vec<String> = row
                .context_window
                .map(words::window)
                .into_iter()
                .chain(label)
                .collect();
            (row.title.clone(), facts.join(" · "))
        }
        other => (key.to_owned(), other.word()),
    };
    CustomModelLine {
        name: key.to_owned(),
        edit: query(&[("edit", key)]),
        title,
        facts,
    }
}

fn typed_again(page: CustomModels, fields: &Fields, refusal: &Refusal) -> CustomModels {
    let input = |name: &str| refusal.input(&format!("/{name}"), fields.get(name));
    CustomModels {
        provider: input("provider"),
        model: input("model"),
        title: input("title"),
        context_window: input("context_window"),
        label: Select {
            value: fields.get("label").to_owned(),
            error: refusal.field("/label"),
            ..labels("")
        },
        problem: refusal.problem(&["/provider", "/model", "/title", "/context_window", "/label"]),
        ..page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_read_and_each_wrong_field_named() {
        let form =
            Fields::decode("provider=house&model=one%2Fbig&title=Our+own&context_window=128,000&label=fast")
                .unwrap();
        let Edit::Rows { set, .. } = adding(&form).unwrap() else {
            panic!("rows")
        };
        let row = CustomModelRow {
            title: "Our own".to_owned(),
            context_window: Some(128_000),
            label: Some("fast".to_owned()),
        };
        assert_eq!(set, [("house/one/big".to_owned(), Row::CustomModel(row))]);
        let form = Fields::decode("provider=My+House&model=a+b&title=&context_window=-1&label=slow").unwrap();
        let pointers: Vec<String> = adding(&form)
            .unwrap_err()
            .fields
            .into_iter()
            .map(|field| field.pointer)
            .collect();
        assert_eq!(pointers, ["/provider", "/title", "/context_window", "/label"]);
        let form = Fields::decode("provider=house&model=a+b&title=x").unwrap();
        assert_eq!(adding(&form).unwrap_err().fields[0].pointer, "/model");
    }
}
