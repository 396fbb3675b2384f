//! The sections of the configuration, each with its own comment as manual.

use std::fmt;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tessera_domain::{AlertFormat, EmailAddress};
use url::Url;

use super::Network;

/// A text that is never printed: a URL with a password, a token.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct Secret(SecretString);

impl Secret {
    /// The text itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.to_owned().into())
    }
}

/// Where the data lives.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `postgres://…`, or `sqlite://path`. Left out, it is `tessera.db` in the data folder.
    pub url: Option<Secret>,
}

/// How secrets at rest are sealed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// The master key, 64 hexadecimal digits. Better given as `TESSERA_MASTER_KEY` than in this file.
    pub master_key: Option<Secret>,
    /// A file with mode 0600 that holds the master key. Left out, it is `master.key` in the data
    /// folder, which is made at the first start unless the database is a server.
    pub master_key_file: Option<std::path::PathBuf>,
}

/// How mail leaves.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// `smtps://user:password@host` (TLS at once), `smtp://…?tls=required` (STARTTLS), or plain
    /// `smtp://` to a loopback address. Left out, mails are written to `mail/` in the data folder.
    pub smtp_url: Option<Secret>,
    /// The sender of every mail.
    pub from: String,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            smtp_url: None,
            from: "Tessera <tessera@localhost>".to_owned(),
        }
    }
}

/// Who may make an account.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignUp {
    /// Whether anyone may sign up. Otherwise an account is made by invitation only.
    pub open: bool,
}

/// What organizations may be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Organizations {
    /// How many seats an organization has. Left out, as many as it needs.
    pub seats: Option<u32>,
    /// Whether every account may create organizations. Otherwise only the operator may.
    pub anyone_may_create: bool,
}

/// Which models there are.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Models {
    /// A JSON file of providers and models that replace and extend the built-in catalogue's, or stand
    /// alone with `"replaces": true`. Read when the server starts.
    pub catalogue: Option<std::path::PathBuf>,
}

/// What this server itself may call: providers' addresses, to test keys and look up models.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutboundConfig {
    /// Networks that may be called although they are not public, such as `10.20.0.0/16` for a gateway of your own.
    /// Loopback addresses among them may be called by plain http. Everything else private, link-local, carrier-grade,
    /// and every cloud's metadata address is refused.
    pub allow: Vec<Network>,
    /// Where providers are reached when not at their own addresses, as behind an egress gateway of yours.
    pub endpoints: Endpoints,
}

/// Addresses that stand in for providers' own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Endpoints {
    /// Instead of `https://api.openai.com/v1`.
    #[serde(deserialize_with = "super::read_url")]
    pub openai: Option<Url>,
    /// Instead of `https://api.anthropic.com`.
    #[serde(deserialize_with = "super::read_url")]
    pub anthropic: Option<Url>,
    /// Instead of `https://generativelanguage.googleapis.com`.
    #[serde(deserialize_with = "super::read_url")]
    pub gemini: Option<Url>,
    /// Instead of `https://{region}-aiplatform.googleapis.com`, for every region.
    #[serde(deserialize_with = "super::read_url")]
    pub vertex_ai: Option<Url>,
    /// Instead of `https://bedrock.{region}.amazonaws.com`, for every region.
    #[serde(deserialize_with = "super::read_url")]
    pub bedrock: Option<Url>,
    /// Instead of `https://oauth2.googleapis.com/token`, where Vertex AI's tokens come from.
    #[serde(deserialize_with = "super::read_url")]
    pub google_token: Option<Url>,
}

/// Logs and traces.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// How log lines look: `pretty` for people, `json` for collectors.
    pub format: LogFormat,
    /// Which log lines appear, as `tracing` filters say it: `info`, `tessera_server=debug,info`.
    pub filter: String,
    /// Where traces go: an OpenTelemetry collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`. The
    /// standard variable `OTEL_EXPORTER_OTLP_ENDPOINT` says the same. Left out, there are no traces. Needs a program that
    /// was built with the feature `otel`.
    #[serde(deserialize_with = "super::read_url")]
    pub otlp_endpoint: Option<Url>,
    /// As whose the traces are shown, as `OTEL_SERVICE_NAME` says too.
    pub service_name: String,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            format: LogFormat::Pretty,
            filter: "info,sqlx=warn,hyper=warn".to_owned(),
            otlp_endpoint: None,
            service_name: "tessera".to_owned(),
        }
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Pretty,
    /// One JSON object a line.
    Json,
}

/// What the operator's own tools may reach.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Operator {
    /// The bearer token that opens `/metrics` to other machines. Left out, only a direct
    /// connection from this machine reads them.
    pub token: Option<Secret>,
    /// Addresses of people who run this installation, such as `['ada@example.org']`. Their accounts reach the
    /// operator's screen once the address is proven, besides the first account and whom operators name there.
    pub accounts: Vec<EmailAddress>,
    /// Where the installation's own alerts go besides mail, since a mail cannot tell that mail is stuck.
    pub webhook_url: Option<Secret>,
    /// In which form they go there: `standard`, `slack` or `teams`.
    pub webhook_format: AlertFormat,
    /// `whsec_…` and the base64 of 24 to 64 bytes, with which they are signed in the form `standard`.
    pub webhook_secret: Option<Secret>,
}
