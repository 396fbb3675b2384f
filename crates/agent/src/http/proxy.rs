//! Which proxy an address is reached through: what `HTTPS_PROXY`, `NO_PROXY` and their kin say, or the system's
//! settings on macOS and Windows. This machine itself is never reached through one.

use axum::http::Uri;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper_util::client::proxy::matcher::Matcher;
use url::{Host, Url};

/// What reqwest asks for each connection.
pub(super) fn proxy() -> reqwest::Proxy {
    let matcher = Matcher::from_system();
    reqwest::Proxy::custom(move |url| through(&matcher, url))
}

/// The proxy that an address is reached through, without what signs in to it; for messages.
pub(crate) fn proxy_of(address: &str) -> Option<String> {
    let mut url = through(&Matcher::from_system(), &address.parse().ok()?)?;
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    Some(url.as_str().trim_end_matches('/').to_owned())
}

fn through(matcher: &Matcher, url: &Url) -> Option<Url> {
    if is_this_machine(url) {
        return None;
    }
    let found = matcher.intercept(&url.as_str().parse::<Uri>().ok()?)?;
    let mut proxy = Url::parse(&found.uri().to_string()).ok()?;
    if let Some((user, password)) = found
        .basic_auth()
        .and_then(|value| signs_in(value.to_str().ok()?))
    {
        proxy.set_username(&user).ok()?;
        proxy.set_password(Some(&password)).ok()?;
    }
    Some(proxy)
}

/// Name and password of `Basic …`, which the matcher made of the proxy's address.
fn signs_in(header: &str) -> Option<(String, String)> {
    let bytes = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn seen(url: &str) -> Option<String> {
        let matcher = Matcher::builder()
            .all("http://anna:s%40fe@proxy.corp.example:3128")
            .no("meridian.example, 10.0.0.0/8")
            .build();
        through(&matcher, &url.parse().unwrap()).map(String::from)
    }

    #[rstest]
    #[case("https://portal.example.com/", true)]
    #[case("https://192.0.2.7:8443/", true)]
    #[case("https://portal.meridian.example/", false)]
    #[case("https://10.1.2.3/", false)]
    #[case("http://localhost:8080/", false)]
    #[case("http://127.0.0.1:7471/", false)]
    #[case("http://127.8.8.8/", false)]
    #[case("http://[::1]:8080/", false)]
    #[case("http://portal.localhost/", false)]
    fn this_machine_and_what_is_excepted_are_reached_directly(#[case] url: &str, #[case] proxied: bool) {
        let expected = proxied.then(|| "http://anna:s%40fe@proxy.corp.example:3128/".to_owned());
        assert_eq!(seen(url), expected);
    }
}
