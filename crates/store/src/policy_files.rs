//! Policy files: the text that was applied last, and the sections that it owns.

use serde::Serialize;
use tessera_domain::PersonName;
use tessera_ids::{AccountId, OrgId, Timestamp};

use crate::{
    Reader, Result, Tx,
    column::records,
    dialect::{Sql, bulk},
};

records! {
    /// The file that was applied last, without its text.
    pub struct PolicyFile {
        /// What its author called it: a path, an address.
        pub source: String,
        /// The revision that was the newest once it was applied.
        pub revision: u64,
        /// When it was applied.
        pub applied_at: Timestamp,
        /// By whom; none for Tessera itself.
        pub applied_by: Option<AccountId>,
        /// What they were called.
        pub applied_by_name: PersonName,
    }

    /// A section of a layer that the file owns.
    pub struct PolicySection {
        /// The layer, as documents name it.
        pub layer: String,
        /// The section.
        pub section: String,
        /// What the file calls the layer's bearer: a team's name, a member's address; empty for the organization.
        pub name: String,
    }

    struct Text {
        text: String,
    }
}

#[derive(Serialize)]
struct SectionRow<'a> {
    layer: &'a str,
    section: &'a str,
    name: &'a str,
}

impl Reader {
    /// The file that was applied last.
    pub async fn policy_file(&mut self, org: OrgId) -> Result<Option<PolicyFile>> {
        const SQL: &str = "select source, revision, applied_at, applied_by, applied_by_name
            from policy_files where org = $1";
        self.query(SQL).bind(org).optional().await
    }

    /// Its text.
    pub async fn policy_text(&mut self, org: OrgId) -> Result<Option<String>> {
        const SQL: &str = "select text from policy_files where org = $1";
        let row: Option<Text> = self.query(SQL).bind(org).optional().await?;
        Ok(row.map(|row| row.text))
    }

    /// The sections that it owns.
    pub async fn policy_sections(&mut self, org: OrgId) -> Result<Vec<PolicySection>> {
        const SQL: &str = "select layer, section, name from policy_sections where org = $1
            order by layer, section";
        self.query(SQL).bind(org).all().await
    }
}

impl Tx {
    /// Keeps a file in place of the one before, and the sections that it owns in place of those.
    pub async fn set_policy_file(
        &mut self,
        org: OrgId,
        file: &PolicyFile,
        text: &str,
        sections: &[PolicySection],
    ) -> Result<()> {
        const FILE: &str = "insert into policy_files
                (org, text, source, revision, applied_at, applied_by, applied_by_name)
            values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (org) do update set text = excluded.text, source = excluded.source,
                revision = excluded.revision, applied_at = excluded.applied_at,
                applied_by = excluded.applied_by, applied_by_name = excluded.applied_by_name";
        const SECTIONS: Sql = bulk!(
            "insert into policy_sections (org, layer, section, name) select $1, r.layer, r.section, r.name from ",
            "$2" { layer: text, section: text, name: text },
            ""
        );
        self.query(FILE)
            .bind(org)
            .bind(text)
            .bind(&file.source)
            .bind(file.revision)
            .bind(file.applied_at)
            .bind(file.applied_by)
            .bind(&file.applied_by_name)
            .run()
            .await?;
        self.query("delete from policy_sections where org = $1")
            .bind(org)
            .run()
            .await?;
        let rows: Vec<_> = sections.iter().map(SectionRow::of).collect();
        if !rows.is_empty() {
            self.query(SECTIONS).bind(org).rows(&rows).run().await?;
        }
        Ok(())
    }

    /// Takes a section back from the file.
    pub async fn release_policy_section(&mut self, org: OrgId, layer: &str, section: &str) -> Result<bool> {
        const SQL: &str = "delete from policy_sections where org = $1 and layer = $2 and section = $3";
        self.query(SQL)
            .bind(org)
            .bind(layer)
            .bind(section)
            .touched()
            .await
    }
}

impl<'a> SectionRow<'a> {
    fn of(section: &'a PolicySection) -> Self {
        Self {
            layer: &section.layer,
            section: &section.section,
            name: &section.name,
        }
    }
}
