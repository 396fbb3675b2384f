//! CSV as people have it: every encoding, separator and line end, and rows that are broken.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use encoding_rs::{UTF_16BE, UTF_16LE};
use proptest::prelude::*;
use rstest::rstest;
use tessera_domain::{
    csv_export,
    csv_text::{CsvError, MAX_BYTES, MAX_CELLS, Separator, UnclosedQuote, decode, rows},
};

fn utf16(text: &str, little: bool, mark: bool) -> Vec<u8> {
    let marked = format!("{}{text}", if mark { "\u{FEFF}" } else { "" });
    let bytes = |unit: u16| {
        if little {
            unit.to_le_bytes()
        } else {
            unit.to_be_bytes()
        }
    };
    marked.encode_utf16().flat_map(bytes).collect()
}

fn cells(text: &str) -> Vec<Vec<String>> {
    let own = |cells: Vec<_>| cells.into_iter().map(std::borrow::Cow::into_owned).collect();
    rows(text, Separator::detect(text))
        .map(|row| row.cells.map(own).unwrap())
        .collect()
}

#[rstest]
#[case::utf8("bücher.example,ok".as_bytes().to_vec())]
#[case::utf8_with_mark("\u{FEFF}bücher.example,ok".as_bytes().to_vec())]
#[case::little(utf16("bücher.example,ok", true, true))]
#[case::big(utf16("bücher.example,ok", false, true))]
#[case::little_without_mark(utf16("bücher.example,ok", true, false))]
#[case::big_without_mark(utf16("bücher.example,ok", false, false))]
fn every_unicode_encoding_is_read(#[case] bytes: Vec<u8>) {
    assert_eq!(decode(&bytes).unwrap(), "bücher.example,ok");
}

#[test]
fn other_bytes_are_refused_with_their_line() {
    assert_eq!(
        decode(b"a\nb\xFCcher\n"),
        Err(CsvError::NotUtf8 { line: 2, byte: 0xFC })
    );
    assert_eq!(decode(b"a\nb\nc\0d"), Err(CsvError::Nul { line: 3 }));
    assert_eq!(decode(b"PK\x03\x04\0\0\0\0"), Err(CsvError::Nul { line: 1 }));
    assert_eq!(decode(b"\xFF\xFEa\0b"), Err(CsvError::DamagedUtf16));
    assert_eq!(decode(b"\xFF\xFE\x00\xD8"), Err(CsvError::DamagedUtf16));
    let large = vec![b'a'; MAX_BYTES + 1];
    assert!(matches!(decode(&large), Err(CsvError::TooLarge { .. })));
}

#[rstest]
#[case("a,b\r\nc,d\r\n")]
#[case("a;b\nc;d")]
#[case("a\tb\n\n  \nc\td\n")]
#[case("\"a\",\"b\"\r\n\"c\" ,d\r\n")]
fn separators_and_line_ends_are_found_out(#[case] text: &str) {
    assert_eq!(cells(text), [["a", "b"], ["c", "d"]]);
}

#[test]
fn old_line_ends_are_read_too() {
    assert_eq!(cells(&decode(b"a,b\rc,d\r").unwrap()), [["a", "b"], ["c", "d"]]);
    assert_eq!(cells("a\r,b\n"), [["a\r", "b"]]);
}

#[test]
fn quotes_hold_separators_quotes_and_lines() {
    assert_eq!(
        cells("\"a,\"\"b\"\"\",\"c\nd\"\ne,f"),
        [["a,\"b\"", "c\nd"], ["e", "f"]]
    );
    assert_eq!(cells("12\" pipe,x"), [["12\" pipe", "x"]]);
}

#[test]
fn an_open_quote_costs_its_own_row_only() {
    let text = "a,b\n\"open,b\nc,d\n\"x\"y,z\ne,f\n";
    let read: Vec<_> = rows(text, Separator::Comma)
        .map(|row| (row.line, row.cells.is_ok()))
        .collect();
    assert_eq!(read, [(1, true), (2, false), (3, true), (4, false), (5, true)]);
    assert_eq!(
        rows("\"", Separator::Comma).next().unwrap().cells,
        Err(UnclosedQuote)
    );
}

#[test]
fn lines_are_counted_through_quoted_line_breaks() {
    let lines: Vec<_> = rows("a\n\"b\nb\"\n\nc", Separator::Comma)
        .map(|row| row.line)
        .collect();
    assert_eq!(lines, [1, 2, 5]);
}

#[rstest]
#[case("=1+1", "'=1+1")]
#[case("+49 30 1234", "'+49 30 1234")]
#[case(" @SUM(A1)", "' @SUM(A1)")]
#[case("＝cmd", "'＝cmd")]
#[case("plain = fine", "plain = fine")]
fn formulas_are_disarmed(#[case] cell: &str, #[case] written: &str) {
    assert_eq!(csv_export::guard(cell), written);
    let bytes = csv_export::write(&["cell"], [[cell]]);
    assert_eq!(cells(&decode(&bytes).unwrap()), [["cell"], [written]]);
}

proptest! {
    #[test]
    fn what_is_exported_reads_back(
        table in prop::collection::vec(prop::collection::vec("[^\0\u{FEFF}]{0,12}", 3), 0..12),
        encoding in 0_u8..3,
    ) {
        let bytes = csv_export::write(&["a", "b", "c"], &table);
        let text = decode(&bytes).unwrap().into_owned();
        let bytes = match encoding {
            0 => bytes,
            1 => utf16(&text, true, true),
            _ => utf16(&text, false, true),
        };
        let read = rows(&decode(&bytes).unwrap(), Separator::Comma)
            .map(|row| row.cells.unwrap().into_iter().map(std::borrow::Cow::into_owned).collect::<Vec<_>>())
            .skip(1)
            .collect::<Vec<_>>();
        let written: Vec<Vec<_>> = table
            .iter()
            .map(|row| row.iter().map(|cell| csv_export::guard(cell).into_owned()).collect::<Vec<_>>())
            .filter(|row| row.iter().any(|cell| !cell.trim().is_empty()))
            .collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(text) = decode(&bytes) {
            let _ = rows(&text, Separator::detect(&text)).count();
        }
        for encoding in [UTF_16LE, UTF_16BE] {
            let text = encoding.decode_without_bom_handling(&bytes).0;
            let _ = rows(&text, Separator::detect(&text)).count();
        }
    }

    #[test]
    fn quotes_and_breaks_in_any_order_are_read(text in "[\",;\t\r\na ]{0,60}") {
        for separator in [Separator::Comma, Separator::Semicolon, Separator::Tab] {
            let mut last = 0;
            for row in rows(&text, separator) {
                prop_assert!(row.line > last);
                last = row.line;
            }
        }
    }
}

#[test]
fn a_row_of_countless_cells_costs_only_its_first() {
    let text = format!("a{}\nb,c\n", ",x".repeat(1_000_000));
    let read: Vec<_> = rows(&text, Separator::Comma).collect();
    assert_eq!(read[0].cells.as_ref().unwrap().len(), MAX_CELLS);
    assert_eq!((read[1].line, read[1].cells.as_ref().unwrap().len()), (2, 2));
    assert_eq!(read.len(), 2);
}
