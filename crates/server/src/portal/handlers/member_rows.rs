//! A member in a row of the list: what is shown of them, and what the reader may do to them.

use std::collections::HashMap;

use tessera_app::members::ListedMember;
use tessera_app::orgs::OrgView;
use tessera_domain::{Result, Right, Role, role};
use tessera_ids::{AccountId, OrgId, Timestamp};
use tessera_store::DeviceStanding;
use tessera_wire::Digest;

use super::members::{Typed, role_options};
use super::pages::MemberRow;
use super::pictures::avatar_path;
use super::view::{Opt, Select, Tone};
use super::visit::{Visit, path};
use super::words;

/// How devices stand, in words and in tone.
pub(super) fn standing_words(standing: DeviceStanding) -> (&'static str, Tone) {
    match standing {
        DeviceStanding::Current => ("up to date", Tone::Good),
        DeviceStanding::Behind => ("behind", Tone::Warn),
        DeviceStanding::Failing => ("failing", Tone::Bad),
        DeviceStanding::None => ("no device", Tone::Neutral),
    }
}

/// Who looks at the list, which says what each row offers.
pub(super) struct Reader {
    org: OrgId,
    me: AccountId,
    /// Of those shown; empty where none is.
    pub(super) pictures: HashMap<AccountId, Digest>,
    role: Role,
    now: Timestamp,
}

impl Reader {
    pub(super) fn of(visit: &Visit, view: &OrgView) -> Result<Self> {
        Ok(Self {
            org: view.id,
            me: visit.actor()?.account()?,
            pictures: HashMap::new(),
            role: view.role,
            now: visit.app().clock.now(),
        })
    }

    pub(super) fn row(&self, listed: &ListedMember, typed: &Typed) -> MemberRow {
        let member = &listed.member;
        let id = member.account;
        let home = path(self.org);
        let own = id == self.me;
        let manages = Right::RemoveMembers.granted_to(self.role);
        let touches = manages && !own && role::may_touch(self.role, member.role).is_ok();
        let may_see_devices = Right::ManageDevices.granted_to(self.role) && member.devices > 0;
        let hands_over = Right::TransferOwnership.granted_to(self.role) && !own && member.role != Role::Owner;
        let value = typed.roles.get(&id).copied().unwrap_or(member.role).as_str();
        let (state, tone) = standing_words(member.standing());
        let below = |rest: &str| format!("{home}/members/{id}{rest}");
        MemberRow {
            account: id.to_string(),
            path: below(""),
            name: member.name.to_string(),
            email: member.email.to_string(),
            picture: self.pictures.get(&id).map(|digest| avatar_path(id, *digest)),
            role: member.role.title().to_owned(),
            was: member.role.as_str().to_owned(),
            roles: Select {
                options: self.roles(member.role),
                value: value.to_owned(),
                error: None,
            },
            picked: typed.picked.contains(&id),
            teams: team_names(listed),
            devices: words::count(member.devices, "device"),
            state: state.to_owned(),
            tone,
            devices_href: may_see_devices.then(|| format!("{home}/devices?member={id}")),
            joined: words::moment(member.joined_at, self.now),
            own,
            settings: Right::SeeSettings
                .granted_to(self.role)
                .then(|| below("/settings")),
            tighten: Right::ChangeSettings
                .granted_to(self.role)
                .then(|| below("/tighten")),
            sign_out: touches.then(|| below("/sign-out")),
            transfer: hands_over.then(|| format!("{home}/transfer?to={id}")),
            remove: touches.then(|| below("/remove")),
        }
    }

    /// What a member of that role may be made, the present role included; nothing where they may not be touched.
    pub(super) fn roles(&self, current: Role) -> Vec<Opt> {
        if role::may_touch(self.role, current).is_err() {
            return Vec::new();
        }
        role_options(
            Role::ALL
                .into_iter()
                .filter(|new| role::may_change_role(self.role, current, *new).is_ok()),
        )
    }
}

/// A few teams by name; of many, how many more.
fn team_names(listed: &ListedMember) -> String {
    const SHOWN: usize = 2;
    let names: Vec<&str> = listed.teams.iter().map(|team| team.name.as_str()).collect();
    match names.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!("{} and {more} more", names[..SHOWN].join(", ")),
        _ => names.join(", "),
    }
}
