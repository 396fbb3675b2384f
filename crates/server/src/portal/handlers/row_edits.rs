//! What forms say of applications, read as edits and carried from page to page.

use std::collections::BTreeMap;

use serde::Deserialize;
use tessera_app::settings::{ListedApplication, Standpoint};
use tessera_domain::{Error, FieldError, Result};
use tessera_policy::{Edit, Leaf, Row, RowKind};

use super::pages::PendingField;
use crate::http::extract::Fields;

/// The field that carries a whole row.
pub(super) const SET: &str = "set_app";
/// The field that names a row to remove.
pub(super) const REMOVE: &str = "remove_app";

/// A row with its key, as one field carries it.
#[derive(Debug, Deserialize)]
struct Carried {
    key: String,
    row: serde_json::Value,
}

/// What a form says of applications.
#[derive(Debug, Default)]
pub(super) struct RowEdits {
    set: Vec<(String, Row)>,
    remove: Vec<String>,
}

impl RowEdits {
    /// Reads whole rows, switches that differ from what is saved, and ticked rows that go.
    pub(super) fn read(fields: &Fields, view: &Standpoint) -> Result<Self> {
        let mut edits = Self::default();
        for text in fields.all(SET) {
            edits.set.push(carried(text)?);
        }
        let switches: BTreeMap<&str, bool> = fields
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix("app.")?, value == "on")))
            .collect();
        edits.remove = fields.all(REMOVE).map(str::to_owned).collect();
        if !switches.is_empty() {
            for row in view.applications() {
                if let Some(wish) = switches.get(row.key.as_str()) {
                    edits.switch(&row, *wish);
                }
            }
        }
        Ok(edits)
    }

    /// A switch that says what would hold without this layer takes the layer's row away.
    fn switch(&mut self, row: &ListedApplication, blocked: bool) {
        if self.remove.contains(&row.key) || row.blocked == blocked || row.fixed.is_some() {
            return;
        }
        if row.known.is_some() && row.otherwise == blocked {
            self.remove.push(row.key.clone());
        } else {
            self.set
                .push((row.key.clone(), Row::Application(row.row(blocked))));
        }
    }

    /// The same as form fields.
    pub(super) fn pending(&self) -> Vec<PendingField> {
        let field = |name: &str, value: String| PendingField {
            name: name.to_owned(),
            value,
        };
        let set = self.set.iter().map(|(key, row)| field(SET, carry(key, row)));
        let remove = self.remove.iter().map(|key| field(REMOVE, key.clone()));
        set.chain(remove).collect()
    }

    /// The edit, if there is one.
    pub(super) fn edit(&self) -> Option<Edit> {
        (!self.set.is_empty() || !self.remove.is_empty()).then(|| Edit::Rows {
            leaf: Leaf::Applications,
            set: self.set.clone(),
            remove: self.remove.clone(),
        })
    }
}

/// What a form chose for each application: blocked or not, or nothing for one that goes.
pub(super) fn chosen(fields: &Fields) -> Result<BTreeMap<String, Option<bool>>> {
    let mut chosen: BTreeMap<String, Option<bool>> = fields
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("app.")?.to_owned(), Some(value == "on"))))
        .collect();
    for text in fields.all(SET) {
        let (key, row) = carried(text)?;
        if let Row::Application(row) = row {
            chosen.insert(key, Some(row.blocked));
        }
    }
    chosen.extend(fields.all(REMOVE).map(|key| (key.to_owned(), None)));
    Ok(chosen)
}

/// A row as one field carries it.
pub(super) fn carry(key: &str, row: &Row) -> String {
    serde_json::json!({ "key": key, "row": row.to_json() }).to_string()
}

/// Reads what [`carry`] wrote, or what somebody wrote in its place.
pub(super) fn carried(text: &str) -> Result<(String, Row)> {
    let refuse = |message: String| {
        Error::invalid_fields(vec![FieldError {
            pointer: format!("/{SET}"),
            message,
        }])
    };
    let carried: Carried = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
    let row = Row::read(RowKind::Application, &carried.key, &carried.row).map_err(refuse)?;
    Ok((carried.key, row))
}

#[cfg(test)]
mod tests {
    use tessera_policy::{Layer, LayerName};

    use super::*;

    fn standpoint() -> Standpoint {
        Standpoint {
            revision: 0,
            below: Vec::new(),
            own: Layer::empty(LayerName::Org),
        }
    }

    fn read(form: &str) -> RowEdits {
        RowEdits::read(&Fields::decode(form).unwrap(), &standpoint()).unwrap()
    }

    #[test]
    fn only_switches_that_differ_are_edits_and_they_carry_over() {
        let edits = read(
            "app.zoom=off&app.zoom=on&app.slack=off&app.signal=off&app.1password=off&app.anydesk=off&app.anydesk=on",
        );
        let keys: Vec<_> = edits.set.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["signal", "zoom"], "what is always blocked stays");
        let mut form = String::new();
        for field in edits.pending() {
            let value =
                percent_encoding::utf8_percent_encode(&field.value, percent_encoding::NON_ALPHANUMERIC);
            form = form + &field.name + "=" + &value.to_string() + "&";
        }
        assert_eq!(read(&form).edit(), edits.edit());
    }

    #[test]
    fn a_row_that_somebody_wrote_is_refused_by_its_field() {
        for text in [
            "{",
            r#"{"key":"A b","row":{}}"#,
            r#"{"key":"a","row":{"name":"","identifiers":[],"blocked":true}}"#,
        ] {
            let error = carried(text).unwrap_err();
            assert_eq!(error.fields[0].pointer, "/set_app", "{text}");
        }
    }
}
