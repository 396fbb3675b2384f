//! What a settings form says, read as edits against the revision that its author saw, and carried from page to page.

use tessera_app::settings::{self, TeamDefault};
use tessera_domain::{Error, FieldError, Result, RevisionNote};
use tessera_ids::OrgId;
use tessera_policy::{Edit, Effective, Layer, LayerName, Leaf, Value, WebsiteRule};

use super::pages::PendingField;
use super::row_edits::RowEdits;
use super::scope::layer_of;
use super::visit::Visit;
use super::words;
use crate::http::extract::Fields;

/// The name that a form carries its import under.
pub(super) const IMPORT: &str = "import";
/// The field that orders what was captured before to be forgotten.
pub(super) const PURGE: &str = "purge";
/// What the names of the locks' fields begin with; the leaf's path follows.
const LOCK: &str = "lock.";
/// What the names of the fields for teams' defaults begin with; the team and the leaf's path follow.
pub(super) const TEAM_DEFAULT: &str = "team_default/";
/// What a form says of a leaf on which a layer is silent.
pub(super) const INHERIT: &str = "inherit";

/// A change that somebody is about to make, with all that it takes to make it again.
pub(super) struct Draft {
    /// Whose layer changes.
    pub(super) layer: LayerName,
    /// The revision that its author saw.
    pub(super) base: u64,
    /// What changes against it.
    pub(super) edits: Vec<Edit>,
    /// Teams' defaults that change with it.
    pub(super) team_defaults: Vec<TeamDefault>,
    /// Why.
    pub(super) note: Option<RevisionNote>,
    /// The same as form fields.
    pub(super) pending: Vec<PendingField>,
}

/// Reads a form as a draft.
pub(super) async fn read(visit: &Visit, org: OrgId, fields: &Fields) -> Result<Draft> {
    let (base, layer) = (base(fields)?, layer_of(fields)?);
    let view = settings::standpoint(visit.app(), visit.actor()?, org, layer, Some(base)).await?;
    let mut edits = match layer {
        LayerName::Org => leaf_edits(fields, &view.effective())?,
        _ => own_edits(fields, &view.own)?,
    };
    let mut pending: Vec<PendingField> = edits.iter().flat_map(leaf_fields).collect();
    if layer != LayerName::Org {
        pending.push(field("layer", layer.to_string()));
    }
    let rows = RowEdits::read(fields, &view)?;
    pending.extend(rows.pending());
    edits.extend(rows.edit());
    let (mut add, remove) = website_fields(fields)?;
    pending.extend(add.iter().map(|rule| field("add", rule.to_string())));
    pending.extend(remove.iter().map(|row| field("remove", row.clone())));
    if let Some(token) = fields.find(IMPORT).filter(|token| !token.is_empty()) {
        add.extend(super::import::ready_rules(visit, org, layer, token).await?);
        pending.push(field(IMPORT, token.to_owned()));
    }
    if !add.is_empty() || !remove.is_empty() {
        edits.push(Edit::Websites { add, remove });
    }
    let (rows, carried) = super::models::row_edits(visit, org, layer, base, fields).await?;
    edits.extend(rows);
    pending.extend(carried);
    if fields.get(PURGE) == "on" {
        let now = visit.app().clock.now();
        edits.extend(settings::purge_order(&edits, &view.own, now)?);
        pending.push(field(PURGE, "on".to_owned()));
    }
    let team_defaults = team_default_edits(fields)?;
    pending.extend(team_defaults.iter().filter_map(team_default_fields));
    let note = note(fields)?;
    Ok(Draft {
        layer,
        base,
        edits,
        team_defaults,
        note,
        pending,
    })
}

/// What holds for a member of no team at one revision; 0 stands for before the first.
pub(super) async fn effective_at(visit: &Visit, org: OrgId, revision: u64) -> Result<Effective> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let view = settings::standpoint(app, actor, org, LayerName::Org, Some(revision)).await?;
    Ok(view.effective())
}

/// The revision that the form's author saw.
fn base(fields: &Fields) -> Result<u64> {
    let unknown = |_| Error::invalid("This form does not say which revision it shows. Reload the page.");
    fields.get("base_revision").parse().map_err(unknown)
}

/// Why, for the history; nothing when left empty.
pub(super) fn note(fields: &Fields) -> Result<Option<RevisionNote>> {
    let text = fields.get("note").trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|error: tessera_domain::text::TextError| error.at("/note"))
}

/// Only leaves whose value or lock differs from the saved one are edits. Locking what nobody said yet says it.
fn leaf_edits(fields: &Fields, saved: &Effective) -> Result<Vec<Edit>> {
    let mut refused = Vec::new();
    let mut edits = Vec::new();
    for leaf in Leaf::ALL.iter().copied().filter(|leaf| !leaf.kind().is_list()) {
        let holds = saved.get(leaf);
        let locked = typed_lock(fields, leaf).filter(|locked| *locked != holds.locked);
        match typed(fields, leaf).unwrap_or_else(|| Ok(holds.value.clone())) {
            Ok(value) if value == holds.value && locked.is_none() => {}
            Ok(value) => edits.push(Edit::Set { leaf, value, locked }),
            Err(error) => refused.push(error),
        }
    }
    if refused.is_empty() {
        Ok(edits)
    } else {
        Err(Error::invalid_fields(refused))
    }
}

/// The same for a layer over others: `inherit`, or a text left empty, lets a leaf fall silent.
fn own_edits(fields: &Fields, own: &Layer) -> Result<Vec<Edit>> {
    let mut refused = Vec::new();
    let mut edits = Vec::new();
    for leaf in Leaf::ALL.iter().copied().filter(|leaf| !leaf.kind().is_list()) {
        let said = own.document.get(leaf).map(|setting| setting.value);
        match fields.all(leaf.path()).last() {
            Some(INHERIT | "") if said.is_some() => edits.push(Edit::Clear { leaf }),
            None | Some(INHERIT | "") => {}
            Some(_) => match typed(fields, leaf) {
                Some(Ok(value)) if said.as_ref() != Some(&value) => edits.push(Edit::Set {
                    leaf,
                    value,
                    locked: None,
                }),
                Some(Err(error)) => refused.push(error),
                _ => {}
            },
        }
    }
    if refused.is_empty() {
        Ok(edits)
    } else {
        Err(Error::invalid_fields(refused))
    }
}

/// What the form says of a leaf; of several values the last counts, since a switch that is on follows its hidden `off`.
pub(super) fn typed(fields: &Fields, leaf: Leaf) -> Option<Result<Value, FieldError>> {
    let text = fields.all(leaf.path()).last()?;
    Some(words::read_leaf(leaf, text).ok_or_else(|| FieldError {
        pointer: format!("/{}", leaf.path()),
        message: format!("Expected {}.", leaf.expected()),
    }))
}

/// What the form says of a leaf's lock, where teams have a say at all; of several words the last counts.
pub(super) fn typed_lock(fields: &Fields, leaf: Leaf) -> Option<bool> {
    let name = format!("{LOCK}{}", leaf.path());
    let text = fields.all(&name).last().filter(|_| leaf.teams_may_override());
    text.map(|text| text == "on")
}

fn leaf_fields(edit: &Edit) -> Vec<PendingField> {
    match edit {
        Edit::Set { leaf, value, locked } => {
            let value = field(leaf.path(), words::value(*leaf, value));
            let word = |locked: bool| if locked { "on" } else { "off" }.to_owned();
            let lock = locked.map(|locked| field(&format!("{LOCK}{}", leaf.path()), word(locked)));
            std::iter::once(value).chain(lock).collect()
        }
        Edit::Clear { leaf } => vec![field(leaf.path(), INHERIT.to_owned())],
        Edit::Rows { .. } | Edit::Websites { .. } => Vec::new(),
    }
}

/// What the form says of teams' defaults; where nothing is chosen nothing changes.
fn team_default_edits(fields: &Fields) -> Result<Vec<TeamDefault>> {
    let mut found = Vec::new();
    let mut refused = Vec::new();
    for (name, text) in fields.iter().filter(|(_, text)| !text.is_empty()) {
        let Some((team, path)) = name
            .strip_prefix(TEAM_DEFAULT)
            .and_then(|rest| rest.split_once('/'))
        else {
            continue;
        };
        let unknown =
            || Error::invalid("This form names a team or a setting that is not there. Reload the page.");
        let team = team.parse().map_err(|_| unknown())?;
        let leaf: Leaf = path.parse().map_err(|_| unknown())?;
        let edit = match words::read_leaf(leaf, text) {
            _ if text == INHERIT => Edit::Clear { leaf },
            Some(value) => Edit::Set {
                leaf,
                value,
                locked: None,
            },
            None => {
                let edit = Edit::Clear { leaf };
                let message = format!("Expected {}.", leaf.expected());
                refused.push(FieldError::new(TeamDefault { team, edit }.pointer(), message));
                continue;
            }
        };
        found.push(TeamDefault { team, edit });
    }
    if refused.is_empty() {
        Ok(found)
    } else {
        Err(Error::invalid_fields(refused))
    }
}

fn team_default_fields(default: &TeamDefault) -> Option<PendingField> {
    let said = leaf_fields(&default.edit).into_iter().next()?;
    Some(PendingField {
        name: format!("{TEAM_DEFAULT}{}/{}", default.team, said.name),
        ..said
    })
}

fn field(name: &str, value: String) -> PendingField {
    PendingField {
        name: name.to_owned(),
        value,
    }
}

fn website_fields(fields: &Fields) -> Result<(Vec<WebsiteRule>, Vec<String>)> {
    let mut refused = Vec::new();
    let mut add = Vec::new();
    for text in fields.all("add").chain(fields.find("website")) {
        match text.parse::<WebsiteRule>() {
            Ok(rule) => add.push(rule),
            Err(error) => refused.push(FieldError {
                pointer: "/website".to_owned(),
                message: error.to_string(),
            }),
        }
    }
    if !refused.is_empty() {
        return Err(Error::invalid_fields(refused));
    }
    Ok((add, fields.all("remove").map(str::to_owned).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builtin() -> Effective {
        tessera_policy::merge(&[Layer::empty(LayerName::Org)])
    }

    #[test]
    fn only_what_differs_from_the_saved_value_is_an_edit() {
        let form = "features.telemetry=off&features.processing=off&features.processing=on&features.processing_mode=local";
        let edits = leaf_edits(&Fields::decode(form).unwrap(), &builtin()).unwrap();
        assert_eq!(
            edits,
            [
                Edit::Set {
                    leaf: Leaf::Telemetry,
                    value: Value::Switch(false),
                    locked: None
                },
                Edit::Set {
                    leaf: Leaf::ProcessingMode,
                    value: Value::Choice("local"),
                    locked: None
                },
            ]
        );
        let fields: Vec<_> = edits
            .iter()
            .flat_map(leaf_fields)
            .map(|field| (field.name, field.value))
            .collect();
        let text = |text: &str| text.to_owned();
        assert_eq!(
            fields,
            [
                (text("features.telemetry"), text("off")),
                (text("features.processing_mode"), text("local"))
            ]
        );
    }

    #[test]
    fn a_lock_alone_is_an_edit_and_is_carried_on() {
        let form = "features.telemetry=on&lock.features.telemetry=off&lock.features.telemetry=on\
            &features.cloud_backups=on&lock.features.cloud_backups=off&lock.models.custom=on";
        let edits = leaf_edits(&Fields::decode(form).unwrap(), &builtin()).unwrap();
        let value = builtin().get(Leaf::Telemetry).value;
        let locked = Some(true);
        assert_eq!(
            edits,
            [Edit::Set {
                leaf: Leaf::Telemetry,
                value,
                locked
            }]
        );
        let carried: Vec<String> = edits
            .iter()
            .flat_map(leaf_fields)
            .map(|field| format!("{}={}", field.name, field.value))
            .collect();
        let again = carried.join("&");
        assert_eq!(
            leaf_edits(&Fields::decode(&again).unwrap(), &builtin()).unwrap(),
            edits
        );
    }

    #[test]
    fn a_layer_over_others_falls_silent_where_it_inherits() {
        let mut own = Layer::empty(LayerName::Member);
        let off = tessera_policy::Setting::open(Value::Switch(false));
        own.document = own.document.with(Leaf::Telemetry, off);
        let form = "features.telemetry=inherit&features.processing=inherit&features.processing_mode=local&memory.event_model=";
        let edits = own_edits(&Fields::decode(form).unwrap(), &own).unwrap();
        let mode = Edit::Set {
            leaf: Leaf::ProcessingMode,
            value: Value::Choice("local"),
            locked: None,
        };
        let silent = Edit::Clear {
            leaf: Leaf::Telemetry,
        };
        assert_eq!(edits, [silent, mode]);
        let fields: Vec<_> = edits
            .iter()
            .flat_map(leaf_fields)
            .map(|field| field.value)
            .collect();
        assert_eq!(fields, [INHERIT, "local"]);
    }

    #[test]
    fn what_no_control_sends_is_refused_by_its_field() {
        let form = Fields::decode("features.telemetry=maybe&features.processing_mode=moon").unwrap();
        let error = leaf_edits(&form, &builtin()).unwrap_err();
        let pointers: Vec<_> = error.fields.iter().map(|field| field.pointer.as_str()).collect();
        assert_eq!(pointers, ["/features.telemetry", "/features.processing_mode"]);
    }

    #[test]
    fn websites_are_read_and_refused_with_their_reason() {
        let form = Fields::decode("website=https%3A%2F%2Fwww.bank.example%2F&remove=old.example").unwrap();
        let (add, remove) = website_fields(&form).unwrap();
        assert_eq!(
            (add[0].to_string(), remove),
            ("bank.example".to_owned(), vec!["old.example".to_owned()])
        );
        assert!(website_fields(&Fields::decode("website=co.uk").unwrap()).is_err());
    }
}
