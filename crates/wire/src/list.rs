//! Long sorted lists in chunks whose borders depend on the rows alone, so that a changed row moves only the
//! chunks beside it and the index.
//!
//! A chunk is a run of rows, each ended by a newline; it ends after a row whose SHA-256 is 0 modulo 256, or
//! when it reaches 24 KiB. The index is a blob that names the chunks in order.

use std::{borrow::Cow, collections::HashSet};

use serde::{Deserialize, Serialize};

use crate::{Blob, Digest, Format, limits};

/// A list as it is stored and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkedList {
    /// Names the chunks; its digest is the list's name.
    pub index: Blob,
    /// The chunks in order.
    pub chunks: Vec<Blob>,
}

/// The contents of an index blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListIndex {
    /// How to read this.
    pub format: Format,
    /// Rows in all chunks together.
    pub rows: usize,
    /// The chunks in order.
    pub chunks: Vec<Digest>,
}

/// Why a list was not cut or not put together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// Too many rows.
    #[error("a list can hold {max} rows at most", max = limits::LIST_ROWS)]
    TooManyRows,
    /// Too many bytes in all, or too many chunks.
    #[error("the list is too large")]
    TooLarge,
    /// One row is too long, empty, or has a line break.
    #[error("row {0} is empty, too long, or has a line break")]
    BadRow(usize),
    /// Not in strictly ascending order of bytes.
    #[error("row {0} is not in order")]
    Unsorted(usize),
    /// Not an index of a known format.
    #[error("the list's index cannot be read: {0}")]
    Index(String),
    /// The caller does not have it.
    #[error("chunk {0} is missing")]
    Missing(Digest),
    /// Other bytes than its name says, or not rows.
    #[error("chunk {0} is damaged")]
    Damaged(Digest),
    /// The chunks hold another number of rows than the index says.
    #[error("the index promises {promised} rows, the chunks hold {found}")]
    WrongCount {
        /// What the index says.
        promised: usize,
        /// What is there.
        found: usize,
    },
}

/// The rows of a list that was put together: one text, handed out row by row.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Rows {
    text: String,
    count: usize,
}

impl Rows {
    /// How many.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.text.split_terminator('\n')
    }
}

impl ListIndex {
    /// Reads the bytes of an index blob whose digest the caller has checked.
    pub fn read(bytes: &[u8]) -> Result<Self, ListError> {
        if bytes.len() > limits::BLOB_BYTES {
            return Err(ListError::TooLarge);
        }
        let index: Self =
            serde_json::from_slice(bytes).map_err(|error| ListError::Index(error.to_string()))?;
        if index.rows > limits::LIST_ROWS {
            return Err(ListError::TooManyRows);
        }
        if index.chunks.len() > limits::LIST_CHUNKS {
            return Err(ListError::TooLarge);
        }
        let mut seen = HashSet::with_capacity(index.chunks.len());
        if !index.chunks.iter().all(|chunk| seen.insert(chunk)) {
            return Err(ListError::Index("a chunk is named twice".to_owned()));
        }
        Ok(index)
    }
}

/// Cuts strictly ascending rows into chunks.
pub fn cut<S: AsRef<str>>(rows: impl IntoIterator<Item = S>) -> Result<ChunkedList, ListError> {
    let mut cutter = Cutter::default();
    for row in rows {
        cutter.push(row.as_ref())?;
    }
    cutter.finish()
}

#[derive(Default)]
struct Cutter {
    chunks: Vec<Blob>,
    open: Vec<u8>,
    order: Order,
}

impl Cutter {
    fn push(&mut self, row: &str) -> Result<(), ListError> {
        self.order.admit(row)?;
        self.open.extend_from_slice(row.as_bytes());
        self.open.push(b'\n');
        if ends_chunk(row) || self.open.len() >= limits::CHUNK_TARGET_BYTES {
            self.close()?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), ListError> {
        if self.chunks.len() == limits::LIST_CHUNKS {
            return Err(ListError::TooLarge);
        }
        self.chunks.push(Blob::new(std::mem::take(&mut self.open)));
        Ok(())
    }

    fn finish(mut self) -> Result<ChunkedList, ListError> {
        if !self.open.is_empty() {
            self.close()?;
        }
        let chunks = self.chunks.iter().map(Blob::digest).collect();
        let index = ListIndex {
            format: Format,
            rows: self.order.rows,
            chunks,
        };
        let index = serde_json::to_vec(&index).expect("an index is numbers and texts");
        Ok(ChunkedList {
            index: Blob::new(index),
            chunks: self.chunks,
        })
    }
}

/// Read as a big-endian number, a SHA-256 is 0 modulo 256 when its last byte is 0.
fn ends_chunk(row: &str) -> bool {
    Digest::of(row.as_bytes()).as_bytes()[31] == 0
}

/// Puts a list together from its index blob and a way to get each chunk's uncompressed bytes. Every digest,
/// the order, the limits and the number of rows are checked: what comes out is the list that was cut.
pub fn assemble<'a>(
    index: &[u8],
    mut chunk: impl FnMut(&Digest) -> Option<Cow<'a, [u8]>>,
) -> Result<Rows, ListError> {
    let index = ListIndex::read(index)?;
    let mut order = Order::default();
    let mut text = String::new();
    for digest in &index.chunks {
        let bytes = chunk(digest).ok_or(ListError::Missing(*digest))?;
        let rows = read_chunk(digest, &bytes)?;
        for row in rows.split_terminator('\n') {
            order.admit(row)?;
        }
        text.push_str(rows);
    }
    if order.rows != index.rows {
        return Err(ListError::WrongCount {
            promised: index.rows,
            found: order.rows,
        });
    }
    Ok(Rows {
        text,
        count: order.rows,
    })
}

fn read_chunk<'b>(digest: &Digest, bytes: &'b [u8]) -> Result<&'b str, ListError> {
    if bytes.len() > limits::CHUNK_BYTES || Digest::of(bytes) != *digest {
        return Err(ListError::Damaged(*digest));
    }
    let rows = std::str::from_utf8(bytes).map_err(|_| ListError::Damaged(*digest))?;
    if rows.ends_with('\n') {
        Ok(rows)
    } else {
        Err(ListError::Damaged(*digest))
    }
}

/// What cutting and assembling both hold every row to.
#[derive(Default)]
struct Order {
    rows: usize,
    bytes: usize,
    last: String,
}

impl Order {
    fn admit(&mut self, row: &str) -> Result<(), ListError> {
        if self.rows == limits::LIST_ROWS {
            return Err(ListError::TooManyRows);
        }
        if row.is_empty() || row.len() > limits::LIST_ROW_BYTES || row.contains('\n') {
            return Err(ListError::BadRow(self.rows));
        }
        if self.rows > 0 && row <= self.last.as_str() {
            return Err(ListError::Unsorted(self.rows));
        }
        self.bytes += row.len() + 1;
        if self.bytes > limits::LIST_BYTES {
            return Err(ListError::TooLarge);
        }
        self.rows += 1;
        self.last.clear();
        self.last.push_str(row);
        Ok(())
    }
}
