//! The flags of `tessera serve`, each also a variable: `TESSERA_*`, or for traces the one that OpenTelemetry knows.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use url::Url;

use super::{Config, LogFormat, Network, Secret};

/// What the command line and the environment say. Left out, the file or the default holds.
#[derive(Clone, Debug, Default, Args)]
pub struct ServeFlags {
    /// A TOML file with any of these settings
    #[arg(long, env = "TESSERA_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The address to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "TESSERA_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// A PEM file with this server's certificate and its issuers', to speak https without a proxy
    #[arg(long, env = "TESSERA_TLS_CERTIFICATE", value_name = "FILE")]
    pub tls_certificate: Option<PathBuf>,
    /// A PEM file with the certificate's private key
    #[arg(long, env = "TESSERA_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Where people and agents reach this server [default: http:// and the address listened on]
    #[arg(long, env = "TESSERA_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<Url>,
    /// A network whose proxies may speak for clients (may be given several times)
    #[arg(
        long = "trusted-proxy",
        env = "TESSERA_TRUSTED_PROXIES",
        value_name = "NETWORK",
        value_delimiter = ','
    )]
    pub trusted_proxies: Vec<Network>,
    /// The folder of everything that is kept [default: tessera-data]
    #[arg(long, env = "TESSERA_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The folder of agents for download, named after their platforms [default: downloads in the data folder]
    #[arg(long, env = "TESSERA_DOWNLOADS", value_name = "DIR")]
    pub downloads: Option<PathBuf>,
    /// postgres://… [default: an embedded database in the data folder]
    #[arg(
        long,
        env = "TESSERA_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<Secret>,
    /// A 0600 file with the master key [default: master.key in the data folder]
    #[arg(long, env = "TESSERA_MASTER_KEY_FILE", value_name = "FILE")]
    pub master_key_file: Option<PathBuf>,
    /// The master key itself, 64 hexadecimal digits
    #[arg(
        long,
        env = "TESSERA_MASTER_KEY",
        value_name = "KEY",
        hide_env_values = true,
        hide = true
    )]
    pub master_key: Option<Secret>,
    /// The mail server, as `smtps://user:password@host` [default: mails become files]
    #[arg(long, env = "TESSERA_SMTP_URL", value_name = "URL", hide_env_values = true)]
    pub smtp_url: Option<Secret>,
    /// The sender of every mail
    #[arg(long, env = "TESSERA_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,
    /// Let anyone sign up
    #[arg(long, env = "TESSERA_OPEN_SIGN_UP")]
    pub open_sign_up: bool,
    /// Let every account create organizations
    #[arg(long, env = "TESSERA_ANYONE_MAY_CREATE")]
    pub anyone_may_create: bool,
    /// How many seats an organization has [default: as many as it needs]
    #[arg(long, env = "TESSERA_SEATS", value_name = "NUMBER")]
    pub seats: Option<u32>,
    /// A JSON file of models that replace and extend the built-in catalogue's
    #[arg(long, env = "TESSERA_MODELS_CATALOGUE", value_name = "FILE")]
    pub models_catalogue: Option<PathBuf>,
    /// A network that may be called although it is not public (may be given several times)
    #[arg(
        long = "outbound-allow",
        env = "TESSERA_OUTBOUND_ALLOW",
        value_name = "NETWORK",
        value_delimiter = ','
    )]
    pub outbound_allow: Vec<Network>,
    /// How log lines look
    #[arg(long, env = "TESSERA_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Which log lines appear, such as `tessera_server=debug,info`
    #[arg(long, env = "TESSERA_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// An OpenTelemetry collector that takes traces over HTTP, such as `http://127.0.0.1:4318`
    #[arg(
        long,
        env = "OTEL_EXPORTER_OTLP_ENDPOINT",
        value_name = "URL",
        hide_env_values = true
    )]
    pub otlp_endpoint: Option<Url>,
    /// As whose the traces are shown [default: tessera]
    #[arg(long, env = "OTEL_SERVICE_NAME", value_name = "NAME")]
    pub service_name: Option<String>,
    /// The bearer token that opens /metrics to other machines
    #[arg(
        long,
        env = "TESSERA_OPERATOR_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    pub operator_token: Option<Secret>,
}

impl ServeFlags {
    /// Lets everything that was said win over what the file says.
    pub(super) fn lay_over(self, config: &mut Config) {
        replace(&mut config.listen, self.listen);
        replace(&mut config.data, self.data);
        replace(&mut config.mail.from, self.mail_from);
        replace(&mut config.telemetry.format, self.log_format);
        replace(&mut config.telemetry.filter, self.log);
        replace(&mut config.telemetry.service_name, self.service_name);
        config.telemetry.otlp_endpoint = self.otlp_endpoint.or(config.telemetry.otlp_endpoint.take());
        config.downloads = self.downloads.or(config.downloads.take());
        config.tls_certificate = self.tls_certificate.or(config.tls_certificate.take());
        config.tls_key = self.tls_key.or(config.tls_key.take());
        config.public_url = self.public_url.or(config.public_url.take());
        config.database.url = self.database_url.or(config.database.url.take());
        config.keys.master_key = self.master_key.or(config.keys.master_key.take());
        config.keys.master_key_file = self.master_key_file.or(config.keys.master_key_file.take());
        config.mail.smtp_url = self.smtp_url.or(config.mail.smtp_url.take());
        config.operator.token = self.operator_token.or(config.operator.token.take());
        config.organizations.seats = self.seats.or(config.organizations.seats);
        config.models.catalogue = self.models_catalogue.or(config.models.catalogue.take());
        config.organizations.anyone_may_create |= self.anyone_may_create;
        config.sign_up.open |= self.open_sign_up;
        if !self.outbound_allow.is_empty() {
            config.outbound.allow = self.outbound_allow;
        }
        if !self.trusted_proxies.is_empty() {
            config.trusted_proxies = self.trusted_proxies;
        }
    }
}

fn replace<T>(place: &mut T, said: Option<T>) {
    if let Some(said) = said {
        *place = said;
    }
}
