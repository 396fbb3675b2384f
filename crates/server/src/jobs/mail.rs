//! How a mail leaves: by SMTP, or, where no server is named, as a file in the data folder.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp;
use lettre::{AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use url::Url;

use crate::config::Config;

/// How long one delivery may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// One mail as the outbox keeps it.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Letter {
    /// The address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The body for who reads text.
    pub text: String,
    /// The body for who reads HTML.
    pub html: String,
}

/// Delivers mail.
#[derive(Clone, Debug)]
pub struct Postman {
    from: Mailbox,
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(AsyncFileTransport<Tokio1Executor>),
}

/// Why a mail did not leave.
#[derive(Debug, thiserror::Error)]
pub enum Undelivered {
    /// It may leave later.
    #[error("not now: {0}")]
    NotNow(String),
    /// It never will.
    #[error("never: {0}")]
    Never(String),
}

impl Postman {
    /// The way that the configuration names.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let from = config.mail.from.parse()?;
        let way = if let Some(url) = &config.mail.smtp_url {
            Way::Smtp(smtp_transport(url.reveal())?)
        } else {
            let folder = folder(&config.data);
            std::fs::create_dir_all(&folder)?;
            Way::Folder(AsyncFileTransport::new(folder))
        };
        Ok(Self { from, way })
    }

    /// Delivers one mail.
    pub async fn deliver(&self, letter: &Letter) -> Result<(), Undelivered> {
        let message = self
            .write(letter)
            .map_err(|error| Undelivered::Never(error.to_string()))?;
        match &self.way {
            Way::Smtp(server) => match server.send(message).await {
                Ok(_) => Ok(()),
                Err(error) if error.is_permanent() => Err(Undelivered::Never(error.to_string())),
                Err(error) => Err(Undelivered::NotNow(error.to_string())),
            },
            Way::Folder(folder) => match folder.send(message).await {
                Ok(_) => Ok(()),
                Err(error) => Err(Undelivered::NotNow(error.to_string())),
            },
        }
    }

    fn write(&self, letter: &Letter) -> anyhow::Result<Message> {
        let bodies = MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone());
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, letter.to.parse()?))
            .subject(letter.subject.clone())
            .multipart(bodies)?;
        Ok(message)
    }
}

/// Where mails are left when no server is named.
pub fn folder(data: &Path) -> PathBuf {
    data.join("mail")
}

/// Passwords and links travel in mails, so beyond this machine only TLS is spoken.
fn smtp_transport(url: &str) -> anyhow::Result<AsyncSmtpTransport<Tokio1Executor>> {
    let parsed = Url::parse(url).map_err(|_| anyhow::anyhow!("the mail server's URL cannot be read"))?;
    // To the URL parser, which knows no such scheme, also an address is a name.
    let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let asks_for_tls = parsed
        .query_pairs()
        .any(|(key, value)| key == "tls" && value == "required");
    anyhow::ensure!(
        parsed.scheme() == "smtps" || asks_for_tls || is_local,
        "mail to another machine needs smtps:// or smtp://…?tls=required"
    );
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
        .map_err(|error: smtp::Error| anyhow::anyhow!("the mail server's URL cannot be used: {error}"))?;
    Ok(transport.timeout(Some(PATIENCE)).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn mail_never_leaves_the_machine_in_the_clear() {
        assert!(smtp_transport("smtp://mail.example").is_err());
        assert!(smtp_transport("nonsense").is_err());
        for url in [
            "smtp://127.0.0.1:2525",
            "smtp://[::1]",
            "smtps://u:p@mail.example",
            "smtp://mail.example?tls=required",
        ] {
            smtp_transport(url).unwrap();
        }
    }

    #[tokio::test]
    async fn without_a_server_a_mail_is_a_file() {
        let data = std::env::temp_dir().join(format!("tessera-mail-{}", std::process::id()));
        let config = Config {
            data: data.clone(),
            ..Config::default()
        };
        let postman = Postman::new(&config).unwrap();
        let letter = Letter {
            to: "ada@example.org".to_owned(),
            subject: "Žádost\r\nBcc: evil@example.org".to_owned(),
            text: "text".to_owned(),
            html: "<p>html</p>".to_owned(),
        };
        postman.deliver(&letter).await.unwrap();
        let files: Vec<_> = std::fs::read_dir(folder(&data))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let eml = files
            .iter()
            .find(|file| file.path().extension().is_some_and(|e| e == "eml"))
            .unwrap();
        let text = std::fs::read_to_string(eml.path()).unwrap();
        assert!(
            text.contains("ada@example.org") && !text.contains("\nBcc:"),
            "{text}"
        );
        std::fs::remove_dir_all(data).unwrap();
    }
}
