//! The unit for systemd, of a person's manager or of the machine's.

use std::{fmt::Write as _, path::Path};

use super::{Level, ServiceError, Wanted, text};

/// The unit's name.
pub(super) const FILE: &str = "tessera-agent.service";

/// What both kinds of units forbid themselves: nothing here needs a privilege or a namespace to be set up.
const CONFINED: &str = "\
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
";

/// What the machine's own unit forbids itself besides: it is root without any of root's powers, and sees its own folder only.
const APART: &str = "\
CapabilityBoundingSet=
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RestrictNamespaces=yes
";

/// Where people's own files are.
const HOMES: [&str; 3] = ["/home", "/root", "/run/user"];

pub(super) fn unit(wanted: &Wanted) -> Result<String, ServiceError> {
    let program = quoted(&text(&wanted.program, "the program's path")?);
    let arguments = wanted.arguments()?;
    let arguments: Vec<_> = arguments.iter().map(|one| argument(one)).collect();
    let mut unit = format!(
        "# Written by `tessera agent install {flag}`; `tessera agent uninstall {flag}` takes it away.\n\
         [Unit]\nDescription=Tessera agent\nDocumentation=man:tessera-agent(1)\n",
        flag = wanted.level.flag()
    );
    if wanted.level == Level::System {
        unit += "Wants=network-online.target\nAfter=network-online.target\n";
    }
    let command = arguments.join(" ");
    let _ = writeln!(unit, "\n[Service]\nType=exec\nExecStart={program} {command}");
    for (name, value) in &wanted.environment {
        let value = text(Path::new(value), "a proxy's address")?;
        let _ = writeln!(unit, "Environment={}", quoted(&format!("{name}={value}")));
    }
    // Proxies and authorities of the place: HTTPS_PROXY, NO_PROXY, TESSERA_CA, one a line.
    unit += "EnvironmentFile=-%E/tessera/agent.env\n";
    unit += "Restart=on-failure\nRestartSec=5\nRestartPreventExitStatus=64\n";
    unit += CONFINED;
    if wanted.level == Level::System {
        unit += APART;
        let at_home = [&wanted.home, &wanted.program]
            .iter()
            .any(|path| HOMES.iter().any(|home| path.starts_with(home)));
        unit += if at_home {
            "ProtectHome=read-only\n"
        } else {
            "ProtectHome=yes\n"
        };
        let home = text(&wanted.home, "the agent's folder")?;
        let _ = writeln!(unit, "ReadWritePaths={}", quoted(&home));
    }
    let target = match wanted.level {
        Level::User => "default.target",
        Level::System => "multi-user.target",
    };
    let _ = writeln!(unit, "\n[Install]\nWantedBy={target}");
    Ok(unit)
}

/// One word of a unit, whatever is in it.
fn quoted(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%");
    format!("\"{escaped}\"")
}

/// One word of a command line, where `$` begins a variable too.
fn argument(word: &str) -> String {
    let harmless = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    if !word.is_empty() && word.chars().all(harmless) {
        return word.to_owned();
    }
    quoted(word).replace('$', "$$")
}

#[cfg(test)]
mod tests {
    use std::{path::PathBuf, process::Command};

    use super::*;

    fn wanted(level: Level, home: &str) -> Wanted {
        Wanted {
            level,
            // systemd looks whether the program is there.
            program: PathBuf::from("/bin/sh"),
            home: PathBuf::from(home),
            more: vec!["--local-port".to_owned(), "7471".to_owned()],
            environment: vec![("HTTPS_PROXY".to_owned(), "http://proxy.example:3128".to_owned())],
        }
    }

    #[test]
    fn the_machines_unit_starts_after_the_network_and_sees_its_folder_only() {
        let unit = unit(&wanted(Level::System, "/var/lib/tessera-agent")).unwrap();
        for line in [
            "After=network-online.target",
            "ExecStart=\"/bin/sh\" agent --foreground --keyring off --home /var/lib/tessera-agent --local-port 7471",
            "Environment=\"HTTPS_PROXY=http://proxy.example:3128\"",
            "Restart=on-failure",
            "ProtectSystem=strict",
            "ProtectHome=yes",
            "ReadWritePaths=\"/var/lib/tessera-agent\"",
            "CapabilityBoundingSet=",
            "WantedBy=multi-user.target",
        ] {
            assert!(
                unit.lines().any(|found| found == line),
                "{line} is not in\n{unit}"
            );
        }
    }

    #[test]
    fn a_persons_unit_asks_for_nothing_that_their_manager_cannot_give() {
        let unit = unit(&wanted(Level::User, "/home/anna/.local/share/tessera/agent")).unwrap();
        for key in [
            "ProtectSystem",
            "PrivateTmp",
            "CapabilityBoundingSet",
            "network-online",
            "--keyring",
        ] {
            assert!(!unit.contains(key), "{key} is in\n{unit}");
        }
        assert!(
            unit.contains("NoNewPrivileges=yes") && unit.contains("WantedBy=default.target"),
            "{unit}"
        );
    }

    #[test]
    fn odd_paths_stay_one_word_and_lines_stay_lines() {
        let odd = unit(&wanted(Level::System, "/srv/100% \"Anna's\" $HOME\\x")).unwrap();
        assert!(
            odd.contains(r#"--home "/srv/100%% \"Anna's\" $$HOME\\x""#),
            "{odd}"
        );
        let broken = unit(&wanted(Level::System, "/srv/x\nExecStartPre=/bin/evil"));
        assert!(matches!(broken, Err(ServiceError::Untellable(_))), "{broken:?}");
    }

    #[test]
    fn systemd_itself_finds_nothing_wrong_with_them() {
        let present = Command::new("systemd-analyze").arg("--version").output();
        if !present.is_ok_and(|output| output.status.success()) {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        for (level, home) in [
            (Level::System, "/var/lib/tessera-agent"),
            (Level::System, "/srv/100% \"Anna's\" $HOME"),
            (Level::User, "/home/anna/.local/share/tessera/agent"),
        ] {
            std::fs::write(&path, unit(&wanted(level, home)).unwrap()).unwrap();
            let output = Command::new("systemd-analyze")
                .args(["verify", "--man=no", level.flag()])
                .arg(&path)
                .env("XDG_RUNTIME_DIR", folder.path())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(
                output.status.success() && !said.contains(FILE),
                "{}: {said}",
                level.flag()
            );
        }
    }
}
