//! What an organization says of itself.

use tessera_domain::{
    CityName, Country, EmailAddress, OrgName, OrgProfile, PersonName, PhoneNumber, PostalCode, StateName,
    Street,
};
use tessera_ids::{OrgId, Timestamp};

use crate::{Reader, Result, Tx, column::records};

records! {
    struct Row {
        name: OrgName,
        contact_name: Option<PersonName>,
        contact_email: Option<EmailAddress>,
        phone: Option<PhoneNumber>,
        country: Option<Country>,
        street: Option<Street>,
        city: Option<CityName>,
        state: Option<StateName>,
        postal_code: Option<PostalCode>,
        profile_version: u64,
        profile_at: Option<Timestamp>,
        profile_by: Option<PersonName>,
    }
}

/// A profile with its version: how often it was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredProfile {
    /// What it says.
    pub profile: OrgProfile,
    /// Counts its changes; 0 before the first.
    pub version: u64,
    /// When it was last changed.
    pub changed_at: Option<Timestamp>,
    /// By whom, as they were called then.
    pub changed_by: Option<PersonName>,
}

impl From<Row> for StoredProfile {
    fn from(row: Row) -> Self {
        Self {
            profile: OrgProfile {
                name: row.name,
                contact_name: row.contact_name,
                contact_email: row.contact_email,
                phone: row.phone,
                country: row.country,
                street: row.street,
                city: row.city,
                state: row.state,
                postal_code: row.postal_code,
            },
            version: row.profile_version,
            changed_at: row.profile_at,
            changed_by: row.profile_by,
        }
    }
}

impl Reader {
    /// What an organization says of itself.
    pub async fn org_profile(&mut self, org: OrgId) -> Result<Option<StoredProfile>> {
        const SQL: &str =
            "select name, contact_name, contact_email, phone, country, street, city, state, postal_code,
                profile_version, profile_at, profile_by
            from orgs where id = $1";
        let row: Option<Row> = self.query(SQL).bind(org).optional().await?;
        Ok(row.map(Into::into))
    }
}

impl Tx {
    /// Replaces what an organization says of itself, as its next version.
    pub async fn set_org_profile(
        &mut self,
        org: OrgId,
        profile: &OrgProfile,
        at: Timestamp,
        by: Option<&PersonName>,
    ) -> Result<bool> {
        const SQL: &str =
            "update orgs set name = $2, name_key = $3, contact_name = $4, contact_email = $5, phone = $6,
                country = $7, street = $8, city = $9, state = $10, postal_code = $11, profile_at = $12,
                profile_by = $13, profile_version = profile_version + 1
            where id = $1";
        self.query(SQL)
            .bind(org)
            .bind(&profile.name)
            .bind(profile.name.folded())
            .bind(profile.contact_name.as_ref())
            .bind(profile.contact_email.as_ref())
            .bind(profile.phone.as_ref())
            .bind(profile.country)
            .bind(profile.street.as_ref())
            .bind(profile.city.as_ref())
            .bind(profile.state.as_ref())
            .bind(profile.postal_code.as_ref())
            .bind(at)
            .bind(by)
            .touched()
            .await
    }
}
