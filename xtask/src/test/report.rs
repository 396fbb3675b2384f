//! What came of each step, and the sum of it.

use std::process::ExitCode;

use crate::process::Run;

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
}

impl Counts {
    /// Adds the counts of another runner.
    pub(super) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// The steps so far. A check counts as one test.
#[derive(Debug, Default)]
pub(super) struct Report {
    lines: Vec<String>,
    total: Counts,
}

impl Report {
    /// Makes one check; an error of the check itself is a failure of it.
    pub(super) fn check(&mut self, name: &str, check: impl FnOnce() -> anyhow::Result<bool>) {
        println!("\n== {name}");
        let passed = check().unwrap_or_else(|error| {
            println!("error: {error:#}");
            false
        });
        let counts = Counts {
            passed: u64::from(passed),
            failed: u64::from(!passed),
            skipped: 0,
        };
        self.total.add(counts);
        self.lines
            .push(format!("{:<8} {name}", if passed { "ok" } else { "FAILED" }));
    }

    /// Runs a command as a check, if there is one to run.
    pub(super) fn check_if_possible(
        &mut self,
        name: &str,
        why_not: &str,
        command: anyhow::Result<Option<Run>>,
    ) {
        match command {
            Ok(None) => self.skip(name, why_not),
            Ok(Some(command)) => self.check(name, || command.shown()),
            Err(error) => self.check(name, || Err(error)),
        }
    }

    /// Notes what a runner of many tests said.
    pub(super) fn ran(&mut self, name: &str, counts: Counts) {
        self.total.add(counts);
        let verdict = if counts.failed == 0 { "ok" } else { "FAILED" };
        let Counts { passed, failed, .. } = counts;
        self.lines
            .push(format!("{verdict:<8} {name}: {passed} passed, {failed} failed"));
    }

    /// Notes what was not done, and why.
    pub(super) fn skip(&mut self, name: &str, why: &str) {
        self.total.skipped += 1;
        self.lines.push(format!("{:<8} {name}: {why}", "skipped"));
    }

    /// Prints the steps and, last, the sum.
    pub(super) fn print(&self) {
        println!();
        for line in &self.lines {
            println!("{line}");
        }
        let Counts {
            passed,
            failed,
            skipped,
        } = self.total;
        println!();
        if skipped == 0 {
            println!("{passed} passed, {failed} failed");
        } else {
            println!("{passed} passed, {failed} failed, {skipped} skipped");
        }
    }

    /// Success when something ran and nothing failed.
    pub(super) fn exit_code(&self) -> ExitCode {
        if self.total.failed == 0 && self.total.passed > 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}
