//! The property list for launchd.

use std::{fmt::Write as _, path::Path};

use super::{ServiceError, Wanted, text};

/// The file's name.
pub(super) const FILE: &str = "tessera.agent.plist";
/// Where launchd puts what the agent prints, in the agent's folder.
pub(super) const LOG: &str = "agent.log";

pub(super) fn plist(wanted: &Wanted) -> Result<String, ServiceError> {
    let mut words = format!("    {}\n", string(&text(&wanted.program, "the program's path")?));
    for word in wanted.arguments()? {
        let _ = writeln!(words, "    {}", string(&word));
    }
    let mut variables = String::new();
    for (name, value) in &wanted.environment {
        let value = text(Path::new(value), "a proxy's address")?;
        let _ = writeln!(variables, "    {}{}", key(name), string(&value));
    }
    let log = string(&text(&wanted.home.join(LOG), "the agent's folder")?);
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <!-- Written by `tessera agent install`; `tessera agent uninstall` takes it away. -->\n\
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
        let text = plist(&Wanted {
            level: Level::User,
            program: PathBuf::from("/usr/local/bin/tessera"),
            home: PathBuf::from("/Users/anna/Library/Application Support/R&D <x>/agent"),
            more: Vec::new(),
            environment: vec![("NO_PROXY".to_owned(), "a.example,b.example".to_owned())],
        })
        .unwrap();
        let read = ::plist::Value::from_reader_xml(text.as_bytes()).unwrap();
        let keys = read.as_dictionary().unwrap();
        let words: Vec<_> = keys["ProgramArguments"].as_array().unwrap().iter().collect();
        let words: Vec<_> = words.into_iter().filter_map(::plist::Value::as_string).collect();
        assert_eq!(
            words,
            [
                "/usr/local/bin/tessera",
                "agent",
                "--foreground",
                "--home",
                "/Users/anna/Library/Application Support/R&D <x>/agent"
            ]
        );
        let inner = |name: &str, key: &str| keys[name].as_dictionary().unwrap()[key].clone();
        assert_eq!(inner("KeepAlive", "SuccessfulExit").as_boolean(), Some(false));
        assert_eq!(
            inner("EnvironmentVariables", "NO_PROXY").as_string(),
            Some("a.example,b.example")
        );
        assert_eq!(keys["Label"].as_string(), Some("tessera.agent"));
    }
}
