//! Rules and addresses of websites: nothing panics, a rule reads as it is written, denies its own site, and both ways of
//! looking a page up agree.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tessera_policy::websites::{Page, typed_address};
use tessera_policy::{LayerName, WebsiteIndex, WebsiteList, WebsiteRule};

fuzz_target!(|text: &str| {
    let (rule, address) = text.split_once('\n').unwrap_or((text, text));
    let page = Page::read(address);
    let _ = typed_address(address);
    let Ok(rule) = rule.parse::<WebsiteRule>() else {
        return;
    };
    let written = rule.to_string();
    assert_eq!(WebsiteRule::from_row(&written).as_ref(), Ok(&rule), "{written}");
    assert_eq!(written.parse::<WebsiteRule>().as_ref(), Ok(&rule), "{written}");
    let list = WebsiteList::from_rules([&rule]);
    let index = WebsiteIndex::build([(LayerName::Org, &list)]);
    if let Page::Website(website) = &page {
        assert_eq!(rule.matches(website), index.find(website).is_some(), "{written} {address}");
    }
});
