//! The main job, end to end, on real parts: `tessera serve` as a process, mail by SMTP, two people in two
//! browsers, two machines with the agent as processes. What is decided in the browser is obeyed on both
//! machines, and said so on the Devices page.

use anyhow::Context as _;
use serde_json::json;
use tessera_testkit::browser::Browser;
use tessera_testkit::database::{Database, Engine};
use tessera_testkit::machine::Machine;
use tessera_testkit::mail::MailServer;
use tessera_testkit::outside::{Party, all_present};
use tessera_testkit::program::Program;
use tessera_testkit::serve::{self, Serve};
use tessera_testkit::wait;

const PASSWORD: &str = "seven brass lanterns hum";
const ADA: &str = "ada@meridian.example";
const MEI: &str = "mei@meridian.example";

#[tokio::test(flavor = "multi_thread")]
async fn one_decision_reaches_every_machine() -> anyhow::Result<()> {
    if !all_present(&[Party::Browser, Party::Mail]) {
        return Ok(());
    }
    let mail = MailServer::start().await?;
    let database = Database::create(Engine::Sqlite).await?;
    let options = serve::Options {
        smtp_url: Some(mail.url()),
        ..serve::Options::default()
    };
    let mut server = Serve::start(&database, options).await?;
    let base = server.base();

    // An owner starts Tessera and creates an organization.
    let ada = Browser::start().await?;
    ada.open(server.setup_link().await?).await?;
    ada.fill("Organization name", "Meridian").await?;
    ada.fill("Your full name", "Ada Lindqvist").await?;
    ada.fill("Email address", ADA).await?;
    ada.fill("Password", PASSWORD).await?;
    ada.press("Create the organization").await?;
    ada.sees("None of your machines is enrolled yet").await?;
    let org = ada.address().await?.trim_end_matches('/').to_owned();

    // She invites a colleague by real mail, who joins.
    ada.press("Invite people").await?;
    ada.fill("Email address", MEI).await?;
    ada.choose("Role", "Write").await?;
    ada.press("Send invite").await?;
    ada.sees("is invited").await?;
    let invitation = mail.mail_to(MEI, "Meridian").await?;
    let mei = Browser::start().await?;
    mei.open(invitation.link("/invitations/")?).await?;
    mei.press("Sign up").await?;
    mei.fill("Full name", "Mei Tanaka").await?;
    mei.fill("Password", PASSWORD).await?;
    mei.press("Sign up").await?;
    mei.sees("None of your machines is enrolled yet").await?;

    // Both enrol a machine with the agent.
    let (first, second) = (Machine::new()?, Machine::new()?);
    let _first_agent = enrol(&first, &ada, &base).await?;
    let _second_agent = enrol(&second, &mei, &base).await?;
    mail.mail_to(MEI, "").await?;

    // The owner blocks a website, typed, and more by CSV.
    ada.open(format!("{org}/memory/websites")).await?;
    ada.fill("Add a website", "bank.example").await?;
    ada.press("Add").await?;
    ada.sees("1 website in the list").await?;
    denied_on(&[&first, &second], "https://www.bank.example/account").await?;

    let csv = database.folder().join("websites.csv");
    std::fs::write(
        &csv,
        "website\nclinic.example\npayroll.example/salaries\n*.com\nbank.example\n",
    )?;
    ada.fill("Drop a CSV, one website per line", &csv.to_string_lossy())
        .await?;
    ada.press("Preview file").await?;
    ada.sees("Preview of websites.csv").await?;
    ada.sees("refused").await?;
    ada.press("Add 2 websites").await?;
    ada.open(format!("{org}/memory/websites")).await?;
    ada.sees("3 websites in the list").await?;
    denied_on(&[&first, &second], "https://clinic.example/").await?;
    denied_on(&[&first, &second], "https://payroll.example/salaries/may").await?;
    let (said, code) = first.check("https://payroll.example/menu").await?;
    assert_eq!((&said["decision"], code), (&json!("allow"), Some(0)), "{said}");

    // She turns a feature off; the machines know, and can say why.
    ada.open(format!("{org}/settings/features")).await?;
    ada.switch("Telemetry", false).await?;
    ada.press("Save").await?;
    for machine in [&first, &second] {
        wait::until_true("telemetry to be off on a machine", async || {
            let why = machine.run(&["why", "features.telemetry", "--json"]).await?;
            let why: serde_json::Value = serde_json::from_str(&why.output)?;
            Ok(why["value"] == json!(false))
        })
        .await?;
    }

    // Every machine says so on the Devices page.
    ada.open(format!("{org}/devices")).await?;
    ada.sees("Mei Tanaka").await?;
    wait::until_true("both devices to be applied", async || {
        let applied = "return [...document.querySelectorAll('#live-devices tbody tr')].filter((row) => /applied/i.test(row.innerText)).length";
        Ok(ada.run(applied, Vec::new()).await? == json!(2))
    })
    .await?;

    // What her organization imposes, every member sees.
    mei.open(format!("{org}/my-settings")).await?;
    mei.sees("clinic.example").await?;

    // Without the server, both keep enforcing.
    let (port, options) = server.kill().await?;
    denied_on(&[&first, &second], "https://bank.example/").await?;
    let server = Serve::start_on(port, &database, options).await?;
    denied_on(&[&first, &second], "https://bank.example/").await?;
    drop(server);
    ada.close().await?;
    mei.close().await
}

/// Signs a machine in through a browser, and starts its agent.
async fn enrol(machine: &Machine, browser: &Browser, base: &str) -> anyhow::Result<Program> {
    let signing_in = machine.log_in(base).await?;
    browser.open(format!("{base}/activate")).await?;
    browser.fill("Device code", &signing_in.code.to_string()).await?;
    browser.press("Continue").await?;
    for word in &signing_in.key_words {
        browser
            .sees(word)
            .await
            .context("the page shows the key words that the machine shows")?;
    }
    browser.press("Approve").await?;
    browser.sees("is enrolled").await?;
    signing_in.finish().await?;
    machine.start_agent().await
}

/// Waits until all machines deny a page.
async fn denied_on(machines: &[&Machine], url: &str) -> anyhow::Result<()> {
    for machine in machines {
        wait::until_true(format!("{url} to be denied"), async || {
            let (said, code) = machine.check(url).await?;
            Ok(said["decision"] == json!("deny") && said["layer"] == json!("org") && code == Some(1))
        })
        .await?;
    }
    Ok(())
}
