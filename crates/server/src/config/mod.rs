//! What the operator decides: one TOML file, `TESSERA_*` variables and flags, in rising order.
//!
//! Each section is a struct and each field's comment is its manual. Nothing else reads the
//! environment or the file, but for the exporter of traces, which knows OpenTelemetry's finer variables.

mod flags;
mod network;
mod sections;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tessera_app::alerts::{OperatorHook, Signer};
use tessera_domain::WebhookUrl;
use tessera_domain::alert::WebhookUrlError;
use tessera_policy::models::Catalogue;
use url::Url;

pub use flags::ServeFlags;
pub use network::Network;
pub use sections::{
    Database, Endpoints, Keys, LogFormat, Mail, Models, Operator, Organizations, OutboundConfig, Secret,
    SignUp, Telemetry,
};

/// Everything that `tessera serve` can be told.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The address to listen on. Anything but a loopback address needs an https `public_url`, and either a
    /// certificate of its own (`tls_certificate`, `tls_key`) or a proxy that speaks TLS (`trusted_proxies`).
    pub listen: SocketAddr,
    /// A PEM file with this server's certificate, followed by those of its issuers. With it and `tls_key` the server
    /// speaks https itself (HTTP/1.1 and HTTP/2). Read anew within seconds when it changes: a renewal needs no restart.
    pub tls_certificate: Option<PathBuf>,
    /// A PEM file with the certificate's private key, without a passphrase; for the server's account alone to read.
    pub tls_key: Option<PathBuf>,
    /// Where people and agents reach this server. Links in mails, Origin checks and token
    /// audiences are made of it; the Host header never is. Left out, it is `http://` and the
    /// address listened on (`https://` with a certificate), which only serves one machine.
    #[serde(deserialize_with = "read_url")]
    pub public_url: Option<Url>,
    /// The networks of the proxies that may speak for a client by `X-Forwarded-For`.
    pub trusted_proxies: Vec<Network>,
    /// The folder of everything that is kept: database, master key, mails without a mail server.
    pub data: std::path::PathBuf,
    /// The folder of agents that members may download, one file per platform, named after it: such as
    /// `tessera-x86_64-unknown-linux-gnu`, `tessera-aarch64-apple-darwin`, `tessera-x86_64-pc-windows-msvc.exe`. Left out, it
    /// is `downloads` in the data folder. For this server's own platform its own program is offered where no file is there.
    pub downloads: Option<PathBuf>,
    /// Where the data lives.
    pub database: Database,
    /// How secrets at rest are sealed.
    pub keys: Keys,
    /// How mail leaves.
    pub mail: Mail,
    /// Who may make an account.
    pub sign_up: SignUp,
    /// What organizations may be.
    pub organizations: Organizations,
    /// Which models there are.
    pub models: Models,
    /// What this server itself may call.
    pub outbound: OutboundConfig,
    /// Logs and traces.
    pub telemetry: Telemetry,
    /// What the operator's own tools may reach.
    pub operator: Operator,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            tls_certificate: None,
            tls_key: None,
            public_url: None,
            trusted_proxies: Vec::new(),
            data: "tessera-data".into(),
            downloads: None,
            database: Database::default(),
            keys: Keys::default(),
            mail: Mail::default(),
            sign_up: SignUp::default(),
            organizations: Organizations::default(),
            models: Models::default(),
            outbound: OutboundConfig::default(),
            telemetry: Telemetry::default(),
            operator: Operator::default(),
        }
    }
}

/// A configuration that cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not readable.
    #[error("the configuration file {path} cannot be read: {source}")]
    Unreadable {
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not the TOML that is wanted.
    #[error("the configuration file {path} is not valid: {source}")]
    Malformed {
        /// Which file.
        path: String,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// Plain http would leave the machine.
    #[error(
        "listening on {0} would speak plain http beyond this machine; name a certificate (`tls_certificate`, `tls_key`), \
         or put a proxy that speaks TLS in front and name its network in `trusted_proxies`; and set an https `public_url`"
    )]
    PlainHttp(SocketAddr),
    /// Half a certificate.
    #[error("`tls_certificate` and `tls_key` belong together: name both, or neither")]
    HalfTls,
    /// Links would lead where nobody answers.
    #[error("`public_url` {0} must be https, because this server speaks TLS itself (`tls_certificate`)")]
    TlsPublicUrl(Url),
    /// The public address is not one that links can be made of.
    #[error("`public_url` must be http or https with a host, and no path, query or fragment, not {0}")]
    PublicUrl(Url),
    /// Plain http was announced to the world.
    #[error("`public_url` {0} must be https, because it is not this machine")]
    PublicUrlPlain(Url),
    /// The operators' webhook cannot be used.
    #[error("`operator.{key}` cannot be used: {problem}")]
    OperatorWebhook {
        /// Which key.
        key: &'static str,
        /// What is wrong with it. Never the value.
        problem: String,
    },
    /// The operator's catalogue of models cannot be used.
    #[error("the catalogue of models {path} (`models.catalogue`) cannot be used: {problem}")]
    Catalogue {
        /// Which file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Config {
    /// Reads the file, if one is named, lays the flags over it and checks the whole.
    pub fn load(flags: ServeFlags) -> Result<Self, ConfigError> {
        let mut config = flags
            .config
            .as_deref()
            .map_or_else(|| Ok(Self::default()), Self::read)?;
        flags.lay_over(&mut config);
        config.check()?;
        Ok(config)
    }

    /// Reads one TOML text.
    pub fn from_toml(text: &str) -> Result<Self, Box<toml::de::Error>> {
        toml::from_str(text).map_err(Box::new)
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let shown = || path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: shown(),
            source,
        })?;
        Self::from_toml(&text).map_err(|source| ConfigError::Malformed {
            path: shown(),
            source,
        })
    }

    /// Refuses what would speak plain http beyond the machine, or make broken links.
    pub fn check(&self) -> Result<(), ConfigError> {
        if let Some(url) = &self.public_url {
            let plain_path = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || !plain_path {
                return Err(ConfigError::PublicUrl(url.clone()));
            }
            if url.scheme() == "http" && !is_loopback(url) {
                return Err(ConfigError::PublicUrlPlain(url.clone()));
            }
        }
        let over_tls = self
            .public_url
            .as_ref()
            .is_some_and(|url| url.scheme() == "https");
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            return Err(ConfigError::HalfTls);
        }
        let own_tls = self.tls().is_some();
        if let Some(url) = self.public_url.as_ref().filter(|_| own_tls && !over_tls) {
            return Err(ConfigError::TlsPublicUrl(url.clone()));
        }
        let safe = over_tls && (own_tls || !self.trusted_proxies.is_empty());
        if !self.listen.ip().is_loopback() && !safe {
            return Err(ConfigError::PlainHttp(self.listen));
        }
        Ok(())
    }

    /// The providers and models that there are: the built-in ones, and what the operator's file lays over them.
    pub fn catalogue(&self) -> Result<Catalogue, ConfigError> {
        let Some(path) = &self.models.catalogue else {
            return Ok(Catalogue::built_in().clone());
        };
        let refused = |problem: String| ConfigError::Catalogue {
            path: path.display().to_string(),
            problem,
        };
        let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
        Catalogue::with_operators_file(&text).map_err(|error| refused(error.to_string()))
    }

    /// The files of certificate and key, where this server speaks TLS itself.
    pub fn tls(&self) -> Option<(&Path, &Path)> {
        self.tls_certificate.as_deref().zip(self.tls_key.as_deref())
    }

    /// Where the installation's own alerts go besides mail.
    pub fn operator_hook(&self) -> Result<Option<OperatorHook>, ConfigError> {
        let refused = |key, problem: &str| ConfigError::OperatorWebhook {
            key,
            problem: problem.to_owned(),
        };
        let Some(url) = &self.operator.webhook_url else {
            return Ok(None);
        };
        let url: WebhookUrl = url
            .reveal()
            .parse()
            .map_err(|error: WebhookUrlError| refused("webhook_url", &error.to_string()))?;
        let secret = self.operator.webhook_secret.as_ref();
        if secret.is_some_and(|secret| Signer::read(secret.reveal()).is_none()) {
            return Err(refused(
                "webhook_secret",
                "it must be whsec_ and the base64 of 24 to 64 bytes",
            ));
        }
        Ok(Some(OperatorHook {
            url,
            format: self.operator.webhook_format,
            secret: secret.map(|secret| secret.reveal().to_owned().into()),
        }))
    }

    /// Where this server is reached, without a slash at its end, now that it is known which
    /// address it listens on.
    pub fn public_url(&self, bound: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None if self.tls().is_some() => format!("https://{bound}"),
            None => format!("http://{bound}"),
        }
    }

    /// The folder of what members may download.
    pub fn downloads(&self) -> PathBuf {
        self.downloads
            .clone()
            .unwrap_or_else(|| self.data.join("downloads"))
    }

    /// The database to open: the named one, or the embedded one in the data folder.
    pub fn database_url(&self) -> String {
        match &self.database.url {
            Some(url) => url.reveal().to_owned(),
            None => format!("sqlite://{}", self.data.join("tessera.db").display()),
        }
    }
}

fn read_url<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| Url::parse(&text))
        .transpose()
        .map_err(serde::de::Error::custom)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_serve_this_machine_only() {
        let config = Config::default();
        config.check().unwrap();
        assert_eq!(config.public_url(config.listen), "http://127.0.0.1:8080");
    }

    #[test]
    fn plain_http_never_leaves_the_machine() {
        let open = "listen = '0.0.0.0:80'";
        let config = Config::from_toml(open).unwrap();
        assert!(matches!(config.check(), Err(ConfigError::PlainHttp(_))));
        let proxied =
            format!("{open}\ntrusted_proxies = ['10.0.0.0/8']\npublic_url = 'https://tessera.example'");
        Config::from_toml(&proxied).unwrap().check().unwrap();
        let announced = Config::from_toml("public_url = 'http://tessera.example'").unwrap();
        assert!(matches!(announced.check(), Err(ConfigError::PublicUrlPlain(_))));
    }

    #[test]
    fn a_certificate_of_its_own_is_as_good_as_a_proxy() {
        let files = "tls_certificate = 'c.pem'\ntls_key = 'k.pem'\n";
        let check = |text: String| Config::from_toml(&text).unwrap().check();
        check(format!(
            "listen = '0.0.0.0:443'\n{files}public_url = 'https://tessera.example'"
        ))
        .unwrap();
        let local = Config::from_toml(files).unwrap();
        local.check().unwrap();
        assert_eq!(local.public_url(local.listen), "https://127.0.0.1:8080");
        let nameless = check(format!("listen = '0.0.0.0:443'\n{files}"));
        assert!(matches!(nameless, Err(ConfigError::PlainHttp(_))));
        let plain = check(format!("{files}public_url = 'http://127.0.0.1:8080'"));
        assert!(matches!(plain, Err(ConfigError::TlsPublicUrl(_))));
        for half in ["tls_certificate = 'c.pem'", "tls_key = 'k.pem'"] {
            assert!(matches!(check(half.to_owned()), Err(ConfigError::HalfTls)));
        }
    }

    #[test]
    fn a_public_url_is_an_origin() {
        for url in [
            "https://a.example/x",
            "https://a.example/?q",
            "ftp://a.example",
            "data:,x",
        ] {
            let config = Config::from_toml(&format!("public_url = '{url}'")).unwrap();
            assert!(matches!(config.check(), Err(ConfigError::PublicUrl(_))), "{url}");
        }
    }

    #[test]
    fn flags_win_over_the_file_and_a_misspelt_key_is_refused() {
        let folder = std::env::temp_dir().join(format!("tessera-config-{}", std::process::id()));
        std::fs::write(&folder, "listen = '127.0.0.1:1'\n[sign_up]\nopen = true\n").unwrap();
        let flags = ServeFlags {
            config: Some(folder.clone()),
            listen: Some("127.0.0.1:2".parse().unwrap()),
            ..ServeFlags::default()
        };
        let config = Config::load(flags).unwrap();
        std::fs::remove_file(folder).unwrap();
        assert_eq!(config.listen.port(), 2);
        assert!(config.sign_up.open);
        assert!(Config::from_toml("lisen = '127.0.0.1:1'").is_err());
    }

    #[test]
    fn an_operators_catalogue_is_read_and_refused_by_its_path() {
        let path = std::env::temp_dir().join(format!("tessera-models-{}.json", std::process::id()));
        let mut config = Config::default();
        assert!(config.catalogue().unwrap().models().len() > 100);
        config.models.catalogue = Some(path.clone());
        assert!(
            config
                .catalogue()
                .unwrap_err()
                .to_string()
                .contains("tessera-models")
        );
        std::fs::write(&path, r#"{"models": [{"id": "openai/ours", "title": "Ours"}]}"#).unwrap();
        assert!(
            config
                .catalogue()
                .unwrap()
                .model(&"openai/ours".parse().unwrap())
                .is_some()
        );
        std::fs::write(&path, r#"{"models": [{"id": "nobody/ours", "title": "Ours"}]}"#).unwrap();
        let said = config.catalogue().unwrap_err().to_string();
        std::fs::remove_file(path).unwrap();
        assert!(
            said.contains("nobody/ours: its provider is not in the catalogue"),
            "{said}"
        );
    }

    #[test]
    fn traces_go_where_flags_say_before_the_file() {
        let text = "[telemetry]\notlp_endpoint = 'http://127.0.0.1:4318'\nservice_name = 'ours'";
        let mut config = Config::from_toml(text).unwrap();
        let flags = ServeFlags {
            otlp_endpoint: Some("https://collector.example".parse().unwrap()),
            ..ServeFlags::default()
        };
        flags.lay_over(&mut config);
        let telemetry = config.telemetry;
        assert_eq!(
            telemetry.otlp_endpoint.unwrap().as_str(),
            "https://collector.example/"
        );
        assert_eq!(telemetry.service_name, "ours");
        assert!(Config::default().telemetry.otlp_endpoint.is_none());
        assert!(Config::from_toml("[telemetry]\notlp_endpoint = 'nowhere'").is_err());
    }

    #[test]
    fn what_may_be_called_is_read() {
        let text = "[outbound]\nallow = ['10.20.0.0/16']\nendpoints.gemini = 'https://egress.example/gemini'";
        let outbound = Config::from_toml(text).unwrap().outbound;
        assert_eq!(outbound.allow.len(), 1);
        assert_eq!(outbound.endpoints.gemini.unwrap().path(), "/gemini");
        assert!(Config::from_toml("[outbound]\nallow = ['everything']").is_err());
    }

    #[test]
    fn the_operators_webhook_is_checked_and_not_shown() {
        let read = |text: &str| Config::from_toml(&format!("[operator]\n{text}")).unwrap();
        assert!(
            read("accounts = ['ada@example.org']")
                .operator_hook()
                .unwrap()
                .is_none()
        );
        assert!(Config::from_toml("[operator]\naccounts = ['nobody']").is_err());
        let good = "webhook_url = 'https://hooks.example/planted'\n\
                    webhook_secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'";
        let hook = read(good).operator_hook().unwrap().unwrap();
        assert!(hook.format.is_signed() && !format!("{hook:?}").contains("planted"));
        for bad in [
            "webhook_url = 'http://hooks.example/planted'",
            "webhook_url = 'https://hooks.example/'\nwebhook_secret = 'planted'",
        ] {
            let error = read(bad).operator_hook().unwrap_err().to_string();
            assert!(
                error.contains("operator.webhook_") && !error.contains("planted"),
                "{error}"
            );
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let config = Config::from_toml("[mail]\nsmtp_url = 'smtp://u:hunter2@mail.example'").unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
