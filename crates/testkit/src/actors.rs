//! The people of a test: each has a browser's cookies and does what pages offer, by the forms that pages show.

use anyhow::Context as _;
use reqwest::Method;
use serde_json::{Value, json};
use tessera_wire::UserCode;

use crate::http::{Answer, Client};
use crate::wait;

/// Everybody's password.
pub const PASSWORD: &str = "seven brass lanterns hum";

/// A signed-in person.
#[derive(Debug)]
pub struct Person {
    /// Their address.
    pub email: String,
    /// Their browser.
    pub http: Client,
    /// The organization that they are looking at.
    pub org: String,
}

impl Person {
    /// Opens the set-up link of a fresh server, and becomes the first owner.
    pub async fn set_up(link: &str, org_name: &str, name: &str, email: &str) -> anyhow::Result<Self> {
        let http = Client::new(origin(link)?)?;
        http.get(link).await?.expect(200)?;
        let form = [
            ("org_name", org_name),
            ("name", name),
            ("email", email),
            ("password", PASSWORD),
        ];
        http.post(link, &form).await?.expect_done()?;
        Self::arrive(http, email).await
    }

    /// Opens an invitation's link, signs up with its address, and joins.
    pub async fn join(link: &str, name: &str, email: &str) -> anyhow::Result<Self> {
        let http = Client::new(origin(link)?)?;
        let token = link.rsplit('/').next().context("a link ends in a token")?;
        http.get(link).await?.expect(200)?;
        let form = [
            ("invitation", token),
            ("name", name),
            ("email", email),
            ("password", PASSWORD),
        ];
        http.post("/sign-up", &form).await?.expect_done()?;
        let page = http.get(link).await?;
        if page.status.is_success() && page.body.contains("Join") {
            http.post(link, &[]).await?.expect_done()?;
        }
        Self::arrive(http, email).await
    }

    /// Signs in with address and password.
    pub async fn sign_in(base: &str, email: &str) -> anyhow::Result<Self> {
        let http = Client::new(base)?;
        let form = [("next", ""), ("email", email), ("password", PASSWORD)];
        http.post("/sign-in", &form).await?.expect(303)?;
        Self::arrive(http, email).await
    }

    /// Finds out which organization `/` leads to.
    async fn arrive(http: Client, email: &str) -> anyhow::Result<Self> {
        let answer = http.get("/").await?;
        let org = answer.location().and_then(|path| path.split("/o/").nth(1));
        let org = org
            .and_then(|rest| rest.split(['/', '?']).next())
            .unwrap_or_default();
        Ok(Self {
            email: email.to_owned(),
            org: org.to_owned(),
            http,
        })
    }

    /// A path of the organization's pages.
    pub fn page(&self, rest: &str) -> String {
        format!("/o/{}{rest}", self.org)
    }

    /// A path of the organization's API.
    pub fn api(&self, rest: &str) -> String {
        format!("/api/v1/orgs/{}{rest}", self.org)
    }

    /// Invites somebody by mail.
    pub async fn invite(&self, email: &str, role: &str) -> anyhow::Result<()> {
        let form = [("email", email), ("role", role), ("intent", "send")];
        self.http
            .post(&self.page("/members/invite"), &form)
            .await?
            .expect(303)?;
        Ok(())
    }

    /// Types a device's code and approves it; waits when the server says so.
    pub async fn approve(&self, code: &UserCode) -> anyhow::Result<()> {
        let code = code.to_string();
        let form = [
            ("code", code.as_str()),
            ("org", self.org.as_str()),
            ("intent", "approve"),
        ];
        wait::until(format!("{code} to be approved"), async || {
            let answer = self.http.post("/activate/decide", &form).await?;
            if answer.status.as_u16() == 429 {
                return Ok(None);
            }
            answer.expect_done().map(Some)
        })
        .await?;
        Ok(())
    }

    /// Makes a personal access token.
    pub async fn make_token(&self) -> anyhow::Result<String> {
        let form = [("token_name", "A test's")];
        let page = self.http.post("/account/tokens", &form).await?.expect_done()?;
        shown(&page, "new-token")
    }

    /// The settings, as the API gives them.
    pub async fn settings(&self) -> anyhow::Result<Value> {
        self.http.get(&self.api("/settings")).await?.expect(200)?.json()
    }

    /// Changes settings, as the API takes them; gives the new revision.
    pub async fn save(&self, settings: Value) -> anyhow::Result<u64> {
        let body = json!({ "settings": settings, "note": "A test's" });
        let saved = self
            .http
            .json(Method::PATCH, &self.api("/settings"), &body)
            .await?;
        saved.expect(200)?.json()?["revision"]
            .as_u64()
            .context("a save answers its revision")
    }

    /// Blocks a website; gives the new revision.
    pub async fn block(&self, website: &str) -> anyhow::Result<u64> {
        self.save(json!({ "memory": { "websites": { "add": [website] } } }))
            .await
    }

    /// The numbers of a rollout.
    pub async fn rollout(&self, revision: u64) -> anyhow::Result<Value> {
        self.http
            .get(&self.api(&format!("/rollouts/{revision}")))
            .await?
            .expect(200)?
            .json()
    }

    /// Waits until this many devices have proven that they apply a revision.
    pub async fn sees_applied(&self, revision: u64, devices: u64) -> anyhow::Result<Value> {
        wait::until(
            format!("{devices} receipts for revision {revision}"),
            async || {
                let rollout = self.rollout(revision).await?;
                Ok((rollout["applied"] == json!(devices)).then_some(rollout))
            },
        )
        .await
    }

    /// The devices, as the API lists them.
    pub async fn devices(&self) -> anyhow::Result<Vec<Value>> {
        let listed = self.http.get(&self.api("/devices")).await?.expect(200)?.json()?;
        let rows = listed["devices"].as_array().or_else(|| listed.as_array());
        rows.cloned()
            .with_context(|| format!("devices are listed: {listed}"))
    }
}

/// The text of the element with this id.
pub fn shown(page: &Answer, id: &str) -> anyhow::Result<String> {
    let (_, rest) = page
        .body
        .split_once(&format!("id=\"{id}\">"))
        .with_context(|| format!("the page shows no `{id}`:\n{}", page.body))?;
    let text = rest.split('<').next().unwrap_or_default();
    Ok(text.replace("&amp;", "&").replace("&#38;", "&").trim().to_owned())
}

fn origin(link: &str) -> anyhow::Result<String> {
    let parts: Vec<&str> = link.splitn(4, '/').collect();
    anyhow::ensure!(parts.len() == 4, "{link} is a whole link");
    Ok(parts[..3].join("/"))
}
