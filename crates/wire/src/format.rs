//! The number that says how a message is to be read.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The format that this version of Tessera writes and reads. Any other number is refused when read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Format;

impl Format {
    /// The number on the wire.
    pub const NUMBER: u64 = 1;
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(Self::NUMBER)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = u64::deserialize(deserializer)?;
        if found == Self::NUMBER {
            return Ok(Self);
        }
        Err(de::Error::custom(format_args!(
            "format {found} is not known to this version, which reads format {}",
            Self::NUMBER
        )))
    }
}

/// Reads only the format number of a JSON object, so that a message of another format is told from a broken one.
pub(crate) fn peek(json: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Peek {
        format: u64,
    }
    serde_json::from_slice::<Peek>(json).ok().map(|peek| peek.format)
}
