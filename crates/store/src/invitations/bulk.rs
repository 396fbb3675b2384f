//! Many invitations at once: what is known of their addresses, and writing them, each by one statement.

use serde::Serialize;
use tessera_domain::{EmailAddress, InvitationState};
use tessera_ids::{InvitationId, OrgId, Timestamp, TypedId};

use super::{MailWord, NewInvitation};
use crate::{
    Error, Reader, Result, Tx,
    column::records,
    dialect::{Sql, bulk},
    hex,
};

records! {
    /// What is known of an address in an organization.
    pub struct InvitationStanding {
        /// The folded address.
        pub email_key: String,
        /// Whether a member has it.
        pub is_member: bool,
        /// Its pending invitation, also when its time is over.
        pub invitation: Option<InvitationId>,
        /// When that one's time is over.
        pub expires_at: Option<Timestamp>,
    }
}

#[derive(Serialize)]
struct KeyRow<'a> {
    email_key: &'a str,
}

#[derive(Serialize)]
struct NewRow<'a> {
    id: String,
    created_at: i64,
    email: &'a str,
    email_key: &'a str,
    role: &'static str,
    teams: String,
    token_hash: String,
    invited_by: String,
    invited_by_name: &'a str,
    expires_at: i64,
    mail: &'static str,
}

fn keys<'a>(addresses: &[&'a EmailAddress]) -> Vec<KeyRow<'a>> {
    addresses
        .iter()
        .map(|address| KeyRow {
            email_key: address.folded(),
        })
        .collect()
}

impl Reader {
    /// What is known of these addresses; of one that nobody has and nobody invited there is no row.
    pub async fn invitation_standings(
        &mut self,
        org: OrgId,
        addresses: &[&EmailAddress],
    ) -> Result<Vec<InvitationStanding>> {
        const SQL: Sql = bulk!(
            "select k.email_key, cast(case when k.member is null then 0 else 1 end as bigint) as is_member, k.invitation,
                k.expires_at
             from (select r.email_key, m.account as member, i.id as invitation, i.expires_at from ",
            "$2" { email_key: text },
            " left join accounts a on a.email_key = r.email_key
              left join memberships m on m.org = $1 and m.account = a.id
              left join invitations i on i.org = $1 and i.email_key = r.email_key and i.state = 'pending') as k
              where k.member is not null or k.invitation is not null"
        );
        self.query(SQL).bind(org).rows(&keys(addresses)).all().await
    }
}

impl Tx {
    /// Writes down that the pending invitations of these addresses whose time was over at `now` have expired, so
    /// that the addresses can be invited anew; how many there were.
    pub async fn expire_invitations(
        &mut self,
        org: OrgId,
        addresses: &[&EmailAddress],
        now: Timestamp,
    ) -> Result<u64> {
        const SQL: Sql = bulk!(
            "update invitations set state = 'expired'
             where org = $1 and state = 'pending' and expires_at <= $2 and email_key in (select r.email_key from ",
            "$3" { email_key: text },
            ")"
        );
        self.query(SQL)
            .bind(org)
            .bind(now)
            .rows(&keys(addresses))
            .run()
            .await
    }

    /// Makes invitations; [`Unique::PendingInvitation`](crate::Unique::PendingInvitation) when one of the
    /// addresses has one.
    pub async fn insert_invitations(&mut self, org: OrgId, new: &[NewInvitation]) -> Result<()> {
        const SQL: Sql = bulk!(
            "insert into invitations (id, org, created_at, email, email_key, role, teams, token_hash, invited_by,
                invited_by_name, state, expires_at, mail)
             select r.id, $1, r.created_at, r.email, r.email_key, r.role, r.teams, r.token_hash, r.invited_by,
                r.invited_by_name, 'pending', r.expires_at, r.mail from ",
            "$2" {
                id: uuid, created_at: int, email: text, email_key: text, role: text, teams: text,
                token_hash: bytes, invited_by: uuid, invited_by_name: text, expires_at: int, mail: text
            },
            " where true"
        );
        let rows = new.iter().map(row).collect::<Result<Vec<_>>>()?;
        self.query(SQL).bind(org).rows(&rows).run().await.map(drop)
    }
}

fn row(new: &NewInvitation) -> Result<NewRow<'_>> {
    let invitation = &new.invitation;
    let InvitationState::Pending { expires_at, mail } = invitation.state else {
        return Err(Error::Internal("a new invitation is pending".to_owned()));
    };
    Ok(NewRow {
        id: hex(invitation.id.uuid().as_bytes()),
        created_at: invitation.invited_at.as_micros(),
        email: invitation.email.as_str(),
        email_key: invitation.email.folded(),
        role: invitation.role.as_str(),
        teams: serde_json::json!(invitation.teams).to_string(),
        token_hash: hex(&new.token_hash),
        invited_by: hex(invitation.invited_by.uuid().as_bytes()),
        invited_by_name: new.invited_by_name.as_str(),
        expires_at: expires_at.as_micros(),
        mail: MailWord::from(mail).as_str(),
    })
}
