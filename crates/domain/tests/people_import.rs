//! Lists of people to invite, as people and mischief really write them.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::HashMap;

use proptest::prelude::*;
use rstest::rstest;
use tessera_domain::{
    EmailAddress, Error, Kind, Role, TeamName,
    csv_text::CsvError,
    people_import::{
        Inviter, ListError, MAX_PEOPLE, Preview, RowState, Standing, Written, check, read_csv, read_pasted,
        sort,
    },
};
use tessera_ids::{
    TeamId,
    ambient::{SystemClock, SystemEntropy},
};

fn design() -> (TeamId, TeamName) {
    (
        TeamId::generate(&SystemClock, &SystemEntropy),
        "Design".parse().unwrap(),
    )
}

fn sorted(rows: &[Written], role: Role, known: &[(&str, Standing)], free: Option<u32>) -> Preview {
    let (id, name) = design();
    let inviter = Inviter::new(role, [(id, &name)]);
    let standings: HashMap<_, _> = known.iter().map(|(key, is)| ((*key).to_owned(), *is)).collect();
    sort(check(rows, &inviter), |key| standings.get(key).copied(), free)
}

fn told(preview: &Preview) -> Vec<(usize, RowState, Option<&str>)> {
    let rows = preview.rows.iter();
    rows.map(|row| (row.line, row.state, row.reason.as_deref()))
        .collect()
}

#[test]
fn every_row_is_sorted_with_its_line_and_reason() {
    let csv = "email,role,teams\n\
        ana@example.org,Write,design\n\
        \n\
        ben@example.org,\n\
        CYD@example.org,superuser\n\
        Ana@Example.org,read\n\
        dan@example.org,owner\n\
        eva@example.org,admin,Ghosts\n\
        not an address,read\n\
        olga@example.org,read\n\
        pia@example.org,read\n\
        \"finn@example.org\",\"ADMIN\",\" Design | DESIGN \"\n\
        gus@example.org,read\n";
    let known = [
        ("olga@example.org", Standing::Member),
        ("pia@example.org", Standing::Invited),
    ];
    let preview = sorted(&read_csv(csv.as_bytes()).unwrap(), Role::Admin, &known, Some(2));
    assert_eq!(
        told(&preview),
        [
            (2, RowState::Ready, None),
            (
                4,
                RowState::Malformed,
                Some("role: It is missing. Write Owner, Admin, Write or Read.")
            ),
            (
                5,
                RowState::Malformed,
                Some("role: “superuser” is none. Write Owner, Admin, Write or Read.")
            ),
            (
                6,
                RowState::Duplicate,
                Some("This address stands on line 2 already.")
            ),
            (
                7,
                RowState::Malformed,
                Some("role: Only an owner may make somebody an owner.")
            ),
            (8, RowState::Malformed, Some("teams: There is no team “Ghosts”.")),
            (
                9,
                RowState::Malformed,
                Some("email: An email address has one @, as in name@example.com.")
            ),
            (10, RowState::Member, Some("This person is a member already.")),
            (
                11,
                RowState::Invited,
                Some("This address has an invitation already. Resend that one instead.")
            ),
            (12, RowState::Ready, None),
            (
                13,
                RowState::NoSeat,
                Some("No seats available: the rows before take the last ones.")
            ),
        ]
    );
    let finn = preview.rows[9].candidate.as_ref().unwrap();
    assert_eq!(
        (finn.role, finn.teams.len()),
        (Role::Admin, 1),
        "named twice, joined once"
    );
    assert_eq!(preview.rows[0].input, "ana@example.org,Write,design");
    let counts = preview.counts;
    assert_eq!(
        (counts.ready, counts.malformed, counts.no_seat, counts.all()),
        (2, 5, 1, 11)
    );
    let json = serde_json::to_value(&preview).unwrap();
    assert_eq!(
        json["rows"][0],
        serde_json::json!({"line": 2, "input": "ana@example.org,Write,design", "state": "ready", "reason": null})
    );
    assert_eq!(
        json["counts"],
        serde_json::json!({"ready": 2, "malformed": 5, "duplicate": 1, "invited": 1, "member": 1, "no_seat": 1})
    );
    for state in RowState::ALL {
        assert_eq!(state.to_string().parse(), Ok(state));
    }
    assert!("sold".parse::<RowState>().is_err());
}

#[rstest]
#[case::comma(b"ana@example.org,read\r\nben@example.org,WRITE\r\n".to_vec())]
#[case::semicolon(b"ana@example.org;read\nben@example.org;WRITE".to_vec())]
#[case::tab(b"ana@example.org\tread\nben@example.org\tWRITE".to_vec())]
#[case::old_mac(b"ana@example.org,read\rben@example.org,WRITE\r".to_vec())]
#[case::mark("\u{FEFF}Email,Role\nana@example.org,read\nben@example.org,WRITE".as_bytes().to_vec())]
#[case::other_order(b"Name,Access,E-Mail\nAna,read,ana@example.org\nBen, Write ,ben@example.org".to_vec())]
#[case::utf16_le(utf16("\u{FEFF}ana@example.org,read\r\nben@example.org,WRITE\r\n", u16::to_le_bytes))]
#[case::utf16_be(utf16("\u{FEFF}ana@example.org,read\r\nben@example.org,WRITE\r\n", u16::to_be_bytes))]
#[case::utf16_unmarked(utf16("ana@example.org,read\r\nben@example.org,WRITE\r\n", u16::to_le_bytes))]
fn a_file_is_read_however_it_was_written(#[case] bytes: Vec<u8>) {
    let preview = sorted(&read_csv(&bytes).unwrap(), Role::Owner, &[], None);
    assert_eq!(preview.counts.ready, 2, "{preview:?}");
    let people: Vec<_> = preview
        .rows
        .iter()
        .map(|row| row.candidate.as_ref().unwrap())
        .collect();
    assert_eq!(
        people[0].email,
        "ana@example.org".parse::<EmailAddress>().unwrap()
    );
    assert_eq!((people[0].role, people[1].role), (Role::Read, Role::Write));
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn a_quote_that_is_left_open_spoils_its_own_row_only() {
    let csv = b"ana@example.org,\"read\nben@example.org,read,\"Design|Ghosts, quietly\"\ncyd@example.org,read,Design,extra\n";
    let preview = sorted(&read_csv(csv).unwrap(), Role::Owner, &[], None);
    let states: Vec<_> = preview.rows.iter().map(|row| row.state).collect();
    assert_eq!(states, [RowState::Malformed; 3]);
    let reasons: Vec<_> = preview
        .rows
        .iter()
        .map(|row| row.reason.clone().unwrap())
        .collect();
    assert!(reasons[0].contains("quote"), "{reasons:?}");
    assert!(reasons[1].contains("“Ghosts, quietly”"), "{reasons:?}");
    assert!(reasons[2].starts_with("columns:"), "{reasons:?}");
}

#[test]
fn a_bad_file_costs_nothing_and_says_why() {
    assert_eq!(read_csv(b""), Err(ListError::Empty));
    assert_eq!(read_csv(b"\n \r\n,,\n"), Err(ListError::Empty));
    assert_eq!(read_csv(b"email,role,teams\n\n"), Err(ListError::OnlyHeader));
    let nul = read_csv(b"ana@example.org,read\nb\0n@example.org,read\n");
    assert_eq!(nul, Err(ListError::Csv(CsvError::Nul { line: 2 })));
    assert!(matches!(
        read_csv(b"PK\x03\x04\xff\xfe\x00\x80"),
        Err(ListError::Csv(CsvError::NotUtf8 { .. }))
    ));
    let latin = b"ana@example.org,read,B\xfcro".as_slice();
    assert_eq!(
        read_csv(latin),
        Err(ListError::Csv(CsvError::NotUtf8 { line: 1, byte: 0xfc }))
    );
    let huge = vec![b'a'; 100 * 1024 * 1024];
    let error = Error::from(read_csv(&huge).unwrap_err());
    assert_eq!(
        (error.kind, &*error.public),
        (Kind::TooLarge, "This list has more than 8 MiB. Split it.")
    );
    let line = vec![b'a'; 7 * 1024 * 1024];
    let preview = sorted(&read_csv(&line).unwrap(), Role::Owner, &[], None);
    assert_eq!((preview.counts.malformed, preview.rows[0].input.len()), (1, 200));
    let cells = ",".repeat(5_000_000) + "x";
    assert_eq!(
        read_csv(cells.as_bytes()).map(|rows| rows.len()),
        Err(ListError::Empty)
    );
    let many = "x@example.org,read\n".repeat(MAX_PEOPLE + 1);
    assert_eq!(
        read_csv(many.as_bytes()),
        Err(ListError::TooMany { limit: MAX_PEOPLE })
    );
    assert_eq!(
        Error::from(ListError::TooMany { limit: MAX_PEOPLE }).public,
        "This list has more than 10000 people. Split it."
    );
    assert_eq!(read_csv(&many.as_bytes()[19..]).unwrap().len(), MAX_PEOPLE);
}

#[test]
fn a_pasted_list_is_addresses_however_they_are_parted() {
    let pasted = "ana@example.org, ben@example.org;cyd@example.org\n\
        \"Lovelace, Ada\" <ada@example.org>; Eve <eve@example.org>\n\n\
        finn@example.org\tAdmin\n  gus@example.org hal@example.org ";
    let rows = read_pasted(pasted, "read", &["Design".to_owned()]).unwrap();
    let read: Vec<_> = rows
        .iter()
        .map(|row| (row.line, row.email.as_str(), row.role.as_str()))
        .collect();
    assert_eq!(
        read,
        [
            (1, "ana@example.org", "read"),
            (1, "ben@example.org", "read"),
            (1, "cyd@example.org", "read"),
            (2, "ada@example.org", "read"),
            (2, "eve@example.org", "read"),
            (4, "finn@example.org", "Admin"),
            (5, "gus@example.org", "read"),
            (5, "hal@example.org", "read"),
        ]
    );
    assert!(rows.iter().all(|row| row.teams == ["Design"]));
    assert_eq!(read_pasted(" \n,;", "read", &[]), Err(ListError::Empty));
    let many = "x@example.org ".repeat(MAX_PEOPLE + 1);
    assert_eq!(
        read_pasted(&many, "read", &[]),
        Err(ListError::TooMany { limit: MAX_PEOPLE })
    );
    let no_role = sorted(
        &read_pasted("ana@example.org", "", &[]).unwrap(),
        Role::Owner,
        &[],
        None,
    );
    assert_eq!(no_role.counts.malformed, 1);
}

#[test]
fn a_team_is_named_by_its_name_or_its_id() {
    let (id, name) = design();
    let inviter = Inviter::new(Role::Owner, [(id, &name)]);
    let row = |team: &str| Written::typed(1, "ana@example.org", "read", vec![team.to_owned()]);
    for team in [id.to_string(), "  DESIGN ".to_owned()] {
        let checked = check(&[row(&team)], &inviter);
        assert_eq!(checked[0].candidate.as_ref().unwrap().teams, [id], "{team}");
    }
    let other = design().0.to_string();
    assert!(check(&[row(&other)], &inviter)[0].candidate.is_err());
    let crowd = Written::typed(1, "ana@example.org", "read", vec!["Design".to_owned(); 51]);
    assert!(check(&[crowd], &inviter)[0].candidate.is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_stumble(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(rows) = read_csv(&bytes) {
            let preview = sorted(&rows, Role::Admin, &[], Some(3));
            prop_assert_eq!(preview.counts.all(), rows.len() as u64);
            prop_assert!(preview.counts.ready <= 3);
            prop_assert!(preview.rows.iter().all(|row| row.input.chars().count() <= 200));
            prop_assert!(preview.rows.iter().all(|row| (row.state == RowState::Ready) == row.reason.is_none()));
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(rows) = read_pasted(&text, "read", &[]) {
            prop_assert!(!rows.is_empty());
        }
    }

    #[test]
    fn seats_go_to_the_first_rows_that_need_one(
        names in proptest::collection::vec(0_u8..12, 1..40),
        members in proptest::collection::hash_set(0_u8..12, 0..6),
        free in 0_u32..12,
    ) {
        let rows: Vec<_> = names
            .iter()
            .enumerate()
            .map(|(line, name)| Written::typed(line + 1, &format!("p{name}@example.org"), "read", Vec::new()))
            .collect();
        let keys: Vec<_> = members.iter().map(|name| format!("p{name}@example.org")).collect();
        let known: Vec<_> = keys.iter().map(|key| (key.as_str(), Standing::Member)).collect();
        let preview = sorted(&rows, Role::Owner, &known, Some(free));
        prop_assert!(preview.counts.ready <= u64::from(free));
        let first_without = preview.rows.iter().position(|row| row.state == RowState::NoSeat);
        if let Some(first) = first_without {
            prop_assert_eq!(preview.counts.ready, u64::from(free));
            prop_assert!(preview.rows[first..].iter().all(|row| row.state != RowState::Ready));
        }
    }
}
