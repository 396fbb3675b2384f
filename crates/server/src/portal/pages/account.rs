//! The account: who one is, where one belongs, which machines, tokens and browsers are one's own. And the page of an account without an
//! organization.

use askama::Template;

use super::Restorable;
use crate::portal::view::{Avatar, DeviceState, Frame, Input, Moment, Place, Select};

/// The account page. Forms: `POST /account` with `name`, `zone` · `POST /account/picture` (multipart) with `picture` · `POST /account/picture/remove` ·
/// `POST /account/email` with `email`, `email_password` · `POST /account/email/drop` · `POST /account/password` with `present_password`, `new_password` ·
/// `POST /account/tokens` with `token_name`, `token_life`, maybe `password` · `POST /account/tokens/{id}/revoke` ·
/// `POST /account/sessions/{id}/revoke` · `POST /account/sessions/revoke-others` · devices as in [`super::Devices`]. `POST /account/theme` with
/// `theme=system|light|dark` is sent from every page's account menu.
#[derive(Debug, Default, Template)]
#[template(path = "pages/account.html")]
pub struct Account {
    /// The frame; `nav` may be that of the organization last seen.
    pub frame: Frame,
    /// Full name.
    pub name: Input,
    /// Time zones, and the one that times are shown in.
    pub zone: Select,
    /// Path of the picture.
    pub picture: Option<String>,
    /// What was wrong with an uploaded picture.
    pub picture_problem: Option<String>,
    /// Primary address.
    pub email: String,
    /// The address is verified.
    pub verified: bool,
    /// The address that waits for its link to be used.
    pub email_change: Option<EmailChange>,
    /// Another address to be asked for.
    pub new_email: Input,
    /// The password that goes with it (value always empty).
    pub email_password: Input,
    /// The present password, before another is chosen (value always empty).
    pub present_password: Input,
    /// Another password (value always empty).
    pub new_password: Input,
    /// Where this account belongs.
    pub orgs: Vec<JoinedOrg>,
    /// Deleted organizations that they own and can still restore.
    pub restorable: Vec<Restorable>,
    /// May create organizations.
    pub may_create_org: bool,
    /// Their machines.
    pub devices: Vec<OwnDevice>,
    /// Personal access tokens.
    pub tokens: Vec<ApiToken>,
    /// Name of a token to be made.
    pub token_name: Input,
    /// How long it will work.
    pub token_life: Select,
    /// The password, asked for before a token is made when the last sign-in is too long ago (value always empty).
    pub token_password: Option<Input>,
    /// The token just made, shown once.
    pub new_token: Option<String>,
    /// Signed-in browsers, the current one first.
    pub sessions: Vec<Session>,
}

/// An address that waits for its link to be used.
#[derive(Clone, Debug, Default)]
pub struct EmailChange {
    /// The new address.
    pub email: String,
    /// When the link stops working.
    pub expires: Moment,
}

/// A membership in the list of the account page.
#[derive(Clone, Debug, Default)]
pub struct JoinedOrg {
    /// Its name.
    pub name: String,
    /// Its path.
    pub href: String,
    /// *Owner*, *Admin*, *Write*, *Read*.
    pub role: String,
    /// Path of its settings, for who may change them.
    pub manage: Option<String>,
    /// Path of `…/leave`; `None` for the last owner, who cannot leave.
    pub leave: Option<String>,
}

/// The page behind the link that was mailed to a new address: `POST {action}`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/change_email.html")]
pub struct ChangeEmail {
    /// The frame.
    pub frame: Frame,
    /// Path that the form posts to, `/change-email/…`.
    pub action: String,
    /// The address that the account has.
    pub present: String,
    /// The address that it will have; `None` when the link is dead, or another account's.
    pub wanted: Option<String>,
    /// Why it was refused.
    pub problem: Option<String>,
}

/// Asks before an account is deleted: `POST /account/delete` with `email` (typed exactly) and `password`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/delete_account.html")]
pub struct DeleteAccount {
    /// The frame.
    pub frame: Frame,
    /// The address to be typed.
    pub address: String,
    /// What was typed.
    pub email: Input,
    /// The password (value always empty).
    pub password: Input,
    /// What happens, line by line.
    pub consequences: Vec<String>,
    /// Organizations that would be left without an owner; none may be.
    pub ownerless: Vec<OwnerlessOrg>,
    /// Why it was refused.
    pub problem: Option<String>,
}

/// An organization that keeps its last owner from going.
#[derive(Clone, Debug, Default)]
pub struct OwnerlessOrg {
    /// Its name.
    pub name: String,
    /// Where it is handed over.
    pub transfer: String,
    /// Where it is deleted.
    pub settings: String,
    /// It is deleted already and waits for its time.
    pub is_deleted: bool,
}

/// One of the person's own machines.
#[derive(Clone, Debug)]
pub struct OwnDevice {
    /// Name of the machine.
    pub host: String,
    /// System and its version.
    pub system: String,
    /// Whose settings it obeys.
    pub org_name: String,
    /// Its state.
    pub state: DeviceState,
    /// Last contact; `None` before the first.
    pub seen: Option<Moment>,
    /// Path of `POST …/sign-out`; `None` when there is nothing left to sign out.
    pub sign_out: Option<String>,
}

/// A personal access token; its secret is shown once, when it is made.
#[derive(Clone, Debug, Default)]
pub struct ApiToken {
    /// Its id, for the path of its revocation.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created: Moment,
    /// When it was last used.
    pub used: Option<Moment>,
    /// When it ends.
    pub expires: Option<Moment>,
}

/// A signed-in browser.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// Its id, for the path of its revocation.
    pub id: String,
    /// Browser and system in words.
    pub browser: String,
    /// Network address.
    pub address: String,
    /// When it was signed in.
    pub since: Moment,
    /// Last request.
    pub seen: Moment,
    /// It is the browser at hand.
    pub current: bool,
}

/// Where an account without an organization lands.
#[derive(Debug, Default, Template)]
#[template(path = "pages/no_organization.html")]
pub struct NoOrganization {
    /// The frame.
    pub frame: Frame,
    /// Shows *Create an organization*.
    pub may_create_org: bool,
    /// Invitations to this account's verified address.
    pub invitations: Vec<PendingInvitation>,
    /// Deleted organizations that they own and can still restore.
    pub restorable: Vec<Restorable>,
}

/// An invitation that waits for the reader.
#[derive(Clone, Debug, Default)]
pub struct PendingInvitation {
    /// Who invites.
    pub org_name: String,
    /// As what.
    pub role: String,
    /// Who sent it.
    pub inviter: String,
    /// Path of the invitation.
    pub href: String,
    /// When it ends.
    pub expires: Moment,
}

/// `POST /organizations/new` with `name`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/create_organization.html")]
pub struct CreateOrganization {
    /// The frame.
    pub frame: Frame,
    /// Its name.
    pub name: Input,
    /// Seats that the operator grants: `20 seats`, `unlimited seats`.
    pub seats: String,
}
