//! The account: who one is, where one belongs, which machines and tokens are one's own. And the page of an account without an organization.

use askama::Template;

use crate::portal::view::{Avatar, DeviceState, Frame, Input, Moment, Place};

/// The account page. Forms: `POST /account` with `name` · `POST /account/tokens` with `token_name` · `POST /account/tokens/{id}/revoke` ·
/// `POST /account/sessions/{id}/revoke` · `POST /account/sessions/revoke-others` · `POST /account/password` (mails the link to choose a new one) ·
/// devices as in [`super::Devices`]. `POST /account/theme` with `theme=system|light|dark` is sent from every page's account menu.
#[derive(Debug, Default, Template)]
#[template(path = "pages/account.html")]
pub struct Account {
    /// The frame; `nav` may be that of the organization last seen.
    pub frame: Frame,
    /// Full name.
    pub name: Input,
    /// Primary address.
    pub email: String,
    /// The address is verified.
    pub verified: bool,
    /// Where this account belongs.
    pub orgs: Vec<JoinedOrg>,
    /// May create organizations.
    pub may_create_org: bool,
    /// Their machines.
    pub devices: Vec<OwnDevice>,
    /// Personal access tokens.
    pub tokens: Vec<ApiToken>,
    /// Name of a token to be made.
    pub token_name: Input,
    /// The password, asked for before a token is made when the last sign-in is too long ago (field `password`, value always empty).
    pub token_password: Option<Input>,
    /// The token just made, shown once.
    pub new_token: Option<String>,
    /// Signed-in browsers, the current one first.
    pub sessions: Vec<Session>,
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
    /// Path of `POST …/leave`; `None` for the last owner, who cannot leave.
    pub leave: Option<String>,
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
