//! Who may talk to the local API: this machine's own programs that can read our token file. A web page that
//! a browser shows cannot, whatever name it gave this address.

use axum::http::{HeaderMap, HeaderName, header};

/// The header a browser adds to say where a request comes from.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The cookie that the local page's link leaves in a browser.
pub(crate) const COOKIE: &str = "tessera_local";

/// Why a request was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It was addressed to a name that is not this machine's loopback.
    Host,
    /// A page of another site made a browser send it.
    Origin,
    /// It carries no token, or a wrong one.
    Token,
}

/// Whether the request reached us under a loopback name and no foreign page stands behind it.
pub(crate) fn is_local(headers: &HeaderMap, port: u16) -> Result<(), Refusal> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .ok_or(Refusal::Host)?;
    if !is_own_host(host, port) {
        return Err(Refusal::Host);
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let own = origin.to_str().ok().and_then(|text| text.strip_prefix("http://"));
        if !own.is_some_and(|host| is_own_host(host, port)) {
            return Err(Refusal::Origin);
        }
    }
    Ok(())
}

/// Whether another site's page made the browser send this. Opening the local page from a link is fine;
/// anything else is not.
pub(crate) fn is_cross_site(headers: &HeaderMap) -> bool {
    headers
        .get(FETCH_SITE)
        .is_some_and(|site| site != "same-origin" && site != "none")
}

/// Whether the request carries the token.
pub(crate) fn has_bearer(headers: &HeaderMap, token: &str) -> Result<(), Refusal> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if bearer.is_some_and(|offered| equal(offered, token)) {
        Ok(())
    } else {
        Err(Refusal::Token)
    }
}

/// Whether the request carries the local page's cookie.
pub(crate) fn has_cookie(headers: &HeaderMap, key: &str) -> bool {
    let mut cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    cookies.any(|(name, value)| name == COOKIE && equal(value, key))
}

/// Compares without telling by time how much was right.
fn equal(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one
            .bytes()
            .zip(other.bytes())
            .fold(0, |differs, (a, b)| differs | (a ^ b))
            == 0
}

fn is_own_host(host: &str, port: u16) -> bool {
    let Some((name, given)) = host.rsplit_once(':') else {
        return false;
    };
    given.parse() == Ok(port) && matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect()
    }

    #[rstest]
    #[case("127.0.0.1:7471", true)]
    #[case("localhost:7471", true)]
    #[case("[::1]:7471", true)]
    #[case("127.0.0.1:80", false)]
    #[case("127.0.0.1", false)]
    #[case("evil.example:7471", false)]
    #[case("127.0.0.1.evil.example:7471", false)]
    fn only_loopback_names_are_ours(#[case] host: &'static str, #[case] ours: bool) {
        assert_eq!(is_local(&headers(&[(header::HOST, host)]), 7471).is_ok(), ours);
    }

    #[rstest]
    #[case("http://127.0.0.1:7471", true)]
    #[case("https://127.0.0.1:7471", false)]
    #[case("http://evil.example", false)]
    #[case("http://127.0.0.1:9999", false)]
    #[case("null", false)]
    fn a_foreign_page_is_refused(#[case] origin: &'static str, #[case] ours: bool) {
        let headers = headers(&[(header::HOST, "localhost:7471"), (header::ORIGIN, origin)]);
        assert_eq!(is_local(&headers, 7471).is_ok(), ours);
    }

    #[test]
    fn the_token_and_the_cookie_are_wanted_whole_and_are_not_each_other() {
        let bearer = headers(&[(header::AUTHORIZATION, "Bearer secret")]);
        let cookie = headers(&[(header::COOKIE, "a=b; tessera_local=secret")]);
        assert_eq!(has_bearer(&bearer, "secret"), Ok(()));
        assert_eq!(has_bearer(&bearer, "secrets"), Err(Refusal::Token));
        assert_eq!(has_bearer(&cookie, "secret"), Err(Refusal::Token));
        assert!(has_cookie(&cookie, "secret"));
        assert!(!has_cookie(&cookie, "secre"));
        assert!(!has_cookie(&bearer, "secret"));
    }
}
