//! Who may touch whom: every act on a member, by every role on every role, over HTTP. The answers are held against the
//! domain's rules, and kept as a table in `tests/golden/who_may_touch_whom.txt`.
//!
//! `TESSERA_WRITE_GOLDEN=1` writes the table anew.

use std::fmt::Write as _;
use std::path::PathBuf;

use reqwest::Method;
use serde_json::json;
use tessera_app::invitations::{self, Offer};
use tessera_app::{AccountActor, Actor, Credential, teams};
use tessera_domain::{Role, role};
use tessera_ids::{AccountId, InvitationId, SessionId, TeamId};

use crate::cast::{Cast, PASSWORD, Person, join};

/// What one member does to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    ChangeRole(Role),
    ChangeRoleAmongMany(Role),
    Remove,
    SignOutEverywhere,
    RevokeInvitation,
    ResendInvitation,
    ChangeInvitation(Role),
    AddToTeam,
    RemoveFromTeam,
    Transfer,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Forbidden,
    Conflict,
    Other(u16),
}

impl Act {
    fn all() -> Vec<Self> {
        let mut acts = Vec::new();
        acts.extend(Role::ALL.map(Self::ChangeRole));
        acts.extend(Role::ALL.map(Self::ChangeRoleAmongMany));
        acts.extend([
            Self::Remove,
            Self::SignOutEverywhere,
            Self::RevokeInvitation,
            Self::ResendInvitation,
        ]);
        acts.extend(Role::ALL.map(Self::ChangeInvitation));
        acts.extend([Self::AddToTeam, Self::RemoveFromTeam, Self::Transfer]);
        acts
    }

    fn name(self) -> String {
        match self {
            Self::ChangeRole(new) => format!("make {}", new.title()),
            Self::ChangeRoleAmongMany(new) => format!("make {} among many", new.title()),
            Self::Remove => "remove".to_owned(),
            Self::SignOutEverywhere => "sign out everywhere".to_owned(),
            Self::RevokeInvitation => "revoke an invitation as".to_owned(),
            Self::ResendInvitation => "resend an invitation as".to_owned(),
            Self::ChangeInvitation(new) => format!("re-invite as {}", new.title()),
            Self::AddToTeam => "add to a team".to_owned(),
            Self::RemoveFromTeam => "remove from a team".to_owned(),
            Self::Transfer => "transfer ownership to".to_owned(),
        }
    }

    /// What the rules say.
    fn rule(self, actor: Role, target: Role) -> Outcome {
        let decided = |allowed: bool| {
            if allowed {
                Outcome::Done
            } else {
                Outcome::Forbidden
            }
        };
        let manages = actor >= Role::Admin;
        match self {
            // Among many, who is that already is not changed, and so not touched.
            Self::ChangeRoleAmongMany(new) if new == target => decided(manages),
            Self::ChangeRole(new) | Self::ChangeRoleAmongMany(new) | Self::ChangeInvitation(new) => {
                decided(role::may_change_role(actor, target, new).is_ok())
            }
            Self::Remove | Self::SignOutEverywhere | Self::RevokeInvitation | Self::ResendInvitation => {
                decided(role::may_touch(actor, target).is_ok())
            }
            Self::AddToTeam | Self::RemoveFromTeam => decided(manages),
            Self::Transfer if actor == Role::Owner && target == Role::Owner => Outcome::Conflict,
            Self::Transfer => decided(actor == Role::Owner),
        }
    }
}

/// The organization as every act finds it.
struct Stage {
    cast: Cast,
    targets: Vec<(Role, Person)>,
    team: TeamId,
}

impl Stage {
    async fn set() -> Self {
        let cast = Cast::assemble().await;
        let mut targets = Vec::new();
        for role in Role::ALL {
            let name = format!("target-{}", role.as_str());
            targets.push((role, join(&cast.server, cast.org, &name, role).await));
        }
        let app = &cast.server.running.site.app;
        let team = teams::create(app, &as_owner(&cast), cast.org, &"Scouts".parse().unwrap())
            .await
            .unwrap();
        Self { cast, targets, team }
    }

    fn actors(&self) -> [(Role, &Person); 4] {
        let cast = &self.cast;
        [
            (Role::Owner, &cast.owner),
            (Role::Admin, &cast.admin),
            (Role::Write, &cast.writer),
            (Role::Read, &cast.reader),
        ]
    }

    /// Everybody is what they were at first, whatever was done to them; the target's place in the team is as said.
    async fn reset(&self, target: AccountId, in_team: bool) {
        let (org, app) = (self.cast.org, &self.cast.server.running.site.app);
        let mut tx = app.store.begin().await.unwrap();
        tx.lock_org(org).await.unwrap();
        let people = self.actors().map(|(role, person)| (person.account, role));
        let targets = self.targets.iter().map(|(role, person)| (person.account, *role));
        for (account, role) in people.into_iter().chain(targets) {
            if tx.membership(org, account).await.unwrap().is_none() {
                let row = tx.account(account).await.unwrap().unwrap();
                tx.insert_membership(org, &row, role, app.clock.now())
                    .await
                    .unwrap();
            }
            tx.set_role(org, account, role).await.unwrap();
        }
        let now = app.clock.now();
        if in_team {
            tx.add_team_members(org, self.team, &[target], now).await.unwrap();
        } else {
            tx.remove_team_members(org, self.team, &[target]).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn invitation(&self, role: Role, number: usize) -> InvitationId {
        let app = &self.cast.server.running.site.app;
        let offer = Offer {
            email: format!("guest-{number}@example.org").parse().unwrap(),
            role,
            teams: Vec::new(),
        };
        invitations::invite_one(app, &as_owner(&self.cast), self.cast.org, offer)
            .await
            .unwrap()
    }

    async fn play(&self, act: Act, actor: &Person, target: (Role, &Person), number: usize) -> Outcome {
        let who = target.1.account;
        self.reset(who, act == Act::RemoveFromTeam).await;
        let member = self.cast.api(&format!("members/{who}"));
        let many = self.cast.api("members");
        let client = &actor.client;
        let change = |body| json!({ "members": [body] });
        let (method, path, body) = match act {
            Act::ChangeRole(new) => (Method::PATCH, member, json!({ "role": new })),
            Act::ChangeRoleAmongMany(new) => (Method::PATCH, many, change(json!({ "id": who, "role": new }))),
            Act::AddToTeam => (
                Method::PATCH,
                many,
                change(json!({ "id": who, "join": [self.team] })),
            ),
            Act::RemoveFromTeam => (
                Method::PATCH,
                many,
                change(json!({ "id": who, "leave": [self.team] })),
            ),
            Act::Remove => (Method::DELETE, member, json!({})),
            Act::SignOutEverywhere => (Method::POST, member + "/sign-out", json!({})),
            Act::ChangeInvitation(new) => {
                let id = self.invitation(target.0, number).await;
                let path = self.cast.api(&format!("invitations/{id}"));
                (Method::PATCH, path, json!({ "role": new }))
            }
            Act::RevokeInvitation | Act::ResendInvitation => {
                let id = self.invitation(target.0, number).await;
                let path = self.cast.api(&format!("invitations/{id}"));
                if act == Act::RevokeInvitation {
                    (Method::DELETE, path, json!({}))
                } else {
                    (Method::POST, path + "/resend", json!({}))
                }
            }
            Act::Transfer => (
                Method::POST,
                self.cast.api("transfer"),
                json!({ "member": who, "password": PASSWORD }),
            ),
        };
        let answer = client.json(method, &path, &body).await.unwrap();
        match answer.status.as_u16() {
            200..300 => Outcome::Done,
            403 => Outcome::Forbidden,
            409 => Outcome::Conflict,
            other => Outcome::Other(other),
        }
    }
}

fn as_owner(cast: &Cast) -> Actor {
    let app = &cast.server.running.site.app;
    Actor::Account(AccountActor {
        account: cast.owner.account,
        credential: Credential::Session {
            id: SessionId::generate(&*app.clock, &*app.entropy),
            recent: true,
        },
        address: None,
    })
}

#[tokio::test]
async fn every_role_touches_whom_the_rules_let_it() {
    let stage = Stage::set().await;
    let mut table = format!("{:<26}{:<8}", "may …", "");
    for (role, _) in &stage.targets {
        let _ = write!(table, "{:<10}", role.title());
    }
    table = table.trim_end().to_owned() + "\n";
    let mut wrong = Vec::new();
    let mut number = 0;
    for act in Act::all() {
        for (acting, actor) in stage.actors() {
            let mut line = format!("{:<26}{:<8}", act.name(), acting.title());
            for (target, person) in &stage.targets {
                number += 1;
                let got = stage.play(act, actor, (*target, person), number).await;
                let rule = act.rule(acting, *target);
                if got != rule {
                    wrong.push(format!(
                        "{} by {acting} on {target}: the rule says {rule:?}, the server {got:?}",
                        act.name()
                    ));
                }
                let cell = match got {
                    Outcome::Done => "yes",
                    Outcome::Forbidden => "-",
                    Outcome::Conflict => "conflict",
                    Outcome::Other(_) => "?",
                };
                let _ = write!(line, "{cell:<10}");
            }
            table += line.trim_end();
            table += "\n";
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/who_may_touch_whom.txt");
    if std::env::var_os("TESSERA_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), table);
}

#[tokio::test]
async fn the_last_owner_goes_by_no_path() {
    let cast = Cast::assemble().await;
    let (owner, me) = (&cast.owner.client, cast.owner.account);
    let member = cast.api(&format!("members/{me}"));
    let both =
        json!({ "members": [{ "id": me, "role": "admin" }, { "id": cast.reader.account, "role": "write" }] });
    for (method, path, body) in [
        (Method::PATCH, member.clone(), json!({ "role": "admin" })),
        (Method::PATCH, cast.api("members"), both),
        (Method::DELETE, member, json!({})),
        (Method::POST, cast.api("leave"), json!({})),
    ] {
        let answer = owner.json(method.clone(), &path, &body).await.unwrap();
        let answer = answer.expect(409).unwrap();
        assert!(
            answer.body.contains("last owner"),
            "{method} {path}: {}",
            answer.body
        );
    }
    let page = owner
        .get(&format!("/o/{}/leave", cast.org))
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    assert!(page.body.contains("last owner") && page.body.contains("/transfer"));
    owner
        .post(&format!("/o/{}/leave", cast.org), &[("confirm", "leave")])
        .await
        .unwrap()
        .expect(409)
        .unwrap();
    let reader = cast.api(&format!("members/{}", cast.reader.account));
    let unchanged = owner.get(&reader).await.unwrap().json().unwrap();
    assert_eq!(unchanged["role"], "read", "nothing of the set was done");
}
