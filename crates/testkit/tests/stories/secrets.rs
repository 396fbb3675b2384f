//! A planted secret is sought in everything that the server says at trace level: it must not be found.

use tessera_testkit::actors::{PASSWORD, Person};
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::{Database, engines};
use tessera_testkit::device::Applicant;
use tessera_testkit::mail;
use tessera_testkit::serve::MASTER_KEY;
use tessera_testkit::serve::{self, Serve};
use tessera_testkit::wait;

const SMTP_PASSWORD: &str = "planted-smtp-password";

#[tokio::test(flavor = "multi_thread")]
async fn no_log_line_holds_a_secret() -> anyhow::Result<()> {
    for engine in engines() {
        let database = Database::create(engine).await?;
        let options = serve::Options {
            log: Some("trace".to_owned()),
            ..serve::Options::default()
        };
        let mut server = Serve::start(&database, options).await?;
        let setup_link = server.setup_link().await?;
        let ada = Person::set_up(&setup_link, "Meridian", "Ada", "ada@meridian.example").await?;
        let token = ada.make_token().await?;
        ada.invite("mei@meridian.example", "write").await?;
        let invitation = mail::filed_link(database.folder(), "mei@meridian.example", "/invitations/").await?;
        let mei = Person::join(&invitation, "Mei", "mei@meridian.example").await?;
        Person::sign_in(&server.base(), "mei@meridian.example").await?;
        let refused = mei.http.post(
            "/sign-in",
            &[
                ("email", "mei@meridian.example"),
                ("password", "planted wrong one"),
            ],
        );
        refused.await?;
        let scripted = tessera_testkit::http::Client::new(server.base())?.with_token(&token);
        scripted.get(&ada.api("/settings")).await?.expect(200)?;
        let (agent, code) = TestAgent::start(&server.base(), "mei-thinkpad").await?;
        mei.approve(&code).await?;
        agent
            .until("settings", |status| status.in_force.is_some())
            .await?;
        let applicant = Applicant::begin(&server.base(), "recorder").await?;
        ada.approve(applicant.code()).await?;
        let device = applicant.finish().await?;
        let bearer = device.token().await?;
        device.manifest(&bearer).await?;

        // Failing to deliver must not tell the mail server's password either: nobody listens at that port.
        let mut printed = server.printed();
        let (port, options) = server.kill().await?;
        let options = serve::Options {
            smtp_url: Some(format!("smtp://tessera:{SMTP_PASSWORD}@127.0.0.1:9")),
            ..options
        };
        let server = Serve::start_on(port, &database, options).await?;
        ada.invite("noor@meridian.example", "read").await?;
        wait::until_true("the mail to fail", async || {
            let page = ada.http.get(&ada.page("/invitations")).await?.expect(200)?;
            Ok(page.body.contains("not sent yet"))
        })
        .await?;
        printed.extend(server.printed());

        let last = |link: &str| link.rsplit('/').next().unwrap_or_default().to_owned();
        let mut planted = vec![
            PASSWORD.to_owned(),
            "planted wrong one".to_owned(),
            SMTP_PASSWORD.to_owned(),
            MASTER_KEY.to_owned(),
            token,
            bearer,
            last(&invitation),
        ];
        planted.extend(
            ada.http
                .cookies()
                .into_values()
                .chain(mei.http.cookies().into_values()),
        );
        assert!(printed.len() > 50, "trace says much: {} lines", printed.len());
        for secret in planted {
            let urlencoded = secret.replace(' ', "+");
            let leak = printed
                .iter()
                .find(|line| line.contains(&secret) || line.contains(&urlencoded));
            assert!(leak.is_none(), "{engine:?}: a secret is in the log: {leak:?}");
        }
    }
    Ok(())
}
