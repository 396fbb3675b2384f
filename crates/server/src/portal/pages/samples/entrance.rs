//! Samples of the pages before one is inside, and of what goes wrong.

use super::data::{ago, outside, signed_in};
use super::{Sample, draw};
use crate::portal::pages::{
    ErrorPage, ForgotPassword, Invitation, InvitationState, ResetPassword, SetUp, SignIn, SignOut, SignUp,
    VerifyEmail, VerifyState,
};
use crate::portal::view::Input;

const EMAIL: &str = "ines.okafor@meridian.example";
const FOLDER: &str = "/var/lib/tessera/mail";

pub(super) fn all() -> Vec<Sample> {
    let mut samples = passwords();
    samples.extend(verifying());
    samples.extend(invitations());
    samples.extend(errors());
    samples
}

fn passwords() -> Vec<Sample> {
    let sign_in = SignIn {
        frame: outside(),
        open_sign_up: true,
        ..SignIn::default()
    };
    let wrong = SignIn {
        frame: outside(),
        problem: Some("Address or password is wrong. 3 tries are left before a pause.".to_owned()),
        email: Input::new(EMAIL),
        next: "/activate".to_owned(),
        reason: Some("Sign in to approve your machine.".to_owned()),
        ..SignIn::default()
    };
    let sign_up = SignUp {
        frame: outside(),
        email: Input::new(EMAIL),
        email_fixed: true,
        password: Input::refused("", "Use 12 characters or more."),
        org_name: Some("Meridian Museum".to_owned()),
        ..SignUp::default()
    };
    let set_up = SetUp {
        frame: outside(),
        action: "/setup/t".to_owned(),
        ..SetUp::default()
    };
    let forgot = ForgotPassword {
        frame: outside(),
        ..ForgotPassword::default()
    };
    let sent = ForgotPassword {
        email: Input::new(EMAIL),
        sent: true,
        mail_folder: Some(FOLDER.to_owned()),
        ..ForgotPassword::default()
    };
    let reset = ResetPassword {
        action: "/reset-password/t".to_owned(),
        email: EMAIL.to_owned(),
        ..ResetPassword::default()
    };
    let dead = ResetPassword {
        dead: true,
        ..ResetPassword::default()
    };
    vec![
        draw("sign-in", &sign_in),
        draw("sign-in-wrong", &wrong),
        draw("sign-up", &sign_up),
        draw("set-up", &set_up),
        draw("forgot-password", &forgot),
        draw("forgot-password-sent", &sent),
        draw("reset-password", &reset),
        draw("reset-password-dead", &dead),
        draw(
            "sign-out",
            &SignOut {
                frame: signed_in(),
                done: false,
            },
        ),
        draw(
            "signed-out",
            &SignOut {
                frame: outside(),
                done: true,
            },
        ),
    ]
}

fn verifying() -> Vec<Sample> {
    let page = |state, mail_folder: Option<&str>| VerifyEmail {
        frame: outside(),
        email: EMAIL.to_owned(),
        state,
        mail_folder: mail_folder.map(str::to_owned),
    };
    vec![
        draw("verify-email", &page(VerifyState::Ask, Some(FOLDER))),
        draw(
            "verify-email-confirm",
            &page(
                VerifyState::Confirm {
                    action: "/verify-email/t".to_owned(),
                    password: Input::refused(
                        "",
                        "This is not the password that was chosen for this address.",
                    ),
                },
                None,
            ),
        ),
        draw("verify-email-dead", &page(VerifyState::Dead, None)),
    ]
}

fn invitations() -> Vec<Sample> {
    let page = |state| Invitation {
        frame: signed_in(),
        org_name: "Meridian Museum".to_owned(),
        inviter: "Tomasz Wieczorek".to_owned(),
        action: "/invitations/t".to_owned(),
        state,
    };
    let ready = InvitationState::Ready {
        role: "Write".to_owned(),
        may: "You may post updates and comment.".to_owned(),
        expires: ago("in 6 days"),
    };
    let signed_out = InvitationState::SignedOut {
        role: "Write".to_owned(),
        masked: "i••••@meridian.example".to_owned(),
        sign_in: "/sign-in".to_owned(),
        sign_up: Some("/sign-up".to_owned()),
    };
    let wrong = InvitationState::WrongAccount {
        masked: "i••••@meridian.example".to_owned(),
        current: "ines@home.example".to_owned(),
    };
    vec![
        draw("invitation", &page(ready)),
        draw(
            "invitation-signed-out",
            &Invitation {
                frame: outside(),
                ..page(signed_out)
            },
        ),
        draw("invitation-wrong-account", &page(wrong)),
        draw(
            "invitation-expired",
            &page(InvitationState::Expired {
                at: ago("2 days ago"),
                asked: false,
            }),
        ),
        draw(
            "invitation-revoked",
            &page(InvitationState::Revoked { asked: true }),
        ),
        draw(
            "invitation-used",
            &page(InvitationState::Used {
                home: Some("/o/org".to_owned()),
            }),
        ),
        draw("invitation-no-seat", &page(InvitationState::NoSeat)),
        draw("invitation-gone", &page(InvitationState::Gone)),
        draw(
            "invitation-unknown",
            &Invitation {
                org_name: String::new(),
                inviter: String::new(),
                ..page(InvitationState::Unknown)
            },
        ),
    ]
}

fn errors() -> Vec<Sample> {
    let missing = ErrorPage {
        frame: signed_in(),
        status: 404,
        title: "This page does not exist".to_owned(),
        what: "The address is wrong, or what stood here is gone, or you may not know of it.".to_owned(),
        ways: vec![("Go to Home".to_owned(), "/".to_owned())],
        ..ErrorPage::default()
    };
    let failed = ErrorPage {
        frame: signed_in(),
        status: 500,
        title: "Something failed on our side".to_owned(),
        what: "The server could not finish this. It has been written down.".to_owned(),
        kept: "Nothing was saved. Every device keeps the settings it has.".to_owned(),
        ways: vec![
            ("Try again".to_owned(), "?".to_owned()),
            ("Go to Home".to_owned(), "/".to_owned()),
        ],
        request: Some("req_01jd8m5w3z".to_owned()),
    };
    vec![draw("error-404", &missing), draw("error-500", &failed)]
}
