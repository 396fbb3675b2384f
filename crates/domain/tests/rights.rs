//! The table of rights, kept as text: whoever changes it must change the golden file too.

#[test]
fn the_table_of_rights_is_the_reviewed_one() {
    insta::assert_snapshot!(tessera_domain::right::table());
}
