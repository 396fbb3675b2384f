//! The scripts that install the agent. They are made of this portal's address and of hashes, and of nothing that anybody
//! typed into a page.

use askama::Template;

use super::shelf::Offered;
use super::target::{System, Target};

/// One file, as a script knows it.
#[derive(Clone, Debug)]
pub(super) struct Line {
    triple: &'static str,
    file: &'static str,
    sha256: String,
}

/// `install.sh`, for macOS and Linux.
#[derive(Debug, Template)]
#[template(path = "install/install.sh", escape = "none", whitespace = "preserve")]
struct Shell<'a> {
    origin: &'a str,
    scheme: &'a str,
    files: Vec<Line>,
}

/// `install.ps1`, for Windows.
#[derive(Debug, Template)]
#[template(path = "install/install.ps1", escape = "none", whitespace = "preserve")]
struct PowerShell<'a> {
    origin: &'a str,
    files: Vec<Line>,
}

/// The script for `sh`.
pub(super) fn shell(origin: &str, offers: &[Offered]) -> Result<String, askama::Error> {
    let files = lines(offers, |target| target.system != System::Windows);
    let scheme = origin.split_once(':').map_or("https", |(scheme, _)| scheme);
    Shell {
        origin: harmless(origin)?,
        scheme,
        files,
    }
    .render()
}

/// The script for `PowerShell`.
pub(super) fn power_shell(origin: &str, offers: &[Offered]) -> Result<String, askama::Error> {
    let files = lines(offers, |target| target.system == System::Windows);
    let origin = harmless(origin)?;
    PowerShell { origin, files }.render()
}

fn lines(offers: &[Offered], wanted: impl Fn(&Target) -> bool) -> Vec<Line> {
    let offers = offers.iter().filter(|offered| wanted(offered.target));
    let line = |offered: &Offered| Line {
        triple: offered.target.triple,
        file: offered.target.file,
        sha256: offered.sha256.clone(),
    };
    offers.map(line).collect()
}

/// An address is put between quotation marks, where names of hosts may hold more than one would think.
fn harmless(origin: &str) -> Result<&str, askama::Error> {
    let is_harmless = |letter: char| letter.is_ascii_alphanumeric() || ":/.-_[]".contains(letter);
    if origin.chars().all(is_harmless) {
        Ok(origin)
    } else {
        Err(askama::Error::Custom(
            "the portal's address cannot stand in a script".into(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(index: usize) -> Offered {
        Offered {
            target: &Target::ALL[index],
            path: "x".into(),
            length: 1,
            sha256: format!("{index:064}"),
        }
    }

    #[test]
    fn each_script_names_the_files_of_its_systems_with_their_hashes() {
        let offers = [offered(0), offered(2), offered(4)];
        let (shell, power) = (
            shell("https://tessera.example", &offers).unwrap(),
            power_shell("https://tessera.example", &offers).unwrap(),
        );
        for (script, here, elsewhere) in [(&shell, vec![0, 4], vec![2]), (&power, vec![2], vec![0, 4])] {
            assert!(script.contains("'https://tessera.example'"), "{script}");
            for index in here {
                assert!(
                    script.contains(&format!("{index:064}")) && script.contains(Target::ALL[index].triple),
                    "{script}"
                );
            }
            for index in elsewhere {
                assert!(!script.contains(&format!("{index:064}")), "{script}");
            }
        }
    }

    #[test]
    fn an_address_cannot_become_a_command() {
        for origin in [
            "https://a';id;'.example",
            "https://$(id).example",
            "https://a`id`.example",
            "https://a\n.example",
        ] {
            assert!(
                shell(origin, &[]).is_err() && power_shell(origin, &[]).is_err(),
                "{origin}"
            );
        }
        assert!(shell("http://[::1]:8080", &[]).is_ok());
    }
}
