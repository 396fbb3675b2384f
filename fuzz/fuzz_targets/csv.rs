//! Files of people and of websites, in whatever encoding: nothing panics, and what is offered can be taken.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tessera_domain::{people_import, website_import};
use tessera_policy::{WebsiteList, WebsiteRule};

fuzz_target!(|file: &[u8]| {
    let _ = people_import::read_csv(file);
    if let Ok(text) = std::str::from_utf8(file) {
        let _ = people_import::read_pasted(text, "read", &[]);
    }
    let Ok(preview) = website_import::preview(file, &WebsiteList::default()) else {
        return;
    };
    let counts = preview.counts;
    assert_eq!(counts.ready + counts.duplicate + counts.refused, preview.rows.len());
    for rule in preview.ready_rules() {
        assert!(WebsiteRule::from_row(rule).is_ok(), "{rule}");
    }
});
