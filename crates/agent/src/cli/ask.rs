//! What is in force, for commands: as the running agent says, else as the state on the disk says by the same
//! code. Only reads; the disk belongs to the agent.

use std::sync::Arc;

use tessera_policy::{Explanation, Leaf, ModelName, Subject};

use super::local_client::LocalClient;
use crate::{
    Error, Home, PurgeOrder,
    commons::Commons,
    device,
    enforcement::{Answer, InForce, Settings},
    models::ModelsAnswer,
    purges,
    report_card::ReportCard,
    state::OrgState,
    status::{InForceStatus, Status},
};

/// The running agent, or the disk.
pub(super) struct Asked {
    home: Home,
    agent: Option<LocalClient>,
}

impl Asked {
    pub(super) fn new(home: Home) -> Self {
        let agent = LocalClient::find(&home);
        Self { home, agent }
    }

    pub(super) async fn decide(&self, subject: &Subject) -> Answer {
        if let Some(agent) = &self.agent
            && let Some(answer) = agent.post("/v1/decide", subject).await
        {
            return answer;
        }
        on_disk(&self.home).1.decide(subject)
    }

    pub(super) async fn explain(&self, leaf: Leaf) -> Result<Explanation, Error> {
        if let Some(agent) = &self.agent
            && let Some(explanation) = agent.get(&format!("/v1/explain?leaf={leaf}")).await
        {
            return Ok(explanation);
        }
        let (status, in_force) = on_disk(&self.home);
        match in_force.settings() {
            Some(settings) => Ok(settings.explain(leaf)),
            None if status.identity.is_none() => Err(Error::NotSignedIn),
            None => Err(Error::Closed { why: status.alarm }),
        }
    }

    pub(super) async fn models(&self) -> ModelsAnswer {
        if let Some(agent) = &self.agent
            && let Some(answer) = agent.get("/v1/models").await
        {
            return answer;
        }
        on_disk(&self.home).1.models()
    }

    pub(super) async fn model(&self, name: &ModelName) -> ModelsAnswer {
        let encoded: String = url::form_urlencoded::byte_serialize(name.as_str().as_bytes()).collect();
        if let Some(agent) = &self.agent
            && let Some(answer) = agent.get(&format!("/v1/models?model={encoded}")).await
        {
            return answer;
        }
        on_disk(&self.home).1.model(name)
    }

    pub(super) async fn report_card(&self) -> ReportCard {
        if let Some(agent) = &self.agent
            && let Some(card) = agent.get("/v1/status").await
        {
            return card;
        }
        let (status, in_force) = on_disk(&self.home);
        ReportCard::new(false, status, &in_force, purges_on_disk(&self.home))
    }

    /// A link to the running agent's page, good once.
    pub(super) async fn page_link(&self) -> Option<String> {
        let link: crate::local::page::PageLink = self.agent.as_ref()?.post("/v1/page-link", &()).await?;
        Some(link.url)
    }
}

/// What the disk says, verified from the signature down. What cannot be used closes, and says why.
pub(super) fn on_disk(home: &Home) -> (Status, InForce) {
    let mut status = Status::default();
    match read(home, &mut status) {
        Ok(Some(settings)) => {
            status.in_force = Some(InForceStatus::from(&settings.accepted));
            (status, InForce::Settings(settings))
        }
        Ok(None) => (status, InForce::Closed),
        Err(why) => {
            status.alarm = Some(why);
            (status, InForce::Closed)
        }
    }
}

/// What the disk says is to be forgotten.
fn purges_on_disk(home: &Home) -> Vec<PurgeOrder> {
    let org = home.org().ok().flatten();
    let state = org.map(|org| OrgState::new(home.org_storage(org), Commons::new()));
    state
        .map(|state| purges::waiting(&state.purges()))
        .unwrap_or_default()
}

fn read(home: &Home, status: &mut Status) -> Result<Option<Settings>, String> {
    let Some(org) = home.org().map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let commons: Arc<Commons> = Commons::new();
    let state = OrgState::new(home.org_storage(org), Arc::clone(&commons));
    let Some(profile) = state.profile().map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    if state.removal().is_some() {
        return Ok(None);
    }
    status.enrolled(&profile);
    let ledger = state.ledger(tessera_ids::Timestamp::EPOCH);
    status.last_contact = Some(ledger.latest_seen).filter(|seen| *seen > tessera_ids::Timestamp::EPOCH);
    let loaded =
        device::load(&state, &profile, &commons, ledger.accepted).map_err(|error| error.to_string())?;
    Ok(loaded.map(|loaded| loaded.settings))
}
