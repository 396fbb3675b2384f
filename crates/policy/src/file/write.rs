//! Writing a file: afresh with help above each leaf, or by bringing a text that people wrote up to date, with
//! everything around the values left as it is.

use std::collections::BTreeMap;

use toml_edit::{DocumentMut, Item, Table as TomlTable, TableLike, Value as Toml};

use super::{Bearer, Head, KeyState, MEMBERS, ORG, TEAMS, keys, plain, rows};
use crate::{Kind, Layer, Leaf, SectionName};

/// Letters of a line of help.
const WIDTH: usize = 100;

/// What a file is to say.
#[derive(Clone, Debug)]
pub struct PolicyState {
    /// Whose policy it is.
    pub head: Head,
    /// The layers: the organization's first, then every other that says something or stood in the text before.
    pub layers: Vec<(Bearer, Layer)>,
    /// The organization's keys; nothing leaves what the text says of keys as it is.
    pub keys: Option<Vec<KeyState>>,
    /// What the text still calls otherwise.
    pub renamed: BTreeMap<Bearer, Bearer>,
}

/// Writes the state. Each leaf of the organization stands in it exactly once; teams and members are sparse.
pub fn write(state: &PolicyState, previous: Option<&str>) -> String {
    let parsed = previous.and_then(|text| text.parse::<DocumentMut>().ok());
    let is_fresh = parsed.is_none();
    let mut document = parsed.unwrap_or_default();
    let root = document.as_table_mut();
    head(root, &state.head, is_fresh);
    for (old, new) in &state.renamed {
        rename(root, old, new);
    }
    forget(root, state);
    for (bearer, layer) in &state.layers {
        for section in SectionName::ALL {
            write_section(root, bearer, layer, *section);
        }
        // Keys are the organization's, so they stand behind its settings.
        if let (Bearer::Org, Some(keys)) = (bearer, &state.keys) {
            keys::write(root, keys);
        }
    }
    document.to_string()
}

fn head(root: &mut TomlTable, head: &Head, is_fresh: bool) {
    let table = root.entry(ORG).or_insert_with(|| Item::Table(TomlTable::new()));
    if let (true, Some(table)) = (is_fresh, table.as_table_mut()) {
        let name = head.name.as_deref().unwrap_or("this organization");
        let text = format!(
            "What {} decides. A section that stands here is owned by this file once it is applied, and what it leaves out falls \
             back to its default. See what would change with: tessera org plan -f FILE",
            name.lines().collect::<Vec<_>>().join(" "),
        );
        table.decor_mut().set_prefix(comment(&text) + "\n");
    }
    let Some(table) = table.as_table_like_mut() else {
        return;
    };
    let entries: [(&str, Option<Toml>); 3] = [
        ("id", head.id.map(|id| id.to_string().into())),
        ("name", head.name.as_deref().map(Into::into)),
        (
            "revision",
            head.revision
                .and_then(|number| i64::try_from(number).ok())
                .map(Into::into),
        ),
    ];
    for (key, value) in entries {
        if let Some(value) = value {
            set(table, key, value);
        }
    }
}

fn path_of(bearer: &Bearer) -> Option<(&'static str, &str)> {
    match bearer {
        Bearer::Org => None,
        Bearer::Team(name) => Some((TEAMS, name)),
        Bearer::Member(email) => Some((MEMBERS, email)),
    }
}

fn rename(root: &mut TomlTable, old: &Bearer, new: &Bearer) {
    let (Some((group, old)), Some((_, new))) = (path_of(old), path_of(new)) else {
        return;
    };
    let Some(group) = root.get_mut(group).and_then(Item::as_table_like_mut) else {
        return;
    };
    if group.contains_key(new) {
        return;
    }
    if let Some(item) = group.remove(old) {
        group.insert(new, item);
    }
}

/// Drops what the text says of teams and members that are gone.
fn forget(root: &mut TomlTable, state: &PolicyState) {
    for group in [TEAMS, MEMBERS] {
        let Some(table) = root.get_mut(group).and_then(Item::as_table_like_mut) else {
            continue;
        };
        let stays = |name: &str| {
            let mut known = state.layers.iter().filter_map(|(bearer, _)| path_of(bearer));
            known.any(|(of, known)| of == group && known == name.trim())
        };
        let names: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
        for name in names.iter().filter(|name| !stays(name)) {
            table.remove(name);
        }
    }
}

fn write_section(root: &mut TomlTable, bearer: &Bearer, layer: &Layer, section: SectionName) {
    let is_sparse = *bearer != Bearer::Org;
    let mut path: Vec<&str> = path_of(bearer).map_or_else(Vec::new, |(group, name)| vec![group, name]);
    path.push(section.as_str());
    let wanted = !is_sparse || Leaf::in_section(section).any(|leaf| speaks(layer, leaf));
    let Some(table) = table_at(root, &path, wanted) else {
        return;
    };
    for leaf in Leaf::in_section(section) {
        if table.contains_key(leaf.name()) || !is_sparse || speaks(layer, leaf) {
            write_leaf(table, layer, leaf, is_sparse);
        }
    }
}

/// Whether the layer says something of the leaf that a file can hold.
fn speaks(layer: &Layer, leaf: Leaf) -> bool {
    match leaf.kind() {
        Kind::WebsiteList => rows::readable(&layer.websites).next().is_some(),
        Kind::Table(_) => layer.document.table(leaf).iter().next().is_some(),
        _ => layer.document.get(leaf).is_some(),
    }
}

/// The table at a path, made where it is wanted.
pub(super) fn table_at<'t>(
    root: &'t mut TomlTable,
    path: &[&str],
    wanted: bool,
) -> Option<&'t mut dyn TableLike> {
    let mut here: &mut dyn TableLike = root;
    for (depth, step) in path.iter().enumerate() {
        if !here.contains_key(step) {
            if !wanted {
                return None;
            }
            let mut table = TomlTable::new();
            table.set_implicit(depth + 1 < path.len());
            here.insert(step, Item::Table(table));
        }
        here = here.get_mut(step)?.as_table_like_mut()?;
    }
    Some(here)
}

fn write_leaf(table: &mut dyn TableLike, layer: &Layer, leaf: Leaf, is_sparse: bool) {
    let is_new = !table.contains_key(leaf.name());
    match leaf.kind() {
        Kind::WebsiteList => {
            if let Some(item) = table.get_mut(leaf.name()) {
                rows::update_websites(item, &layer.websites);
            } else {
                let array = rows::array_of(rows::readable(&layer.websites));
                table.insert(leaf.name(), Item::Value(array.into()));
            }
        }
        Kind::Table(kind) => {
            let rows = layer.document.table(leaf);
            if !table.get(leaf.name()).is_some_and(Item::is_table_like) {
                table.insert(leaf.name(), Item::Table(TomlTable::new()));
            }
            if let Some(present) = table.get_mut(leaf.name()).and_then(Item::as_table_like_mut) {
                rows::update_table(kind, present, &rows);
            }
        }
        _ => write_plain(table, layer, leaf),
    }
    if is_new && !is_sparse {
        explain(table, leaf);
    }
}

fn write_plain(table: &mut dyn TableLike, layer: &Layer, leaf: Leaf) {
    let wanted = layer.document.get(leaf);
    let stands = table
        .get(leaf.name())
        .and_then(|item| plain::said(leaf, item).ok());
    if stands.as_ref() == Some(&wanted) {
        return;
    }
    set(table, leaf.name(), plain::words(wanted.as_ref()));
    let Some(value) = table.get_mut(leaf.name()).and_then(Item::as_value_mut) else {
        return;
    };
    // A silent leaf says beside it what holds then, and a spoken one does not go on saying so.
    let note = format!("  # {}", leaf.say(&leaf.default_value()));
    let suffix = value
        .decor()
        .suffix()
        .and_then(|suffix| suffix.as_str())
        .unwrap_or_default();
    if wanted.is_none() && suffix.trim().is_empty() {
        value.decor_mut().set_suffix(note);
    } else if wanted.is_some() && suffix.trim() == note.trim() {
        value.decor_mut().set_suffix("");
    }
}

/// Puts a value under a key; whatever stands around an older one stays.
pub(super) fn set(table: &mut dyn TableLike, key: &str, mut value: Toml) {
    match table.get_mut(key) {
        Some(item) => {
            if let Some(older) = item.as_value() {
                if older.to_string().trim() == value.to_string().trim() {
                    return;
                }
                *value.decor_mut() = older.decor().clone();
            }
            *item = Item::Value(value);
        }
        None => drop(table.insert(key, Item::Value(value))),
    }
}

/// Writes the leaf's help above it.
fn explain(table: &mut dyn TableLike, leaf: Leaf) {
    let apart = if table.len() > 1 || leaf.kind().is_list() {
        "\n"
    } else {
        ""
    };
    let text = format!("{apart}{}", comment(&leaf.help()));
    match table.get_mut(leaf.name()) {
        Some(Item::Table(of_leaf)) => of_leaf.decor_mut().set_prefix(text),
        _ => {
            if let Some(mut key) = table.key_mut(leaf.name()) {
                key.leaf_decor_mut().set_prefix(text);
            }
        }
    }
}

/// The text as lines of comment.
pub(super) fn comment(text: &str) -> String {
    let mut lines = String::from("#");
    let mut width = 1;
    for word in text.split_whitespace() {
        if width + word.chars().count() + 1 > WIDTH {
            lines.push_str("\n#");
            width = 1;
        }
        lines.push(' ');
        lines.push_str(word);
        width += word.chars().count() + 1;
    }
    lines.push('\n');
    lines
}
