//! The property list for launchd.

use std::path::Path;

use super::{ServiceError, Wanted, text};

/// The file's name.
pub(super) const FILE: &str = "tessera.agent.plist";
/// Where launchd puts what the agent prints, in the agent's folder.
pub(super) const LOG: &str = "agent.log";

pub(super) fn plist(wanted: &Wanted) -> Result<String, ServiceError> {
    let mut words = vec![text(&wanted.program, "the program's path")?];
    words.extend(wanted.arguments()?);
    let words: String = words
        .iter()
        .map(|word| format!("    {}\n", string(word)))
        .collect();
    let mut variables = String::new();
    for (name, value) in &wanted.environment {
        let value = text(Path::new(value), "a proxy's address")?;
        variables += &format!("    {}{}\n", key(name), string(&value));
    }
    let log = string(&text(&wanted.home.join(LOG), "the agent's folder")?);
    let flag = wanted.level.flag();
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <!-- Written by `tessera agent install {flag}`; `tessera agent uninstall {flag}` takes it away. -->\n\
         <plist version=\"1.0\">\n<dict>\n\
         \x20 <key>Label</key><string>tessera.agent</string>\n\
         \x20 <key>ProgramArguments</key>\n  <array>\n{words}  </array>\n\
         \x20 <key>EnvironmentVariables</key>\n  <dict>\n{variables}  </dict>\n\
         \x20 <key>RunAtLoad</key><true/>\n\
         \x20 <key>KeepAlive</key>\n  <dict>\n    <key>SuccessfulExit</key><false/>\n  </dict>\n\
         \x20 <key>ThrottleInterval</key><integer>5</integer>\n\
         \x20 <key>Umask</key><integer>63</integer>\n\
         \x20 <key>StandardOutPath</key>{log}\n\
         \x20 <key>StandardErrorPath</key>{log}\n\
         </dict>\n</plist>\n"
    ))
}

fn key(name: &str) -> String {
    format!("<key>{}</key>", escaped(name))
}

fn string(text: &str) -> String {
    format!("<string>{}</string>", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::service::Level;

    #[test]
    fn it_keeps_the_agent_alive_and_nothing_in_a_path_becomes_mark_up() {
        let plist = plist(&Wanted {
            level: Level::User,
            program: PathBuf::from("/usr/local/bin/tessera"),
            home: PathBuf::from("/Users/anna/Library/Application Support/R&D <x>/agent"),
            more: Vec::new(),
            environment: vec![("NO_PROXY".to_owned(), "a.example,b.example".to_owned())],
        })
        .unwrap();
        assert!(
            plist
                .contains("<string>/Users/anna/Library/Application Support/R&amp;D &lt;x&gt;/agent</string>")
        );
        assert!(plist.contains("<key>SuccessfulExit</key><false/>"));
        assert!(plist.contains("<key>NO_PROXY</key><string>a.example,b.example</string>"));
        for tag in ["dict", "array", "plist"] {
            let count = |mark: &str| plist.matches(mark).count();
            assert_eq!(
                count(&format!("<{tag}>")) + count(&format!("<{tag} ")),
                count(&format!("</{tag}>")),
                "{plist}"
            );
        }
    }
}
