//! The commands that have Windows' task scheduler start the agent at sign-in. A Windows service would have to answer
//! the service control manager, which the agent does not.

use super::{Level, ServiceError, Wanted, text};

pub(super) fn task(wanted: &Wanted) -> Result<String, ServiceError> {
    let program = quoted(&text(&wanted.program, "the program's path")?);
    // The whole line is one argument to `New-ScheduledTaskAction` and is taken apart again by the program.
    let arguments: Vec<_> = wanted.arguments()?.iter().map(|one| argument(one)).collect();
    let arguments = quoted(&arguments.join(" "));
    let (trigger, principal) = match wanted.level {
        Level::User => ("-AtLogOn -User $env:USERNAME", String::new()),
        Level::System => (
            "-AtStartup",
            " -Principal (New-ScheduledTaskPrincipal -UserId SYSTEM -LogonType ServiceAccount)".to_owned(),
        ),
    };
    Ok(format!(
        "# In PowerShell{elevated}. To undo: Unregister-ScheduledTask -TaskName 'Tessera agent'\n\
         $action = New-ScheduledTaskAction -Execute {program} -Argument {arguments}\n\
         $trigger = New-ScheduledTaskTrigger {trigger}\n\
         $settings = New-ScheduledTaskSettingsSet -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) \
         -ExecutionTimeLimit ([TimeSpan]::Zero) -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries\n\
         Register-ScheduledTask -TaskName 'Tessera agent' -Action $action -Trigger $trigger -Settings $settings{principal}\n\
         Start-ScheduledTask -TaskName 'Tessera agent'\n",
        elevated = if wanted.level == Level::System {
            " as administrator"
        } else {
            ""
        },
    ))
}

/// A literal of `PowerShell`.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "''"))
}

/// A word of a command line. Paths of Windows hold no quotation marks; a backslash before the closing one is doubled.
fn argument(word: &str) -> String {
    if word.contains(' ') {
        let doubled = if word.ends_with('\\') { "\\" } else { "" };
        format!("\"{word}{doubled}\"")
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn a_path_stays_a_literal() {
        let text = task(&Wanted {
            level: Level::User,
            program: PathBuf::from(r"C:\Users\O'Brien\tessera.exe"),
            home: PathBuf::from(r"C:\Users\O'Brien\App Data\tessera"),
            more: Vec::new(),
            environment: Vec::new(),
        })
        .unwrap();
        assert!(
            text.contains(r"-Execute 'C:\Users\O''Brien\tessera.exe'"),
            "{text}"
        );
        assert!(
            text.contains(r#"-Argument 'agent --foreground --home "C:\Users\O''Brien\App Data\tessera"'"#),
            "{text}"
        );
        assert!(text.contains("-AtLogOn") && !text.contains("SYSTEM"), "{text}");
    }
}
