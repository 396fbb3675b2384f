//! Who the made-up organization is: its people, teams, machines, and what it keeps out of long-term memory.
//! Names are invented; the domains are reserved for examples or belong to services that such lists name.

use tessera_domain::Role;

/// The made-up organization.
pub(super) const ORGANIZATION: &str = "Meridian Cartography";

/// One of its people.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    /// How they write their name.
    pub(super) name: &'static str,
    /// What they may do.
    pub(super) role: Role,
    /// The team they are in, by its place in [`TEAMS`].
    pub(super) team: usize,
}

impl Person {
    /// Their address: a folded name at the organization's domain.
    pub(super) fn email(&self) -> String {
        let local: String = self
            .name
            .to_lowercase()
            .chars()
            .filter_map(|letter| match letter {
                ' ' => Some('.'),
                'á' | 'ã' | 'å' | 'ä' | 'à' => Some('a'),
                'é' | 'ë' | 'è' => Some('e'),
                'í' | 'ï' | 'ı' => Some('i'),
                'ó' | 'ö' | 'ø' => Some('o'),
                'ú' | 'ü' => Some('u'),
                'ç' | 'ć' => Some('c'),
                'ñ' | 'ń' => Some('n'),
                'ş' | 'š' => Some('s'),
                other => other.is_ascii_alphanumeric().then_some(other),
            })
            .collect();
        format!("{local}@meridian.example")
    }
}

/// Its teams.
pub(super) const TEAMS: [&str; 4] = ["Surveying", "Platform", "Publishing", "People and finance"];

/// Its forty people. The first is the owner whom the demo signs in.
pub(super) const PEOPLE: [Person; 40] = {
    use Role::{Admin, Owner, Read, Write};
    const fn person(name: &'static str, role: Role, team: usize) -> Person {
        Person { name, role, team }
    }
    [
        person("Ada Lindqvist", Owner, 3),
        person("Tomás Herrera", Owner, 1),
        person("Priya Raman", Admin, 1),
        person("Jonas Weidner", Admin, 3),
        person("Wanjiru Kamau", Admin, 0),
        person("Mei Tanaka", Write, 0),
        person("Oluwaseun Adeyemi", Write, 0),
        person("Freya Sørensen", Write, 0),
        person("Lucía Ferrer", Write, 0),
        person("Henrik Aalto", Write, 0),
        person("Noor Haddad", Write, 0),
        person("Caleb Whitfield", Read, 0),
        person("Ines Carvalho", Read, 0),
        person("Yusuf Demir", Read, 0),
        person("Anya Petrova", Read, 0),
        person("Marguerite Blanc", Write, 1),
        person("Dmitri Volkov", Write, 1),
        person("Sana Qureshi", Write, 1),
        person("Elias Brandt", Write, 1),
        person("Kwame Mensah", Write, 1),
        person("Hana Novák", Write, 1),
        person("Rafael Monteiro", Write, 1),
        person("Bridget O Malley", Read, 1),
        person("Tariq Aziz", Read, 1),
        person("Zofia Wiśniewska", Read, 1),
        person("Gabriel Laurent", Write, 2),
        person("Amara Nwosu", Write, 2),
        person("Leif Eriksen", Write, 2),
        person("Chiara Moretti", Write, 2),
        person("Daniel Okafor", Write, 2),
        person("Mirela Popescu", Read, 2),
        person("Sofia Almeida", Read, 2),
        person("Arjun Mehta", Read, 2),
        person("Theo van Dijk", Read, 2),
        person("Ruth Abramson", Write, 3),
        person("Ferdinand Keller", Write, 3),
        person("Camille Dubois", Read, 3),
        person("Isaac Njoroge", Read, 3),
        person("Katarina Horvat", Read, 3),
        person("Samuel Whitaker", Read, 3),
    ]
};

/// The machines that people enrol, as (host name, operating system); they repeat with a number.
pub(super) const MACHINES: [(&str, &str); 5] = [
    ("macbook", "macOS 15.6"),
    ("thinkpad", "Windows 11 24H2"),
    ("workstation", "Ubuntu 24.04"),
    ("surface", "Windows 11 23H2"),
    ("imac", "macOS 14.7"),
];

/// What long-term memory may never look at: banking, health, personnel, secrets, mail, the organization's
/// own delicate places.
pub(super) const BLOCK_LIST: [&str; 48] = [
    "chase.com",
    "bankofamerica.com",
    "wellsfargo.com",
    "citi.com",
    "hsbc.com",
    "barclays.co.uk",
    "deutsche-bank.de",
    "ing.com",
    "santander.com",
    "revolut.com",
    "wise.com",
    "paypal.com",
    "stripe.com",
    "fidelity.com",
    "vanguard.com",
    "mychart.org",
    "zocdoc.com",
    "teladoc.com",
    "111.nhs.uk",
    "doctolib.fr",
    "betterhelp.com",
    "workday.com",
    "bamboohr.com",
    "personio.de",
    "gusto.com",
    "adp.com",
    "greenhouse.io",
    "lever.co",
    "1password.com",
    "bitwarden.com",
    "lastpass.com",
    "dashlane.com",
    "proton.me",
    "mail.google.com",
    "outlook.office.com",
    "web.whatsapp.com",
    "signal.org",
    "messenger.com",
    "irs.gov",
    "tax.service.gov.uk",
    "elster.de",
    "docusign.com",
    "carta.com",
    "people.meridian.example",
    "payroll.meridian.example",
    "vault.meridian.example",
    "legal.meridian.example/board",
    "finance.meridian.example:8443",
];

/// A note and the settings that an earlier day decided, oldest first. Settings are what the API's PATCH takes.
pub(super) const HISTORY: [(&str, &str); 5] = [
    (
        "First settings: memory may form, audio stays off",
        r#"{"features": {"processing": true, "processing_mode": "blended"}, "memory": {"audio_capture": false}}"#,
    ),
    (
        "No telemetry until legal has read the data sheet",
        r#"{"features": {"telemetry": {"value": false, "locked": true}}}"#,
    ),
    (
        "Backups and sharing stay inside",
        r#"{"features": {"cloud_backups": false, "cloud_sharing": false}}"#,
    ),
    (
        "Weekly summaries for team leads",
        r#"{"features": {"internal_summary_reports": true}}"#,
    ),
    (
        "Surveying works with classified sources: processing on the machine only",
        r#"{"features": {"processing_mode": "local"}}"#,
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn forty_people_have_forty_addresses_and_a_team() {
        let emails: HashSet<String> = PEOPLE.iter().map(Person::email).collect();
        assert_eq!(emails.len(), PEOPLE.len());
        assert!(PEOPLE.iter().all(|person| person.team < TEAMS.len()));
        assert_eq!(PEOPLE[0].role, Role::Owner);
        for email in emails {
            email.parse::<tessera_domain::EmailAddress>().unwrap();
        }
    }

    #[test]
    fn every_blocked_website_is_a_rule() {
        for rule in BLOCK_LIST {
            rule.parse::<tessera_policy::WebsiteRule>()
                .unwrap_or_else(|error| panic!("{rule}: {error}"));
        }
    }
}
