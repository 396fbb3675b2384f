//! Which part of a file a request wants (RFC 9110, 13 and 14): for downloads that go on where they broke off.

use axum::http::{HeaderMap, header};

/// What to answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// Nothing: the asker has it.
    Same,
    /// From this byte on, that many.
    Part {
        /// The first byte.
        from: u64,
        /// How many.
        length: u64,
    },
    /// A part that is not there.
    Beyond,
}

impl Wanted {
    /// What these headers ask of a file of that length, whose tag stands in quotation marks.
    pub(super) fn read(headers: &HeaderMap, tag: &str, length: u64) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let named = |list: &str| {
            let mut tags = list.split(',').map(|one| one.trim().trim_start_matches("W/"));
            tags.any(|one| one == "*" || one == tag)
        };
        if text(header::IF_NONE_MATCH).is_some_and(named) {
            return Self::Same;
        }
        // A part of another file would be put behind the first part of this one.
        if text(header::IF_RANGE).is_some_and(|known| known != tag) {
            return Self::Whole;
        }
        text(header::RANGE).map_or(Self::Whole, |range| Self::part(range, length))
    }

    /// One range of bytes. Several, and other units, are answered with the whole.
    fn part(range: &str, length: u64) -> Self {
        let Some((first, last)) = range
            .strip_prefix("bytes=")
            .filter(|ranges| !ranges.contains(','))
            .and_then(|range| range.trim().split_once('-'))
        else {
            return Self::Whole;
        };
        let (from, to) = match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(from), Ok(to)) if from <= to => (from, to.saturating_add(1).min(length)),
            (Ok(from), Err(_)) if last.is_empty() => (from, length),
            (Err(_), Ok(0)) if first.is_empty() => return Self::Beyond,
            (Err(_), Ok(end)) if first.is_empty() => (length.saturating_sub(end), length),
            _ => return Self::Whole,
        };
        if from >= length {
            return Self::Beyond;
        }
        Self::Part {
            from,
            length: to - from,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("bytes=0-9", Wanted::Part { from: 0, length: 10 })]
    #[case("bytes=90-", Wanted::Part { from: 90, length: 10 })]
    #[case("bytes=90-1000", Wanted::Part { from: 90, length: 10 })]
    #[case("bytes=-5", Wanted::Part { from: 95, length: 5 })]
    #[case("bytes=-500", Wanted::Part { from: 0, length: 100 })]
    #[case("bytes=99-99", Wanted::Part { from: 99, length: 1 })]
    #[case("bytes=100-", Wanted::Beyond)]
    #[case("bytes=-0", Wanted::Beyond)]
    #[case("bytes=18446744073709551615-18446744073709551615", Wanted::Beyond)]
    #[case("bytes=9-0", Wanted::Whole)]
    #[case("bytes=0-1,5-6", Wanted::Whole)]
    #[case("lines=1-2", Wanted::Whole)]
    #[case("bytes=a-b", Wanted::Whole)]
    #[case("bytes=-", Wanted::Whole)]
    fn ranges_are_read_as_the_standard_says(#[case] range: &str, #[case] wanted: Wanted) {
        assert_eq!(Wanted::part(range, 100), wanted);
    }

    #[rstest]
    #[case(&[], Wanted::Whole)]
    #[case(&[(header::IF_NONE_MATCH, "\"a\"")], Wanted::Same)]
    #[case(&[(header::IF_NONE_MATCH, "\"x\", W/\"a\"")], Wanted::Same)]
    #[case(&[(header::IF_NONE_MATCH, "\"x\"")], Wanted::Whole)]
    #[case(&[(header::RANGE, "bytes=1-"), (header::IF_RANGE, "\"a\"")], Wanted::Part { from: 1, length: 99 })]
    #[case(&[(header::RANGE, "bytes=1-"), (header::IF_RANGE, "\"x\"")], Wanted::Whole)]
    fn a_part_is_of_the_file_that_the_asker_knows(
        #[case] said: &[(HeaderName, &str)],
        #[case] wanted: Wanted,
    ) {
        let headers = said
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()));
        assert_eq!(Wanted::read(&headers.collect(), "\"a\"", 100), wanted);
    }
}
