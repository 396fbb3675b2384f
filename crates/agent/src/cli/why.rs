//! `tessera why <setting>`: the value in force and every layer that spoke.

use std::fmt::Write as _;

use clap::Args;
use tessera_policy::{Explanation, LayerName, Leaf};

use super::{Common, ExitCode, ask::Asked, console::complain};
use crate::{Error, whose::whose};

/// Explain why a setting is as it is.
#[derive(Debug, Args)]
pub struct Why {
    /// The setting, such as features.telemetry.
    #[arg(value_name = "SETTING")]
    setting: String,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) async fn run(why: Why) -> Result<ExitCode, Error> {
    let console = why.common.console();
    let Some(leaf) = find(&why.setting) else {
        let known: Vec<_> = Leaf::ALL.iter().map(|leaf| leaf.path()).collect();
        complain(format_args!(
            "there is no setting called `{}`; these are: {}",
            why.setting,
            known.join(", ")
        ));
        return Ok(ExitCode::USAGE);
    };
    let explanation = Asked::new(why.common.home()?).explain(leaf).await?;
    console.say(prose(&explanation), &explanation);
    Ok(ExitCode::SUCCESS)
}

/// `telemetry` is enough where only one setting is called so.
fn find(typed: &str) -> Option<Leaf> {
    let typed = typed.trim();
    let mut called_so = Leaf::ALL.iter().copied().filter(|leaf| leaf.name() == typed);
    typed
        .parse()
        .ok()
        .or_else(|| match (called_so.next(), called_so.next()) {
            (Some(leaf), None) => Some(leaf),
            _ => None,
        })
}

fn prose(explanation: &Explanation) -> String {
    let Explanation {
        leaf,
        value,
        source,
        source_name,
        locked,
        ..
    } = explanation;
    let lock = if *locked {
        ", and teams may not change it"
    } else {
        ""
    };
    let value = leaf.say(value);
    let source = speaker(*source, source_name.as_deref());
    let mut text = format!("{leaf} is {value}, as {source} says{lock}.\n");
    let speakers = explanation
        .spoke
        .iter()
        .map(|spoke| (spoke, speaker(spoke.layer, spoke.layer_name.as_deref())));
    let speakers: Vec<_> = speakers.collect();
    let width = speakers
        .iter()
        .map(|(_, layer)| layer.chars().count())
        .max()
        .unwrap_or(0);
    for (spoke, layer) in speakers {
        let lock = if spoke.locked { ", locked" } else { "" };
        let won = if spoke.won { "  <- in force" } else { "" };
        let _ = writeln!(text, "  {layer:width$}  {}{lock}{won}", leaf.say(&spoke.value));
    }
    text + &leaf.help()
}

/// Whose word it is; of a team also the id, by which the portal's API knows it.
fn speaker(layer: LayerName, name: Option<&str>) -> String {
    let whose = whose(layer, name);
    match name {
        Some(_) => format!("{whose} ({layer})"),
        None => whose,
    }
}

#[cfg(test)]
mod tests {
    use tessera_ids::TeamId;
    use tessera_policy::{Layer, LayerDocument, Setting, Value, explain};

    use super::*;

    #[test]
    fn a_team_is_named_and_one_without_a_name_is_known_by_its_id() {
        let id: TeamId = "team_00000000000000000000000003".parse().unwrap();
        let layer = Layer {
            document: LayerDocument::default().with(Leaf::Telemetry, Setting::open(Value::Switch(false))),
            ..Layer::empty(LayerName::Team(id))
        };
        let explanation = explain(&[layer], Leaf::Telemetry);
        let text = prose(&explanation);
        assert!(text.contains(&format!("off, as {id} says.")), "{text}");
        let text = prose(&explanation.naming(|team| (team == id).then(|| "Finance".to_owned())));
        assert!(
            text.contains(&format!("off, as team Finance ({id}) says."))
                && text.contains(&format!("  team Finance ({id})  off  <- in force")),
            "{text}"
        );
    }
}
