//! Enrolments: a machine asks, a member types its code, the machine becomes a device.

use tessera_domain::{AgentVersion, HostName, OsName};
use tessera_ids::{AccountId, DeviceId, EnrollmentId, OrgId, Timestamp};

use crate::{
    Hash, Reader, Result, Tx,
    column::{records, words},
};

words! {
    /// How far an enrolment has gone.
    pub enum EnrollmentState {
        /// Nobody has answered it.
        Pending = "pending",
        /// A member said yes; the machine has not collected it.
        Approved = "approved",
        /// A member said no, or the code was mistyped too often.
        Denied = "denied",
        /// The machine is a device.
        Used = "used",
    }
}

records! {
    /// A machine that asks to be enrolled.
    pub struct Enrollment {
        /// Its id.
        pub id: EnrollmentId,
        /// What the member types.
        pub user_code: String,
        /// When it asked.
        pub created_at: Timestamp,
        /// Until when it may be answered and collected.
        pub expires_at: Timestamp,
        /// How far it has gone.
        pub state: EnrollmentState,
        /// How often it was answered wrongly.
        pub tries: u64,
        /// When the machine last asked for the answer.
        pub polled_at: Option<Timestamp>,
        /// The key that the machine signs with.
        pub signing_key: Vec<u8>,
        /// The key that credentials will be sealed to.
        pub sealing_key: Vec<u8>,
        /// What the machine calls itself.
        pub host: HostName,
        /// Its system.
        pub os: OsName,
        /// Its agent.
        pub agent_version: AgentVersion,
        /// Where its keys live.
        pub key_storage: String,
        /// What its agent can read.
        pub wire: u64,
        /// Where it asked from.
        pub address: String,
        /// The organization it was approved for.
        pub org: Option<OrgId>,
        /// Who approved it.
        pub account: Option<AccountId>,
        /// The device it became.
        pub device: Option<DeviceId>,
    }

    struct Tries {
        tries: u64,
    }
}

/// A machine's request to be kept.
#[derive(Clone, Debug)]
pub struct NewEnrollment {
    /// The row: pending, untried.
    pub enrollment: Enrollment,
    /// Of the code that the machine polls with.
    pub device_code_hash: Hash,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, user_code, created_at, expires_at, state, tries, polled_at, signing_key, sealing_key, host, os,
                agent_version, key_storage, wire, address, org, account, device
             from enrollments ",
            $rest
        )
    };
}

impl Reader {
    /// The request that a machine polls for, whatever its state.
    pub async fn enrollment_by_device_code(&mut self, hash: Hash) -> Result<Option<Enrollment>> {
        self.query(select!("where device_code_hash = $1"))
            .bind(hash)
            .optional()
            .await
    }

    /// The pending request that shows this code.
    pub async fn enrollment_by_user_code(
        &mut self,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<Enrollment>> {
        const SQL: &str = select!("where user_code = $1 and state = 'pending' and expires_at > $2");
        self.query(SQL).bind(code).bind(now).optional().await
    }
}

impl Tx {
    /// Keeps a request; [`Unique::UserCode`](crate::Unique::UserCode) when another shows the same code.
    pub async fn insert_enrollment(&mut self, new: &NewEnrollment) -> Result<()> {
        const SQL: &str =
            "insert into enrollments (id, device_code_hash, user_code, created_at, expires_at, state, tries,
                signing_key, sealing_key, host, os, agent_version, key_storage, address, wire)
            values ($1, $2, $3, $4, $5, 'pending', 0, $6, $7, $8, $9, $10, $11, $12, $13)";
        let enrollment = &new.enrollment;
        self.query(SQL)
            .bind(enrollment.id)
            .bind(new.device_code_hash)
            .bind(&enrollment.user_code)
            .bind(enrollment.created_at)
            .bind(enrollment.expires_at)
            .bind(&enrollment.signing_key)
            .bind(&enrollment.sealing_key)
            .bind(&enrollment.host)
            .bind(&enrollment.os)
            .bind(&enrollment.agent_version)
            .bind(&enrollment.key_storage)
            .bind(&enrollment.address)
            .bind(enrollment.wire)
            .run()
            .await
            .map(drop)
    }

    /// Counts a wrong answer to a pending request; the last one allowed denies it. How many there were.
    pub async fn add_enrollment_try(&mut self, id: EnrollmentId, allowed: u64) -> Result<u64> {
        const SQL: &str = "update enrollments set tries = tries + 1,
                state = case when tries + 1 >= $2 then 'denied' else state end
            where id = $1 and state = 'pending' returning tries";
        let tries: Option<Tries> = self.query(SQL).bind(id).bind(allowed).optional().await?;
        Ok(tries.map_or(allowed, |row| row.tries))
    }

    /// A member says yes; false when it was answered before or is over.
    pub async fn approve_enrollment(
        &mut self,
        org: OrgId,
        id: EnrollmentId,
        account: AccountId,
        now: Timestamp,
    ) -> Result<bool> {
        const SQL: &str = "update enrollments set state = 'approved', org = $2, account = $3
            where id = $1 and state = 'pending' and expires_at > $4";
        self.query(SQL)
            .bind(id)
            .bind(org)
            .bind(account)
            .bind(now)
            .touched()
            .await
    }

    /// A member says no; false when it was answered before.
    pub async fn deny_enrollment(&mut self, id: EnrollmentId) -> Result<bool> {
        const SQL: &str = "update enrollments set state = 'denied' where id = $1 and state = 'pending'";
        self.query(SQL).bind(id).touched().await
    }

    /// The machine became a device; false when another poll was first, which then answers with its device.
    pub async fn use_enrollment(&mut self, id: EnrollmentId, device: DeviceId) -> Result<bool> {
        const SQL: &str =
            "update enrollments set state = 'used', device = $2 where id = $1 and state = 'approved'";
        self.query(SQL).bind(id).bind(device).touched().await
    }

    /// Notes that the machine asked for the answer.
    pub async fn touch_enrollment(&mut self, id: EnrollmentId, at: Timestamp) -> Result<bool> {
        self.query("update enrollments set polled_at = $2 where id = $1")
            .bind(id)
            .bind(at)
            .touched()
            .await
    }
}
