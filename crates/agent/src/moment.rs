//! Times as people read them.

use std::time::Duration;

use tessera_ids::Timestamp;

/// `3 minutes ago`.
pub(crate) fn ago(now: Timestamp, then: Timestamp) -> String {
    let passed = now.since(then);
    let (count, unit) = match passed.as_secs() {
        0..5 => return "just now".to_owned(),
        seconds @ 5..60 => (seconds, "second"),
        seconds @ 60..3_600 => (seconds / 60, "minute"),
        seconds @ 3_600..86_400 => (seconds / 3_600, "hour"),
        seconds => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

/// `in 10 minutes`, for codes that end.
pub(crate) fn minutes(duration: Duration) -> String {
    match duration.as_secs().div_ceil(60) {
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

/// `2026-11-22 01:14:21 UTC`.
pub(crate) fn exact(time: Timestamp) -> String {
    let format = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    time::OffsetDateTime::from_unix_timestamp(time.as_seconds())
        .ok()
        .and_then(|time| time.format(format).ok())
        .unwrap_or_else(|| time.as_micros().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago() {
        let then = Timestamp::from_seconds(1_795_310_061);
        let after = |seconds| ago(then.plus(Duration::from_secs(seconds)), then);
        assert_eq!(after(1), "just now");
        assert_eq!(after(59), "59 seconds ago");
        assert_eq!(after(60), "1 minute ago");
        assert_eq!(after(7_300), "2 hours ago");
        assert_eq!(after(200_000), "2 days ago");
        assert_eq!(exact(then), "2026-11-22 01:14:21 UTC");
    }
}
