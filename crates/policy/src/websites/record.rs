//! How rules lie in an arena: one record for all that share host, port and path.

/// No rule of this sort in a record.
pub(super) const NOBODY: u16 = u16::MAX;

const LENGTH: usize = 0;
const FLAGS: usize = 1;
const PLAIN: usize = 2;
const WILD: usize = 4;
const HEADER: usize = 6;
/// Port (4 bytes) and length of the path (2), after the host.
const DETAIL: usize = 6;

const IS_EXACT: u8 = 1;
const HAS_DETAILS: u8 = 2;

/// What a rule says, whatever it is about. Layers are numbered, the first to be named has the lowest number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    flags: u8,
    plain: u16,
    wild: u16,
}

impl Said {
    /// A rule of this layer about a host and its subdomains.
    pub(super) fn plain(layer: u16) -> Self {
        Self {
            flags: 0,
            plain: layer,
            wild: NOBODY,
        }
    }

    /// A rule of this layer about subdomains only.
    pub(super) fn wild(layer: u16) -> Self {
        Self {
            flags: 0,
            plain: NOBODY,
            wild: layer,
        }
    }

    /// A rule of this layer about a host that has no subdomains.
    pub(super) fn exact(layer: u16) -> Self {
        Self {
            flags: IS_EXACT,
            ..Self::plain(layer)
        }
    }

    /// What a host's record has to say where a rule is only about a port or a path of it.
    pub(super) fn of_details(self) -> Self {
        Self {
            flags: self.flags | HAS_DETAILS,
            plain: NOBODY,
            wild: NOBODY,
        }
    }
}

/// One record of an arena; what lies after it is not looked at.
#[derive(Clone, Copy)]
pub(super) struct Record<'a>(&'a [u8]);

impl<'a> Record<'a> {
    /// The record at the beginning of these bytes; none where nothing was written.
    pub(super) fn first(bytes: &'a [u8]) -> Option<Self> {
        (*bytes.first()? > 0).then_some(Self(bytes))
    }

    pub(super) fn host(self) -> &'a [u8] {
        &self.0[HEADER..self.length()]
    }

    /// How many bytes it takes, as far as it is about a host.
    pub(super) fn length(self) -> usize {
        HEADER + usize::from(self.0[LENGTH])
    }

    pub(super) fn has_details(self) -> bool {
        self.0[FLAGS] & HAS_DETAILS != 0
    }

    pub(super) fn is_exact(self) -> bool {
        self.0[FLAGS] & IS_EXACT != 0
    }

    /// The layer with a rule about the host itself, or [`NOBODY`].
    pub(super) fn plain(self) -> u16 {
        u16::from_le_bytes([self.0[PLAIN], self.0[PLAIN + 1]])
    }

    /// The layer with a rule about subdomains only, or [`NOBODY`].
    pub(super) fn wild(self) -> u16 {
        u16::from_le_bytes([self.0[WILD], self.0[WILD + 1]])
    }

    /// Port and path of a detailed record.
    pub(super) fn detail(self) -> (Option<u16>, &'a [u8]) {
        let detail = &self.0[self.length()..];
        let port = u32::from_le_bytes([detail[0], detail[1], detail[2], detail[3]]);
        let length = usize::from(u16::from_le_bytes([detail[4], detail[5]]));
        (u16::try_from(port).ok(), &detail[DETAIL..DETAIL + length])
    }
}

/// How many bytes a host's record takes, if it can have one.
pub(super) fn size(host: &[u8]) -> Option<u32> {
    let length = u8::try_from(host.len()).ok().filter(|length| *length > 0)?;
    Some(u32::from(length) + 6)
}

/// Writes a host's record at the beginning of these bytes.
pub(super) fn write(bytes: &mut [u8], host: &[u8], said: Said) {
    let (header, rest) = bytes.split_at_mut(HEADER);
    let ([plain_low, plain_high], [wild_low, wild_high]) =
        (said.plain.to_le_bytes(), said.wild.to_le_bytes());
    #[expect(clippy::cast_possible_truncation, reason = "`size` was asked before")]
    let length = host.len() as u8;
    header.copy_from_slice(&[length, said.flags, plain_low, plain_high, wild_low, wild_high]);
    rest[..host.len()].copy_from_slice(host);
}

/// Adds what another layer says to the record at the beginning of these bytes; the first layer keeps its word.
pub(super) fn add(record: &mut [u8], said: Said) {
    record[FLAGS] |= said.flags;
    for (at, layer) in [(PLAIN, said.plain), (WILD, said.wild)] {
        let first = u16::from_le_bytes([record[at], record[at + 1]]).min(layer);
        record[at..at + 2].copy_from_slice(&first.to_le_bytes());
    }
}
