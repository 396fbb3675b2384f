//! Invitations. Their life is the domain's; here it is rows.

use tessera_domain::{
    EmailAddress, Invitation, InvitationState, OrgName, PersonName, Role, invitation::MailState,
};
use tessera_ids::{AccountId, InvitationId, OrgId, TeamId, Timestamp};
use uuid::Uuid;

use crate::{
    Error, Hash, Reader, Result, Tx,
    column::{records, words},
    containing,
};

mod bulk;

pub use bulk::InvitationStanding;

words! {
    enum Word {
        Pending = "pending",
        Accepted = "accepted",
        Revoked = "revoked",
        Expired = "expired",
    }

    enum MailWord {
        NotSentYet = "not_sent_yet",
        Sent = "sent",
        GaveUp = "gave_up",
    }
}

records! {
    struct Row {
        id: InvitationId,
        org: OrgId,
        org_name: OrgName,
        org_deleted_at: Option<Timestamp>,
        created_at: Timestamp,
        email: EmailAddress,
        role: Role,
        teams: Vec<TeamId>,
        invited_by: AccountId,
        invited_by_name: PersonName,
        state: Word,
        expires_at: Timestamp,
        ended_at: Option<Timestamp>,
        ended_by: Option<AccountId>,
        mail: MailWord,
    }
}

/// An invitation, with what a list or its own page shows beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationRow {
    /// The invitation.
    pub invitation: Invitation,
    /// What the organization is called.
    pub org_name: OrgName,
    /// When the organization was deleted, if it was.
    pub org_deleted_at: Option<Timestamp>,
    /// What the inviting member was called.
    pub invited_by_name: PersonName,
}

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// It, pending.
    pub invitation: Invitation,
    /// What the inviting member is called.
    pub invited_by_name: PersonName,
    /// Of the link's token.
    pub token_hash: Hash,
}

/// Which pending invitations a page shows.
#[derive(Clone, Debug, Default)]
pub struct InvitationQuery {
    /// Somewhere in the address.
    pub search: Option<String>,
    /// Older than that one.
    pub after: Option<(Timestamp, InvitationId)>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select i.id, i.org, o.name as org_name, o.deleted_at as org_deleted_at, i.created_at, i.email, i.role, i.teams, i.invited_by,
                i.invited_by_name, i.state, i.expires_at, i.ended_at, i.ended_by, i.mail
             from invitations i join orgs o on o.id = i.org ",
            $rest
        )
    };
}

impl From<MailState> for MailWord {
    fn from(mail: MailState) -> Self {
        match mail {
            MailState::NotSentYet => Self::NotSentYet,
            MailState::Sent => Self::Sent,
            MailState::GaveUp => Self::GaveUp,
        }
    }
}

impl TryFrom<Row> for InvitationRow {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let ended = || {
            let at = row
                .ended_at
                .ok_or_else(|| Error::unreadable("ended_at", "it is null"))?;
            let by = row
                .ended_by
                .ok_or_else(|| Error::unreadable("ended_by", "it is null"))?;
            Ok::<_, Error>((at, by))
        };
        let state = match row.state {
            Word::Pending => InvitationState::Pending {
                expires_at: row.expires_at,
                mail: match row.mail {
                    MailWord::NotSentYet => MailState::NotSentYet,
                    MailWord::Sent => MailState::Sent,
                    MailWord::GaveUp => MailState::GaveUp,
                },
            },
            Word::Accepted => ended().map(|(at, by)| InvitationState::Accepted { at, by })?,
            Word::Revoked => ended().map(|(at, by)| InvitationState::Revoked { at, by })?,
            Word::Expired => InvitationState::Expired { at: row.expires_at },
        };
        Ok(Self {
            invitation: Invitation {
                id: row.id,
                org: row.org,
                email: row.email,
                role: row.role,
                teams: row.teams,
                invited_by: row.invited_by,
                invited_at: row.created_at,
                state,
            },
            org_name: row.org_name,
            org_deleted_at: row.org_deleted_at,
            invited_by_name: row.invited_by_name,
        })
    }
}

fn rows(rows: Vec<Row>) -> Result<Vec<InvitationRow>> {
    rows.into_iter().map(TryFrom::try_from).collect()
}

fn row(row: Option<Row>) -> Result<Option<InvitationRow>> {
    row.map(TryFrom::try_from).transpose()
}

impl Reader {
    /// One invitation, as it was last written: one whose time is over may still say pending.
    pub async fn invitation(&mut self, org: OrgId, id: InvitationId) -> Result<Option<InvitationRow>> {
        row(self
            .query(select!("where i.org = $1 and i.id = $2"))
            .bind(org)
            .bind(id)
            .optional()
            .await?)
    }

    /// The invitation of a link, whatever its state, so that the page can say what became of it.
    pub async fn invitation_by_token(&mut self, hash: Hash) -> Result<Option<InvitationRow>> {
        row(self
            .query(select!("where i.token_hash = $1"))
            .bind(hash)
            .optional()
            .await?)
    }

    /// The pending invitation of an address, also when its time is over.
    pub async fn pending_invitation(
        &mut self,
        org: OrgId,
        email: &EmailAddress,
    ) -> Result<Option<InvitationRow>> {
        const SQL: &str = select!("where i.org = $1 and i.email_key = $2 and i.state = 'pending'");
        row(self.query(SQL).bind(org).bind(email.folded()).optional().await?)
    }

    /// A page of pending invitations (also those whose time is over), the newest first.
    pub async fn pending_invitations(
        &mut self,
        org: OrgId,
        wanted: &InvitationQuery,
        limit: u64,
    ) -> Result<Vec<InvitationRow>> {
        const SQL: &str = select!(
            "where i.org = $1 and i.state = 'pending' and ($2 is null or i.email_key like $2 escape '\\')
                and (i.created_at, i.id) < ($3, $4)
             order by i.created_at desc, i.id desc limit $5"
        );
        let search = wanted.search.as_deref().map(containing);
        let query = self.query(SQL).bind(org).bind(search);
        let query = match wanted.after {
            Some((at, id)) => query.bind(at).bind(id),
            None => query.bind(i64::MAX).bind(Uuid::max()),
        };
        rows(query.bind(limit).all().await?)
    }

    /// How many pending invitations a query matches on all its pages.
    pub async fn count_pending_invitations(&mut self, org: OrgId, wanted: &InvitationQuery) -> Result<u64> {
        const SQL: &str = "select count(*) as count from invitations
            where org = $1 and state = 'pending' and ($2 is null or email_key like $2 escape '\\')";
        let search = wanted.search.as_deref().map(containing);
        self.query(SQL).bind(org).bind(search).count().await
    }

    /// What an address is invited to now, for its account's page.
    pub async fn invitations_for(
        &mut self,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<Vec<InvitationRow>> {
        const SQL: &str = select!(
            "where i.email_key = $1 and i.state = 'pending' and i.expires_at > $2 and o.deleted_at is null
             order by i.created_at desc, i.id desc limit 200"
        );
        rows(self.query(SQL).bind(email.folded()).bind(now).all().await?)
    }
}

impl Tx {
    /// Makes an invitation; [`Unique::PendingInvitation`](crate::Unique::PendingInvitation) when the address has one.
    pub async fn insert_invitation(&mut self, new: &NewInvitation) -> Result<()> {
        const SQL: &str =
            "insert into invitations (id, org, created_at, email, email_key, role, teams, token_hash,
                invited_by, invited_by_name, state, expires_at, mail)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'pending', $11, $12)";
        let invitation = &new.invitation;
        let InvitationState::Pending { expires_at, mail } = invitation.state else {
            return Err(Error::Internal("a new invitation is pending".to_owned()));
        };
        self.query(SQL)
            .bind(invitation.id)
            .bind(invitation.org)
            .bind(invitation.invited_at)
            .bind(&invitation.email)
            .bind(invitation.email.folded())
            .bind(invitation.role)
            .bind(serde_json::json!(invitation.teams))
            .bind(new.token_hash)
            .bind(invitation.invited_by)
            .bind(&new.invited_by_name)
            .bind(expires_at)
            .bind(MailWord::from(mail))
            .run()
            .await
            .map(drop)
    }

    /// Writes an invitation's state, role and teams after a transition. What became of its mail is
    /// written only by [`set_invitation_mail`](Self::set_invitation_mail) and
    /// [`set_invitation_token`](Self::set_invitation_token).
    pub async fn save_invitation(&mut self, invitation: &Invitation) -> Result<bool> {
        const SQL: &str = "update invitations set role = $3, teams = $4, invited_by = $5, state = $6,
                expires_at = coalesce($7, expires_at), ended_at = $8, ended_by = $9
            where org = $1 and id = $2";
        let (word, expires_at, ended_at, ended_by) = match invitation.state {
            InvitationState::Pending { expires_at, .. } => (Word::Pending, Some(expires_at), None, None),
            InvitationState::Accepted { at, by } => (Word::Accepted, None, Some(at), Some(by)),
            InvitationState::Revoked { at, by } => (Word::Revoked, None, Some(at), Some(by)),
            InvitationState::Expired { at } => (Word::Expired, Some(at), None, None),
        };
        self.query(SQL)
            .bind(invitation.org)
            .bind(invitation.id)
            .bind(invitation.role)
            .bind(serde_json::json!(invitation.teams))
            .bind(invitation.invited_by)
            .bind(word)
            .bind(expires_at)
            .bind(ended_at)
            .bind(ended_by)
            .touched()
            .await
    }

    /// Gives an invitation a new link, whose mail is not sent yet; the old link is dead.
    pub async fn set_invitation_token(
        &mut self,
        org: OrgId,
        id: InvitationId,
        token_hash: Hash,
        invited_by_name: &PersonName,
    ) -> Result<bool> {
        const SQL: &str =
            "update invitations set token_hash = $3, invited_by_name = $4, mail = 'not_sent_yet'
            where org = $1 and id = $2";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(token_hash)
            .bind(invited_by_name)
            .touched()
            .await
    }

    /// Notes what became of an invitation's mail.
    pub async fn set_invitation_mail(
        &mut self,
        org: OrgId,
        id: InvitationId,
        mail: MailState,
    ) -> Result<bool> {
        const SQL: &str = "update invitations set mail = $3 where org = $1 and id = $2";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(MailWord::from(mail))
            .touched()
            .await
    }
}
