//! Photographs the demo's pages: wide and narrow, light and dark.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tessera_testkit::browser::Browser;
use tessera_testkit::demo::Demo;
use tessera_testkit::wait;

/// What `screenshots` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only pages whose name contains this
    page: Option<String>,
    /// Where the pictures go
    #[arg(long)]
    into: PathBuf,
    /// Where the pictures of the guides go
    #[arg(long, default_value = "docs/help/images")]
    guides: PathBuf,
}

/// Each page's name and path; `{org}` and `{revision}` stand for the demo's.
const PAGES: &[(&str, &str)] = &[
    ("home", "/o/{org}"),
    ("members", "/o/{org}/members"),
    ("invite", "/o/{org}/members/invite"),
    ("memory", "/o/{org}/memory"),
    ("websites", "/o/{org}/memory/websites"),
    ("features", "/o/{org}/settings/features"),
    ("history", "/o/{org}/settings/history"),
    ("devices", "/o/{org}/devices"),
    ("rollout", "/o/{org}/rollouts/{revision}"),
    ("my-settings", "/o/{org}/my-settings"),
    ("account", "/account"),
    ("activate", "/activate"),
];

/// The pictures that guides in `docs/help` name: the same pages, in the light theme, no more than a screen of them.
const GUIDES: &[(&str, &str)] = &[
    ("help-activate", "/activate"),
    ("help-invite", "/o/{org}/members/invite"),
    ("help-websites", "/o/{org}/memory/websites"),
    ("help-rollout", "/o/{org}/rollouts/{revision}"),
    ("help-audit", "/o/{org}/settings/audit"),
];

/// Width and height of a guide's picture.
const GUIDE_SIZE: (u32, u32) = (960, 640);

const SIZES: &[(&str, u32, u32)] = &[("", 1280, 900), ("-narrow", 360, 780)];

/// Runs the task.
pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    fs::create_dir_all(&options.into)?;
    let demo = Demo::start(25).await?;
    let owner = demo.owner()?;
    let org = &demo.card.org;
    let settings = owner
        .get(&format!("/api/v1/orgs/{org}/settings"))
        .await?
        .expect(200)?;
    let revision = settings.json()?["revision"].to_string();
    wait::until_true("every agent to have the newest settings", async || {
        let rollout = owner
            .get(&format!("/api/v1/orgs/{org}/rollouts/{revision}"))
            .await?;
        let rollout = rollout.expect(200)?.json()?;
        Ok(rollout["applied"] == rollout["audience"])
    })
    .await?;
    let browser = Browser::start().await?;
    browser.open(&demo.card.sign_in_url).await?;
    if !browser.address().await?.contains("/o/") {
        browser.press("Sign in").await?;
    }
    for (name, path) in PAGES {
        if !wanted(&options, name) {
            continue;
        }
        let path = path.replace("{org}", org).replace("{revision}", &revision);
        for (suffix, width, height) in SIZES {
            for (theme, dark) in [("", false), ("-dark", true)] {
                browser.emulate(*width, *height, dark).await?;
                browser.open(format!("{}{path}", demo.card.url)).await?;
                let file = options.into.join(format!("{name}{suffix}{theme}.png"));
                photograph(&browser, &file, true).await?;
                println!("{}", file.display());
            }
        }
    }
    fs::create_dir_all(&options.guides)?;
    for (name, path) in GUIDES {
        if wanted(&options, name) {
            let path = path.replace("{org}", org).replace("{revision}", &revision);
            browser.emulate(GUIDE_SIZE.0, GUIDE_SIZE.1, false).await?;
            browser.open(format!("{}{path}", demo.card.url)).await?;
            let file = options.guides.join(format!("{name}.png"));
            photograph(&browser, &file, false).await?;
            println!("{}", file.display());
        }
    }
    browser.close().await
}

fn wanted(options: &Options, name: &str) -> bool {
    options
        .page
        .as_ref()
        .is_none_or(|wanted| name.contains(wanted.as_str()))
}

/// The page; the whole of it, or only what fits the screen.
async fn photograph(browser: &Browser, file: &Path, whole: bool) -> anyhow::Result<()> {
    let picture = browser
        .devtools(
            "Page.captureScreenshot",
            serde_json::json!({ "format": "png", "captureBeyondViewport": whole }),
        )
        .await?;
    let data = picture["data"].as_str().context("the browser gives a picture")?;
    Ok(fs::write(file, STANDARD.decode(data)?)?)
}
