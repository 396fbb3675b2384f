//! A headless Chromium, spoken to in the words that a person would use: press this button, fill that field.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{ChromiumLikeCapabilities as _, DesiredCapabilities, WebDriver};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::outside;
use crate::wait;

/// Finds a control by what a person reads on it. `arguments[0]` is the kind, `arguments[1]` the words.
const FIND: &str = r#"
const [kind, words] = arguments;
const wanted = words.trim().toLowerCase();
const shown = (e) => e.getClientRects().length > 0 && !e.disabled;
const name = (e) => (e.getAttribute("aria-label") || e.innerText || e.value || "").trim().toLowerCase();
const best = (list) => list.find((e) => name(e) === wanted) || list.find((e) => name(e).startsWith(wanted)) || null;
const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
if (kind === "press") {
  return best(all("button, a[href], summary, input[type=submit], [role=button]"));
}
const named = (e) => {
  const by = (e.getAttribute("aria-labelledby") || "").split(/\s+/).map((id) => document.getElementById(id)?.innerText || "");
  const texts = [...(e.labels || [])].map((l) => l.innerText).concat(by, e.getAttribute("aria-label") || "", e.getAttribute("placeholder") || "");
  return texts.map((t) => t.trim().toLowerCase()).filter(Boolean);
};
const fields = [...document.querySelectorAll("input:not([type=hidden]), textarea, select")].filter((e) => !e.disabled);
return fields.find((e) => named(e).includes(wanted)) || fields.find((e) => named(e).some((t) => t.startsWith(wanted))) || null;
"#;

/// A browser with a fresh profile. It ends when closed, or with the test.
#[derive(Debug)]
pub struct Browser {
    session: WebDriver,
    driver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Starts one.
    pub async fn start() -> anyhow::Result<Self> {
        crate::use_ring();
        let profile = tempfile::Builder::new().prefix("tessera-browser-").tempdir()?;
        let mut driver = Command::new(outside::variable("TESSERA_TEST_DRIVER")?)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("ChromeDriver could not be started")?;
        let output = driver.stdout.take().context("its output is piped")?;
        let port = port_of_driver(output).await?;
        let mut wishes = DesiredCapabilities::chrome();
        let binary = outside::variable("TESSERA_TEST_BROWSER")?;
        wishes.set_binary(&binary.to_string_lossy())?;
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=1280,900",
            &format!("--user-data-dir={}", profile.path().display()),
        ] {
            wishes.add_arg(argument)?;
        }
        let session = WebDriver::new(format!("http://127.0.0.1:{port}"), wishes).await?;
        session.set_page_load_timeout(Duration::from_secs(30)).await?;
        Ok(Self {
            session,
            driver,
            _profile: profile,
        })
    }

    /// Goes to an address.
    pub async fn open(&self, url: impl AsRef<str>) -> anyhow::Result<()> {
        self.session.goto(url.as_ref()).await?;
        Ok(())
    }

    /// The address that is shown.
    pub async fn address(&self) -> anyhow::Result<String> {
        Ok(self.session.current_url().await?.to_string())
    }

    /// Presses the button or follows the link with this name.
    pub async fn press(&self, name: &str) -> anyhow::Result<()> {
        wait::until(format!("`{name}` to press"), async || {
            let Some(element) = self.find("press", name).await? else {
                return Ok(None);
            };
            element.scroll_into_view().await?;
            element.click().await?;
            Ok(Some(()))
        })
        .await
        .with_context(|| format!("pressing `{name}`"))
        .or_else_page(self)
        .await
    }

    /// Types into the field with this label, in place of what stood there. A file field takes a path.
    pub async fn fill(&self, label: &str, text: &str) -> anyhow::Result<()> {
        let element = self.field(label).await?;
        let kind = element.attr("type").await?.unwrap_or_default();
        if kind != "file" {
            element.clear().await?;
        }
        element.send_keys(text).await?;
        Ok(())
    }

    /// Chooses the option whose text begins so.
    pub async fn choose(&self, label: &str, option: &str) -> anyhow::Result<()> {
        let element = self.field(label).await?;
        let script = r"
            const [select, wanted] = arguments;
            const option = [...select.options].find((o) => o.text.trim().toLowerCase().startsWith(wanted.toLowerCase()));
            if (!option) return false;
            select.value = option.value;
            select.dispatchEvent(new Event('input', { bubbles: true }));
            select.dispatchEvent(new Event('change', { bubbles: true }));
            return true;";
        let done = self.run(script, vec![element.to_json()?, json!(option)]).await?;
        if done != json!(true) {
            bail!("`{label}` has no option `{option}`");
        }
        Ok(())
    }

    /// Sets a switch or a checkbox.
    pub async fn switch(&self, label: &str, on: bool) -> anyhow::Result<()> {
        let element = self.field(label).await?;
        let script = "const [e, on] = arguments; if (e.checked !== on) e.click(); return e.checked === on;";
        let done = self.run(script, vec![element.to_json()?, json!(on)]).await?;
        if done != json!(true) {
            bail!("`{label}` could not be switched");
        }
        Ok(())
    }

    /// Waits until the page shows these words.
    pub async fn sees(&self, words: &str) -> anyhow::Result<()> {
        let wanted = words.to_lowercase();
        wait::until_true(format!("the page to show `{words}`"), async || {
            Ok(self.text().await?.to_lowercase().contains(&wanted))
        })
        .await
        .or_else_page(self)
        .await
    }

    /// All the text on the page.
    pub async fn text(&self) -> anyhow::Result<String> {
        let text = self
            .run("return document.body ? document.body.innerText : ''", Vec::new())
            .await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Runs a script in the page and gives what it returns.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> anyhow::Result<Value> {
        Ok(self.session.execute(script, arguments).await?.json().clone())
    }

    /// Shows pages as on a screen of this size, light or dark.
    pub async fn emulate(&self, width: u32, height: u32, dark: bool) -> anyhow::Result<()> {
        let cdp = self.session.cdp();
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        cdp.send_raw("Emulation.setDeviceMetricsOverride", metrics)
            .await?;
        let scheme = if dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        cdp.send_raw("Emulation.setEmulatedMedia", features).await?;
        Ok(())
    }

    /// Switches the page's scripts off or on.
    pub async fn allow_scripts(&self, allowed: bool) -> anyhow::Result<()> {
        let disabled = json!({ "value": !allowed });
        self.devtools("Emulation.setScriptExecutionDisabled", disabled)
            .await?;
        Ok(())
    }

    /// Sends a command of the Chrome `DevTools` Protocol.
    pub async fn devtools(&self, command: &str, arguments: Value) -> anyhow::Result<Value> {
        Ok(self.session.cdp().send_raw(command, arguments).await?)
    }

    /// A picture of what is shown, as PNG.
    pub async fn picture(&self) -> anyhow::Result<Vec<u8>> {
        Ok(self.session.screenshot_as_png().await?)
    }

    /// Ends it.
    pub async fn close(mut self) -> anyhow::Result<()> {
        self.session.quit().await?;
        self.driver.kill().await?;
        Ok(())
    }

    async fn field(&self, label: &str) -> anyhow::Result<thirtyfour::WebElement> {
        wait::until(format!("a field `{label}`"), async || {
            self.find("field", label).await
        })
        .await
        .or_else_page(self)
        .await
    }

    async fn find(&self, kind: &str, words: &str) -> anyhow::Result<Option<thirtyfour::WebElement>> {
        let found = self
            .session
            .execute(FIND, vec![json!(kind), json!(words)])
            .await?;
        if found.json().is_null() {
            return Ok(None);
        }
        Ok(Some(found.element()?))
    }
}

/// Adds what the page shows to an error, so that a failed test explains itself.
trait OrElsePage<T> {
    async fn or_else_page(self, browser: &Browser) -> anyhow::Result<T>;
}

impl<T> OrElsePage<T> for anyhow::Result<T> {
    async fn or_else_page(self, browser: &Browser) -> Self {
        match self {
            Ok(value) => Ok(value),
            Err(error) => {
                let address = browser.address().await.unwrap_or_default();
                let text = browser.text().await.unwrap_or_default();
                Err(error.context(format!("on {address}, which shows:\n{text}\n")))
            }
        }
    }
}

async fn port_of_driver(output: tokio::process::ChildStdout) -> anyhow::Result<u16> {
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, port)) = line.rsplit_once("started successfully on port ") {
            let port = port.trim_end_matches('.').parse()?;
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(port);
        }
    }
    bail!("ChromeDriver ended without naming its port")
}
