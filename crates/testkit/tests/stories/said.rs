//! What a server said to anybody, or wrote anywhere, and the search for secrets in it: in clear and as forms, hexadecimal
//! digits and base64 write them, and inside what is compressed.

use std::collections::{BTreeSet, HashMap};
use std::io::Read as _;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use tessera_testkit::http::Answer;

/// How deep something may lie packed in something else: a blob in a row of a backup is two deep.
const DEPTH: u8 = 4;

/// The bytes by which a form is found; none is shorter.
const HEAD: usize = 8;

/// Texts and files, each with where it was found.
#[derive(Default)]
pub(crate) struct Said(Vec<(String, Vec<u8>)>);

impl Said {
    pub(crate) fn hear(&mut self, place: impl Into<String>, text: impl Into<Vec<u8>>) {
        self.0.push((place.into(), text.into()));
    }

    pub(crate) fn answer(&mut self, place: &str, answer: &Answer) {
        self.hear(
            place,
            format!("{} {:?} {}", answer.status, answer.headers, answer.body),
        );
    }

    /// Every file below a folder: a database with its log, mails, a device's state.
    pub(crate) fn folder(&mut self, root: &Path) -> anyhow::Result<()> {
        for entry in std::fs::read_dir(root)? {
            let path = entry?.path();
            if path.is_dir() {
                self.folder(&path)?;
            } else if let Ok(bytes) = std::fs::read(&path) {
                self.hear(path.display().to_string(), bytes);
            }
        }
        Ok(())
    }

    /// How often something was heard at this place.
    pub(crate) fn count(&self, place: &str) -> usize {
        self.0.iter().filter(|(heard, _)| heard == place).count()
    }

    /// Where a secret was said.
    pub(crate) fn leaks(&self, secrets: &[&str]) -> BTreeSet<String> {
        let mut wanted: HashMap<[u8; HEAD], Vec<(Vec<u8>, &str)>> = HashMap::new();
        for &secret in secrets {
            for form in forms(secret) {
                let head = form.first_chunk().copied().expect("a planted secret is long");
                wanted.entry(head).or_default().push((form, secret));
            }
        }
        let mut found = BTreeSet::new();
        for (place, bytes) in &self.0 {
            each_layer(bytes, DEPTH, &mut |bytes| {
                for (at, head) in bytes.windows(HEAD).enumerate() {
                    let heads = <[u8; HEAD]>::try_from(head)
                        .ok()
                        .and_then(|head| wanted.get(&head));
                    for (form, secret) in heads.into_iter().flatten() {
                        if bytes[at..].starts_with(form) {
                            found.insert(format!("{place}: {secret}"));
                        }
                    }
                }
            });
        }
        found
    }
}

/// The ways in which a secret may be written.
fn forms(secret: &str) -> BTreeSet<Vec<u8>> {
    let lower = secret
        .bytes()
        .fold(String::new(), |text, byte| text + format!("{byte:02x}").as_str());
    let mut forms = BTreeSet::from([
        secret.to_owned(),
        secret.replace('/', "%2F").replace('+', "%2B").replace(' ', "+"),
        secret.replace('/', "\\/"),
        lower.to_uppercase(),
        lower,
    ]);
    // What base64 makes of it depends on how many bytes stand before it; the letters at its edges depend on its neighbours.
    for before in 0..3 {
        let text = BASE64_STANDARD_NO_PAD.encode([&vec![0; before][..], secret.as_bytes()].concat());
        let whole = &text[(before * 8).div_ceil(6)..(before + secret.len()) * 8 / 6];
        forms.insert(whole.to_owned());
        forms.insert(whole.replace('+', "-").replace('/', "_"));
    }
    forms.into_iter().map(String::into_bytes).collect()
}

/// Shows some bytes, and what is packed in them: gzip, and in lines of JSON whatever stands there as hexadecimal digits, which
/// is how a backup writes bytes.
fn each_layer(bytes: &[u8], depth: u8, look: &mut impl FnMut(&[u8])) {
    look(bytes);
    if depth == 0 {
        return;
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut whole = Vec::new();
        if MultiGzDecoder::new(bytes).read_to_end(&mut whole).is_ok() {
            each_layer(&whole, depth - 1, look);
        }
    }
    for line in bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| line.starts_with(b"["))
    {
        let cells: Vec<Value> = serde_json::from_slice(line).unwrap_or_default();
        for cell in cells.iter().filter_map(Value::as_str).filter_map(unhex) {
            each_layer(&cell, depth - 1, look);
        }
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    (text.len().is_multiple_of(2) && text.len() >= HEAD).then(|| pairs.map(byte).collect())?
}

#[test]
fn a_leak_would_be_found() {
    let secrets = [
        "sk-plantedrelayed-0123456789-aaaa",
        "plantedawssecret/0123456789+dddd",
    ];
    let blob = tessera_wire::blob::compress(format!("{{\"key\":\"{}\"}}", secrets[0]).as_bytes());
    let hex = blob
        .iter()
        .fold(String::new(), |text, byte| text + format!("{byte:02x}").as_str());
    let upper = secrets[1]
        .bytes()
        .fold(String::new(), |text, byte| text + format!("{byte:02X}").as_str());
    let backup = tessera_wire::blob::compress(format!("{{}}\n[1,\"{hex}\",null]\n").as_bytes());
    for text in [
        b"key=sk-plantedrelayed-0123456789-aaaa&x".to_vec(),
        b"secret=plantedawssecret%2F0123456789%2Bdddd".to_vec(),
        b"c2stcGxhbnRlZHJlbGF5ZWQtMDEyMzQ1Njc4OS1hYWFh".to_vec(),
        BASE64_STANDARD_NO_PAD
            .encode("{\"key\":\"sk-plantedrelayed-0123456789-aaaa\"}")
            .into(),
        upper.into_bytes(),
        backup,
    ] {
        let mut said = Said::default();
        said.hear("somewhere", text.clone());
        assert_eq!(
            said.leaks(&secrets).len(),
            1,
            "{}",
            String::from_utf8_lossy(&text)
        );
    }
    let mut said = Said::default();
    said.hear("somewhere", "sk-plantedrelayed-0123456789-aaab");
    assert_eq!(said.leaks(&secrets), BTreeSet::new());
}
