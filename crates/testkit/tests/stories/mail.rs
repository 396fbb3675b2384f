//! Invitations travel by real mail, and survive a mail server that is away.

use std::time::Duration;

use tessera_testkit::actors::Person;
use tessera_testkit::database::Engine;
use tessera_testkit::mail::MailServer;
use tessera_testkit::outside::{Party, all_present};
use tessera_testkit::server::{Options, World};
use tessera_testkit::wait;

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_mailed_and_accepted() -> anyhow::Result<()> {
    if !all_present(&[Party::Mail]) {
        return Ok(());
    }
    let mail = MailServer::start().await?;
    let world = World::with(Engine::Sqlite, with_mail(mail.url())).await?;
    world.owner.invite("mei@meridian.example", "write").await?;

    let letter = mail.mail_to("mei@meridian.example", "Meridian").await?;
    for body in [&letter.text, &letter.html] {
        for word in [
            "Ada Lindqvist",
            "Meridian",
            "Write",
            "7 days",
            "mei@meridian.example",
        ] {
            assert!(body.contains(word), "{word}: {body}");
        }
    }
    let link = letter.link("/invitations/")?;
    assert!(link.starts_with(&world.base()), "{link}");
    let mei = Person::join(&link, "Mei Tanaka", "mei@meridian.example").await?;
    assert_eq!(mei.org, world.owner.org);

    // It works once, and only for the invited address.
    let again = Person::join(&link, "Mallory", "mallory@meridian.example").await;
    assert!(again.is_err() || again?.org.is_empty());
    let members = world
        .owner
        .http
        .get(&world.owner.api("/members"))
        .await?
        .expect(200)?
        .json()?;
    assert_eq!(members["total"], 2, "{members}");
    Person::sign_in(&world.base(), "MEI@meridian.example").await?;
    world.server.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_waits_for_a_mail_server_that_is_away() -> anyhow::Result<()> {
    if !all_present(&[Party::Mail]) {
        return Ok(());
    }
    let away = MailServer::start().await?;
    let url = away.url();
    let port = away.stop().await?;
    let world = World::with(Engine::Sqlite, with_mail(url)).await?;
    world.owner.invite("mei@meridian.example", "read").await?;
    wait::until_true(
        "the pending invitation to say that its mail is not sent yet",
        async || {
            let page = world
                .owner
                .http
                .get(&world.owner.page("/invitations"))
                .await?
                .expect(200)?;
            Ok(page.body.contains("not sent yet"))
        },
    )
    .await?;

    let back = MailServer::start_on(port).await?;
    let letter = wait::until("the mail, once its time to be tried again has come", async || {
        world.server.clock.advance(Duration::from_mins(5));
        Ok(back
            .taken()
            .into_iter()
            .find(|mail| mail.to.iter().any(|to| to == "mei@meridian.example")))
    })
    .await?;
    let mei = Person::join(
        &letter.link("/invitations/")?,
        "Mei Tanaka",
        "mei@meridian.example",
    )
    .await?;
    assert_eq!(mei.org, world.owner.org);
    world.server.stop().await
}

fn with_mail(url: String) -> Options {
    Options {
        smtp_url: Some(url),
        ..Options::default()
    }
}
