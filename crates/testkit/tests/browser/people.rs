//! One company's people, each in a browser of their own: an owner who invites a list, an admin, a writer and a reader who
//! join by their mails, news that arrive by themselves, and somebody who leaves.

use anyhow::Context as _;
use tessera_testkit::actors::{PASSWORD, Person};
use tessera_testkit::browser::Browser;
use tessera_testkit::database::{Database, Engine};
use tessera_testkit::mail;
use tessera_testkit::outside::{Party, all_present};
use tessera_testkit::serve::{self, Serve};

const LIST: &str = "email,role,teams\nalma@meridian.example,Admin,\nwes@meridian.example,WRITE,\nrea@meridian.example,read,\n\
    no-role@meridian.example,,\nrea@meridian.example,read,\n";

#[tokio::test(flavor = "multi_thread")]
async fn each_role_sees_and_does_what_is_theirs() -> anyhow::Result<()> {
    if !all_present(&[Party::Browser]) {
        return Ok(());
    }
    let database = Database::create(Engine::Sqlite).await?;
    let mut server = Serve::start(&database, serve::Options::default()).await?;
    let base = server.base();
    let owner = Person::set_up(
        &server.setup_link().await?,
        "Meridian",
        "Ada Lindqvist",
        "ada@meridian.example",
    )
    .await?;
    let home = format!("{base}{}", owner.page(""));

    // The owner invites from a file: every row is shown before anything is sent.
    let ada = arrive(&base, "ada@meridian.example").await?;
    let file = database.folder().join("people.csv");
    std::fs::write(&file, LIST)?;
    ada.press("Invite people").await?;
    ada.fill("Drop a CSV of people", &file.to_string_lossy()).await?;
    ada.press("Preview file").await?;
    for words in [
        "Nobody is invited yet",
        "malformed",
        "duplicate",
        "3 people are chosen",
    ] {
        ada.sees(words).await?;
    }
    ada.press("Send Invites").await?;
    ada.sees("3 of 3 dealt with, 3 invited").await?;

    // Those who were invited join by their mails.
    for (name, email) in [("Alma Reyes", "alma"), ("Wes Okoye", "wes"), ("Rea Holm", "rea")] {
        let email = format!("{email}@meridian.example");
        let link = mail::filed_link(database.folder(), &email, "/invitations/").await?;
        Person::join(&link, name, &email).await?;
    }
    let alma = arrive(&base, "alma@meridian.example").await?;
    let wes = arrive(&base, "wes@meridian.example").await?;
    let rea = arrive(&base, "rea@meridian.example").await?;

    // What a role may not do is not shown.
    shows(&alma, &home, &["Settings", "Audit log", "Invite people"], &[]).await?;
    shows(
        &wes,
        &home,
        &["Members", "Post Update"],
        &["Settings\n", "Audit log", "Invite people"],
    )
    .await?;
    shows(
        &rea,
        &home,
        &["Members", "Updates"],
        &["Post Update", "Audit log", "Invite people"],
    )
    .await?;
    alma.open(format!("{home}/settings")).await?;
    alma.sees("Organization name").await?;
    anyhow::ensure!(
        !alma.text().await?.contains("Danger zone"),
        "an admin is offered the end of the org"
    );

    // The writer's news stand on the reader's open page by themselves.
    rea.open(format!("{home}/updates")).await?;
    rea.sees("No updates yet").await?;
    wes.open(format!("{home}/updates")).await?;
    wes.press("Post Update").await?;
    wes.fill("Title", "Tiles are blue").await?;
    wes.fill(
        "Content",
        "They were **grey**. <script>document.title = 'taken'</script>",
    )
    .await?;
    wes.fill("Tags", "#feature").await?;
    wes.press("Post update").await?;
    wes.sees("Tiles are blue").await?;
    rea.sees("Tiles are blue").await?;
    rea.sees("<script>document.title = 'taken'</script>").await?;

    // The owner removes the reader, sees each step done, and the reader is out at once.
    ada.open(format!("{home}/members")).await?;
    ada.press("Actions for Rea Holm").await?;
    ada.press("Remove from Organization").await?;
    ada.sees("What happens at once").await?;
    ada.press("Remove Rea Holm").await?;
    ada.sees("Removal of Rea Holm").await?;
    ada.sees("Done at once").await?;
    rea.open(format!("{home}/updates")).await?;
    rea.sees("Sign in").await?;
    ada.open(format!("{home}/settings/audit")).await?;
    ada.sees("removed Rea Holm").await?;
    for browser in [ada, alma, wes, rea] {
        browser.close().await?;
    }
    Ok(())
}

/// Signs somebody in, in a browser of their own.
async fn arrive(base: &str, email: &str) -> anyhow::Result<Browser> {
    let browser = Browser::start().await?;
    browser.open(format!("{base}/sign-in")).await?;
    browser.fill("Email address", email).await?;
    browser.fill("Password", PASSWORD).await?;
    browser.press("Sign in").await?;
    browser
        .sees("None of your machines is enrolled yet")
        .await
        .with_context(|| format!("{email} arrives"))?;
    Ok(browser)
}

async fn shows(browser: &Browser, page: &str, there: &[&str], absent: &[&str]) -> anyhow::Result<()> {
    browser.open(page).await?;
    for words in there {
        browser.sees(words).await?;
    }
    let text = browser.text().await?;
    for words in absent {
        anyhow::ensure!(!text.contains(words), "{words:?} is shown:\n{text}");
    }
    Ok(())
}
