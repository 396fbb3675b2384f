//! Devices: everyone's for who manages them, one's own for everybody; signing out, wiping, sending again.

use axum::response::Response;
use serde::Deserialize;
use tessera_app::devices::{self, DevicePage};
use tessera_app::enrollment_keys;
use tessera_app::orgs::OrgView;
use tessera_domain::device_state::SILENT;
use tessera_domain::{DeviceState, Error, Result, Right};
use tessera_ids::{AccountId, DeviceId, EnrollmentKeyId, OrgId, Timestamp};
use tessera_store::{Device, DeviceLife, DeviceQuery, DeviceSort, EndedFrom};
use tessera_wire::Removal;

use super::answer::{Refusal, again, go_refused, go_saying, page};
use super::pages::{ConfirmWipe, DeviceRow, Devices};
use super::view::{self, Frame, Input, Mosaic, Opt, Pager, Place, Size, Sort};
use super::visit::{Visit, path};
use super::{devices_export, enrolment_keys, home, words};
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::routes::{Access, Route};

/// Devices on one page.
const PAGE: u64 = 100;

pub(super) fn routes() -> Vec<Route> {
    let own = Access::Member(Right::UseOwnDevices);
    let manage = Access::Member(Right::ManageDevices);
    vec![
        Route::get(
            "/o/{org}/devices",
            own,
            "Shows devices: everyone's, or the reader's own.",
            list,
        ),
        Route::get(
            "/o/{org}/devices.csv",
            manage,
            "Gives every device as CSV.",
            devices_export::export,
        )
        .answers_raw("text/csv"),
        Route::post(
            "/o/{org}/devices/{device}/sign-out",
            own,
            "Signs a device out.",
            sign_out,
        )
        .takes_form(),
        Route::get(
            "/o/{org}/devices/{device}/wipe",
            own,
            "Asks before a device is wiped.",
            ask_wipe,
        ),
        Route::post("/o/{org}/devices/{device}/wipe", own, "Wipes a device.", wipe).takes_form(),
        Route::post(
            "/o/{org}/devices/{device}/send-again",
            manage,
            "Sends the newest settings again.",
            send_again,
        )
        .takes_form(),
    ]
}

/// What of the list is shown.
#[derive(Clone, Debug, Default, Deserialize)]
struct Listing {
    #[serde(default)]
    q: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    member: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    after: String,
}

impl Listing {
    fn query(&self) -> Result<DeviceQuery> {
        let unknown = || Error::invalid("This page of the list is not understood. Begin at the first one.");
        let after = if self.after.is_empty() {
            None
        } else {
            let (id, key) = self.after.split_once(' ').ok_or_else(unknown)?;
            Some((key.to_owned(), id.parse::<DeviceId>().map_err(|_| unknown())?))
        };
        let sort = match (self.sort.as_str(), after) {
            ("contact", None) => DeviceSort::Contact(None),
            ("contact", Some((key, id))) => DeviceSort::Contact(Some((
                Timestamp::from_micros(key.parse().map_err(|_| unknown())?),
                id,
            ))),
            (_, after) => DeviceSort::Member(after),
        };
        Ok(DeviceQuery {
            search: Some(self.q.trim().to_owned()).filter(|text| !text.is_empty()),
            account: self.member.parse::<AccountId>().ok(),
            state: Some(self.state.clone()).filter(|state| !state.is_empty()),
            enrollment_key: self.key.parse::<EnrollmentKeyId>().ok(),
            sort,
            limit: PAGE,
        })
    }

    fn to(&self, sort: &str, after: &str) -> String {
        let filters = [
            ("q", self.q.as_str()),
            ("state", &self.state),
            ("member", &self.member),
            ("key", &self.key),
        ];
        words::query(&[&filters[..], &[("sort", sort), ("after", after)]].concat())
    }

    fn pager(&self, found: &DevicePage) -> Pager {
        Pager {
            shown: words::count(found.devices.len() as u64, "device"),
            first: (!self.after.is_empty()).then(|| self.to(&self.sort, "")),
            next: found.next.as_ref().map(|next| self.to(&self.sort, &place(next))),
        }
    }

    fn sort(&self, name: &str, order: &str) -> Sort {
        let is_current = self.sort == name;
        Sort {
            href: self.to(name, ""),
            order: if is_current { order } else { "none" }.to_owned(),
        }
    }
}

/// Where the next page begins, as text in a link.
fn place(next: &DeviceSort) -> String {
    match next {
        DeviceSort::Host(Some((key, id))) | DeviceSort::Member(Some((key, id))) => format!("{id} {key}"),
        DeviceSort::Contact(Some((at, id))) => format!("{id} {}", at.as_micros()),
        DeviceSort::Host(None) | DeviceSort::Member(None) | DeviceSort::Contact(None) => String::new(),
    }
}

async fn list(visit: Visit, Path(org): Path<OrgId>, Query(listing): Query<Listing>) -> Answer<Response> {
    let (view, frame) = visit.org_frame(org, Place::Devices).await?;
    if Right::ManageDevices.granted_to(view.role) {
        Ok(page(everyones(&visit, &view, frame, &listing).await?))
    } else {
        Ok(page(own(&visit, org, frame).await?))
    }
}

async fn everyones(visit: &Visit, view: &OrgView, frame: Frame, listing: &Listing) -> Result<Devices> {
    let (app, actor, org) = (visit.app(), visit.actor()?, view.id);
    let found = devices::devices(app, actor, org, listing.query()?).await?;
    let states = devices::states(app, actor, org).await?;
    let stats = home::stats(&states, view)
        .into_iter()
        .filter(|stat| stat.label != home::SEATS);
    let now = app.clock.now();
    let base = path(org);
    Ok(Devices {
        frame,
        own: false,
        stats: stats.collect(),
        mosaic: Some(newest(visit, view).await?),
        query: listing.q.clone(),
        states: view::DeviceState::ALL
            .iter()
            // Who waits for a stage has what is meant for it: that is no state of its own here.
            .filter(|state| **state != view::DeviceState::Waiting)
            .map(|state| Opt::new(state.class(), words::capital(state.word())))
            .chain([Opt::new(SILENT, words::capital(SILENT))])
            .collect(),
        state: listing.state.clone(),
        by_member: listing.sort("", "ascending"),
        by_seen: listing.sort("contact", "descending"),
        pager: listing.pager(&found),
        rows: found
            .devices
            .iter()
            .map(|(device, state)| row(device, state, now))
            .collect(),
        export: Some(format!("{base}/devices.csv")),
        rollout: (view.revision > 0).then(|| format!("{base}/rollouts/{}", view.revision)),
        missing: String::new(),
        kept: None,
        keys: Some(enrolment_keys::keys_path(org)),
        only_key: only_key(visit, org, listing).await?,
    })
}

/// The key whose devices alone are shown: its id and its name.
async fn only_key(visit: &Visit, org: OrgId, listing: &Listing) -> Result<Option<(String, String)>> {
    let Ok(id) = listing.key.parse() else {
        return Ok(None);
    };
    let (key, _) = enrollment_keys::one(visit.app(), visit.actor()?, org, id).await?;
    Ok(Some((key.id.to_string(), key.name.to_string())))
}

async fn newest(visit: &Visit, view: &OrgView) -> Result<Mosaic> {
    home::picture(visit, Size::Small, view.id, view.revision).await
}

async fn own(visit: &Visit, org: OrgId, frame: Frame) -> Result<Devices> {
    let now = visit.app().clock.now();
    let found = devices::own(visit.app(), visit.actor()?, org).await?;
    let kept = devices::why_kept(visit.app(), visit.actor()?, org).await?;
    let own_row = |(device, state): &(Device, DeviceState)| {
        let row = row(device, state, now);
        DeviceRow {
            path: row.path.filter(|_| kept.is_none()),
            ..row
        }
    };
    Ok(Devices {
        frame,
        own: true,
        stats: Vec::new(),
        mosaic: None,
        query: String::new(),
        states: Vec::new(),
        state: String::new(),
        by_member: Sort::default(),
        by_seen: Sort {
            href: "?".to_owned(),
            order: "none".to_owned(),
        },
        pager: Pager {
            shown: words::count(found.len() as u64, "device"),
            first: None,
            next: None,
        },
        rows: found.iter().map(own_row).collect(),
        export: None,
        rollout: None,
        missing: String::new(),
        kept,
        keys: None,
        only_key: None,
    })
}

/// A device in the table.
fn row(device: &Device, state: &DeviceState, now: Timestamp) -> DeviceRow {
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

async fn sign_out(visit: Visit, Path((org, id)): Path<(OrgId, DeviceId)>) -> Answer<Response> {
    let (actor, here) = (visit.owned()?, visit.came_from(&(path(org) + "/devices")));
    match visit
        .site
        .run(|app| async move { devices::end(&app, &actor, org, id, Removal::SignedOut).await })
        .await
    {
        Ok(()) => Ok(go_saying(
            &visit.site,
            &here,
            "The device is signed out. It erases what it had and confirms.",
        )),
        Err(error) => go_refused(&visit.site, &here, error),
    }
}

async fn ask_wipe(visit: Visit, Path((org, id)): Path<(OrgId, DeviceId)>) -> Answer<Response> {
    Ok(page(wipe_page(&visit, org, id).await?))
}

async fn wipe_page(visit: &Visit, org: OrgId, id: DeviceId) -> Result<ConfirmWipe> {
    let (device, state) = devices::device(visit.app(), visit.actor()?, org, id).await?;
    let (_, frame) = visit.org_frame(org, Place::Devices).await?;
    let now = visit.app().clock.now();
    let silent = match state {
        DeviceState::Stale { last_contact: at }
        | DeviceState::Behind {
            last_contact: Some(at),
            ..
        } => {
            let since = words::moment(at, now).relative;
            format!("It was last heard of {since}: the wipe waits until it is back.")
        }
        _ => String::new(),
    };
    let back = path(org) + "/devices";
    Ok(ConfirmWipe {
        frame,
        host: device.host.to_string(),
        member: device.member_name.to_string(),
        silent,
        confirm: Input::default(),
        action: format!("{back}/{id}/wipe"),
        back,
    })
}

async fn wipe(visit: Visit, Path((org, id)): Path<(OrgId, DeviceId)>, fields: Fields) -> Answer<Response> {
    let form = wipe_page(&visit, org, id).await?;
    if fields.get("confirm").trim() != form.host {
        let refusal = Refusal::of(Error::field("/confirm", format!("Type exactly: {}", form.host)))?;
        let confirm = refusal.input("/confirm", fields.get("confirm"));
        return Ok(again(&refusal, ConfirmWipe { confirm, ..form }));
    }
    let actor = visit.owned()?;
    match visit
        .site
        .run(|app| async move { devices::end(&app, &actor, org, id, Removal::Wiped).await })
        .await
    {
        Ok(()) => Ok(go_saying(
            &visit.site,
            &form.back,
            format!("{} is told to wipe. It confirms when done.", form.host),
        )),
        Err(error) => go_refused(&visit.site, &form.back, error),
    }
}

async fn send_again(visit: Visit, Path((org, id)): Path<(OrgId, DeviceId)>) -> Answer<Response> {
    visit.require(org, Right::ManageDevices).await?;
    devices::device(visit.app(), visit.actor()?, org, id).await?;
    let here = visit.came_from(&(path(org) + "/devices"));
    resent(&visit, org, &here).await
}

/// Issues the newest settings once more. Who has them acknowledges again; who failed tries again.
pub(super) async fn resent(visit: &Visit, org: OrgId, here: &str) -> Answer<Response> {
    let actor = visit.owned()?;
    match visit
        .site
        .run(|app| async move { devices::send_again(&app, &actor, org).await })
        .await
    {
        Ok(()) => Ok(go_saying(
            &visit.site,
            here,
            "The newest settings are sent again.",
        )),
        Err(error) => go_refused(&visit.site, here, error),
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

    #[test]
    fn a_page_begins_where_the_last_one_ended() {
        let id: DeviceId = DeviceId::generate(
            &tessera_ids::ambient::SystemClock,
            &tessera_ids::ambient::SystemEntropy,
        );
        for (sort, next) in [
            ("", DeviceSort::Member(Some(("ada byron".to_owned(), id)))),
            (
                "contact",
                DeviceSort::Contact(Some((Timestamp::from_micros(7), id))),
            ),
        ] {
            let listing = Listing {
                sort: sort.to_owned(),
                after: place(&next),
                ..Listing::default()
            };
            assert_eq!(place(&listing.query().unwrap().sort), place(&next));
        }
    }
}
