//! The program's papers, made of its own commands: completions for shells, and manual pages.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::Cli;

/// Which shell's completions to print.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

/// Where to write manual pages.
#[derive(Debug, Args)]
pub(crate) struct Manual {
    /// The folder, one page for each command
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Completions {
    /// Prints them.
    pub(crate) fn print(&self) {
        clap_complete::generate(self.shell, &mut Cli::command(), "tessera", &mut std::io::stdout());
    }
}

impl Manual {
    /// Writes them.
    pub(crate) fn write(&self) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        Ok(clap_mangen::generate_to(Cli::command(), &self.folder)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_line_is_sound_and_has_its_page() {
        Cli::command().debug_assert();
        let folder = tempfile::tempdir().unwrap();
        let manual = Manual {
            folder: folder.path().to_owned(),
        };
        manual.write().unwrap();
        let pages = std::fs::read_dir(folder.path()).unwrap().flatten();
        let pages: Vec<_> = pages
            .map(|page| page.file_name().into_string().unwrap())
            .collect();
        for page in ["tessera.1", "tessera-agent.1", "tessera-agent-install.1"] {
            assert!(
                pages.iter().any(|found| found == page),
                "{page} is not among {pages:?}"
            );
        }
    }
}
