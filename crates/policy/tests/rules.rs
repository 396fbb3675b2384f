//! How rules about websites are read: what is accepted, in which form, and what is refused with which reason.

use proptest::prelude::*;
use rstest::rstest;
use tessera_policy::websites::{Page, ParsedRule, RuleError, Subdomains, Website, WebsiteRule};

#[rstest]
#[case("example.com", "example.com")]
#[case("  Example.COM. ", "example.com")]
#[case("https://example.com", "example.com")]
#[case("HTTPS://example.com/", "example.com")]
#[case("example.com:8443", "example.com:8443")]
#[case("bank.com:443/x", "bank.com:443/x")]
#[case("example.com/a/", "example.com/a")]
#[case("example.com/a/./b/../c%7e%2f?q#f", "example.com/a/c~%2F")]
#[case("example.com/%zz", "example.com/%25zz")]
#[case("example.com?q=https://other.com", "example.com")]
#[case("example.com/x?u=https://other.com", "example.com/x")]
#[case("*.example.com", "*.example.com")]
#[case("*.example.com:1/a", "*.example.com:1/a")]
#[case("*.www.example.com", "*.www.example.com")]
#[case("user:password@example.com", "example.com")]
#[case("bücher.de", "xn--bcher-kva.de")]
#[case("例え.テスト/ü", "xn--r8jz45g.xn--zckzah/%C3%BC")]
#[case("intranet", "intranet")]
#[case("localhost:3000", "localhost:3000")]
#[case("www.intranet", "www.intranet")]
#[case("10.0.0.1", "10.0.0.1")]
#[case("0x7f.1", "127.0.0.1")]
#[case("2130706433", "127.0.0.1")]
#[case("[::1]:8080/x", "[::1]:8080/x")]
#[case("2001:DB8::1", "[2001:db8::1]")]
#[case("[::ffff:10.0.0.1]", "10.0.0.1")]
#[case("::ffff:a00:1", "10.0.0.1")]
#[case("foo.github.io", "foo.github.io")]
#[case("www.com", "www.com")]
#[case("www.co.uk", "www.co.uk")]
#[case("ftp://files.example.com", "files.example.com")]
fn a_rule_reads_as(#[case] typed: &str, #[case] canonical: &str) {
    let rule: WebsiteRule = typed.parse().unwrap();
    assert_eq!(rule.to_string(), canonical);
    assert_eq!(canonical.parse(), Ok(rule.clone()));
    assert_eq!(WebsiteRule::from_row(canonical), Ok(rule));
}

#[rstest]
#[case("", RuleError::Empty)]
#[case(" \t", RuleError::Empty)]
#[case("exa mple.com", RuleError::Space)]
#[case("example.com\u{0}", RuleError::Space)]
#[case("example.com\\a", RuleError::Backslash)]
#[case(".example.com", RuleError::LeadingDot)]
#[case("https://.example.com", RuleError::LeadingDot)]
#[case("。example.com", RuleError::LeadingDot)]
#[case("a*.example.com", RuleError::Wildcard)]
#[case("*", RuleError::Wildcard)]
#[case("*.*.example.com", RuleError::Wildcard)]
#[case("example.com/*", RuleError::Wildcard)]
#[case("*.10.0.0.1", RuleError::NoSubdomains("10.0.0.1".into()))]
#[case("*.intranet", RuleError::NoSubdomains("intranet".into()))]
#[case("file:///etc/passwd", RuleError::Scheme("file".into()))]
#[case("mailto:me@example.com", RuleError::Scheme("mailto".into()))]
#[case("chrome-extension://abc/x", RuleError::Scheme("chrome-extension".into()))]
#[case("https://", RuleError::NoHost)]
#[case("/path", RuleError::NoHost)]
#[case("...", RuleError::LeadingDot)]
#[case("*.", RuleError::NoHost)]
#[case("a..example.com", RuleError::EmptyLabel)]
#[case("exa!mple.com", RuleError::HostCharacter('!'))]
#[case("exa<mple.com", RuleError::HostCharacter('<'))]
#[case("1.2.3.999", RuleError::Host("1.2.3.999".into()))]
#[case("[::1", RuleError::Host("[::1".into()))]
#[case("xn--a.com", RuleError::Host("xn--a.com".into()))]
#[case("example.com:", RuleError::Port(String::new()))]
#[case("example.com:0", RuleError::Port("0".into()))]
#[case("example.com:65536", RuleError::Port("65536".into()))]
#[case("example.com:+80", RuleError::Port("+80".into()))]
#[case("com", RuleError::PublicSuffix("com".into()))]
#[case("co.uk", RuleError::PublicSuffix("co.uk".into()))]
#[case("*.co.uk", RuleError::PublicSuffix("co.uk".into()))]
#[case("github.io", RuleError::PublicSuffix("github.io".into()))]
#[case("рф", RuleError::PublicSuffix("xn--p1ai".into()))]
#[case("xn--p1ai", RuleError::PublicSuffix("xn--p1ai".into()))]
fn a_rule_is_refused_because(#[case] typed: &str, #[case] reason: RuleError) {
    assert_eq!(typed.parse::<WebsiteRule>(), Err(reason));
}

#[test]
fn a_rule_that_is_too_long_in_its_stored_form_is_refused() {
    let fits = format!("example.com/{}", "ü".repeat(339));
    let stored = fits.parse::<WebsiteRule>().unwrap().to_string();
    assert!(stored.len() <= 2048);
    assert_eq!(WebsiteRule::from_row(&stored).unwrap().to_string(), stored);
    let grows = format!("example.com/{}", "ü".repeat(340));
    assert!(grows.len() < 2048);
    assert!(
        grows.parse::<WebsiteRule>().is_err(),
        "each ü is stored as %C3%BC"
    );
}

#[test]
fn too_long_is_refused() {
    let long = format!("example.com/{}", "a".repeat(3000));
    assert_eq!(long.parse::<WebsiteRule>(), Err(RuleError::TooLong));
    let label = format!("{}.com", "a".repeat(64));
    assert_eq!(label.parse::<WebsiteRule>(), Err(RuleError::HostTooLong));
    let host = format!("{}example.com", "a.".repeat(130));
    assert_eq!(host.parse::<WebsiteRule>(), Err(RuleError::HostTooLong));
}

#[test]
fn taking_www_off_is_visible() {
    let parsed = ParsedRule::parse("www.www.example.com").unwrap();
    assert!(parsed.www_stripped);
    assert_eq!(parsed.rule.to_string(), "example.com");
    assert!(!ParsedRule::parse("example.com").unwrap().www_stripped);
    assert!(!ParsedRule::parse("www.com").unwrap().www_stripped);
}

#[test]
fn a_row_that_became_a_public_suffix_still_denies() {
    let rule = WebsiteRule::from_row("github.io").unwrap();
    assert_eq!(
        (rule.host(), rule.subdomains()),
        ("github.io", Subdomains::Included)
    );
}

#[test]
fn people_see_the_name_beside_its_punycode() {
    let rule: WebsiteRule = "bücher.de".parse().unwrap();
    assert_eq!(
        (rule.host(), rule.unicode_host().as_deref()),
        ("xn--bcher-kva.de", Some("bücher.de"))
    );
    assert_eq!("example.com".parse::<WebsiteRule>().unwrap().unicode_host(), None);
}

#[test]
fn every_reason_says_something() {
    for typed in ["", ".a.com", "*", "co.uk", "a.com:x", "file:///x", "a..b.com"] {
        let reason = typed.parse::<WebsiteRule>().unwrap_err().to_string();
        assert!(reason.len() > 15, "{typed}: {reason}");
    }
}

fn website(address: &str) -> Website<'_> {
    match Page::read(address) {
        Page::Website(website) => website,
        other => panic!("{address} is {other:?}"),
    }
}

#[rstest]
#[case("example.com", "https://example.com/", true)]
#[case("example.com", "http://a.b.example.com:99/x", true)]
#[case("example.com", "https://notexample.com", false)]
#[case("example.com", "https://example.com.evil.org", false)]
#[case("example.com", "https://example.com../", true)]
#[case("example.com", "https://EXAMPLE%2ecom", true)]
#[case("example.com", "https://user@example.com:1/", true)]
#[case("example.com", "https://example.com@evil.org/", false)]
#[case("example.com", "gopher://Example.com/x", true)]
#[case("example.com", "https:\\\\example.com\\x", true)]
#[case("example.com", "ht\ntps://exa\tmple.com", true)]
#[case("*.example.com", "https://example.com", false)]
#[case("*.example.com", "https://a.example.com", true)]
#[case("example.com:443", "https://example.com", true)]
#[case("example.com:443", "http://example.com", false)]
#[case("example.com:8443", "https://example.com:8443/x", true)]
#[case("example.com:8443", "https://example.com/x", false)]
#[case("bank.com:443/x", "bank.com:443/x", true)]
#[case("example.com/a", "https://example.com/a", true)]
#[case("example.com/a", "https://example.com/a/b?c", true)]
#[case("example.com/a", "https://example.com/ab", false)]
#[case("example.com/a", "https://example.com/A", false)]
#[case("example.com/a", "https://example.com/%61/b", true)]
#[case("example.com/a", "https://example.com/b/%2e%2E/a", true)]
#[case("example.com/a", "https://example.com\\a", true)]
#[case("intranet", "http://intranet/x", true)]
#[case("intranet", "http://www.intranet/x", false)]
#[case("10.0.0.1", "http://10.0.0.1:8080", true)]
#[case("10.0.0.1", "http://[::ffff:10.0.0.1]/", true)]
#[case("10.0.0.1", "http://0xa000001/", true)]
#[case("[::1]", "http://[0:0::1]/", true)]
#[case("bücher.de", "https://shop.BÜCHER.de", true)]
#[case("bücher.de", "https://xn--bcher-kva.de", true)]
fn a_rule_is_about(#[case] rule: &str, #[case] address: &str, #[case] about: bool) {
    let rule: WebsiteRule = rule.parse().unwrap();
    assert_eq!(rule.matches(&website(address)), about);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn what_is_accepted_reads_back_to_itself(
        typed in "(https://)?(\\*\\.)?(www\\.){0,2}[a-z0-9ü-]{0,5}\\.?[a-z0-9ß-]{1,4}(\\.(com|co\\.uk|de))?\\.{0,2}\
                  (:[0-9]{1,5})?(/[a-z.%0-9A-F~ü]{0,5}){0,3}"
    ) {
        if let Ok(rule) = typed.parse::<WebsiteRule>() {
            let text = rule.to_string();
            prop_assert_eq!(text.parse::<WebsiteRule>(), Ok(rule.clone()), "{}", text);
            prop_assert_eq!(WebsiteRule::from_row(&text), Ok(rule), "{}", text);
        }
    }

    #[test]
    fn nothing_makes_the_parser_fall_over(typed in ".{0,40}") {
        if let Ok(rule) = typed.parse::<WebsiteRule>() {
            prop_assert_eq!(rule.to_string().parse::<WebsiteRule>(), Ok(rule));
        }
    }
}
