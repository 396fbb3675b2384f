//! The two cookies that Tessera sets: who is signed in, and one message for the next page.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

const SESSION: &str = "tessera_session";
const FLASH: &str = "tessera_flash";
/// Bytes of a flash message before encoding; longer ones are cut.
const FLASH_BYTES: usize = 600;

/// How cookies are named here: over https with the `__Host-` prefix, which binds them to this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookies {
    secure: bool,
}

/// A message for the next page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// Whether it tells of a failure.
    pub failed: bool,
    /// What happened.
    pub text: String,
    /// Where more of it is to be seen: label and local path.
    #[serde(default)]
    pub link: Option<(String, String)>,
}

impl Cookies {
    /// Cookies for a site that is reached over https, or over loopback http.
    pub fn new(secure: bool) -> Self {
        Self { secure }
    }

    /// The session's token in a request, if there is one that could be ours.
    pub fn session(self, headers: &HeaderMap) -> Option<&str> {
        self.read(headers, SESSION).filter(|token| !token.is_empty())
    }

    /// Sets the session's cookie. It dies with the browser's session or with the server's row.
    pub fn set_session(self, token: &str) -> HeaderValue {
        self.write(SESSION, token, "")
    }

    /// Takes the session's cookie away.
    pub fn clear_session(self) -> HeaderValue {
        self.write(SESSION, "", "; Max-Age=0")
    }

    /// The message that the last answer left.
    pub fn flash(self, headers: &HeaderMap) -> Option<Flash> {
        let bytes = URL_SAFE_NO_PAD.decode(self.read(headers, FLASH)?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Leaves a message for the next page.
    pub fn set_flash(self, flash: &Flash) -> HeaderValue {
        let text = flash.text.chars().take(FLASH_BYTES / 4).collect();
        let flash = Flash {
            text,
            ..flash.clone()
        };
        let json = serde_json::to_vec(&flash).unwrap_or_default();
        self.write(FLASH, &URL_SAFE_NO_PAD.encode(json), "; Max-Age=60")
    }

    /// Takes the message away, once shown.
    pub fn clear_flash(self) -> HeaderValue {
        self.write(FLASH, "", "; Max-Age=0")
    }

    /// Keeps the colours that somebody likes, for a year. No secret, and read by nobody but the frame.
    pub fn set_theme(self, theme: &'static str) -> HeaderValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!("theme={theme}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly{secure}");
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("theme=system; Path=/"))
    }

    fn read<'a>(self, headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        let prefix = self.prefix();
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| {
                key.strip_prefix(prefix)
                    .is_some_and(|rest| rest == name)
                    .then_some(value)
            })
    }

    fn write(self, name: &str, value: &str, more: &str) -> HeaderValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let prefix = self.prefix();
        let text = format!("{prefix}{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
        HeaderValue::from_str(&text).expect("tokens and base64 are header text")
    }

    fn prefix(self) -> &'static str {
        if self.secure { "__Host-" } else { "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_https_only_the_host_bound_cookie_counts() {
        let mut headers = HeaderMap::new();
        headers.insert(
            COOKIE,
            "a=b; tessera_session=weak; __Host-tessera_session=strong"
                .parse()
                .unwrap(),
        );
        assert_eq!(Cookies::new(true).session(&headers), Some("strong"));
        assert_eq!(Cookies::new(false).session(&headers), Some("weak"));
        let set = Cookies::new(true).set_session("x");
        assert_eq!(
            set,
            "__Host-tessera_session=x; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn a_flash_survives_its_journey_whatever_it_says() {
        let cookies = Cookies::new(false);
        let flash = Flash {
            link: None,
            failed: true,
            text: "Žluťoučký; \"kůň\" \r\n=".to_owned(),
        };
        let set = cookies.set_flash(&flash);
        let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, pair.parse().unwrap());
        assert_eq!(cookies.flash(&headers), Some(flash));
    }
}
