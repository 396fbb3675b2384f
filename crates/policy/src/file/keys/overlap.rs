//! How long a replaced key goes on, as people write it: `24h`, `30m`, `7d`, `0`.

use std::time::Duration;

use crate::credential::LONGEST_OVERLAP;

/// Reads a text such as `24h`.
///
/// # Errors
/// With a sentence.
pub(super) fn read(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let seconds: Option<u64> = match &text[digits.len()..] {
        "" if digits == "0" => Some(0),
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(60 * 60),
        "d" => Some(24 * 60 * 60),
        _ => None,
    };
    let number: Option<u64> = digits.parse().ok();
    let (Some(seconds), Some(number)) = (seconds, number) else {
        return Err(
            "expected how long the old key goes on, such as \"24h\", \"30m\" or \"7d\", or \"0\" to end it at once"
                .to_owned(),
        );
    };
    let overlap = number.checked_mul(seconds).map(Duration::from_secs);
    overlap
        .filter(|overlap| *overlap <= LONGEST_OVERLAP)
        .ok_or_else(|| "a key goes on for 30 days at most".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlap_is_a_number_and_a_unit() {
        let seconds = |text: &str| read(text).ok().map(|overlap| overlap.as_secs());
        for (text, wanted) in [
            ("0", Some(0)),
            ("0h", Some(0)),
            ("45s", Some(45)),
            ("30m", Some(1_800)),
            (" 24h ", Some(86_400)),
            ("30d", Some(2_592_000)),
            ("31d", None),
            ("24", None),
            ("", None),
            ("h", None),
            ("1.5h", None),
            ("-1h", None),
            ("99999999999999999999d", None),
            ("18446744073709551615d", None),
            ("1ü", None),
        ] {
            assert_eq!(seconds(text), wanted, "{text}");
        }
    }
}
