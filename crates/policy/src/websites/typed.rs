//! Addresses as people type them.

/// `example.com/page` is what people type; the guard judges what browsers say.
pub fn typed_address(typed: &str) -> String {
    let typed = typed.trim();
    let scheme = typed.split_once(':').filter(|(scheme, rest)| {
        let word = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-'));
        // In `localhost:8080/x` a port follows.
        word && !rest.starts_with(|c: char| c.is_ascii_digit())
    });
    if scheme.is_some() {
        typed.to_owned()
    } else {
        format!("https://{typed}")
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("example.com", "https://example.com")]
    #[case("localhost:8080/x", "https://localhost:8080/x")]
    #[case("bank.com:443/x", "https://bank.com:443/x")]
    #[case("HTTP://example.com", "HTTP://example.com")]
    #[case("view-source:https://example.com", "view-source:https://example.com")]
    #[case("about:blank", "about:blank")]
    #[case("file:///etc/passwd", "file:///etc/passwd")]
    fn what_people_type_becomes_what_browsers_say(#[case] typed: &str, #[case] said: &str) {
        assert_eq!(typed_address(typed), said);
    }
}
