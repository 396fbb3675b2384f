//! The one table of rights: what each role may do in its org.
//!
//! Use cases ask it, templates ask it to leave out what is refused anyway, and its text is kept
//! as a golden file, so that no right changes unseen. Whom one may do it *to* is in [`crate::role`].

use std::fmt;

use crate::{Error, Result, Role};

macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident = $text:literal from $least:ident;)*) => {
        /// Something that a member may or may not do, by role.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Right {
            $($(#[$doc])* $name,)*
        }

        impl Right {
            /// Every right, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// What the right allows, as it completes "may …".
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The least role that has it. Rights only grow with the role.
            pub const fn least(self) -> Role {
                match self { $(Self::$name => Role::$least,)* }
            }

            /// The right's name, for logs and the rights matrix.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }
    };
}

rights! {
    /// See the org at all: Home, members, teams.
    SeeOrg = "see Home, members and teams" from Read;
    /// Read updates of the org and of teams.
    SeeUpdates = "see updates" from Read;
    /// See, enrol, sign out and wipe devices of one's own.
    UseOwnDevices = "enrol, see and sign out own devices" from Read;
    /// See what the org imposes on oneself, and tighten it.
    SeeOwnSettings = "see own effective settings" from Read;
    /// Leave the org; the last-owner rule applies.
    Leave = "leave the organization" from Read;
    /// React to updates.
    React = "react to updates" from Read;
    /// Post updates.
    Post = "post updates" from Write;
    /// Comment on updates.
    Comment = "comment on updates" from Write;
    /// Edit and delete one's own posts.
    EditOwnPosts = "edit and delete own posts" from Write;
    /// As a team's lead: post as its voice, manage its members. Being the lead is asked apart.
    LeadTeam = "as a team's lead, post to the team as its voice and manage its members" from Write;
    /// Invite people; see, resend and revoke invitations.
    Invite = "invite people" from Admin;
    /// Remove members.
    RemoveMembers = "remove members" from Admin;
    /// Change members' roles.
    ChangeRoles = "change roles" from Admin;
    /// Create, rename, delete and assign teams.
    ManageTeams = "create, rename, delete and assign teams" from Admin;
    /// Edit and delete anyone's posts.
    Moderate = "edit and delete anyone's post" from Admin;
    /// See and change plan, seats and payment.
    ManageBilling = "see and change billing" from Admin;
    /// See all settings and their history.
    SeeSettings = "see settings and their history" from Admin;
    /// Change settings.
    ChangeSettings = "change settings" from Admin;
    /// Add, test, replace and delete provider keys.
    ManageCredentials = "manage credentials" from Admin;
    /// See everyone's devices and rollouts; sign out, wipe, send again.
    ManageDevices = "see and manage everyone's devices" from Admin;
    /// See alerts, and decide where they go.
    ManageAlerts = "see alerts and decide where they go" from Admin;
    /// Search and export the audit log.
    SeeAudit = "see the audit log" from Admin;
    /// Delete the org, and restore it.
    DeleteOrg = "delete the organization" from Owner;
    /// Hand the org over.
    TransferOwnership = "transfer ownership" from Owner;
    /// Turn SSO enforcement on.
    EnforceSso = "turn SSO enforcement on" from Owner;
}

impl Right {
    /// Does that role have this right?
    pub fn granted_to(self, role: Role) -> bool {
        role >= self.least()
    }

    /// Refuses a role that does not have this right.
    pub fn require(self, role: Role) -> Result<()> {
        if self.granted_to(role) {
            Ok(())
        } else {
            Err(Error::forbidden(format!(
                "Your role ({}) may not {}.",
                role.title(),
                self.text()
            )))
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// The whole table as text: one line per right, one column per role.
pub fn table() -> String {
    use fmt::Write;

    let wide = Right::ALL
        .iter()
        .map(|right| right.text().len())
        .max()
        .unwrap_or(0);
    let mut out = format!("{:wide$}  Owner  Admin  Write  Read\n", "may");
    for right in Right::ALL {
        let marks = Role::ALL.map(|role| if right.granted_to(role) { "yes" } else { "-" });
        let [owner, admin, write, read] = marks;
        let text = right.text();
        let _ = writeln!(out, "{text:wide$}  {owner:5}  {admin:5}  {write:5}  {read}");
    }
    out
}
