//! Reading the section `credentials`.

use std::collections::BTreeMap;

use toml_edit::{Item, Key, TableLike};

use super::{KeyWords, KeysWords, MOST_KEYS, SecretRef, overlap};
use crate::credential::{Delivery, Field, ProviderKind, Shape, USUAL_OVERLAP};
use crate::file::place::{Lines, Place, Problems};

/// Reads the section. What is wrong is noted with its place, and never repeats a value.
pub(in crate::file) fn read(item: &Item, lines: &Lines<'_>, problems: &mut Problems) -> KeysWords {
    let mut reader = Reader { lines, problems };
    let mut words = KeysWords::default();
    let Some(table) = item.as_table_like() else {
        reader.refuse(
            item,
            "expected a table for each key, such as [credentials.\"Production OpenAI\"]",
        );
        return words;
    };
    if table.len() > MOST_KEYS {
        reader.refuse(item, format!("an organization has at most {MOST_KEYS} keys"));
        return words;
    }
    for (name, item) in table.iter() {
        let place = lines.place(table.key(name).and_then(Key::span));
        let Some(fields) = item.as_table_like() else {
            // A key that was written straight behind its name is one of the ways to get this wrong.
            let text = "expected a table that says the provider and where the key is found";
            reader.problems.push(place, text);
            continue;
        };
        if let Some(key) = reader.key(place, fields) {
            words.keys.insert(name.trim().to_owned(), key);
        }
    }
    words
}

struct Reader<'r, 't> {
    lines: &'r Lines<'t>,
    problems: &'r mut Problems,
}

impl Reader<'_, '_> {
    fn key(&mut self, place: Place, fields: &dyn TableLike) -> Option<KeyWords> {
        let kind = self.kind(place, fields)?;
        let mut key = KeyWords {
            kind,
            delivery: Delivery::default(),
            teams: None,
            plain: BTreeMap::new(),
            secret: BTreeMap::new(),
            overlap: USUAL_OVERLAP,
            place,
            places: BTreeMap::new(),
        };
        for (name, item) in fields.iter() {
            match (name, kind.field(name)) {
                ("provider", _) => {}
                ("delivery", _) => match item.as_str().map(str::parse) {
                    Some(Ok(delivery)) => key.delivery = delivery,
                    _ => self.refuse(item, "expected \"relayed\" or \"delivered\""),
                },
                ("teams", _) => key.teams = self.teams(item),
                ("overlap", _) => match item.as_str().map(overlap::read) {
                    Some(Ok(overlap)) => key.overlap = overlap,
                    Some(Err(message)) => self.refuse(item, message),
                    None => self.refuse(item, "expected a text such as \"24h\""),
                },
                (_, Some(field)) => self.field(&mut key, field, item),
                (_, None) => self.stranger(fields, name, kind),
            }
            if let Some(field) = kind.field(name) {
                key.places.insert(field.name, self.lines.place(item.span()));
            }
        }
        self.complete(&key, fields);
        Some(key)
    }

    fn kind(&mut self, place: Place, fields: &dyn TableLike) -> Option<ProviderKind> {
        let known = || ProviderKind::ALL.map(ProviderKind::as_str).join(", ");
        let Some(item) = fields.get("provider") else {
            let message = format!("say whose key it is: `provider` is one of {}", known());
            self.problems.push(place, message);
            return None;
        };
        let kind = item.as_str().and_then(|text| text.parse().ok());
        if kind.is_none() {
            self.refuse(item, format!("expected one of {} as `provider`", known()));
        }
        kind
    }

    fn teams(&mut self, item: &Item) -> Option<Vec<(String, Place)>> {
        let expected =
            "expected the names of teams, such as [\"Design\"]; without `teams`, everybody may use the key";
        let Some(array) = item.as_array() else {
            self.refuse(item, expected);
            return None;
        };
        let mut teams = Vec::new();
        for value in array {
            let place = self.lines.place(value.span());
            match value.as_str() {
                Some(name) => teams.push((name.trim().to_owned(), place)),
                None => self.problems.push(place, expected),
            }
        }
        Some(teams)
    }

    fn field(&mut self, key: &mut KeyWords, field: &'static Field, item: &Item) {
        if field.is_secret() {
            match SecretRef::read(field.name, item) {
                Ok(reference) => drop(key.secret.insert(field.name, reference)),
                Err(message) => self.refuse(item, message),
            }
            return;
        }
        let text = match (field.shape, item.as_array(), item.as_str()) {
            (_, _, Some(text)) => Some(text.to_owned()),
            (Shape::Lines, Some(lines), _) => {
                let lines: Option<Vec<&str>> = lines.iter().map(|line| line.as_str()).collect();
                lines.map(|lines| lines.join("\n"))
            }
            _ => None,
        };
        match text {
            Some(text) => drop(key.plain.insert(field.name, text)),
            None => self.refuse(item, format!("expected a text as `{}`", field.name)),
        }
    }

    fn stranger(&mut self, fields: &dyn TableLike, name: &str, kind: ProviderKind) {
        let place = self.lines.place(fields.key(name).and_then(Key::span));
        let known = kind.fields().iter().map(|field| field.name);
        let known: Vec<&str> = known.chain(["delivery", "teams", "overlap"]).collect();
        // Its name is not repeated: what stands there may be anything.
        let message = format!(
            "a key of {} has no such field; it has {}",
            kind.title(),
            known.join(", ")
        );
        self.problems.push(place, message);
    }

    /// Notes the fields that are missing.
    fn complete(&mut self, key: &KeyWords, fields: &dyn TableLike) {
        let missing = |field: &&Field| field.required && !fields.contains_key(field.name);
        for field in key.kind.fields().iter().filter(missing) {
            let message = format!("`{}` is missing", field.name);
            self.problems.push(key.place, message);
        }
        if key.kind != ProviderKind::Bedrock {
            return;
        }
        let has = |name: &str| fields.contains_key(name);
        let is_pair = has("access_key_id") && has("secret_access_key") && !has("api_key");
        let is_one = has("api_key") && !has("access_key_id") && !has("secret_access_key");
        if !is_pair && !is_one {
            let message =
                "a key of Amazon Bedrock has either `access_key_id` and `secret_access_key`, or `api_key`";
            self.problems.push(key.place, message);
        }
    }

    fn refuse(&mut self, item: &Item, message: impl Into<String>) {
        self.problems.push(self.lines.place(item.span()), message);
    }
}
