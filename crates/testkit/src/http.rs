//! One person's HTTP client: keeps cookies, sends the Origin that a browser would send, and shows answers
//! whole. Redirects are answers, not followed unless asked.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use reqwest::header::{COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// An answer, read whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Answer {
    /// Where the answer points, if it redirects.
    pub fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION)?.to_str().ok()
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("{} {}", self.status, self.body))
    }

    /// What a person would read of the body: JSON as it is, of a page the words of its main part.
    pub fn gist(&self) -> String {
        let main = self
            .body
            .split_once("<main")
            .map_or(self.body.as_str(), |(_, main)| main);
        let mut words = String::new();
        for piece in main.split('<') {
            let text = piece.split_once('>').map_or(piece, |(_, text)| text);
            words.extend(text.split_whitespace().flat_map(|word| [word, " "]));
        }
        words.chars().take(600).collect()
    }

    /// Fails, showing the answer, unless it has this status.
    pub fn expect(self, status: u16) -> anyhow::Result<Self> {
        anyhow::ensure!(
            self.status.as_u16() == status,
            "expected {status}, got {}: {}",
            self.status,
            self.gist()
        );
        Ok(self)
    }

    /// Fails unless it succeeded or redirects.
    pub fn expect_done(self) -> anyhow::Result<Self> {
        anyhow::ensure!(
            self.status.is_success() || self.status.is_redirection(),
            "expected success, got {}: {}",
            self.status,
            self.gist()
        );
        Ok(self)
    }
}

/// A client with its own cookies and, if given, a bearer token.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    origin: String,
    token: Option<String>,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// Servers that no directory of names and no list of authorities knows.
static INTRODUCED: Mutex<Vec<Introduced>> = Mutex::new(Vec::new());

#[derive(Clone, Debug)]
struct Introduced {
    host: &'static str,
    address: SocketAddr,
    authority: reqwest::Certificate,
}

/// Lets every client that is made from now on find a host at this address, and believe the authority (PEM) behind its
/// certificate.
pub fn introduce(host: &'static str, address: SocketAddr, authority: &str) -> anyhow::Result<()> {
    let authority = reqwest::Certificate::from_pem(authority.as_bytes())?;
    let introduced = Introduced {
        host,
        address,
        authority,
    };
    INTRODUCED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(introduced);
    Ok(())
}

impl Client {
    /// Speaks to this address, such as `http://127.0.0.1:8080`.
    pub fn new(base: impl Into<String>) -> anyhow::Result<Self> {
        crate::use_ring();
        let base = base.into();
        let known = INTRODUCED.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tls_certs_merge(known.iter().map(|one| one.authority.clone()));
        for one in &known {
            http = http.resolve(one.host, one.address);
        }
        Ok(Self {
            http: http.build()?,
            origin: base.clone(),
            base,
            token: None,
            cookies: Mutex::default(),
        })
    }

    /// Another's client, with no cookies yet, that shares this one's connections.
    #[must_use]
    pub fn another(&self) -> Self {
        Self {
            http: self.http.clone(),
            base: self.base.clone(),
            origin: self.origin.clone(),
            token: None,
            cookies: Mutex::default(),
        }
    }

    /// Sends this bearer token with every request.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Names this origin in what it sends, as a browser does that reaches the server through a proxy.
    #[must_use]
    pub fn speaking_as(mut self, origin: impl Into<String>) -> Self {
        self.origin = origin.into();
        self
    }

    /// The address that it speaks to.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Starts a request as this person would send it. `target` is a path or a whole address.
    pub fn request(&self, method: Method, target: &str) -> reqwest::RequestBuilder {
        let url = if target.starts_with("http") {
            target.to_owned()
        } else {
            format!("{}{target}", self.base)
        };
        let unsafe_method = !matches!(method, Method::GET | Method::HEAD);
        let mut request = self.http.request(method, url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        } else if unsafe_method {
            request = request
                .header(ORIGIN, &self.origin)
                .header("sec-fetch-site", "same-origin");
        }
        let cookies = self.cookie_header();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies);
        }
        request
    }

    /// Sends a request and keeps the cookies that come back.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Answer> {
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        {
            let mut cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
            for value in headers.get_all(SET_COOKIE) {
                keep_cookie(&mut cookies, value.to_str()?);
            }
        }
        let body = response.text().await?;
        Ok(Answer {
            status,
            headers,
            body,
        })
    }

    /// Gets a page or a document.
    pub async fn get(&self, target: &str) -> anyhow::Result<Answer> {
        self.send(self.request(Method::GET, target)).await
    }

    /// Posts a form, as a browser without scripts does.
    pub async fn post(&self, target: &str, form: &[(&str, &str)]) -> anyhow::Result<Answer> {
        self.send(self.request(Method::POST, target).form(form)).await
    }

    /// Sends a JSON body.
    pub async fn json(&self, method: Method, target: &str, body: &Value) -> anyhow::Result<Answer> {
        self.send(self.request(method, target).json(body)).await
    }

    /// All cookies, as a browser sends them.
    pub fn cookie_header(&self) -> String {
        let pairs = self
            .cookies()
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        cookies.get(name).cloned()
    }

    /// All cookies, by name.
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Takes a Set-Cookie header into the jar; an empty or expired one removes.
fn keep_cookie(jar: &mut BTreeMap<String, String>, header: &str) {
    let mut parts = header.split(';').map(str::trim);
    let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
        return;
    };
    let expired = parts.any(|part| part.eq_ignore_ascii_case("max-age=0"));
    if expired || value.is_empty() {
        jar.remove(name);
    } else {
        jar.insert(name.to_owned(), value.to_owned());
    }
}
