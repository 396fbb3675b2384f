//! Applications that a device was asked about and that no list speaks of, for an admin who wants to decide on them.
//!
//! A hint, not a proof: nothing is signed, and the server keeps neither the device nor how often.

use serde::{Deserialize, Serialize};
use tessera_policy::applications::{ApplicationIdentity, ApplicationRule};

use crate::Text;

/// The most applications in one report.
pub const SIGHTINGS: usize = 50;
/// The most rules that recognise one application.
pub const SIGHTING_RULES: usize = 4;

/// Some of the applications that were seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SightingsReport {
    /// At most [`SIGHTINGS`].
    pub applications: Vec<Sighting>,
}

/// One application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// What it calls itself; the first rule's text where it says nothing.
    pub name: Text<120>,
    /// The rules that recognise it, 1 to [`SIGHTING_RULES`].
    pub rules: Vec<ApplicationRule>,
}

impl Sighting {
    /// What may be told of an application: its name and its ids, never the folder that it runs from.
    pub fn of(identity: &ApplicationIdentity) -> Option<Self> {
        let mut rules = identity.exact_rules();
        rules.truncate(SIGHTING_RULES);
        let first = rules.first()?.pattern();
        let name = identity
            .name
            .as_deref()
            .map(str::trim)
            .filter(|name| !name.is_empty());
        Some(Self {
            name: Text::clip(name.unwrap_or(&first)),
            rules,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sighting_tells_ids_and_no_folder() {
        let seen = ApplicationIdentity {
            exe: Some("/home/ana/secret project/bin/Frobnicate".to_owned()),
            name: Some(" Frob\u{202e}nicate ".to_owned()),
            ..ApplicationIdentity::default()
        };
        let told = serde_json::to_string(&Sighting::of(&seen).unwrap()).unwrap();
        assert_eq!(told, r#"{"name":"Frob nicate","rules":["exe:frobnicate"]}"#);
        assert_eq!(
            Sighting::of(&ApplicationIdentity {
                name: Some("Frob".to_owned()),
                ..ApplicationIdentity::default()
            }),
            None
        );
        for wrong in [
            r#"{"name":"a","rules":["exe:"]}"#,
            r#"{"name":"a\u0000","rules":[]}"#,
            r#"{"name":"a"}"#,
        ] {
            assert!(serde_json::from_str::<Sighting>(wrong).is_err(), "{wrong}");
        }
    }
}
