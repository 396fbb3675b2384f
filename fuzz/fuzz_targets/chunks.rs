//! Lists in chunks: what is cut comes together again, and no index or chunk from elsewhere is taken for it.
#![no_main]

use std::borrow::Cow;
use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use tessera_wire::list::{ListIndex, assemble, cut};

fuzz_target!(|bytes: &[u8]| {
    let _ = ListIndex::read(bytes);
    let _ = assemble(bytes, |_| Some(Cow::Borrowed(bytes)));
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let rows: BTreeSet<&str> = text.split('\n').collect();
    let Ok(list) = cut(&rows) else {
        return;
    };
    let chunk = |digest: &_| list.chunks.iter().find(|chunk| chunk.digest() == *digest);
    let whole = assemble(list.index.bytes(), |digest| chunk(digest).map(|chunk| chunk.bytes().into()));
    let whole = whole.expect("what was cut comes together");
    assert!(whole.iter().eq(rows.iter().copied()));
    // A chunk that was changed on its way is noticed.
    if let Some(first) = list.chunks.first() {
        let mut changed = first.bytes().to_vec();
        changed[0] ^= 1;
        let lied = assemble(list.index.bytes(), |digest| {
            let bytes = chunk(digest)?.bytes();
            Some(if *digest == first.digest() { Cow::Owned(changed.clone()) } else { bytes.into() })
        });
        assert!(lied.is_err());
    }
});
