//! A device in words: what it is, where it stands, and what the state's word leaves out.

use tessera_app::devices;
use tessera_domain::DeviceState;
use tessera_ids::Timestamp;
use tessera_store::{Device, DeviceLife, EndedFrom};

use super::super::pages::DeviceRow;
use super::super::visit::path;
use super::super::words;

/// A device in the table.
pub(super) fn row(device: &Device, state: &DeviceState, now: Timestamp) -> DeviceRow {
    DeviceRow {
        id: device.id.to_string(),
        member: device.member_name.to_string(),
        member_href: Some(member_href(device)),
        email: String::new(),
        host: device.host.to_string(),
        system: device.os.to_string(),
        agent: device.agent_version.to_string(),
        keys: keys(&device.key_storage),
        seen: Some(words::moment(device.last_contact, now)),
        revision: device.receipt_revision,
        state: words::state(state),
        why: told(device, state, now),
        silent: device.facts().silent_since(now).map(|at| words::moment(at, now)),
        too_old: devices::is_too_old(device),
        enrolled_by: device.enrollment_key_name.as_ref().map(ToString::to_string),
        path: Some(format!("{}/devices/{}", path(device.org), device.id)),
    }
}

/// Who is a member has a page; of who is none any more, there is what became of the membership.
fn member_href(device: &Device) -> String {
    let pages = match device.life {
        DeviceLife::Removed => "removals",
        _ => "members",
    };
    format!("{}/{pages}/{}", path(device.org), device.account)
}

/// Where a device's keys live.
fn keys(storage: &str) -> String {
    match storage {
        "keyring" => "keys in the system's keyring".to_owned(),
        "file" => "keys in a file".to_owned(),
        other => format!("keys: {other}"),
    }
}

/// What is worth saying of a device beside its state: who ended it, and what the state's word leaves out.
fn told(device: &Device, state: &DeviceState, now: Timestamp) -> String {
    let why = why(state, now);
    match state {
        DeviceState::SignedOut { at, .. } | DeviceState::Wiped { at, .. } => {
            format!(
                "{} {}; {why}",
                who_ended(device),
                words::moment(*at, now).relative
            )
        }
        _ => why,
    }
}

/// `on the machine`, or `by Ada Byron`.
fn who_ended(device: &Device) -> String {
    match (device.ended_from, &device.ended_by_name) {
        (Some(EndedFrom::Machine), _) => format!("by {}, on the machine,", device.member_name),
        (_, Some(name)) => format!("by {name}"),
        (_, None) => "by Tessera".to_owned(),
    }
}

/// What is worth saying of a state beside its word.
fn why(state: &DeviceState, now: Timestamp) -> String {
    let ago = |at: Timestamp| words::moment(at, now).relative;
    match state {
        DeviceState::Failed { section, reason, .. } => format!("{section}: {reason}"),
        DeviceState::Behind { revision, .. } => format!("runs revision {revision} and cannot be reached"),
        DeviceState::SignedOut { wiped_at, .. } | DeviceState::Wiped { wiped_at, .. } => match wiped_at {
            Some(at) => format!("proved {} that it erased everything", ago(*at)),
            None => "has not confirmed yet".to_owned(),
        },
        DeviceState::Cloned { .. } => "two machines use its keys: enrol again".to_owned(),
        DeviceState::Pending { .. } | DeviceState::Applied { .. } | DeviceState::Stale { .. } => {
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_says_what_its_word_does_not() {
        let now = Timestamp::from_seconds(10_000);
        let failed = DeviceState::Failed {
            section: "memory".to_owned(),
            reason: "could not be read".to_owned(),
            at: now,
        };
        assert_eq!(why(&failed, now), "memory: could not be read");
        assert_eq!(
            why(
                &DeviceState::Wiped {
                    at: now,
                    wiped_at: None
                },
                now
            ),
            "has not confirmed yet"
        );
        assert_eq!(why(&DeviceState::Applied { revision: 3, at: now }, now), "");
    }
}
