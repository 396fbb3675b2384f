//! The suite is whole: it calls every public function of the store.

use std::{fs, path::Path};

fn sources(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            texts.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push(fs::read_to_string(&path).expect("a source is text"));
        }
    }
    texts
}

#[test]
fn every_public_function_is_called() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let suite = sources(&root.join("tests/conformance")).concat();
    let declared = sources(&root.join("src")).concat();
    let names: Vec<_> = declared
        .split("    pub async fn ")
        .skip(1)
        .filter_map(|rest| rest.split(['(', '<']).next())
        .collect();
    assert!(names.len() > 100, "the sources were read");
    let missing: Vec<_> = names
        .iter()
        .filter(|name| !suite.contains(&format!(".{name}(")) && !suite.contains(&format!("::{name}(")))
        .collect();
    assert!(
        missing.is_empty(),
        "not called in the conformance suite: {missing:?}"
    );
}
