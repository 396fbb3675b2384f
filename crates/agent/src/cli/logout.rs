//! `tessera logout`: wipes what the organization said and tells the portal, now or as soon as it can be reached.

use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::{Common, ExitCode, local_client::LocalClient};
use crate::{
    Agent, AgentConfig, Error, Home, SignedOut, http_client, local::api::SignOutAnswer, state::Lock,
};

/// Signing out waits for the portal for a while, and so does the question to the running agent.
const PATIENCE: Duration = Duration::from_secs(40);

/// Sign this machine out.
#[derive(Debug, Args)]
pub struct Logout {
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) async fn run(logout: Logout) -> Result<ExitCode, Error> {
    let (home, console) = (logout.common.home()?, logout.common.console());
    if home.org()?.is_none() {
        console.say(
            "This machine is not signed in; there is nothing to wipe.",
            &json!({ "signed_out": false }),
        );
        return Ok(ExitCode::SUCCESS);
    }
    let _signing_out: Lock = home.lock_sign_in()?;
    let (text, acknowledged) = match sign_out(&home).await? {
        SignedOut::Acknowledged => (
            "Signed out. The organization's settings are wiped, and the portal knows.",
            true,
        ),
        SignedOut::Wiped => (
            "Signed out. The organization's settings are wiped. The portal could not be reached; \
             the agent tells it as soon as it can: tessera agent",
            false,
        ),
        SignedOut::Refused { why } => return Err(Error::SignOutRefused(why)),
        // The state cannot be read, so nobody can be told; what is left of it goes all the same.
        SignedOut::NotSignedIn => (
            "What was left of the organization's settings is wiped. This device's keys could not be read, \
             so the portal could not be told: remove the device there.",
            false,
        ),
    };
    console.say(text, &json!({ "signed_out": true, "acknowledged": acknowledged }));
    Ok(ExitCode::SUCCESS)
}

async fn sign_out(home: &Home) -> Result<SignedOut, Error> {
    if let Some(agent) = LocalClient::find(home) {
        let answer: Option<SignOutAnswer> = agent.command("/v1/sign-out", PATIENCE).await;
        return match answer {
            Some(SignOutAnswer {
                refused: Some(why), ..
            }) => Ok(SignedOut::Refused { why }),
            Some(SignOutAnswer {
                was_signed_in: false, ..
            }) => wipe_remains(home),
            Some(SignOutAnswer {
                acknowledged: true, ..
            }) => Ok(SignedOut::Acknowledged),
            Some(SignOutAnswer { .. }) => Ok(SignedOut::Wiped),
            None => Err(Error::AlreadyRunning {
                home: home.path().to_owned(),
            }),
        };
    }
    let agent = Agent::start(AgentConfig::at_home(home.clone(), http_client())).await?;
    let signed_out = agent.sign_out().await;
    agent.stop().await;
    if signed_out == SignedOut::NotSignedIn {
        wipe_remains(home)
    } else {
        Ok(signed_out)
    }
}

fn wipe_remains(home: &Home) -> Result<SignedOut, Error> {
    if let Some(org) = home.org()? {
        home.org_storage(org)
            .clear()
            .map_err(|error| Error::state("wipe the organization's settings", error))?;
    }
    Ok(SignedOut::NotSignedIn)
}
