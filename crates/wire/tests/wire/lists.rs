//! One changed row in a hundred thousand moves little, and nothing but the list that was cut comes out.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashSet},
};

use proptest::prelude::*;
use tessera_wire::{
    Blob, ChunkedList, Digest, ListError, ListIndex, Rows, limits,
    list::{assemble, cut},
};

/// Domains as block lists have them: words, numbers, subdomains and a few endings.
fn domains(count: usize) -> BTreeSet<String> {
    const WORDS: [&str; 16] = [
        "ads", "track", "bank", "health", "news", "mail", "cloud", "shop", "video", "social", "pay",
        "clinic", "metrics", "login", "files", "chat",
    ];
    const ENDINGS: [&str; 6] = ["com", "net", "org", "de", "co.uk", "example"];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    let mut rows = BTreeSet::new();
    while rows.len() < count {
        let (a, b, number) = (WORDS[next(16)], WORDS[next(16)], next(100_000));
        let ending = ENDINGS[next(6)];
        rows.insert(match next(3) {
            0 => format!("{a}-{b}{number}.{ending}"),
            1 => format!("{a}.{b}{number}.{ending}"),
            _ => format!("{a}{number}.{ending}/{b}"),
        });
    }
    rows
}

fn put_together(list: &ChunkedList) -> Result<Rows, ListError> {
    let chunks: BTreeMap<_, _> = list.chunks.iter().map(|blob| (blob.digest(), blob)).collect();
    assemble(list.index.bytes(), |digest| {
        chunks.get(digest).map(|blob| Cow::Borrowed(blob.bytes()))
    })
}

/// The chunks that somebody who has `before` must fetch for `after`.
fn news<'a>(before: &ChunkedList, after: &'a ChunkedList) -> Vec<&'a Blob> {
    let has: HashSet<_> = before.chunks.iter().map(Blob::digest).collect();
    after
        .chunks
        .iter()
        .filter(|blob| !has.contains(&blob.digest()))
        .collect()
}

#[test]
fn one_row_in_a_hundred_thousand_moves_64_kib_at_most() {
    let rows = domains(100_000);
    let before = cut(&rows).unwrap();
    assert_eq!(
        put_together(&before).unwrap().iter().collect::<Vec<_>>(),
        rows.iter().collect::<Vec<_>>()
    );
    let mut worst = 0;
    for at in [0, 50_000, 99_999] {
        let row = rows.iter().nth(at).unwrap();
        let mut without = rows.clone();
        without.remove(row);
        let mut changed = without;
        changed.insert(format!("{row}-changed"));
        let mut with = rows.clone();
        with.insert(format!("{row}.extra"));
        for rows in [changed, with] {
            let after = cut(&rows).unwrap();
            let new = news(&before, &after);
            assert!(new.len() <= 3, "{} chunks", new.len());
            // As base64 inside an event, which is the longest way to send them.
            let moved = |blob: &Blob| blob.to_gzip().len().div_ceil(3) * 4;
            worst = worst.max(moved(&after.index) + new.into_iter().map(moved).sum::<usize>());
        }
    }
    assert!((1..=limits::EVENT_BLOBS_BYTES).contains(&worst), "{worst} bytes");
}

#[test]
fn a_chunk_ends_at_24_kib_when_no_row_ends_it() {
    let rows: Vec<_> = (0..5_000)
        .map(|n| format!("row-{n:05}-without-an-end.example"))
        .filter(|row| Digest::of(row.as_bytes()).as_bytes()[31] != 0)
        .collect();
    let list = cut(&rows).unwrap();
    let sizes: Vec<_> = list.chunks.iter().map(|chunk| chunk.bytes().len()).collect();
    let (last, full) = sizes.split_last().unwrap();
    assert!(
        full.iter()
            .all(|size| (24 * 1024..=limits::CHUNK_BYTES).contains(size)),
        "{sizes:?}"
    );
    assert!(*last <= limits::CHUNK_BYTES);
    assert_eq!(put_together(&list).unwrap().len(), rows.len());
}

#[test]
fn rows_out_of_order_empty_long_or_broken_are_refused() {
    assert_eq!(cut(["b", "a"]).unwrap_err(), ListError::Unsorted(1));
    assert_eq!(cut(["a", "a"]).unwrap_err(), ListError::Unsorted(1));
    assert_eq!(cut([""]).unwrap_err(), ListError::BadRow(0));
    assert_eq!(cut(["a", "b\nc"]).unwrap_err(), ListError::BadRow(1));
    assert_eq!(
        cut(["x".repeat(limits::LIST_ROW_BYTES + 1)]).unwrap_err(),
        ListError::BadRow(0)
    );
    assert!(cut(["x".repeat(limits::LIST_ROW_BYTES)]).is_ok());
    let empty = cut(Vec::<String>::new()).unwrap();
    assert!(put_together(&empty).unwrap().is_empty());
}

#[test]
fn a_tampered_list_is_not_put_together() {
    let list = cut(domains(2_000)).unwrap();
    assert!(list.chunks.len() > 2);
    let index = ListIndex::read(list.index.bytes()).unwrap();
    let with = |change: &dyn Fn(&mut ListIndex)| {
        let mut changed = index.clone();
        change(&mut changed);
        let index = Blob::new(serde_json::to_vec(&changed).unwrap());
        put_together(&ChunkedList {
            index,
            chunks: list.chunks.clone(),
        })
        .unwrap_err()
    };
    assert!(matches!(
        with(&|index| index.chunks.swap(0, 1)),
        ListError::Unsorted(_)
    ));
    assert!(matches!(
        with(&|index| index.rows -= 1),
        ListError::WrongCount { .. }
    ));
    assert!(matches!(
        with(&|index| index.chunks.truncate(1)),
        ListError::WrongCount { .. }
    ));
    assert!(matches!(
        with(&|index| index.chunks[0] = Digest::of(b"?")),
        ListError::Missing(_)
    ));
    assert!(matches!(
        with(&|index| index.chunks[1] = index.chunks[0]),
        ListError::Index(_)
    ));
    assert_eq!(
        with(&|index| index.rows = limits::LIST_ROWS + 1),
        ListError::TooManyRows
    );

    let lying = assemble(list.index.bytes(), |_| {
        Some(Cow::Borrowed(list.chunks[0].bytes()))
    });
    assert_eq!(lying.unwrap_err(), ListError::Damaged(index.chunks[1]));
    let later = br#"{"format":2,"rows":0,"chunks":[]}"#;
    let refused = assemble(later, |_| None).unwrap_err();
    assert!(refused.to_string().contains("format 2 is not known"), "{refused}");
}

#[test]
fn chunks_that_are_not_rows_are_refused() {
    for bytes in [
        b"".as_slice(),
        b"no newline",
        b"\xff\xfe\n",
        b"\n",
        b"a\n\n",
        b"b\na\n",
    ] {
        let digest = Digest::of(bytes);
        let index = format!(r#"{{"format":1,"rows":1,"chunks":["{digest}"]}}"#);
        assert!(
            assemble(index.as_bytes(), |_| Some(Cow::Borrowed(bytes))).is_err(),
            "{bytes:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_sorted_rows_come_back(rows in proptest::collection::btree_set("[^\n]{1,60}", 0..400)) {
        let list = cut(&rows).unwrap();
        prop_assert_eq!(&list, &cut(&rows).unwrap());
        let again = put_together(&list).unwrap();
        prop_assert_eq!(again.len(), rows.len());
        prop_assert!(again.iter().eq(rows.iter()));
    }

    #[test]
    fn one_edit_changes_three_chunks_at_most(at in any::<prop::sample::Index>(), row in "[a-z]{3,12}\\.example") {
        let rows = domains(4_000);
        let before = cut(&rows).unwrap();
        let mut edited = rows.clone();
        edited.remove(at.get(&rows.iter().collect::<Vec<_>>()).as_str());
        prop_assert!(news(&before, &cut(&edited).unwrap()).len() <= 3);
        let mut grown = rows.clone();
        grown.insert(row);
        prop_assert!(news(&before, &cut(&grown).unwrap()).len() <= 3);
    }
}
