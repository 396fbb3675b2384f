//! Rules about a port or a path of a host: one arena of texts, and an open table of offsets into it.

use hashbrown::{HashTable, hash_table::Entry};

use super::{
    WebsiteRule,
    hash::{Seed, segments},
    record::{self, Record, Said},
};

/// Records by host, port and path.
#[derive(Debug, Default)]
pub(super) struct Details {
    arena: Vec<u8>,
    table: HashTable<u32>,
    /// How many segments the longest path of a rule has.
    depth: usize,
}

impl Details {
    /// Notes a rule. False where there is no room for it: whoever asks then denies everything.
    pub(super) fn insert(&mut self, seed: Seed, host: u64, rule: &WebsiteRule, said: Said) -> bool {
        let Self { arena, table, .. } = self;
        let (name, path) = (rule.host.as_bytes(), rule.path().unwrap_or_default().as_bytes());
        let hash = seed.detail(host, rule.port, path);
        let same = |offset: &u32| is(at(arena, *offset), name, rule.port, path);
        let rehash = |offset: &u32| {
            let record = at(arena, *offset);
            let (port, path) = record.detail();
            seed.detail(seed.host(record.host()), port, path)
        };
        match table.entry(hash, same, rehash) {
            Entry::Occupied(found) => record::add(&mut arena[*found.get() as usize..], said),
            Entry::Vacant(free) => {
                let (Ok(offset), Ok(length), Some(size)) = (
                    u32::try_from(arena.len()),
                    u16::try_from(path.len()),
                    record::size(name),
                ) else {
                    return false;
                };
                arena.resize(arena.len() + size as usize, 0);
                record::write(&mut arena[offset as usize..], name, said);
                arena.extend(rule.port.map_or(u32::MAX, u32::from).to_le_bytes());
                arena.extend(length.to_le_bytes());
                arena.extend(path);
                free.insert(offset);
            }
        }
        self.depth = self.depth.max(segments(path).count());
        true
    }

    /// Visits the records of a host and port whose path is a prefix of this one, each with the prefix's length.
    pub(super) fn prefixes<'a>(
        &'a self,
        seed: Seed,
        (host, name): (u64, &[u8]),
        port: Option<u16>,
        path: &[u8],
        mut visit: impl FnMut(Record<'a>, usize),
    ) {
        let mut hash = seed.port(host, port);
        let mut end = 0;
        let mut segments = segments(path).take(self.depth);
        loop {
            let same = |offset: &u32| is(at(&self.arena, *offset), name, port, &path[..end]);
            if let Some(offset) = self.table.find(hash, same) {
                visit(at(&self.arena, *offset), end);
            }
            let Some(segment) = segments.next() else { return };
            hash = seed.segment(hash, segment);
            end += 1 + segment.len();
        }
    }

    /// How many bytes it takes.
    pub(super) fn memory(&self) -> usize {
        self.arena.capacity() + self.table.allocation_size()
    }
}

fn is(record: Record<'_>, host: &[u8], port: Option<u16>, path: &[u8]) -> bool {
    record.host() == host && record.detail() == (port, path)
}

fn at(arena: &[u8], offset: u32) -> Record<'_> {
    Record::first(&arena[offset as usize..]).expect("offsets are those of records")
}
