//! What somebody typed survives the end of their session.

use tessera_testkit::actors::{PASSWORD, Person};
use tessera_testkit::browser::Browser;
use tessera_testkit::database::{Database, Engine};
use tessera_testkit::outside::{Party, all_present};
use tessera_testkit::serve::{self, Serve};

const ADA: &str = "ada@meridian.example";

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_loses_no_edit() -> anyhow::Result<()> {
    if !all_present(&[Party::Browser]) {
        return Ok(());
    }
    let database = Database::create(Engine::Sqlite).await?;
    let mut server = Serve::start(&database, serve::Options::default()).await?;
    let base = server.base();
    let elsewhere = Person::set_up(&server.setup_link().await?, "Meridian", "Ada Lindqvist", ADA).await?;
    let ada = Browser::start().await?;
    sign_in(&ada, &base).await?;

    // She turns two switches, and meanwhile signs this browser out from another one.
    let features = format!("{base}{}", elsewhere.page("/settings/features"));
    ada.open(&features).await?;
    ada.switch("Telemetry", false).await?;
    ada.sees("1 unsaved change").await?;
    elsewhere
        .http
        .post("/account/sessions/revoke-others", &[])
        .await?
        .expect(303)?;
    ada.press("Save").await?;
    ada.sees("Your session ended before this was saved").await?;
    ada.fill("Email address", ADA).await?;
    ada.fill("Password", PASSWORD).await?;
    ada.press("Sign in").await?;

    // The page is back, the edit stands there unsaved, and one press saves it.
    ada.sees("What you typed before your session ended stands here again")
        .await?;
    ada.sees("1 unsaved change").await?;
    assert_eq!(elsewhere.settings().await?["revision"], 0);
    ada.press("Save").await?;
    ada.sees("Revision 1 is saved").await?;
    assert_eq!(elsewhere.settings().await?["revision"], 1);

    // A draft that was saved is forgotten.
    ada.open(&features).await?;
    ada.sees("External Cloud").await?;
    let text = ada.text().await?;
    assert!(
        !text.contains("unsaved change") && !text.contains("stands here again"),
        "{text}"
    );
    ada.close().await
}

async fn sign_in(browser: &Browser, base: &str) -> anyhow::Result<()> {
    browser.open(format!("{base}/sign-in")).await?;
    browser.fill("Email address", ADA).await?;
    browser.fill("Password", PASSWORD).await?;
    browser.press("Sign in").await?;
    browser.sees("None of your machines is enrolled yet").await
}
