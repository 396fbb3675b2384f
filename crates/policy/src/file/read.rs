//! Reading a file: every key is known, every value fits, and whatever is wrong is said with its place.

use std::collections::BTreeMap;

use toml_edit::{Document, Item, Key, TableLike, TomlError};

use super::{
    Bearer, CREDENTIALS, FileProblem, Head, KeysWords, MAX_BYTES, MEMBERS, ORG, PolicyFile, SectionWords,
    TEAMS, keys,
    place::{Lines, Place, Problems},
    plain, rows,
};
use crate::{Kind, Leaf, SectionName};

pub(super) fn read(bytes: &[u8]) -> Result<PolicyFile, Vec<FileProblem>> {
    let text = text_of(bytes)?;
    let lines = Lines::of(text);
    let document = Document::parse(text).map_err(|error| broken(&lines, &error))?;
    let mut reader = Reader {
        lines,
        file: PolicyFile::default(),
        problems: Problems::default(),
    };
    reader.root(document.as_table());
    reader.problems.or(reader.file)
}

/// Reads the section of keys alone, whatever else the file says.
pub(super) fn read_keys(bytes: &[u8]) -> Result<Option<KeysWords>, Vec<FileProblem>> {
    let text = text_of(bytes)?;
    let lines = Lines::of(text);
    let document = Document::parse(text).map_err(|error| broken(&lines, &error))?;
    let mut problems = Problems::default();
    let section = document.get(CREDENTIALS);
    let words = section.map(|item| keys::read(item, &lines, &mut problems));
    problems.or(words)
}

/// The text of a file.
pub(super) fn text_of(bytes: &[u8]) -> Result<&str, Vec<FileProblem>> {
    if bytes.len() > MAX_BYTES {
        let most = MAX_BYTES / 1024 / 1024;
        return Err(FileProblem::whole(format!("a file has at most {most} MiB")));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(FileProblem::whole("this file is UTF-16; save it as UTF-8"));
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let place = Lines::of(&good).place(Some(good.len()..good.len()));
        let message = "this is not UTF-8 text; save the file as UTF-8".to_owned();
        vec![FileProblem { place, message }]
    })
}

/// What the parser says.
pub(super) fn broken(lines: &Lines<'_>, error: &TomlError) -> Vec<FileProblem> {
    let message = error.message().lines().collect::<Vec<_>>().join(" ");
    vec![FileProblem {
        place: lines.place(error.span()),
        message,
    }]
}

struct Reader<'t> {
    lines: Lines<'t>,
    file: PolicyFile,
    problems: Problems,
}

impl Reader<'_> {
    fn root(&mut self, root: &dyn TableLike) {
        for (name, item) in root.iter() {
            match (name, name.parse::<SectionName>()) {
                (ORG, _) => self.file.head = Head::of(item, &self.lines, &mut self.problems),
                (TEAMS, _) => self.named(item, Bearer::Team),
                (MEMBERS, _) => self.named(item, Bearer::Member),
                (CREDENTIALS, _) => {
                    self.file.keys = Some(keys::read(item, &self.lines, &mut self.problems));
                }
                (_, Ok(section)) => self.section(&Bearer::Org, section, item),
                (_, Err(_)) => {
                    let place = self.key(root, name);
                    self.problems
                        .push(place, format!("there is no section called `{name}`"));
                }
            }
        }
    }

    /// The tables of teams or members.
    fn named(&mut self, item: &Item, bearer: fn(String) -> Bearer) {
        let Some(table) = self.table(item, "a table for each name") else {
            return;
        };
        for (name, item) in table.iter() {
            let bearer = bearer(name.trim().to_owned());
            let place = self.key(table, name);
            self.file.places.insert((bearer.clone(), None), place);
            let Some(sections) = self.table(item, "a table of sections") else {
                continue;
            };
            if self.file.layers.contains_key(&bearer) {
                self.problems.push(place, format!("{bearer} stands here twice"));
                continue;
            }
            self.file.layers.entry(bearer.clone()).or_default();
            for (name, item) in sections.iter() {
                let place = self.key(sections, name);
                match (name, name.parse()) {
                    (_, Ok(section)) => self.section(&bearer, section, item),
                    (CREDENTIALS, _) => self.problems.push(
                        place,
                        "keys are the organization's: say [credentials.\"A name\"], and for whom with `teams`",
                    ),
                    (_, Err(_)) => {
                        let message = format!("there is no section called `{name}`");
                        self.problems.push(place, message);
                    }
                }
            }
        }
    }

    fn section(&mut self, bearer: &Bearer, section: SectionName, item: &Item) {
        let Some(table) = self.table(item, "a table of settings") else {
            return;
        };
        let mut words = SectionWords::default();
        for (name, item) in table.iter() {
            let place = self.key(table, name);
            let Some(leaf) = Leaf::named(section, name) else {
                self.problems
                    .push(place, format!("there is no setting called `{section}.{name}`"));
                continue;
            };
            self.file.places.insert((bearer.clone(), Some(leaf)), place);
            if matches!(bearer, Bearer::Team(_)) && !leaf.teams_may_override() {
                let message = format!("teams cannot change “{}” ({leaf})", leaf.title());
                self.problems.push(place, message);
                continue;
            }
            self.leaf(bearer, leaf, item, &mut words);
        }
        let sections: &mut BTreeMap<_, _> = self.file.layers.entry(bearer.clone()).or_default();
        sections.insert(section, words);
    }

    fn leaf(&mut self, bearer: &Bearer, leaf: Leaf, item: &Item, words: &mut SectionWords) {
        let place = self.lines.place(item.span());
        match leaf.kind() {
            Kind::WebsiteList => {
                let mut complain = |span, message| self.problems.push(self.lines.place(span), message);
                words.websites = rows::websites(item, &mut complain);
            }
            Kind::Table(kind) => {
                let mut complain = |span, message| self.problems.push(self.lines.place(span), message);
                words.tables.insert(leaf, rows::table(kind, item, &mut complain));
            }
            _ => match plain::said(leaf, item) {
                Ok(None) => {}
                Ok(Some(setting)) if setting.locked && *bearer != Bearer::Org => {
                    self.problems
                        .push(place, "only the organization can lock a setting");
                }
                Ok(Some(setting)) => drop(words.settings.insert(leaf, setting)),
                Err(expected) => self.problems.push(place, format!("{leaf}: expected {expected}")),
            },
        }
    }

    fn table<'i>(&mut self, item: &'i Item, expected: &str) -> Option<&'i dyn TableLike> {
        let table = item.as_table_like();
        if table.is_none() {
            let place = self.lines.place(item.span());
            self.problems.push(place, format!("expected {expected}"));
        }
        table
    }

    fn key(&self, table: &dyn TableLike, name: &str) -> Place {
        self.lines.place(table.key(name).and_then(Key::span))
    }
}
