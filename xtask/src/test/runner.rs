//! Runs the workspace's tests with cargo-nextest where it is installed, else with cargo's own runner, and
//! reads the counts that they print.

use std::ffi::OsString;
use std::fs;

use crate::process::Run;
use crate::workspace::Workspace;

use super::cargo_has;
use super::report::{Counts, Report};

/// Runs all tests, or with `quick` all but the end-to-end ones.
pub(super) fn run(
    workspace: &Workspace,
    quick: bool,
    environment: &[(OsString, OsString)],
    report: &mut Report,
) -> anyhow::Result<()> {
    let root = workspace.root();
    report.check("the binary that end-to-end tests start", || {
        Run::cargo(["build", "--workspace", "--bins", "--locked"])
            .folder(root)
            .shown()
    });
    let skips = workspace.tool("skipped-tests");
    fs::create_dir_all(skips.parent().unwrap_or(root))?;
    fs::write(&skips, "")?;
    let prepared = |run: Run| {
        run.folder(root)
            .envs(environment)
            .env("TESSERA_TEST_SKIPS", &skips)
    };

    println!("\n== tests");
    let nextest = cargo_has("nextest");
    let tests = if nextest {
        let quick = if quick {
            &["--filterset=not binary(browser)"][..]
        } else {
            &[]
        };
        Run::cargo(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]).args(quick)
    } else {
        let quick = if quick {
            &["--exclude=tessera-testkit"][..]
        } else {
            &[]
        };
        Run::cargo([
            "test",
            "--workspace",
            "--all-targets",
            "--locked",
            "--no-fail-fast",
        ])
        .args(quick)
    };
    let mut counts = counted(&prepared(tests))?;
    let skipped = fs::read_to_string(&skips)?;
    for line in skipped.lines() {
        let (name, why) = line.split_once('\t').unwrap_or((line, ""));
        report.skip(name, why);
        counts.passed = counts.passed.saturating_sub(1);
    }
    report.ran("tests", counts);

    println!("\n== examples in the documentation");
    let examples = counted(&prepared(Run::cargo([
        "test",
        "--workspace",
        "--doc",
        "--locked",
        "--no-fail-fast",
    ])))?;
    report.ran("examples in the documentation", examples);
    Ok(())
}

/// Runs a test runner; one that fails without naming a failed test counts as one failure.
fn counted(run: &Run) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    let succeeded = run.watched(|line| counts.add(counts_in(line)))?;
    if !succeeded && counts.failed == 0 {
        counts.failed = 1;
    }
    Ok(counts)
}

/// The counts in a closing line of cargo-nextest or of cargo's own runner. What a runner left out by its
/// filter is not a skipped test; tests that skip themselves say so in a file.
fn counts_in(line: &str) -> Counts {
    let line = line.trim();
    let parts = if let Some(rest) = line.strip_prefix("test result: ") {
        rest.split_once(". ").map_or("", |(_, counts)| counts)
    } else if line.starts_with("Summary [") {
        line.split_once(" run: ").map_or("", |(_, counts)| counts)
    } else {
        ""
    };
    let mut counts = Counts::default();
    for part in parts.split([',', ';']) {
        let mut words = part.split_whitespace();
        let Some(number) = words.next().and_then(|word| word.parse::<u64>().ok()) else {
            continue;
        };
        match words.next() {
            Some("passed") => counts.passed += number,
            Some("failed" | "timed" | "exec") => counts.failed += number,
            _ => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed_and_failed(line: &str) -> (u64, u64) {
        let counts = counts_in(line);
        (counts.passed, counts.failed)
    }

    #[test]
    fn both_runners_are_understood() {
        let nextest =
            "     Summary [   8.410s] 412 tests run: 409 passed (2 slow), 2 failed, 1 timed out, 7 skipped";
        assert_eq!(passed_and_failed(nextest), (409, 3));
        let single = "     Summary [   0.004s] 1 test run: 1 passed, 0 skipped";
        assert_eq!(passed_and_failed(single), (1, 0));
        let cargo = "test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 2 filtered out; finished in 0.1s";
        assert_eq!(passed_and_failed(cargo), (3, 1));
        assert_eq!(passed_and_failed("test tests::it ... ok, 5 passed"), (0, 0));
    }
}
