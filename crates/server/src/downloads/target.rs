//! The platforms that the agent is built for: the only names under which anything is offered.

/// A kind of machine, by the compiler's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// `x86_64-unknown-linux-gnu`.
    pub triple: &'static str,
    /// Which system it runs.
    pub system: System,
    /// Which of that system's machines it is, for people.
    pub machine: &'static str,
    /// What the file is called, in the operator's folder and in the address.
    pub file: &'static str,
}

/// An operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum System {
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
    /// Linux.
    Linux,
}

impl System {
    /// All of them, in the order of Home.
    pub const ALL: [Self; 3] = [Self::MacOs, Self::Windows, Self::Linux];

    /// Its name in ids of elements.
    pub fn id(self) -> &'static str {
        match self {
            Self::MacOs => "macos",
            Self::Windows => "windows",
            Self::Linux => "linux",
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::MacOs => "macOS",
            Self::Windows => "Windows",
            Self::Linux => "Linux",
        }
    }

    /// What browsers there say of themselves.
    pub fn told(self) -> &'static str {
        match self {
            Self::MacOs => "Mac OS",
            Self::Windows => "Windows",
            Self::Linux => "Linux",
        }
    }

    /// The one command that signs a machine in and has the agent run; it fetches the agent first where there is a file.
    pub fn command(self, origin: &str, offered: bool) -> String {
        match (self, offered) {
            (Self::Windows, false) => format!("tessera login {origin}; tessera agent"),
            (Self::Windows, true) => format!("irm {origin}/install.ps1 | iex"),
            (_, false) => format!("tessera login {origin} && tessera agent install"),
            (_, true) => format!("curl -fsS {origin}/install.sh | sh"),
        }
    }

    /// Its machines.
    pub fn targets(self) -> impl Iterator<Item = &'static Target> {
        Target::ALL.iter().filter(move |target| target.system == self)
    }
}

const fn target(triple: &'static str, system: System, machine: &'static str, file: &'static str) -> Target {
    Target {
        triple,
        system,
        machine,
        file,
    }
}

impl Target {
    /// All of them; of one system's the most common first.
    pub const ALL: [Self; 8] = [
        target(
            "aarch64-apple-darwin",
            System::MacOs,
            "Apple silicon",
            "tessera-aarch64-apple-darwin",
        ),
        target(
            "x86_64-apple-darwin",
            System::MacOs,
            "Intel",
            "tessera-x86_64-apple-darwin",
        ),
        target(
            "x86_64-pc-windows-msvc",
            System::Windows,
            "Intel and AMD",
            "tessera-x86_64-pc-windows-msvc.exe",
        ),
        target(
            "aarch64-pc-windows-msvc",
            System::Windows,
            "ARM",
            "tessera-aarch64-pc-windows-msvc.exe",
        ),
        target(
            "x86_64-unknown-linux-gnu",
            System::Linux,
            "Intel and AMD",
            "tessera-x86_64-unknown-linux-gnu",
        ),
        target(
            "aarch64-unknown-linux-gnu",
            System::Linux,
            "ARM",
            "tessera-aarch64-unknown-linux-gnu",
        ),
        target(
            "x86_64-unknown-linux-musl",
            System::Linux,
            "Intel and AMD, any Linux",
            "tessera-x86_64-unknown-linux-musl",
        ),
        target(
            "aarch64-unknown-linux-musl",
            System::Linux,
            "ARM, any Linux",
            "tessera-aarch64-unknown-linux-musl",
        ),
    ];

    /// The one whose file is called so.
    pub fn of_file(file: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|target| target.file == file)
    }

    /// The one that this server itself was built for.
    pub fn own() -> Option<&'static Self> {
        let vendor = match std::env::consts::OS {
            "linux" if cfg!(target_env = "musl") => "unknown-linux-musl",
            "linux" => "unknown-linux-gnu",
            "macos" => "apple-darwin",
            "windows" => "pc-windows-msvc",
            _ => return None,
        };
        let triple = format!("{}-{vendor}", std::env::consts::ARCH);
        Self::ALL.iter().find(|target| target.triple == triple)
    }

    /// What a browser saves it as.
    pub fn saved_as(&self) -> &'static str {
        match self.system {
            System::Windows => "tessera.exe",
            System::MacOs | System::Linux => "tessera",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_named_after_its_target() {
        for target in Target::ALL {
            let end = if target.system == System::Windows {
                ".exe"
            } else {
                ""
            };
            assert_eq!(target.file, format!("tessera-{}{end}", target.triple));
            assert_eq!(Target::of_file(target.file), Some(&target));
        }
        assert_eq!(Target::of_file("../master.key"), None);
    }

    #[test]
    fn a_command_fetches_only_what_is_there() {
        let origin = "https://tessera.example";
        for system in System::ALL {
            assert!(
                system
                    .command(origin, true)
                    .contains(&format!("{origin}/install."))
            );
            assert!(
                system
                    .command(origin, false)
                    .starts_with(&format!("tessera login {origin}"))
            );
        }
    }
}
