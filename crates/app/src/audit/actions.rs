//! Every action that the audit log knows, and the sentence that tells it. In one place, so that no action can be
//! written that nobody can read: a test looks through the sources for actions that are missing here.
//!
//! A sentence begins with its actor, who is not part of it. `{target}` is what it was done to, `{before}` and
//! `{after}` the values, `{after.role}` a part of one, `{after.count#member}` a number of things. What stands in
//! brackets is left out where the entry does not have it.

use serde_json::Value;
use tessera_store::{ActorKind, AuditEntry};

/// What an action is about, for filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Members and their accounts.
    People,
    /// Offers of membership.
    Invitations,
    /// Teams, who is in them and who leads.
    Teams,
    /// Posts and comments.
    Updates,
    /// Decisions.
    Settings,
    /// Providers' keys.
    Credentials,
    /// Machines and what reached them.
    Devices,
    /// The organization itself.
    Organization,
    /// Access tokens.
    Tokens,
}

impl Family {
    /// Every family, in the order of the filter.
    pub const ALL: [Self; 9] = [
        Self::People,
        Self::Invitations,
        Self::Teams,
        Self::Updates,
        Self::Settings,
        Self::Credentials,
        Self::Devices,
        Self::Organization,
        Self::Tokens,
    ];

    /// Its word in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Invitations => "invitations",
            Self::Teams => "teams",
            Self::Updates => "updates",
            Self::Settings => "settings",
            Self::Credentials => "credentials",
            Self::Devices => "devices",
            Self::Organization => "organization",
            Self::Tokens => "tokens",
        }
    }

    /// The actions that belong to it.
    pub fn actions(self) -> impl Iterator<Item = &'static str> {
        let own = move |known: &&Known| known.1 == self;
        ACTIONS.iter().filter(own).map(|known| known.0)
    }
}

/// An action, its family, its sentence.
type Known = (&'static str, Family, &'static str);

const ACTIONS: &[Known] = &[
    ("account.created", Family::People, "made an account"),
    ("account.deleted", Family::People, "deleted their account"),
    (
        "account.email_asked",
        Family::People,
        "asked for the address {after}",
    ),
    (
        "account.email_changed",
        Family::People,
        "has the address {after} now[, instead of {before}]",
    ),
    (
        "account.email_dropped",
        Family::People,
        "kept their address after all",
    ),
    (
        "account.password_changed",
        Family::People,
        "changed their password",
    ),
    (
        "account.password_reset",
        Family::People,
        "chose a new password by a link",
    ),
    ("account.picture_changed", Family::People, "changed their picture"),
    ("account.picture_removed", Family::People, "removed their picture"),
    (
        "account.renamed",
        Family::People,
        "is now called {after}[, was {before}]",
    ),
    ("account.signed_in", Family::People, "signed in"),
    ("account.verified", Family::People, "proved their address"),
    (
        "account.zone_changed",
        Family::People,
        "changed their time zone to {after}",
    ),
    (
        "alert_delivery.dropped",
        Family::Organization,
        "dropped the alert “{target}”, which had not arrived",
    ),
    (
        "alert_delivery.retried",
        Family::Organization,
        "sent the alert “{target}” again, which had not arrived",
    ),
    (
        "alert_endpoint.added",
        Family::Organization,
        "added {target} as a place where alerts go",
    ),
    (
        "alert_endpoint.changed",
        Family::Organization,
        "changed {target}, a place where alerts go",
    ),
    (
        "alert_endpoint.deleted",
        Family::Organization,
        "deleted {target}, a place where alerts went",
    ),
    (
        "alert_endpoint.paused",
        Family::Organization,
        "paused alerts to {target}",
    ),
    (
        "alert_endpoint.resumed",
        Family::Organization,
        "resumed alerts to {target}",
    ),
    (
        "alert_endpoint.secret_rotated",
        Family::Organization,
        "gave {target} a new secret to sign alerts with",
    ),
    (
        "alert_endpoint.tested",
        Family::Organization,
        "sent a test alert to {target}[: {after.outcome}]",
    ),
    (
        "alerts.mail_chosen",
        Family::Organization,
        "chose which alerts they get by mail",
    ),
    (
        "alerts.silence_changed",
        Family::Organization,
        "calls a device silent after {after.days#day} without contact[, was {before.days}]",
    ),
    (
        "audit.exported",
        Family::Organization,
        "exported the audit log as {after.format}",
    ),
    (
        "comment.deleted",
        Family::Updates,
        "deleted a comment[ of {before.author_name}] on {target}",
    ),
    ("comment.edited", Family::Updates, "edited a comment on {target}"),
    ("comment.posted", Family::Updates, "commented on {target}"),
    ("credential.added", Family::Credentials, "added the key {target}"),
    (
        "credential.changed",
        Family::Credentials,
        "changed the key {target}",
    ),
    (
        "credential.deleted",
        Family::Credentials,
        "deleted the key {target}",
    ),
    (
        "credential.expiry_noted",
        Family::Credentials,
        "noted when the key {target} ends",
    ),
    (
        "credential.replaced",
        Family::Credentials,
        "replaced the key {target}",
    ),
    (
        "credential.retired",
        Family::Credentials,
        "retired the key {target}, whose time to drain was over",
    ),
    (
        "credential.tested",
        Family::Credentials,
        "tested the key {target}[: {after.outcome}]",
    ),
    (
        "device.cloned",
        Family::Devices,
        "found two machines that answer as {target}",
    ),
    ("device.enrolled", Family::Devices, "enrolled {target}"),
    (
        "device.enrolled_by_key",
        Family::Devices,
        "enrolled itself by the key {after.key}, as a machine of {after.member}",
    ),
    ("device.removed", Family::Devices, "removed {target}"),
    ("device.signed_out", Family::Devices, "signed {target} out"),
    ("device.wiped", Family::Devices, "told {target} to wipe"),
    (
        "device.wiped_itself",
        Family::Devices,
        "wiped itself[, but not all: {after.failure}][, {after.against}]",
    ),
    (
        "enrollment_key.created",
        Family::Devices,
        "made the enrolment key {target}, for {after.max_uses#machine}",
    ),
    (
        "enrollment_key.refused",
        Family::Devices,
        "refused the machine {target} by the key {after.key}: {after.why}",
    ),
    (
        "enrollment_key.revoked",
        Family::Devices,
        "revoked the enrolment key {target}, which had enrolled {before.uses#machine}",
    ),
    (
        "installation.job_dropped",
        Family::Organization,
        "dropped the job {target}, which had been given up",
    ),
    (
        "installation.job_given_up",
        Family::Organization,
        "gave up the job {target}",
    ),
    (
        "installation.job_retried",
        Family::Organization,
        "had the job {target} tried at once",
    ),
    (
        "installation.key_rotated",
        Family::Organization,
        "put another master key into force, for {after.organizations#organization}",
    ),
    (
        "installation.mail_tested",
        Family::Organization,
        "sent a test mail to {target}",
    ),
    (
        "installation.moved",
        Family::Organization,
        "moved the database here[ from {after.from}]",
    ),
    (
        "installation.operator_named",
        Family::Organization,
        "made {target} an operator",
    ),
    (
        "installation.operator_withdrawn",
        Family::Organization,
        "took being an operator from {target}",
    ),
    (
        "installation.org_maker_named",
        Family::Organization,
        "let {target} create organizations",
    ),
    (
        "installation.org_maker_withdrawn",
        Family::Organization,
        "no longer lets {target} create organizations",
    ),
    (
        "installation.restored",
        Family::Organization,
        "restored the backup of {after.taken_at}",
    ),
    ("installation.set_up", Family::Organization, "set Tessera up"),
    (
        "installation.sign_up_closed",
        Family::Organization,
        "closed sign-up",
    ),
    (
        "installation.sign_up_opened",
        Family::Organization,
        "opened sign-up to everybody",
    ),
    (
        "invitation.accepted",
        Family::Invitations,
        "accepted the invitation for {target}[ as {after.role}]",
    ),
    (
        "invitation.changed",
        Family::Invitations,
        "changed what {target} is invited to[, from {before.role}][ to {after.role}]",
    ),
    (
        "invitation.resent",
        Family::Invitations,
        "sent {target} the invitation again",
    ),
    (
        "invitation.revoked",
        Family::Invitations,
        "revoked the invitation of {target}",
    ),
    (
        "invitation.sent",
        Family::Invitations,
        "invited {target}[ as {after.role}]",
    ),
    (
        "invitation_list.ended",
        Family::Invitations,
        "came to the end of the list {target}: {after.invited} invited, {after.refused} refused",
    ),
    (
        "invitation_list.sent",
        Family::Invitations,
        "sent the invitations of the list {target} to {after.people} people",
    ),
    (
        "invitation_list.stopped",
        Family::Invitations,
        "stopped the list {target}[: {after.reason}]",
    ),
    (
        "invitation_list.went_on",
        Family::Invitations,
        "went on with the list {target}: {after.invited} invited, {after.refused} refused",
    ),
    (
        "member.left",
        Family::People,
        "left the organization[; their account was {before.account}]",
    ),
    (
        "member.made_owner",
        Family::People,
        "made {target} an owner at the server's command line[, who was {before}]",
    ),
    (
        "member.removed",
        Family::People,
        "removed {target}[, who was {before.role}]",
    ),
    (
        "member.role_changed",
        Family::People,
        "changed the role of {target}[ from {before}][ to {after}]",
    ),
    (
        "member.signed_out",
        Family::People,
        "signed {target} out everywhere",
    ),
    (
        "models.refreshed",
        Family::Settings,
        "read the models of {after.provider} with the key {target}: {after.models#model}, {after.new} new",
    ),
    (
        "org.changed",
        Family::Organization,
        "changed what {target} is called, or how it is reached",
    ),
    ("org.created", Family::Organization, "founded {target}"),
    ("org.deleted", Family::Organization, "deleted {target}"),
    (
        "org.devices_removed",
        Family::Organization,
        "removed[ {after.devices#device} of] {target}",
    ),
    (
        "org.logo_changed",
        Family::Organization,
        "changed the logo of {target}",
    ),
    (
        "org.logo_removed",
        Family::Organization,
        "removed the logo of {target}",
    ),
    (
        "org.ownership_transferred",
        Family::Organization,
        "handed the ownership to {target}",
    ),
    (
        "org.purge_begun",
        Family::Organization,
        "began to remove {target} for good",
    ),
    ("org.purged", Family::Organization, "removed {target} for good"),
    (
        "org.renamed",
        Family::Organization,
        "renamed the organization[ from {before}] to {after}",
    ),
    ("org.restored", Family::Organization, "restored {target}"),
    (
        "org.seats_set",
        Family::Organization,
        "set the seats of {target}[ to {after.seats}][, from {before.seats}]",
    ),
    (
        "org.seeded",
        Family::Organization,
        "filled {target}[ with {after.members#made-up member}][ with {after.devices#made-up machine}]",
    ),
    (
        "policy.applied",
        Family::Settings,
        "applied the policy file {target}[, as revision {after.revision}]",
    ),
    (
        "policy.released",
        Family::Settings,
        "released {target} from the policy file to the portal",
    ),
    (
        "rollout.advanced",
        Family::Devices,
        "released stage {after.stage} of {after.stages} of the rollout of {target}",
    ),
    (
        "rollout.begun",
        Family::Devices,
        "began to roll out {target} in stages",
    ),
    (
        "rollout.finished",
        Family::Devices,
        "came to the end of the rollout of {target}: every device gets it",
    ),
    (
        "rollout.halted",
        Family::Devices,
        "halted the rollout of {target}[: {after.why}]",
    ),
    (
        "rollout.paused",
        Family::Devices,
        "paused the rollout of {target}",
    ),
    (
        "rollout.released",
        Family::Devices,
        "released {target} to every device at once",
    ),
    (
        "rollout.resumed",
        Family::Devices,
        "let the rollout of {target} go on",
    ),
    (
        "rollout.rolled_back",
        Family::Devices,
        "rolled the rollout of {target} back[ by revision {after.revision}]",
    ),
    (
        "rollout.sent_again",
        Family::Devices,
        "sent the settings again[, revision {after.revision}]",
    ),
    ("session.ended", Family::People, "ended a session"),
    (
        "session.others_ended",
        Family::People,
        "ended {after#other session}",
    ),
    (
        "settings.restored",
        Family::Settings,
        "went back to revision {before.revision}[, by revision {after.revision}]",
    ),
    (
        "settings.saved",
        Family::Settings,
        "saved revision {after.revision} of the settings",
    ),
    (
        "sync.counter_raised",
        Family::Devices,
        "raised the settings' serial above what a device had",
    ),
    ("team.created", Family::Teams, "created the team {target}"),
    (
        "team.deleted",
        Family::Teams,
        "deleted the team {target}[, which had {before.members#member}]",
    ),
    (
        "team.lead_set",
        Family::Teams,
        "changed whether[ {after.name}] leads {target}",
    ),
    (
        "team.members_added",
        Family::Teams,
        "put {after.count#member} into {target}",
    ),
    (
        "team.members_removed",
        Family::Teams,
        "took {after.count#member} out of {target}",
    ),
    (
        "team.renamed",
        Family::Teams,
        "renamed the team {before} to {target}",
    ),
    ("token.created", Family::Tokens, "made the access token {target}"),
    (
        "token.deleted",
        Family::Tokens,
        "deleted the access token {target}",
    ),
    ("update.deleted", Family::Updates, "deleted the update {target}"),
    ("update.edited", Family::Updates, "edited the update {target}"),
    ("update.posted", Family::Updates, "posted the update {target}"),
];

/// Letters of one value in a sentence.
const LONGEST: usize = 120;

fn known(action: &str) -> Option<&'static Known> {
    ACTIONS.iter().find(|known| known.0 == action)
}

/// The actions that a filter means: those of a family, or all that begin so. What is unknown means itself alone.
pub(super) fn meant(wanted: &str) -> Vec<String> {
    if let Some(family) = Family::ALL.iter().find(|family| family.as_str() == wanted) {
        return family.actions().map(str::to_owned).collect();
    }
    let mut names: Vec<_> = ACTIONS.iter().map(|known| known.0.to_owned()).collect();
    names.retain(|name| name.starts_with(wanted));
    if names.is_empty() {
        names.push(wanted.to_owned());
    }
    names
}

/// Who did it, as people say it.
pub fn actor(entry: &AuditEntry) -> &str {
    let named = [&entry.actor_name, &entry.actor_email];
    let name = named.into_iter().find(|name| !name.is_empty());
    match (entry.actor_kind, name) {
        (ActorKind::System, _) => "Tessera",
        (_, Some(name)) => name,
        (ActorKind::Device, None) => "A device",
        (_, None) => "Somebody",
    }
}

/// What was done, as a sentence that goes on after its actor.
pub fn deed(entry: &AuditEntry) -> String {
    let (before, after) = (json(entry.before.as_deref()), json(entry.after.as_deref()));
    let get = |name: &str| {
        let (path, thing) = name
            .split_once('#')
            .map_or((name, None), |(path, thing)| (path, Some(thing)));
        let text = match path.split_once('.').unwrap_or((path, "")) {
            ("target", _) => target(entry),
            ("before", rest) => spoken(at(before.as_ref()?, rest)?),
            (_, rest) => spoken(at(after.as_ref()?, rest)?),
        }?;
        Some(thing.map_or_else(|| text.clone(), |thing| counted(&text, thing)))
    };
    let told = known(&entry.action).and_then(|known| fill(known.2, &get));
    told.unwrap_or_else(|| plain(entry))
}

/// For an action without a sentence, or an entry that lacks what its sentence needs.
fn plain(entry: &AuditEntry) -> String {
    let words = entry.action.replace(['.', '_'], " ");
    target(entry).map_or_else(|| words.clone(), |target| format!("{words}: {target}"))
}

fn target(entry: &AuditEntry) -> Option<String> {
    let names = [&entry.target_name, &entry.target];
    names
        .into_iter()
        .find(|name| !name.is_empty())
        .map(|name| clipped(name))
}

/// A value before or after, as it was written; what cannot be read is a text.
pub fn json(text: Option<&str>) -> Option<Value> {
    let read = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    text.map(read)
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .filter(|part| !part.is_empty())
        .try_fold(value, |value, part| value.get(part))
}

fn spoken(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Object(_) | Value::Array(_) => None,
        Value::Bool(on) => Some(if *on { "on" } else { "off" }.to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(match text.parse::<tessera_domain::Role>() {
            Ok(role) => role.title().to_owned(),
            Err(_) => clipped(text),
        }),
    }
}

fn counted(number: &str, thing: &str) -> String {
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// One line of bounded length.
fn clipped(text: &str) -> String {
    let mut line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST)
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}

/// The sentence, or nothing when it names what is not there.
fn fill(template: &str, get: &impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some(start) = rest.find(['{', '[']) {
        out.push_str(&rest[..start]);
        let close = if rest[start..].starts_with('{') { '}' } else { ']' };
        let end = start + rest[start..].find(close)?;
        let inside = &rest[start + 1..end];
        if close == '}' {
            out.push_str(&get(inside)?);
        } else {
            out.push_str(&fill(inside, get).unwrap_or_default());
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests;
