//! The pages before one is inside: signing in and out, signing up, setting up, passwords, the verification of an address.

use askama::Template;

use crate::portal::view::{Frame, Input};

/// `POST /sign-in` with `email`, `password`, `next` (hidden). 422 shows the page again with `problem`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/sign_in.html")]
pub struct SignIn {
    /// The frame.
    pub frame: Frame,
    /// What is wrong as a whole: wrong pair, too many attempts.
    pub problem: Option<String>,
    /// The address.
    pub email: Input,
    /// The password (value always empty).
    pub password: Input,
    /// Where to go afterwards, a local path.
    pub next: String,
    /// A sentence on why signing in is asked: an invitation, a device to approve.
    pub reason: Option<String>,
    /// The operator lets anybody sign up.
    pub open_sign_up: bool,
}

/// `POST /sign-up` with `name`, `email`, `password`, `invitation` (hidden token, may be empty).
#[derive(Debug, Default, Template)]
#[template(path = "pages/sign_up.html")]
pub struct SignUp {
    /// The frame.
    pub frame: Frame,
    /// What is wrong as a whole.
    pub problem: Option<String>,
    /// Full name.
    pub name: Input,
    /// The address; fixed when an invitation names it.
    pub email: Input,
    /// The address may not be changed (it was invited).
    pub email_fixed: bool,
    /// The password (value always empty).
    pub password: Input,
    /// The invitation's token, carried along.
    pub invitation: String,
    /// The inviting organization's name.
    pub org_name: Option<String>,
}

/// `POST /setup/{token}` with `name`, `email`, `password`, `org_name`: the first owner and the first organization.
#[derive(Debug, Default, Template)]
#[template(path = "pages/set_up.html")]
pub struct SetUp {
    /// The frame.
    pub frame: Frame,
    /// Path that the form posts to, `/setup/…`.
    pub action: String,
    /// What is wrong as a whole.
    pub problem: Option<String>,
    /// Full name.
    pub name: Input,
    /// The address.
    pub email: Input,
    /// The password (value always empty).
    pub password: Input,
    /// Name of the organization.
    pub org_name: Input,
}

/// `POST /forgot-password` with `email`. The answer is the same whether the address is known.
#[derive(Debug, Default, Template)]
#[template(path = "pages/forgot_password.html")]
pub struct ForgotPassword {
    /// The frame.
    pub frame: Frame,
    /// The address.
    pub email: Input,
    /// The form was sent: say what happens next.
    pub sent: bool,
    /// Where mails go when no SMTP server is configured (shown to everyone on such an install).
    pub mail_folder: Option<String>,
}

/// `POST /reset-password/{token}` with `password`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/reset_password.html")]
pub struct ResetPassword {
    /// The frame.
    pub frame: Frame,
    /// Path that the form posts to.
    pub action: String,
    /// Whose password it is.
    pub email: String,
    /// The new password (value always empty).
    pub password: Input,
    /// The link has been used or is too old: offers a new one instead of the form.
    pub dead: bool,
}

/// The verification of an address. `Confirm` posts `password` to the token's own path, since a link in a mail does nothing by GET, and since
/// somebody else may have made the account with this address. A new link is sent by signing in.
#[derive(Debug, Template)]
#[template(path = "pages/verify_email.html")]
pub struct VerifyEmail {
    /// The frame.
    pub frame: Frame,
    /// The address.
    pub email: String,
    /// What the page is about.
    pub state: VerifyState,
    /// Where mails go when no SMTP server is configured.
    pub mail_folder: Option<String>,
}

/// Where the verification stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyState {
    /// A mail has been sent; look there.
    Ask,
    /// The link was opened: the account's password verifies.
    Confirm {
        /// Path that the form posts to, `/verify-email/…`.
        action: String,
        /// The password (value always empty).
        password: Input,
    },
    /// The link has been used or is too old.
    Dead,
}

/// `GET /sign-out` asks (`done: false`; `POST /sign-out`), and the same page says that it is done. Works with a broken session.
#[derive(Debug, Default, Template)]
#[template(path = "pages/sign_out.html")]
pub struct SignOut {
    /// The frame.
    pub frame: Frame,
    /// The session is gone.
    pub done: bool,
}
