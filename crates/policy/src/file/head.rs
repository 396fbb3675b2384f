//! The head of a file: whose policy it is.

use tessera_ids::OrgId;
use toml_edit::{Document, Item};

use super::{
    FileProblem, ORG,
    place::{Lines, Problems},
    read::text_of,
};

/// Whose policy a file is. Only the id has force; name and revision are for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The organization's id.
    pub id: Option<OrgId>,
    /// What it was called when the file was written.
    pub name: Option<String>,
    /// The newest revision when the file was written.
    pub revision: Option<u64>,
}

impl Head {
    /// Reads the head alone, whatever else the file says.
    ///
    /// # Errors
    /// When the text is no TOML, or the head is none.
    pub fn read(bytes: &[u8]) -> Result<Self, Vec<FileProblem>> {
        let text = text_of(bytes)?;
        let lines = Lines::of(text);
        let document = Document::parse(text).map_err(|error| super::read::broken(&lines, &error))?;
        let mut problems = Problems::default();
        let head = document
            .get(ORG)
            .map(|item| Self::of(item, &lines, &mut problems))
            .unwrap_or_default();
        problems.or(head)
    }

    pub(super) fn of(item: &Item, lines: &Lines<'_>, problems: &mut Problems) -> Self {
        let mut head = Self::default();
        let Some(table) = item.as_table_like() else {
            problems.push(lines.place(item.span()), "expected a table with `id` and `name`");
            return head;
        };
        for (name, item) in table.iter() {
            let place = lines.place(item.span());
            match name {
                "id" => match item.as_str().map(str::parse) {
                    Some(Ok(id)) => head.id = Some(id),
                    _ => problems.push(place, "expected an organization's id, `org_…`"),
                },
                "name" => match item.as_str() {
                    Some(name) => head.name = Some(name.to_owned()),
                    None => problems.push(place, "expected the organization's name as text"),
                },
                "revision" => match item.as_integer().map(u64::try_from) {
                    Some(Ok(revision)) => head.revision = Some(revision),
                    _ => problems.push(place, "expected the number of a revision"),
                },
                stranger => {
                    let at = lines.place(table.key(name).and_then(toml_edit::Key::span));
                    problems.push(
                        at,
                        format!("expected `id`, `name` and `revision`, found `{stranger}`"),
                    );
                }
            }
        }
        head
    }
}
