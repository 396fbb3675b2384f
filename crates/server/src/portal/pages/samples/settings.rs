//! Samples of what an organization decides: memory, websites, features, review, conflict, history.

use super::data::{ORG, ago, diff, lock, mode, model, mosaic, owner, pager, switch, tab, whole};
use super::{Sample, draw};
use crate::portal::pages::{
    Conflict, History, LayerDiff, MemoryGeneral, PendingField, PreviewRow, Review, Revision, RevisionRow,
    RowState, SettingsFeatures, WebsiteImport, WebsiteRow, Websites,
};
use crate::portal::view::{Flash, Input, Place, Size, Source, Tone};

pub(super) fn all() -> Vec<Sample> {
    let mut samples = websites();
    samples.extend(decisions());
    samples.extend(past());
    samples
}

fn websites() -> Vec<Sample> {
    let rule = |rule: &str, unicode: &str, reach: &str| WebsiteRow {
        rule: rule.to_owned(),
        unicode: unicode.to_owned(),
        reach: reach.to_owned(),
    };
    let list = Websites {
        frame: owner(Place::Websites),
        base_revision: 12,
        import: format!("{ORG}/memory/websites/import"),
        enforced: true,
        total: "1,204".to_owned(),
        rows: vec![
            rule("bank.example", "", "the site and its subdomains"),
            rule("clinic.example/portal", "", "pages under /portal"),
            rule("intranet.meridian.example:8443", "", "only port 8443"),
            rule("*.payroll.example", "", "subdomains only"),
            rule(
                "xn--mnchen-3ya.example",
                "münchen.example",
                "the site and its subdomains",
            ),
        ],
        pager: pager(),
        ..Websites::default()
    };
    let off = Websites {
        frame: owner(Place::Websites),
        total: "0".to_owned(),
        website: Input::refused(
            "co.uk",
            "co.uk is a public suffix: it would block every site under it.",
        ),
        ..Websites::default()
    };
    let mut samples = vec![draw("websites", &list), draw("websites-empty", &off)];
    samples.extend(imports());
    samples
}

fn imports() -> Vec<Sample> {
    let row = |line, input: &str, state, rule: &str, reason: &str| PreviewRow {
        line,
        input: input.to_owned(),
        state,
        rule: rule.to_owned(),
        reason: reason.to_owned(),
    };
    let import = WebsiteImport {
        frame: owner(Place::Websites),
        list: format!("{ORG}/memory/websites"),
        action: format!("{ORG}/memory/websites/import"),
        import: "import_1".to_owned(),
        base_revision: 12,
        file: "blocklist.csv".to_owned(),
        tabs: vec![
            tab("All", Some(10_000), true),
            tab("Ready", Some(9_985), false),
            tab("Duplicate", Some(12), false),
            tab("Refused", Some(3), false),
        ],
        ready: 9_985,
        ready_text: "9,985".to_owned(),
        refused: 3,
        rows: vec![
            row(
                1,
                "https://www.bank.example/",
                RowState::Ready,
                "bank.example",
                "www. was stripped",
            ),
            row(
                2,
                "clinic.example/portal",
                RowState::Duplicate,
                "clinic.example/portal",
                "in the list already",
            ),
            row(
                3,
                "co.uk",
                RowState::Refused,
                "",
                "a public suffix: it would block every site under it",
            ),
            row(
                4,
                ".payroll.example",
                RowState::Refused,
                "",
                "a leading dot; write *.payroll.example for subdomains only",
            ),
            row(5, "payroll.example", RowState::Ready, "payroll.example", ""),
        ],
        pager: pager(),
        problem: None,
    };
    let broken = WebsiteImport {
        frame: owner(Place::Websites),
        file: "photo.csv".to_owned(),
        problem: Some("It is not text: byte 0 stands at position 4.".to_owned()),
        ..WebsiteImport::default()
    };
    vec![
        draw("website-import", &import),
        draw("website-import-broken", &broken),
    ]
}

fn decisions() -> Vec<Sample> {
    let mut audio = switch(
        "memory.audio_capture",
        "Audio Context Capture",
        "Lets an assistant record what is said in calls and meetings. Off deletes nothing that was recorded.",
        true,
    );
    audio.saved = false;
    let memory = MemoryGeneral {
        frame: owner(Place::Memory),
        base_revision: 12,
        formation: vec![
            audio,
            switch(
                "memory.managed_applications",
                "Organization managed application sources",
                "Enforces the organization's list of applications. Off keeps the list and enforces nothing of it.",
                true,
            ),
            switch(
                "memory.managed_websites",
                "Organization managed denied websites",
                "Pages on the list are never captured. Off keeps the list and enforces nothing of it.",
                true,
            ),
        ],
        applications: "4 applications".to_owned(),
        websites: "1,204 websites".to_owned(),
        models: vec![(
            model(
                "memory.event_model",
                "Memory event processing",
                "openai/gpt-5-mini",
            ),
            model(
                "memory.event_model_fallback",
                "Memory event processing, fallback",
                "none",
            ),
        )],
        suggestions: vec!["none".to_owned(), "openai/gpt-5-mini".to_owned()],
        unsaved: 1,
        ..MemoryGeneral::default()
    };
    vec![
        draw("memory", &memory),
        draw("features", &features()),
        draw("features-owned-by-file", &owned_by_file()),
        draw("review", &review()),
        draw("conflict", &conflict()),
    ]
}

fn features() -> SettingsFeatures {
    let mut sharing = switch(
        "features.cloud_sharing",
        "Sharing",
        "Members may publish what they keep by a link. Off breaks existing links.",
        false,
    );
    sharing.source = Source {
        locked: true,
        ..sharing.source
    };
    let mut allocation = switch(
        "features.cloud_allocation",
        "Allocation",
        "The cloud may take over work when the machine is busy.",
        true,
    );
    allocation.source = Source::default();
    allocation.lock = Some(lock("features.cloud_allocation", "Allocation", false));
    SettingsFeatures {
        frame: owner(Place::Features),
        base_revision: 12,
        external_cloud: vec![
            switch(
                "features.cloud_connectivity",
                "Connectivity",
                "The assistant may reach its maker's cloud at all. Off also stops the three below.",
                true,
            ),
            switch(
                "features.cloud_backups",
                "Backups",
                "Copies memory to the cloud every night, encrypted.",
                true,
            ),
            sharing,
            allocation,
        ],
        external_provider: vec![switch(
            "models.managed",
            "Customized Model Allow-List",
            "Allows only the models that are chosen.",
            true,
        )],
        analytics: vec![
            switch(
                "features.telemetry",
                "Telemetry",
                "Sends counts of which features are used, without content.",
                false,
            ),
            switch(
                "features.internal_summary_reports",
                "Internal summary reports",
                "Owners and admins get a weekly summary of use, by team.",
                true,
            ),
        ],
        processing: vec![switch(
            "features.processing",
            "Processing",
            "Captured context is turned into memory. Off captures nothing new.",
            true,
        )],
        processing_mode: mode(),
        machines: vec![switch(
            "features.member_sign_out",
            "Sign-out by members",
            "Lets members sign their own machines out without an administrator.",
            true,
        )],
        ..SettingsFeatures::default()
    }
}

fn owned_by_file() -> SettingsFeatures {
    let mut page = features();
    page.frame.owned = Some(super::policy::owned());
    page
}

fn pending() -> Vec<PendingField> {
    vec![PendingField {
        name: "features.telemetry".to_owned(),
        value: "off".to_owned(),
    }]
}

fn review() -> Review {
    Review {
        frame: owner(Place::Features),
        base_revision: 12,
        pending: pending(),
        diff: diff(),
        touches: "25 devices of 18 members receive this.".to_owned(),
        losses: vec![
            "Owners and admins no longer see which features are used.".to_owned(),
            "Pages on 1,204 more websites are no longer remembered.".to_owned(),
        ],
        redundant: vec![("pay.bank.example".to_owned(), "bank.example".to_owned())],
        redundant_more: 3,
        unreachable: "2 devices have been silent for 7 days. They receive it when they are back.".to_owned(),
        reaching: super::rollouts::reaching("all"),
        back: format!("{ORG}/settings/features"),
        ..Review::default()
    }
}

fn conflict() -> Conflict {
    let mut mine = diff();
    mine.changes.truncate(1);
    Conflict {
        frame: owner(Place::Features),
        other: "Tomasz Wieczorek".to_owned(),
        at: ago("40 seconds ago"),
        current_revision: 13,
        their_note: "Before the audit".to_owned(),
        theirs: diff(),
        mine,
        mine_in_teams: vec![LayerDiff {
            name: "The team Night watch".to_owned(),
            diff: diff(),
        }],
        both: vec!["Telemetry".to_owned()],
        pending: pending(),
        note: Input::new("Quieter machines"),
        back: format!("{ORG}/settings/features"),
    }
}

fn past() -> Vec<Sample> {
    let row = |number: u64, summary: &str, note: &str, at: &str| RevisionRow {
        number,
        href: format!("{ORG}/settings/history/{number}"),
        author: if number.is_multiple_of(2) {
            "Tomasz Wieczorek"
        } else {
            "Ines Okafor"
        }
        .to_owned(),
        at: ago(at),
        note: note.to_owned(),
        summary: summary.to_owned(),
        mosaic: (number > 10).then(|| mosaic(Size::Tiny, 25)),
    };
    let history = History {
        frame: owner(Place::History),
        rows: vec![
            row(
                12,
                "Telemetry off · 1,204 websites added · 1 removed",
                "Block payroll and clinic portals before the audit",
                "4 minutes ago",
            ),
            row(11, "Audio Context Capture off", "", "yesterday"),
            row(
                10,
                "Processing mode blended",
                "Laptops are too slow for local",
                "2 weeks ago",
            ),
            row(9, "Backups on", "", "3 weeks ago"),
        ],
        compare: format!("{ORG}/settings/history/compare"),
        pager: whole("4 of 12 revisions"),
    };
    let mut frame = owner(Place::History);
    frame.flash = Some(Flash {
        tone: Tone::Good,
        link: None,
        text: "Revision 12 saved.".to_owned(),
    });
    let revision = Revision {
        frame,
        number: 12,
        author: "Tomasz Wieczorek".to_owned(),
        at: ago("4 minutes ago"),
        note: "Block payroll and clinic portals before the audit".to_owned(),
        layers: vec![LayerDiff {
            name: "The organization".to_owned(),
            diff: diff(),
        }],
        mosaic: Some(mosaic(Size::Small, 25)),
        rollout: format!("{ORG}/rollouts/12"),
        previous: Some(format!("{ORG}/settings/history/11")),
        compare: Some(format!("{ORG}/settings/history/compare?from=12&to=14")),
        restore: Some(format!("{ORG}/settings/history/12/restore")),
        next: None,
    };
    vec![
        draw("history", &history),
        draw(
            "history-empty",
            &History {
                frame: owner(Place::History),
                ..History::default()
            },
        ),
        draw("revision", &revision),
    ]
}
