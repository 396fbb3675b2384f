//! All rules of all lists, packed so that a verdict is exact, fast and small: one arena of texts, and open
//! tables of offsets into it, keyed by a seeded hash of the host (and of port and path, where a rule has
//! them).

use std::hash::{BuildHasher, RandomState};

use hashbrown::{HashTable, hash_table::Entry};

use super::{Subdomains, WebsiteList, WebsiteRule, host};
use crate::LayerName;

/// Every rule of the lists it was built from.
///
/// Built anew when a list changes. Rows that cannot be read are counted: while there is one, every website
/// is denied, since nobody can say which the row means.
#[derive(Debug)]
pub struct WebsiteIndex {
    pub(super) arena: Vec<u8>,
    /// Offsets of records by host.
    pub(super) hosts: HashTable<u32>,
    /// Offsets of records by host, port and path.
    pub(super) details: HashTable<u32>,
    pub(super) layers: Vec<LayerName>,
    /// How many segments the longest path of a rule has.
    pub(super) depth: usize,
    pub(super) seed: Seed,
    rules: usize,
    unreadable: Option<(LayerName, Box<str>)>,
}

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

/// One record of the arena: the rules that share host, port and path.
#[derive(Clone, Copy)]
pub(super) struct Record<'a>(&'a [u8]);

impl<'a> Record<'a> {
    pub(super) fn at(arena: &'a [u8], offset: u32) -> Self {
        Self(&arena[offset as usize..])
    }

    pub(super) fn host(self) -> &'a [u8] {
        &self.0[HEADER..HEADER + usize::from(self.0[LENGTH])]
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
        let at = HEADER + usize::from(self.0[LENGTH]);
        let detail = &self.0[at..];
        let port = u32::from_le_bytes([detail[0], detail[1], detail[2], detail[3]]);
        let length = usize::from(u16::from_le_bytes([detail[4], detail[5]]));
        (u16::try_from(port).ok(), &detail[DETAIL..DETAIL + length])
    }
}

impl WebsiteIndex {
    /// Packs these lists. Of equal rules in several lists, the first layer's is named in verdicts.
    pub fn build<'a>(lists: impl IntoIterator<Item = (LayerName, &'a WebsiteList)>) -> Self {
        let mut lists: Vec<(LayerName, &WebsiteList)> = lists.into_iter().collect();
        lists.sort_by_key(|(layer, _)| *layer);
        let rows = lists.iter().map(|(_, list)| list.len()).sum();
        let bytes: usize = lists
            .iter()
            .flat_map(|(_, list)| list.iter())
            .map(|row| row.len() + HEADER)
            .sum();
        let mut index = Self {
            arena: Vec::with_capacity(bytes),
            hosts: HashTable::with_capacity(rows),
            details: HashTable::new(),
            layers: lists.iter().map(|(layer, _)| *layer).collect(),
            depth: 0,
            seed: Seed::fresh(),
            rules: 0,
            unreadable: None,
        };
        for (number, (layer, list)) in lists.into_iter().enumerate() {
            // Names in verdicts are all that suffers beyond 65,534 layers.
            let number = u16::try_from(number).unwrap_or(NOBODY).min(NOBODY - 1);
            for row in list.iter() {
                if !index.insert_row(row, number) && index.unreadable.is_none() {
                    index.unreadable = Some((layer, row.into()));
                }
            }
        }
        index
    }

    /// How many rows were understood.
    pub fn len(&self) -> usize {
        self.rules
    }

    /// Whether there is nothing to enforce.
    pub fn is_empty(&self) -> bool {
        self.rules == 0 && self.unreadable.is_none()
    }

    /// The first row that could not be read, if there is one.
    pub fn unreadable(&self) -> Option<(LayerName, &str)> {
        self.unreadable.as_ref().map(|(layer, row)| (*layer, &**row))
    }

    /// How many bytes it takes, roughly.
    pub fn memory(&self) -> usize {
        self.arena.capacity() + self.hosts.allocation_size() + self.details.allocation_size()
    }

    fn insert_row(&mut self, row: &str, layer: u16) -> bool {
        let inserted = if host::is_plain_domain(row) && !row.starts_with("www.") {
            self.insert_host(row, 0, Some(layer), None)
        } else {
            WebsiteRule::from_row(row).is_ok_and(|rule| self.insert(&rule, layer))
        };
        self.rules += usize::from(inserted);
        inserted
    }

    fn insert(&mut self, rule: &WebsiteRule, layer: u16) -> bool {
        let exact = if rule.subdomains == Subdomains::Excluded {
            IS_EXACT
        } else {
            0
        };
        let (plain, wild) = match rule.subdomains {
            Subdomains::Only => (None, Some(layer)),
            Subdomains::Included | Subdomains::Excluded => (Some(layer), None),
        };
        if rule.port.is_none() && rule.path.is_none() {
            return self.insert_host(&rule.host, exact, plain, wild);
        }
        self.insert_host(&rule.host, exact | HAS_DETAILS, None, None)
            && self.insert_detail(rule, exact, plain, wild)
    }

    /// False where the arena is full; the caller then denies everything.
    fn insert_host(&mut self, host: &str, flags: u8, plain: Option<u16>, wild: Option<u16>) -> bool {
        let Self {
            arena, hosts, seed, ..
        } = self;
        let hash = seed.host(host.as_bytes());
        let rehash = |offset: &u32| seed.host(Record::at(arena, *offset).host());
        let entry = hosts.entry(
            hash,
            |offset| Record::at(arena, *offset).host() == host.as_bytes(),
            rehash,
        );
        match entry {
            Entry::Occupied(found) => speak(arena, *found.get(), flags, plain, wild),
            Entry::Vacant(free) => {
                let Some(offset) = push(arena, host, flags, plain, wild) else {
                    return false;
                };
                free.insert(offset);
            }
        }
        true
    }

    fn insert_detail(
        &mut self,
        rule: &WebsiteRule,
        flags: u8,
        plain: Option<u16>,
        wild: Option<u16>,
    ) -> bool {
        let Self {
            arena, details, seed, ..
        } = self;
        let path = rule.path().unwrap_or_default().as_bytes();
        let hash = seed.detail(seed.host(rule.host.as_bytes()), rule.port, path);
        let same = |offset: &u32| {
            let record = Record::at(arena, *offset);
            record.host() == rule.host.as_bytes() && record.detail() == (rule.port, path)
        };
        let rehash = |offset: &u32| {
            let record = Record::at(arena, *offset);
            let (port, path) = record.detail();
            seed.detail(seed.host(record.host()), port, path)
        };
        match details.entry(hash, same, rehash) {
            Entry::Occupied(found) => speak(arena, *found.get(), flags, plain, wild),
            Entry::Vacant(free) => {
                let (Ok(length), Some(offset)) = (
                    u16::try_from(path.len()),
                    push(arena, &rule.host, flags, plain, wild),
                ) else {
                    return false;
                };
                arena.extend(rule.port.map_or(u32::MAX, u32::from).to_le_bytes());
                arena.extend(length.to_le_bytes());
                arena.extend(path);
                free.insert(offset);
            }
        }
        self.depth = self.depth.max(segments(path).count());
        true
    }
}

fn push(arena: &mut Vec<u8>, host: &str, flags: u8, plain: Option<u16>, wild: Option<u16>) -> Option<u32> {
    let offset = u32::try_from(arena.len()).ok()?;
    arena.push(u8::try_from(host.len()).ok()?);
    arena.push(flags);
    arena.extend(plain.unwrap_or(NOBODY).to_le_bytes());
    arena.extend(wild.unwrap_or(NOBODY).to_le_bytes());
    arena.extend(host.as_bytes());
    Some(offset)
}

/// Adds a layer's word to a record that is there already; the earlier layer keeps its word.
fn speak(arena: &mut [u8], offset: u32, flags: u8, plain: Option<u16>, wild: Option<u16>) {
    let record = &mut arena[offset as usize..];
    record[FLAGS] |= flags;
    for (at, word) in [(PLAIN, plain), (WILD, wild)] {
        let spoken = u16::from_le_bytes([record[at], record[at + 1]]);
        let first = spoken.min(word.unwrap_or(NOBODY));
        record[at..at + 2].copy_from_slice(&first.to_le_bytes());
    }
}

/// A path's segments: `/a/b` has `a` and `b`.
pub(super) fn segments(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').skip(1)
}

/// What makes hashes unguessable, so that nobody can write a list whose rules all collide. It has no
/// influence on any answer, which is why it needs no injected source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seed {
    start: u64,
    factor: u64,
}

impl Seed {
    fn fresh() -> Self {
        let random = RandomState::new();
        Self {
            start: random.hash_one(1_u8),
            factor: random.hash_one(2_u8) | 1,
        }
    }

    /// Where the hash of every host begins.
    pub(super) fn start(self) -> u64 {
        self.start
    }

    /// Hashes a host label by label from the right, so that one pass gives the hash of every suffix.
    pub(super) fn host(self, host: &[u8]) -> u64 {
        host.rsplit(|byte| *byte == b'.')
            .fold(self.start, |hash, label| self.add(hash, label))
    }

    pub(super) fn detail(self, host: u64, port: Option<u16>, path: &[u8]) -> u64 {
        segments(path).fold(self.port(host, port), |hash, segment| self.add(hash, segment))
    }

    pub(super) fn port(self, host: u64, port: Option<u16>) -> u64 {
        self.fold(host, port.map_or(0x0001_0000, u64::from))
    }

    /// Hashes one label or segment further.
    pub(super) fn add(self, mut hash: u64, text: &[u8]) -> u64 {
        let length = text.len() as u64;
        let tail = match text.len() {
            8.. => {
                let (chunks, _) = text.as_chunks::<8>();
                for chunk in chunks {
                    hash = self.fold(hash, u64::from_le_bytes(*chunk));
                }
                text.last_chunk::<8>().map_or(0, |last| u64::from_le_bytes(*last))
            }
            4.. => {
                let low = text
                    .first_chunk::<4>()
                    .map_or(0, |first| u32::from_le_bytes(*first));
                let high = text.last_chunk::<4>().map_or(0, |last| u32::from_le_bytes(*last));
                u64::from(low) | u64::from(high) << 32
            }
            0 => 0,
            short => {
                let bytes = [text[0], text[short / 2], text[short - 1]];
                u64::from(bytes[0]) | u64::from(bytes[1]) << 8 | u64::from(bytes[2]) << 16
            }
        };
        self.fold(hash.rotate_left(5) ^ length, tail)
    }

    fn fold(self, hash: u64, word: u64) -> u64 {
        let product = u128::from(hash ^ word) * u128::from(self.factor);
        #[expect(clippy::cast_possible_truncation, reason = "both halves are folded into one")]
        let (low, high) = (product as u64, (product >> 64) as u64);
        low ^ high
    }
}
