//! What the commands print, and how they ask.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};

use anyhow::ensure;

/// Prints a line to standard output.
pub(super) fn say(line: impl Display) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{line}")?;
    Ok(())
}

/// Prints a line of something that must not be overlooked to standard error.
pub(super) fn warn(line: impl Display) -> anyhow::Result<()> {
    writeln!(io::stderr().lock(), "{line}")?;
    Ok(())
}

/// Goes on only when the operator types this word. Without a terminal, `--yes` must have been said instead.
pub(super) fn confirm(question: &str, word: &str) -> anyhow::Result<()> {
    ensure!(
        io::stdin().is_terminal(),
        "{question}\nNothing was changed. Say --yes to go on without being asked"
    );
    let mut terminal = io::stderr().lock();
    write!(terminal, "{question}\nType {word} to go on: ")?;
    terminal.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    ensure!(answer.trim() == word, "nothing was changed");
    Ok(())
}

/// `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes, as people say it.
pub(super) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KB", "MB", "GB", "TB"];
    let (mut whole, mut rest, mut unit) = (count, 0, 0);
    while whole >= 1_000 && unit + 1 < UNITS.len() {
        (whole, rest, unit) = (whole / 1_000, whole % 1_000 / 100, unit + 1);
    }
    if unit == 0 || whole >= 100 {
        format!("{whole} {}", UNITS[unit])
    } else {
        format!("{whole}.{rest} {}", UNITS[unit])
    }
}

/// `1 row`, `2 rows`.
pub(super) fn counted(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", grouped(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(123_456), "123,456");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_250_000), "1.2 MB");
        assert_eq!(bytes(250_000_000), "250 MB");
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(2_000, "row"), "2,000 rows");
    }
}
