//! Instants as the API writes them: RFC 3339, in UTC, to the microsecond.

use serde::{Serialize, Serializer};
use tessera_ids::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An instant in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub struct Instant(pub Timestamp);

impl From<Timestamp> for Instant {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl std::fmt::Display for Instant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0.as_micros()) * 1_000);
        let text = at.ok().and_then(|at| at.format(&Rfc3339).ok());
        f.write_str(text.as_deref().unwrap_or("9999-12-31T23:59:59Z"))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_everybody_reads_them() {
        assert_eq!(Instant(Timestamp::EPOCH).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(
            Instant(Timestamp::from_micros(1_500_000)).to_string(),
            "1970-01-01T00:00:01.5Z"
        );
        assert_eq!(
            Instant(Timestamp::from_micros(i64::MAX)).to_string(),
            "9999-12-31T23:59:59Z"
        );
    }
}
