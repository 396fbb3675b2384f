//! `tessera models`: which models this machine may use, and why not the others.

use std::fmt::Write as _;

use clap::Args;
use tessera_policy::{Decision, ModelName};

use super::{Common, ExitCode, ask::Asked, console::complain};
use crate::{
    Error,
    models::{ModelAnswer, ModelsAnswer},
    whose::whose,
};

/// List the models that may be used here.
#[derive(Debug, Args)]
pub struct List {
    /// Ask about one model, such as openai/gpt-5: exit code 0 yes, 1 no, 3 cannot say (treat it as no).
    #[arg(value_name = "MODEL")]
    model: Option<String>,
    /// List also those that may not be used, with the reason.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) async fn run(list: List) -> Result<ExitCode, Error> {
    let console = list.common.console();
    let asked = Asked::new(list.common.home()?);
    if let Some(typed) = &list.model {
        let Ok(name) = typed.trim().parse::<ModelName>() else {
            complain("name a provider and a model, such as openai/gpt-5");
            return Ok(ExitCode::USAGE);
        };
        let answer = asked.model(&name).await;
        let Some(found) = answer.models.first() else {
            return Ok(ExitCode::CANNOT_SAY);
        };
        console.say(sentence(found, answer.revision), found);
        return Ok(match (found.decision, answer.revision) {
            (_, None) => ExitCode::CANNOT_SAY,
            (Decision::Allow, Some(_)) => ExitCode::SUCCESS,
            (Decision::Deny, Some(_)) => ExitCode::FAILURE,
        });
    }
    let mut answer = asked.models().await;
    if !list.all {
        answer.models.retain(|model| model.decision == Decision::Allow);
    }
    console.say(prose(&answer).trim_end(), &answer);
    Ok(if answer.revision.is_some() {
        ExitCode::SUCCESS
    } else {
        ExitCode::CANNOT_SAY
    })
}

fn sentence(model: &ModelAnswer, revision: Option<u64>) -> String {
    let decision = match model.decision {
        Decision::Allow => "allow",
        Decision::Deny => "deny",
    };
    let rule = model
        .rule
        .as_ref()
        .map_or_else(String::new, |rule| format!(" ({rule}, {})", decider(model)));
    let revision = revision.map_or_else(String::new, |revision| format!(" Revision {revision}."));
    format!("{decision}: {}{rule}{revision}", model.reason)
}

/// Whose word on a model it is.
fn decider(model: &ModelAnswer) -> String {
    whose(model.layer, model.layer_name.as_deref())
}

fn prose(answer: &ModelsAnswer) -> String {
    let Some(revision) = answer.revision else {
        return "No model may be used until this machine has its organization's settings.".to_owned();
    };
    let allowed = answer
        .models
        .iter()
        .filter(|model| model.decision == Decision::Allow)
        .count();
    let mut text = if answer.managed {
        format!("{allowed} models may be used, as the allow-list of revision {revision} says.\n")
    } else {
        format!("Every model may be used: no allow-list is on in revision {revision}. These are known:\n")
    };
    let width = answer
        .models
        .iter()
        .map(|model| model.model.as_str().len())
        .max()
        .unwrap_or(0);
    for model in &answer.models {
        let window = model
            .context_window
            .map_or_else(String::new, |tokens| format!("{tokens} tokens"));
        let label = model.label.map_or("", tessera_policy::models::Label::title);
        let denied = match model.decision {
            Decision::Allow => String::new(),
            Decision::Deny => format!("  no: {} ({})", model.reason, decider(model)),
        };
        let line = format!(
            "  {:width$}  {window:>15}  {label:<8}{denied}",
            model.model.as_str()
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}
