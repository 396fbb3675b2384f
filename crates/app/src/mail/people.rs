//! Mails about accounts and invitations.

use tessera_domain::{EmailAddress, Invitation, OrgName, PersonName, Role};
use tessera_ids::OrgId;
use tessera_store::Account;

use super::Letter;
use crate::{AppConfig, token::Token};

const NOT_YOU: &str = "Was it not you? Ignore this mail: nothing happens until the link is used.";

/// Asks to prove an address.
pub(crate) fn verify_email(config: &AppConfig, to: &EmailAddress, token: &Token) -> Letter {
    Letter {
        to: to.deliverable(),
        subject: "Confirm your email address".to_owned(),
        paragraphs: vec![
            format!("Confirm that {to} is yours, and your account is ready."),
            "The link works for 24 hours.".to_owned(),
        ],
        action: Some((
            "Confirm this address".to_owned(),
            link(config, "verify-email", token),
        )),
        footer: NOT_YOU.to_owned(),
    }
}

/// Tells the owner of an address that somebody tried to sign up with it.
pub(crate) fn already_signed_up(config: &AppConfig, to: &EmailAddress) -> Letter {
    Letter {
        to: to.deliverable(),
        subject: "You have an account already".to_owned(),
        paragraphs: vec![
            format!("Somebody tried to make an account with {to}, which has one."),
            "If it was you, sign in. If you have forgotten your password, choose a new one there.".to_owned(),
        ],
        action: Some(("Sign in".to_owned(), format!("{}/sign-in", config.public_url))),
        footer: "Was it not you? Ignore this mail: nothing has changed.".to_owned(),
    }
}

/// Lets somebody choose a new password.
pub(crate) fn reset_password(config: &AppConfig, to: &EmailAddress, token: &Token) -> Letter {
    Letter {
        to: to.deliverable(),
        subject: "Choose a new password".to_owned(),
        paragraphs: vec![
            format!("Somebody asked to choose a new password for the account of {to}."),
            "The link works once, for one hour. A new password signs you out everywhere else.".to_owned(),
        ],
        action: Some((
            "Choose a new password".to_owned(),
            link(config, "reset-password", token),
        )),
        footer: NOT_YOU.to_owned(),
    }
}

/// Tells somebody that their password is another now.
pub(crate) fn password_changed(config: &AppConfig, to: &EmailAddress) -> Letter {
    Letter {
        to: to.deliverable(),
        subject: "Your password was changed".to_owned(),
        paragraphs: vec![format!(
            "The password of {to} was just changed, and every other browser was signed out."
        )],
        action: None,
        footer: format!(
            "Was it not you? Choose a new password at once: {}/forgot-password",
            config.public_url
        ),
    }
}

/// Asks to prove an address that an account would like to have.
pub(crate) fn confirm_new_address(
    config: &AppConfig,
    to: &EmailAddress,
    present: &EmailAddress,
    token: &Token,
) -> Letter {
    Letter {
        to: to.deliverable(),
        subject: "Confirm your new email address".to_owned(),
        paragraphs: vec![
            format!("The account of {present} is to have the address {to} from now on."),
            format!("Open the link where you are signed in as {present}. It works for 24 hours."),
        ],
        action: Some((
            "Confirm this address".to_owned(),
            link(config, "change-email", token),
        )),
        footer: NOT_YOU.to_owned(),
    }
}

/// Tells the owner of an address that another account wanted it.
pub(crate) fn address_wanted(config: &AppConfig, to: &EmailAddress) -> Letter {
    Letter {
        to: to.deliverable(),
        subject: "You have an account already".to_owned(),
        paragraphs: vec![
            format!(
                "Somebody asked that another account should have the address {to}, which has an account."
            ),
            "If it was you, sign in with this address, or delete the account that has it first.".to_owned(),
        ],
        action: Some(("Sign in".to_owned(), format!("{}/sign-in", config.public_url))),
        footer: "Was it not you? Ignore this mail: nothing has changed.".to_owned(),
    }
}

/// Tells the present address that another was asked for.
pub(crate) fn address_change_asked(config: &AppConfig, to: &EmailAddress, wanted: &EmailAddress) -> Letter {
    Letter {
        to: to.deliverable(),
        subject: "Another email address was asked for".to_owned(),
        paragraphs: vec![
            format!("The account of {to} is to have the address {wanted}."),
            "Nothing changes before the link that was mailed there is used.".to_owned(),
        ],
        action: Some((
            "See your account".to_owned(),
            format!("{}/account", config.public_url),
        )),
        footer: format!(
            "Was it not you? Drop the change on your account page, and choose a new password: {}/forgot-password",
            config.public_url
        ),
    }
}

/// Tells the former address that it is not the account's any more.
pub(crate) fn address_changed(config: &AppConfig, to: &EmailAddress, new: &EmailAddress) -> Letter {
    Letter {
        to: to.deliverable(),
        subject: "Your email address was changed".to_owned(),
        paragraphs: vec![
            format!("The account that had the address {to} has {} now.", new.masked()),
            "Sign in with the new address from now on.".to_owned(),
        ],
        action: None,
        footer: format!(
            "Was it not you? Tell whoever runs {}, and the owners of your organizations.",
            config.public_url
        ),
    }
}

/// Tells somebody that their account is gone.
pub(crate) fn account_deleted(config: &AppConfig, to: &EmailAddress) -> Letter {
    Letter {
        to: to.deliverable(),
        subject: "Your account was deleted".to_owned(),
        paragraphs: vec![
            format!(
                "The account of {to} at {} was deleted, as was asked there.",
                config.public_url
            ),
            "Your devices erase what they had of your organizations. What you wrote there keeps your name."
                .to_owned(),
        ],
        action: None,
        footer:
            "Was it not you? Tell the owners of your organizations. A deleted account cannot be restored."
                .to_owned(),
    }
}

/// Offers membership.
pub(crate) fn invitation(
    config: &AppConfig,
    offer: &Invitation,
    org: &OrgName,
    inviter: &PersonName,
    token: &Token,
) -> Letter {
    let (to, role) = (&offer.email, offer.role);
    Letter {
        to: to.deliverable(),
        subject: format!("{inviter} invites you to {org}"),
        paragraphs: vec![
            format!(
                "{inviter} invites you to {org} on Tessera with the role {}.",
                role.title()
            ),
            format!("{}: {}", role.title(), role.summary()),
            format!("The link works for 7 days, for {to} only."),
        ],
        action: Some((
            "See the invitation".to_owned(),
            link(config, "invitations", token),
        )),
        footer: "Do you not know them? Ignore this mail: nothing happens until you accept.".to_owned(),
    }
}

/// Tells whoever invited somebody that they would like a new link.
pub(crate) fn invitation_wanted(
    config: &AppConfig,
    to: &EmailAddress,
    offer: &Invitation,
    org: &OrgName,
) -> Letter {
    let invited = &offer.email;
    Letter {
        to: to.deliverable(),
        subject: format!("{invited} asks for a new invitation"),
        paragraphs: vec![format!(
            "{invited} opened your invitation to {org} when it did not work any more, and asks for a new one."
        )],
        action: Some((
            "See pending invitations".to_owned(),
            format!("{}/o/{}/members?tab=invitations", config.public_url, offer.org),
        )),
        footer: "Do you not want them to join? Then there is nothing to do.".to_owned(),
    }
}

/// Tells a member that their organization signed them out.
pub(crate) fn signed_out(config: &AppConfig, to: &EmailAddress, org: &OrgName, tokens: bool) -> Letter {
    let what = if tokens {
        "Every browser was signed out, and your access tokens work no longer."
    } else {
        "Every browser was signed out. Your access tokens go on, since you belong to other organizations too."
    };
    Letter {
        to: to.deliverable(),
        subject: format!("{org} signed you out everywhere"),
        paragraphs: vec![
            format!("An administrator of {org} signed you out. {what}"),
            "Your devices stay enrolled. Sign in again to go on.".to_owned(),
        ],
        action: Some(("Sign in".to_owned(), format!("{}/sign-in", config.public_url))),
        footer: "Do you think that somebody else uses your account? Choose a new password as well."
            .to_owned(),
    }
}

/// Tells a member that an organization is theirs now.
pub(crate) fn ownership_received(
    config: &AppConfig,
    to: &EmailAddress,
    org: &OrgName,
    id: OrgId,
    from: &PersonName,
) -> Letter {
    Letter {
        to: to.deliverable(),
        subject: format!("You own {org} now"),
        paragraphs: vec![
            format!("{from} handed {org} over to you. Your role is Owner."),
            format!("Owner: {}", Role::Owner.summary()),
        ],
        action: Some((
            "Open the organization".to_owned(),
            format!("{}/o/{id}", config.public_url),
        )),
        footer: format!("{from} is an Admin of {org} from now on."),
    }
}

/// Tells who owned an organization that they handed it over.
pub(crate) fn ownership_given(config: &AppConfig, to: &EmailAddress, org: &OrgName, new: &Account) -> Letter {
    let (name, email) = (&new.name, &new.email);
    Letter {
        to: to.deliverable(),
        subject: format!("You handed {org} over"),
        paragraphs: vec![format!(
            "{name} ({email}) is an Owner of {org} now. Your role is Admin."
        )],
        action: None,
        footer: format!(
            "Was it not you? Choose a new password at once ({}/forgot-password), and tell {name}.",
            config.public_url
        ),
    }
}

/// A link of the portal. Made of what the operator configured, never of what a request says.
fn link(config: &AppConfig, page: &str, token: &Token) -> String {
    format!("{}/{page}/{}", config.public_url, token.reveal())
}
