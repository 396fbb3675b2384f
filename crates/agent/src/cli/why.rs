//! `tessera why <setting>`: the value in force and every layer that spoke.

use std::fmt::Write as _;

use clap::Args;
use tessera_policy::{Explanation, LayerName, Leaf};

use super::{Common, ExitCode, ask::Asked, console::complain};
use crate::Error;

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
        locked,
        ..
    } = explanation;
    let lock = if *locked {
        ", and teams may not change it"
    } else {
        ""
    };
    let value = leaf.say(value);
    let mut text = format!("{leaf} is {value}, as {} says{lock}.\n", whose(*source));
    let width = explanation
        .spoke
        .iter()
        .map(|spoke| whose(spoke.layer).len())
        .max()
        .unwrap_or(0);
    for spoke in &explanation.spoke {
        let layer = whose(spoke.layer);
        let lock = if spoke.locked { ", locked" } else { "" };
        let won = if spoke.won { "  <- in force" } else { "" };
        let _ = writeln!(text, "  {layer:width$}  {}{lock}{won}", leaf.say(&spoke.value));
    }
    text + &leaf.help()
}

/// Whose word it is, as the member of this machine calls it.
fn whose(layer: LayerName) -> String {
    match layer {
        LayerName::Tightened(_) => "an admin, for you".to_owned(),
        layer => layer.to_string(),
    }
}
