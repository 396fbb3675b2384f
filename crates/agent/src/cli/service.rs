//! `tessera agent install|uninstall|status`: the agent as a service of this person, or of this machine.

use std::{env, fmt::Write as _, path::PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;
use url::Url;

use super::{Common, ExitCode, console::complain};
use crate::{
    Error, Home,
    service::{Keeper, Level, ServiceError, Wanted, printed},
};

/// What a shell knows of proxies and a service does not.
const PROXY_VARIABLES: [&str; 8] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// The agent as a service.
#[derive(Debug, Subcommand)]
pub(super) enum Service {
    /// Have the system keep the agent running, from each sign-in or each start of the machine on.
    Install(Install),
    /// Undo `install`. The device stays enrolled, and what is in force stays on the disk.
    Uninstall(Which),
    /// Say whether the system keeps the agent running: exit code 0 when it runs, 1 when not.
    Status(Which),
}

/// Which of the two services.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// For this person, while they are signed in; needs no root. This is the default.
    #[arg(long, conflicts_with = "system")]
    user: bool,
    /// For the machine, whoever is signed in; needs root.
    #[arg(long)]
    system: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(super) struct Install {
    #[command(flatten)]
    which: Which,
    /// Print what would be installed, and install nothing.
    #[arg(long)]
    print: bool,
    /// The port of the local API.
    #[arg(long, value_name = "PORT")]
    local_port: Option<u16>,
    /// Answer `POST /v1/decide` without the local token.
    #[arg(long)]
    open_decide: bool,
}

impl Service {
    pub(super) fn json(&self) -> bool {
        match self {
            Self::Install(install) => install.which.common.json,
            Self::Uninstall(which) | Self::Status(which) => which.common.json,
        }
    }
}

impl Which {
    fn level(&self) -> Level {
        if self.system { Level::System } else { Level::User }
    }

    /// The agent's folder. A machine's agent has one that is no person's.
    fn home(&self) -> Result<Home, Error> {
        let usual = match (self.level(), env::consts::OS) {
            (Level::User, _) => None,
            (Level::System, "macos") => Some("/Library/Application Support/Tessera/agent"),
            (Level::System, "windows") => Some(r"C:\ProgramData\Tessera\agent"),
            (Level::System, _) => Some("/var/lib/tessera-agent"),
        };
        let given = self.common.home.clone().or(usual.map(PathBuf::from));
        Home::find(given.map(|path| std::path::absolute(&path).unwrap_or(path)))
    }
}

/// Asks the service manager, which answers in its own time.
pub(super) async fn run(service: Service) -> Result<ExitCode, Error> {
    let asked = tokio::task::spawn_blocking(move || match service {
        Service::Install(asked) => install(&asked),
        Service::Uninstall(which) => uninstall(&which),
        Service::Status(which) => status(&which),
    });
    asked.await.map_err(|source| Error::Local {
        task: "ask the service manager",
        source: source.into(),
    })?
}

fn install(asked: &Install) -> Result<ExitCode, Error> {
    let (level, home, console) = (
        asked.which.level(),
        asked.which.home()?,
        asked.which.common.console(),
    );
    let program = env::current_exe().map_err(|source| Error::Local {
        task: "find its own program",
        source,
    })?;
    let (environment, secret) = proxies(|name| env::var(name).ok());
    let mut more = Vec::new();
    if let Some(port) = asked.local_port {
        more.extend(["--local-port".to_owned(), port.to_string()]);
    }
    if asked.open_decide {
        more.push("--open-decide".to_owned());
    }
    let wanted = Wanted {
        level,
        program,
        home: home.path().to_owned(),
        more,
        environment,
    };
    if asked.print {
        let text = printed(&wanted)?;
        console.say(text.trim_end(), &json!({ "text": text }));
        return Ok(ExitCode::SUCCESS);
    }
    let keeper = Keeper::find(level)?;
    // One that a person started by hand has to go first; the service's own is started anew.
    if home.agent_runs() && !(keeper.is_installed() && keeper.runs() == Some(true)) {
        return Err(Error::AlreadyRunning {
            home: home.path().to_owned(),
        });
    }
    home.create().map_err(|error| match (&error, level) {
        (Error::Home { source, .. }, Level::System)
            if source.kind() == std::io::ErrorKind::PermissionDenied =>
        {
            ServiceError::NeedsRoot("install").into()
        }
        _ => error,
    })?;
    keeper.install(&wanted)?;
    let value = json!({
        "installed": true,
        "level": level.flag().trim_start_matches('-'),
        "manager": keeper.name(),
        "file": keeper.file(),
        "program": wanted.program,
        "home": wanted.home,
    });
    console.say(
        told(&keeper, &wanted, secret, home.org()?.is_some()).trim_end(),
        &value,
    );
    Ok(ExitCode::SUCCESS)
}

fn told(keeper: &Keeper, wanted: &Wanted, secret: Option<&str>, is_signed_in: bool) -> String {
    let (since, flag) = match wanted.level {
        Level::User => ("each sign-in of yours", "--user"),
        Level::System => ("each start of this machine", "--system"),
    };
    let file = keeper.file().unwrap_or_default();
    let mut text = format!(
        "{} now runs the agent: from {since} on, and again five seconds after it failed.\n\n\
         Written     {}\nRuns        {}\nIts log     {}\nUndo it     tessera agent uninstall {flag}\n",
        keeper.name(),
        file.display(),
        wanted.shown(),
        keeper.log(&wanted.home),
    );
    for (name, value) in &wanted.environment {
        let _ = writeln!(text, "It sees     {name}={value}");
    }
    if let Some(name) = secret {
        let _ = writeln!(
            text,
            "\n{name} holds a password, which does not go into a file that everybody may read. \
             Write the line {name}=… into agent.env in {} instead.",
            agent_env(wanted.level),
        );
    }
    if !is_signed_in {
        let _ = writeln!(
            text,
            "\nNobody is signed in there yet, so nothing may be captured. Run: {}",
            sign_in(wanted),
        );
    }
    if wanted.level == Level::User && keeper.name() == "systemd" {
        text += "\nIt ends when you sign out. To keep it while nobody is signed in: loginctl enable-linger\n";
    }
    text
}

fn agent_env(level: Level) -> &'static str {
    match level {
        Level::User => "~/.config/tessera",
        Level::System => "/etc/tessera",
    }
}

fn sign_in(wanted: &Wanted) -> String {
    match wanted.level {
        Level::User => "tessera login <url>".to_owned(),
        Level::System => format!(
            "sudo tessera login <url> --keyring off --home {}",
            wanted.home.display()
        ),
    }
}

fn uninstall(which: &Which) -> Result<ExitCode, Error> {
    let (keeper, console) = (Keeper::find(which.level())?, which.common.console());
    if !keeper.is_installed() {
        let text = format!(
            "No {} service of the agent is installed; nothing was to do.",
            which.level().flag()
        );
        console.say(text, &json!({ "uninstalled": false }));
        return Ok(ExitCode::SUCCESS);
    }
    keeper.uninstall()?;
    let text = format!(
        "{} does not run the agent any more. This device stays enrolled and what is in force stays on the disk; \
         to end that, too: tessera logout",
        keeper.name()
    );
    console.say(text, &json!({ "uninstalled": true }));
    Ok(ExitCode::SUCCESS)
}

fn status(which: &Which) -> Result<ExitCode, Error> {
    let (keeper, console) = (Keeper::find(which.level())?, which.common.console());
    let (installed, runs) = (keeper.is_installed(), keeper.runs());
    let file = keeper.file().unwrap_or_default();
    let text = match (installed, runs) {
        (false, _) => format!(
            "Not installed ({} is not there). Install it: tessera agent install {}",
            file.display(),
            which.level().flag()
        ),
        (true, Some(true)) => format!("Installed ({}), and runs. More: tessera status", file.display()),
        (true, Some(false)) => {
            let log = keeper.log(which.home()?.path());
            format!("Installed ({}), and does not run. Its log: {log}", file.display())
        }
        (true, None) => format!(
            "Installed ({}), but {} cannot be asked",
            file.display(),
            keeper.name()
        ),
    };
    let runs = installed && runs == Some(true);
    console.say(
        text,
        &json!({ "installed": installed, "runs": runs, "file": file }),
    );
    if !runs && !installed && !which.common.json {
        warn_of_a_lone_agent(&which.home()?);
    }
    Ok(if runs {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Somebody who started an agent by hand would read *not installed* as *not running*.
fn warn_of_a_lone_agent(home: &Home) {
    if home.agent_runs() {
        complain(format_args!(
            "an agent runs on {} all the same, started by hand",
            home.path().display()
        ));
    }
}

/// The proxy's variables as they are here, but those with a password; and the first of these by name.
fn proxies(variable: impl Fn(&str) -> Option<String>) -> (Vec<(String, String)>, Option<&'static str>) {
    let (mut seen, mut secret) = (Vec::new(), None);
    for name in PROXY_VARIABLES {
        let Some(value) = variable(name).filter(|value| !value.is_empty()) else {
            continue;
        };
        let has_password = Url::parse(&value).is_ok_and(|url| url.password().is_some());
        if has_password || value.contains('@') {
            secret = secret.or(Some(name));
        } else {
            seen.push((name.to_owned(), value));
        }
    }
    (seen, secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxys_password_goes_into_no_unit() {
        let (seen, secret) = proxies(|name| match name {
            "HTTPS_PROXY" => Some("http://anna:hunter2@proxy.example:3128".to_owned()),
            "NO_PROXY" => Some(".meridian.example".to_owned()),
            _ => None,
        });
        assert_eq!(seen, [("NO_PROXY".to_owned(), ".meridian.example".to_owned())]);
        assert_eq!(secret, Some("HTTPS_PROXY"));
    }
}
