//! Reading an archive: once to see that it is whole, before anything is written, and once more to load it.

use std::io::{BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::{ArchiveError, FORMAT, Head, Result, Sum, TableHead, TableSum, Trailer, digest};
use crate::{Hash, dialect};

/// A line longer than this is not one that was written.
const LONGEST_LINE: u64 = 1 << 30;

/// What an archive that is whole says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Its first line.
    pub head: Head,
    /// Rows and sums of its tables, in its order.
    pub sums: Vec<TableSum>,
    /// The digest of everything but the trailer.
    pub digest: Hash,
    /// What the installation that wrote it made of the digest.
    pub seal: Vec<u8>,
    /// The value that tells a wrong master key.
    pub key_check: Vec<u8>,
}

/// One thing that an archive holds.
pub(super) enum Part<'a> {
    Table(TableHead),
    Row(&'a [u8]),
    /// Only when all sums are right and nothing follows.
    End(Box<Checked>),
}

/// Reads an archive to its end and sees that every sum is right.
///
/// # Errors
/// [`ArchiveError::Damaged`] when it was cut short, changed, or never was an archive, [`ArchiveError::Newer`] when this
/// program is too old for it.
pub fn check(archive: impl Read) -> Result<Checked> {
    let mut parts = Parts::open(archive)?;
    loop {
        if let Part::End(checked) = parts.next()? {
            return Ok(*checked);
        }
    }
}

pub(super) struct Parts<R: Read> {
    lines: BufReader<GzDecoder<BufReader<R>>>,
    pub(super) head: Head,
    hash: Sha256,
    line: Vec<u8>,
    current: Option<(String, Sum)>,
    sums: Vec<TableSum>,
}

impl<R: Read> Parts<R> {
    pub(super) fn open(archive: R) -> Result<Self> {
        let mut lines = BufReader::new(GzDecoder::new(BufReader::new(archive)));
        let mut line = Vec::new();
        let is_none = |_| damaged("it is not a backup of Tessera");
        read_line(&mut lines, &mut line).map_err(is_none)?;
        let form: Form =
            serde_json::from_slice(&line).map_err(|_| damaged("it is not a backup of Tessera"))?;
        if form.tessera_backup != FORMAT {
            return Err(damaged("its form is one that this version does not know"));
        }
        let head: Head = parse(&line)?;
        if head.schema > dialect::newest_schema() {
            return Err(ArchiveError::Newer {
                product: head.product,
                schema: head.schema,
                known: dialect::newest_schema(),
            });
        }
        let mut hash = Sha256::new();
        hash.update(&line);
        Ok(Self {
            lines,
            head,
            hash,
            line,
            current: None,
            sums: Vec::new(),
        })
    }

    pub(super) fn next(&mut self) -> Result<Part<'_>> {
        read_line(&mut self.lines, &mut self.line)?;
        if self.line.starts_with(b"[") {
            let (_, sum) = self
                .current
                .as_mut()
                .ok_or_else(|| damaged("a row stands outside of a table"))?;
            sum.add(&self.line);
            self.hash.update(&self.line);
            return Ok(Part::Row(&self.line));
        }
        if let Some((name, sum)) = self.current.take() {
            self.sums.push(sum.end(&name));
        }
        if self.line.starts_with(b"{\"table\":") {
            let table: TableHead = parse(&self.line)?;
            if self.head.tables.get(self.sums.len()) != Some(&table.table) {
                return Err(damaged("its tables are not those that it names"));
            }
            self.hash.update(&self.line);
            self.current = Some((table.table.clone(), Sum::default()));
            return Ok(Part::Table(table));
        }
        self.end()
    }

    fn end(&mut self) -> Result<Part<'_>> {
        let trailer: Trailer = parse(&self.line)?;
        let whole = digest(self.hash.clone());
        if let Some(wrong) = trailer
            .sums
            .iter()
            .zip(&self.sums)
            .find(|(said, found)| said != found)
        {
            return Err(damaged(format!(
                "the rows of {} are not those that were written",
                wrong.0.name
            )));
        }
        if trailer.sums.len() != self.head.tables.len() || self.sums.len() != self.head.tables.len() {
            return Err(damaged("a table is missing"));
        }
        if trailer.sha256 != crate::hex(&whole) {
            return Err(damaged("its content is not what was written"));
        }
        let mut rest = [0];
        if self.lines.read(&mut rest).map_err(cut)? > 0
            || !self.lines.get_mut().get_mut().fill_buf()?.is_empty()
        {
            return Err(damaged("something follows its end"));
        }
        let bytes = |text: &str| unhex(text).ok_or_else(|| damaged("a digest in it is not one"));
        Ok(Part::End(Box::new(Checked {
            head: self.head.clone(),
            sums: std::mem::take(&mut self.sums),
            digest: whole,
            seal: bytes(&trailer.seal)?,
            key_check: bytes(&self.head.key_check)?,
        })))
    }
}

/// Enough of the head to tell what the rest is.
#[derive(serde::Deserialize)]
struct Form {
    tessera_backup: u32,
}

fn read_line(lines: &mut impl BufRead, line: &mut Vec<u8>) -> Result<()> {
    line.clear();
    lines.take(LONGEST_LINE).read_until(b'\n', line).map_err(cut)?;
    if line.last() == Some(&b'\n') {
        Ok(())
    } else {
        Err(damaged("it was cut short"))
    }
}

/// What the decompressor says of a file that was cut short or changed.
fn cut(error: std::io::Error) -> ArchiveError {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => damaged("it was cut short"),
        std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput => {
            damaged("its bytes were changed")
        }
        _ => ArchiveError::Io(error),
    }
}

fn parse<T: DeserializeOwned>(line: &[u8]) -> Result<T> {
    serde_json::from_slice(line).map_err(|_| damaged("a line in it is not one that was written"))
}

pub(super) fn damaged(why: impl Into<String>) -> ArchiveError {
    ArchiveError::Damaged(why.into())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
