//! `tessera login <url>`: shows a code, waits for a member to type it in the portal, and takes the first settings;
//! or enrols at once by an enrolment key.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use clap::Args;
use serde_json::json;
use tessera_wire::{KeyStorage, enrol_key::EnrolmentKey};

use super::{Common, ExitCode, Keyring, Trust, console::Console, enrolment_key, local_client::LocalClient};
use crate::{
    Agent, AgentConfig, Ambient, Error, Home, Machine, PortalAddress,
    commons::Commons,
    enrol::{self, Claim, Enrolment},
    moment,
    state::{OrgState, Profile, keyring_available},
    status::{Invitation, Status},
    timer::{TokioTimer, within},
};

/// How long the first settings may take before the member gets the prompt back.
const FIRST_SETTINGS: Duration = Duration::from_secs(15);

/// Sign this machine in to an organization.
#[derive(Debug, Args)]
pub struct Login {
    /// The portal's address.
    #[arg(value_name = "URL")]
    url: String,
    /// Do not open a browser.
    #[arg(long)]
    no_browser: bool,
    /// Whether to keep this device's keys in the system's keyring.
    #[arg(long, value_enum, default_value = "on", env = "TESSERA_KEYRING")]
    keyring: Keyring,
    /// Enrol without a browser, by the enrolment key in this file (`-` reads it from standard input). The key can
    /// also stand in the variable `TESSERA_ENROLMENT_KEY`; an argument would be seen by every program here.
    #[arg(long, value_name = "FILE")]
    enrolment_key_file: Option<PathBuf>,
    /// With an enrolment key that leaves it open: the address of the member whose machine this is.
    #[arg(long, value_name = "EMAIL")]
    member: Option<String>,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) async fn run(login: Login) -> Result<ExitCode, Error> {
    if let Some(key) = enrolment_key::find(login.enrolment_key_file.as_deref())? {
        return run_by_key(login, key).await;
    }
    if login.member.is_some() {
        return Err(Error::MemberWithoutKey);
    }
    let address = login.url.parse()?;
    let (home, console) = (login.common.home()?, login.common.console());
    let (ca, http) = login.trust.client()?;
    home.create()?;
    let _signing_in = home.lock_sign_in()?;
    refuse_if_signed_in(&home)?;
    let (ambient, machine) = (Ambient::system(), Machine::detect());
    let keyring = login.keyring == Keyring::On && keyring_available();
    let storage = if keyring {
        KeyStorage::Keyring
    } else {
        KeyStorage::File
    };
    let portal = enrol::portal(address, http.clone(), &ambient);
    let enrolment = Enrolment::begin(portal, ambient, &machine, storage).await?;
    show(console, &enrolment.invitation, &machine);
    if !login.no_browser {
        open_in_browser(&enrolment.invitation.verification_uri);
    }
    let approved = enrolment.approved().await?.trusting(ca);
    let state = OrgState::new(home.org_storage(approved.org()), Commons::new());
    let profile = approved.keep(&state, keyring)?;
    let status = first_settings(&home, http, console).await;
    report(console, &profile, status.as_ref());
    Ok(ExitCode::SUCCESS)
}

/// The same without a person: for scripts, which may run it again and again.
async fn run_by_key(login: Login, key: EnrolmentKey) -> Result<ExitCode, Error> {
    let address: PortalAddress = login.url.parse()?;
    let (home, console) = (login.common.home()?, login.common.console());
    home.create()?;
    let _signing_in = home.lock_sign_in()?;
    if let Some(profile) = signed_in(&home)? {
        if profile.server != address.to_string() {
            return Err(profile.into_signed_in());
        }
        report(console, &profile, None);
        return Ok(ExitCode::SUCCESS);
    }
    let (ca, http) = login.trust.client()?;
    let (ambient, machine) = (Ambient::system(), Machine::detect());
    let keyring = login.keyring == Keyring::On && keyring_available();
    let storage = if keyring {
        KeyStorage::Keyring
    } else {
        KeyStorage::File
    };
    let claim = Claim {
        member: login.member,
        login: enrolment_key::login_name(),
    };
    let portal = enrol::portal(address, http.clone(), &ambient);
    let approved = enrol::by_key(portal, ambient, &machine, storage, &key, &claim)
        .await?
        .trusting(ca);
    let state = OrgState::new(home.org_storage(approved.org()), Commons::new());
    let profile = approved.keep(&state, keyring)?;
    let status = first_settings(&home, http, console).await;
    report(console, &profile, status.as_ref());
    Ok(ExitCode::SUCCESS)
}

fn refuse_if_signed_in(home: &Home) -> Result<(), Error> {
    match signed_in(home)? {
        Some(profile) => Err(profile.into_signed_in()),
        None => Ok(()),
    }
}

fn signed_in(home: &Home) -> Result<Option<Profile>, Error> {
    let Some(org) = home.org()? else { return Ok(None) };
    OrgState::new(home.org_storage(org), Commons::new()).profile()
}

impl Profile {
    fn into_signed_in(self) -> Error {
        Error::SignedIn {
            org: self.org_name,
            account: self.account,
        }
    }
}

fn show(console: Console, invitation: &Invitation, machine: &Machine) {
    let Invitation {
        user_code,
        verification_uri,
        key_words,
        expires_in,
    } = invitation;
    let ends = moment::minutes(Duration::from_secs(*expires_in));
    let text = format!(
        "To sign this machine in, open\n\n    {verification_uri}\n\nand type the code\n\n    {user_code}\n\n\
         The page must show {} with these key words; refuse it otherwise:\n\n    {}\n\nThe code ends in {ends}. Waiting…",
        machine.host,
        key_words.join(" "),
    );
    let value = json!({
        "event": "code",
        "user_code": user_code,
        "verification_uri": verification_uri,
        "key_words": key_words,
        "expires_in": expires_in,
    });
    console.say(text, &value);
}

/// Lets the running agent take over, or takes the first settings itself.
async fn first_settings(home: &Home, http: reqwest::Client, console: Console) -> Option<Status> {
    if let Some(agent) = LocalClient::find(home) {
        agent.tell("/v1/reload").await;
        return None;
    }
    let agent = match Agent::start(AgentConfig::at_home(home.clone(), http)).await {
        Ok(agent) => agent,
        Err(error) => {
            console.error(&error);
            return Some(Status::default());
        }
    };
    let settled = agent.until(|status| status.in_force.is_some() && status.acknowledged.is_some());
    let _ = within(&TokioTimer, FIRST_SETTINGS, settled).await;
    let status = agent.status();
    agent.stop().await;
    Some(status)
}

fn report(console: Console, profile: &Profile, status: Option<&Status>) {
    let who = format!(
        "This machine is signed in to {} as {}.",
        profile.org_name, profile.account
    );
    let revision = status.and_then(|status| status.in_force).map(|it| it.revision);
    let next = match (status.is_some(), revision) {
        (false, _) => "The running agent takes it from here; see: tessera status".to_owned(),
        (true, Some(revision)) => format!("Revision {revision} is in force. Keep it current with: tessera agent"),
        (true, None) => {
            "The settings have not arrived yet, and nothing may be captured until they have. Run: tessera agent".to_owned()
        }
    };
    let value = json!({
        "event": "signed_in",
        "org": profile.org,
        "org_name": profile.org_name,
        "account": profile.account,
        "device": profile.device,
        "key_storage": profile.key_storage,
        "revision": revision,
    });
    console.say(format_args!("{who}\n{next}"), &value);
}

/// Tries to show an address to the person in front of this machine. Whether something could be started.
pub(super) fn open_in_browser(url: &str) -> bool {
    let programs: &[(&str, &[&str])] = if cfg!(target_os = "macos") {
        &[("open", &[])]
    } else if cfg!(target_os = "windows") {
        &[("rundll32", &["url.dll,FileProtocolHandler"])]
    } else if std::env::var_os("DISPLAY").is_some() || std::env::var_os("WAYLAND_DISPLAY").is_some() {
        &[("xdg-open", &[]), ("gio", &["open"])]
    } else {
        &[]
    };
    programs.iter().any(|(program, arguments)| {
        let mut command = Command::new(program);
        command
            .args(*arguments)
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().is_ok()
    })
}
