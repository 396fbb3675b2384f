//! The agent as a service of the system: what is asked of the service manager, and in which words. The
//! `service-manager` crate does the asking; the texts are written here, the same on every machine.

mod launchd;
mod systemd;
mod windows;

use std::{
    io,
    path::{Path, PathBuf},
};

use service_manager::{
    RestartPolicy, ServiceInstallCtx, ServiceLabel, ServiceLevel, ServiceManager, ServiceManagerKind,
    ServiceStartCtx, ServiceStatus, ServiceStatusCtx, ServiceStopCtx, ServiceUninstallCtx,
};

/// Why the system does not keep the agent running. What is in force is not touched.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Windows, or something rarer.
    #[error("{0}")]
    Unsupported(String),
    /// A path or value that no unit can hold.
    #[error("{0} holds a line break or is not text, so no service can be told of it")]
    Untellable(&'static str),
    /// It needs the machine's administrator.
    #[error("a service for the whole machine needs root; run: sudo tessera agent {0} --system")]
    NeedsRoot(&'static str),
    /// The service manager said no.
    #[error("the service could not be {task}: {source}")]
    Failed {
        /// What was asked.
        task: &'static str,
        /// What it said.
        source: io::Error,
    },
}

/// Since when the agent runs: from a person's sign-in on, or from the machine's start on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    User,
    System,
}

impl Level {
    /// As a flag.
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Self::User => "--user",
            Self::System => "--system",
        }
    }
}

/// What the service shall run.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) level: Level,
    pub(crate) program: PathBuf,
    pub(crate) home: PathBuf,
    /// Further arguments, such as `--local-port 7471`.
    pub(crate) more: Vec<String>,
    /// Variables that it shall see: the proxy's.
    pub(crate) environment: Vec<(String, String)>,
}

impl Wanted {
    /// What comes after the program, in order.
    fn arguments(&self) -> Result<Vec<String>, ServiceError> {
        let mut arguments = vec!["agent".to_owned(), "--foreground".to_owned()];
        if self.level == Level::System {
            // Nobody is signed in whose keyring could be open.
            arguments.extend(["--keyring", "off"].map(str::to_owned));
        }
        arguments.extend(["--home".to_owned(), text(&self.home, "the agent's folder")?]);
        arguments.extend(self.more.iter().cloned());
        Ok(arguments)
    }

    /// The command line, for people.
    pub(crate) fn shown(&self) -> String {
        let arguments = self.arguments().unwrap_or_default();
        format!("{} {}", self.program.display(), arguments.join(" "))
    }
}

/// A path as text that stays on its line.
fn text(path: &Path, what: &'static str) -> Result<String, ServiceError> {
    let text = path.to_str().filter(|text| !text.contains(char::is_control));
    text.map(str::to_owned).ok_or(ServiceError::Untellable(what))
}

/// The service manager of this machine, at one level.
pub(crate) struct Keeper {
    manager: Box<dyn ServiceManager>,
    kind: ServiceManagerKind,
    level: Level,
}

impl Keeper {
    /// The machine's own manager, if it is one that the agent knows.
    pub(crate) fn find(level: Level) -> Result<Self, ServiceError> {
        let kind =
            ServiceManagerKind::native().map_err(|error| ServiceError::Unsupported(error.to_string()))?;
        if !matches!(kind, ServiceManagerKind::Systemd | ServiceManagerKind::Launchd) {
            return Err(ServiceError::Unsupported(unsupported(kind)));
        }
        let mut manager = <dyn ServiceManager>::target(kind);
        let service_level = match level {
            Level::User => ServiceLevel::User,
            Level::System => ServiceLevel::System,
        };
        manager
            .set_level(service_level)
            .map_err(|error| ServiceError::Unsupported(error.to_string()))?;
        Ok(Self { manager, kind, level })
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &'static str {
        match self.kind {
            ServiceManagerKind::Launchd => "launchd",
            _ => "systemd",
        }
    }

    /// Where its file about the agent is.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        match (self.kind, self.level) {
            (ServiceManagerKind::Launchd, Level::System) => {
                Some(PathBuf::from("/Library/LaunchDaemons").join(launchd::FILE))
            }
            (ServiceManagerKind::Launchd, Level::User) => {
                let folders = directories::BaseDirs::new()?;
                Some(
                    folders
                        .home_dir()
                        .join("Library/LaunchAgents")
                        .join(launchd::FILE),
                )
            }
            (_, Level::System) => Some(service_manager::systemd_global_dir_path().join(systemd::FILE)),
            (_, Level::User) => Some(service_manager::systemd_user_dir_path().ok()?.join(systemd::FILE)),
        }
    }

    /// How to read what it logs.
    pub(crate) fn log(&self, home: &Path) -> String {
        match (self.kind, self.level) {
            (ServiceManagerKind::Launchd, _) => home.join(launchd::LOG).display().to_string(),
            (_, Level::User) => "journalctl --user --unit tessera-agent".to_owned(),
            (_, Level::System) => "journalctl --unit tessera-agent".to_owned(),
        }
    }

    /// Writes the service down and starts it; one that runs is started anew.
    pub(crate) fn install(&self, wanted: &Wanted) -> Result<(), ServiceError> {
        let contents = match self.kind {
            ServiceManagerKind::Launchd => launchd::plist(wanted)?,
            _ => systemd::unit(wanted)?,
        };
        // What does not run cannot be stopped, and need not be.
        drop(self.manager.stop(ServiceStopCtx { label: label() }));
        let was_there = self.is_installed();
        let context = ServiceInstallCtx {
            label: label(),
            program: wanted.program.clone(),
            args: Vec::new(),
            contents: Some(contents),
            username: None,
            working_directory: None,
            environment: None,
            autostart: true,
            restart_policy: RestartPolicy::default(),
        };
        if let Err(source) = self.manager.install(context) {
            // A file that the service manager does not know of would be started at some later time.
            if let (false, Some(file)) = (was_there, self.file()) {
                drop(std::fs::remove_file(file));
            }
            return Err(self.failed("installed", "install", source));
        }
        let started = self.manager.start(ServiceStartCtx { label: label() });
        started.map_err(|source| self.failed("started", "install", source))
    }

    /// Stops the service and takes it away.
    pub(crate) fn uninstall(&self) -> Result<(), ServiceError> {
        drop(self.manager.stop(ServiceStopCtx { label: label() }));
        let gone = self.manager.uninstall(ServiceUninstallCtx { label: label() });
        gone.map_err(|source| self.failed("taken away", "uninstall", source))
    }

    /// Whether its file is there.
    pub(crate) fn is_installed(&self) -> bool {
        self.file().is_some_and(|file| file.exists())
    }

    /// Whether the system runs it now; `None` when the service manager cannot be asked.
    pub(crate) fn runs(&self) -> Option<bool> {
        let asked = self.manager.status(ServiceStatusCtx { label: label() });
        asked.ok().map(|status| status == ServiceStatus::Running)
    }

    fn failed(&self, task: &'static str, command: &'static str, source: io::Error) -> ServiceError {
        if source.kind() == io::ErrorKind::PermissionDenied && self.level == Level::System {
            ServiceError::NeedsRoot(command)
        } else {
            ServiceError::Failed { task, source }
        }
    }
}

/// What `--print` shows: the text for this platform, whether or not its service manager can be asked here.
pub(crate) fn printed(wanted: &Wanted) -> Result<String, ServiceError> {
    match std::env::consts::OS {
        "macos" => launchd::plist(wanted),
        "windows" => windows::task(wanted),
        _ => systemd::unit(wanted),
    }
}

/// `tessera-agent` to systemd, `tessera.agent` to launchd.
fn label() -> ServiceLabel {
    ServiceLabel {
        qualifier: None,
        organization: Some("tessera".to_owned()),
        application: "agent".to_owned(),
    }
}

fn unsupported(kind: ServiceManagerKind) -> String {
    match kind {
        ServiceManagerKind::Sc | ServiceManagerKind::WinSw => {
            "the agent cannot be a Windows service; have the task scheduler start it at sign-in instead. The commands \
             for that: tessera agent install --print"
                .to_owned()
        }
        other => format!("the agent knows systemd and launchd, and not {other:?}; have it run: tessera agent"),
    }
}
