//! What benches print: one table for people, one line of JSON per figure for programs. Nothing is measured here.

use std::fmt;
use std::io::Write;

use serde::{Deserialize, Serialize};

/// One measured figure, beside what was measured in the same minute and what it may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The part of the product: the table's heading above it.
    pub part: String,
    /// What was measured.
    pub what: String,
    /// How much it was.
    pub measured: f64,
    /// What of.
    pub unit: String,
    /// A floor or a peer: its name and its figure, in the same unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<(String, f64)>,
    /// What it may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
}

/// What a figure may be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
    /// No more than so many times what it stands beside.
    AtMostTimes(f64),
    /// No less than so many times what it stands beside.
    AtLeastTimes(f64),
}

impl Line {
    /// A figure without anything to compare it with.
    pub fn new(part: &str, what: impl Into<String>, measured: f64, unit: &str) -> Self {
        Self {
            part: part.to_owned(),
            what: what.into(),
            measured,
            unit: unit.to_owned(),
            beside: None,
            goal: None,
        }
    }

    /// The same beside a floor or a peer.
    #[must_use]
    pub fn beside(mut self, name: &str, figure: f64) -> Self {
        self.beside = Some((name.to_owned(), figure));
        self
    }

    /// The same with what it may be.
    #[must_use]
    pub fn goal(mut self, goal: Goal) -> Self {
        self.goal = Some(goal);
        self
    }

    /// Whether the goal is met; nothing without a goal, or without what it is a multiple of.
    pub fn is_met(&self) -> Option<bool> {
        let peer = self.beside.as_ref().map(|(_, figure)| *figure);
        Some(match self.goal? {
            Goal::AtMost(most) => self.measured <= most,
            Goal::AtLeast(least) => self.measured >= least,
            Goal::AtMostTimes(times) => self.measured <= times * peer?,
            Goal::AtLeastTimes(times) => self.measured >= times * peer?,
        })
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "≤ {}", short(*most)),
            Self::AtLeast(least) => write!(f, "≥ {}", short(*least)),
            Self::AtMostTimes(times) => write!(f, "≤ {times} ×"),
            Self::AtLeastTimes(times) => write!(f, "≥ {times} ×"),
        }
    }
}

/// Writes the table as Markdown, so that it reads the same in a terminal and in docs/BENCH.md.
pub fn write_table(lines: &[Line], out: &mut impl Write) -> std::io::Result<()> {
    let mut part = "";
    for line in lines {
        if line.part != part {
            part = &line.part;
            writeln!(out, "\n## {part}\n")?;
            writeln!(out, "| what | measured | beside it | ratio | may be | |")?;
            writeln!(out, "| --- | --: | --: | --: | --: | --- |")?;
        }
        let measured = format!("{} {}", short(line.measured), line.unit);
        let (beside, ratio) = match &line.beside {
            Some((name, figure)) => (
                format!("{name}: {}", short(*figure)),
                format!("{:.2}", line.measured / figure),
            ),
            None => Default::default(),
        };
        let goal = line.goal.map(|goal| goal.to_string()).unwrap_or_default();
        let met = match line.is_met() {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "",
        };
        writeln!(
            out,
            "| {} | {} | {beside} | {ratio} | {goal} | {met} |",
            line.what,
            measured.trim_end()
        )?;
    }
    Ok(())
}

/// Three digits that count, with commas between thousands.
fn short(figure: f64) -> String {
    if figure.abs() < 10.0 {
        return format!("{figure:.2}");
    }
    if figure.abs() < 100.0 {
        return format!("{figure:.1}");
    }
    let digits = format!("{figure:.0}");
    let mut text = String::with_capacity(digits.len() + 4);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_judged_by_the_figure_and_by_what_stands_beside_it() {
        let line = Line::new("reads", "manifest", 80.0, "k/s");
        assert_eq!(line.is_met(), None);
        let beside = line.clone().beside("axum", 100.0);
        assert_eq!(beside.clone().goal(Goal::AtLeastTimes(0.8)).is_met(), Some(true));
        assert_eq!(beside.clone().goal(Goal::AtLeastTimes(0.9)).is_met(), Some(false));
        assert_eq!(beside.goal(Goal::AtMostTimes(0.7)).is_met(), Some(false));
        assert_eq!(line.clone().goal(Goal::AtMost(80.0)).is_met(), Some(true));
        assert_eq!(line.clone().goal(Goal::AtLeast(81.0)).is_met(), Some(false));
        assert_eq!(line.goal(Goal::AtMostTimes(2.0)).is_met(), None);
    }

    #[test]
    fn a_table_is_markdown_with_a_heading_per_part() {
        let lines = [
            Line::new("reads", "manifest", 123_456.0, "/s").beside("axum", 130_000.0),
            Line::new("websites", "verdict", 96.44, "ns").goal(Goal::AtMost(100.0)),
        ];
        let mut out = Vec::new();
        write_table(&lines, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.contains("| manifest | 123,456 /s | axum: 130,000 | 0.95 |  |  |"),
            "{text}"
        );
        assert!(
            text.contains("| verdict | 96.4 ns |  |  | ≤ 100 | met |"),
            "{text}"
        );
        assert_eq!(text.matches("## ").count(), 2);
    }
}
