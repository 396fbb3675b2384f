//! Eight bytes of a text as one number, its first byte lowest, and what can be asked of all eight at once. Such an
//! answer has the highest bit of each byte of which the answer is yes.

const HIGHEST: u64 = repeated(0x80);

const fn repeated(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The text's words from its end on, and what is left at its beginning, in the upper bytes of a word.
pub(super) fn from_right(text: &[u8]) -> (u64, impl Iterator<Item = u64>) {
    let (left, words) = text.as_rchunks::<8>();
    // Shifted twice, since nothing may be left and numbers are not shifted by 64.
    let left = first(text) << (8 * (7 - left.len())) << 8;
    (left, words.iter().rev().map(|word| u64::from_le_bytes(*word)))
}

/// The text's first word; a shorter text ends in zeros.
pub(super) fn first(text: &[u8]) -> u64 {
    match text.first_chunk::<8>() {
        Some(first) => u64::from_le_bytes(*first),
        None => text.iter().rfold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// A word of which only so many upper bytes count, at most seven, with letters in the others.
pub(super) fn filled(word: u64, count: usize) -> u64 {
    word | repeated(b'a') >> (8 * count)
}

/// The last bytes of a word, at most seven, as a number of their own.
pub(super) fn last_bytes(word: u64, count: usize) -> u64 {
    (word >> 8) >> (56 - 8 * count)
}

/// Takes the last of the bytes that were answered with yes out, and says how many bytes follow it.
pub(super) fn bytes_after_last(answer: &mut u64) -> Option<usize> {
    let after = (*answer != 0).then(|| answer.leading_zeros() as usize / 8)?;
    *answer ^= 1 << (63 - 8 * after);
    Some(after)
}

/// Which bytes are this one.
pub(super) fn equal(word: u64, byte: u8) -> u64 {
    let differing = word ^ repeated(byte);
    !(((differing & !HIGHEST) + !HIGHEST) | differing) & HIGHEST
}

/// Which bytes are not small letters, digits, hyphens, underscores or dots.
pub(super) fn not_of_hosts(word: u64) -> u64 {
    let low = word & !HIGHEST;
    // Adding what lacks to 128 carries into the highest bit from the first character on.
    let from = |first: u8| low + repeated(0x80 - first);
    let (hyphen_to_nine, underscore_to_z) = (from(b'-') & !from(b'9' + 1), from(b'_') & !from(b'z' + 1));
    let gaps = equal(word, b'/') | equal(word, b'`');
    (!(hyphen_to_nine | underscore_to_z) | gaps | word) & HIGHEST
}
