//! What all of Tessera's texts have in common: how they are cleaned, folded and cut.

use unicode_normalization::UnicodeNormalization;

/// Why a text was refused. Reads as a sentence without the field's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but space.
    #[error("Fill this in.")]
    Empty,
    /// More characters than allowed.
    #[error("This has {length} characters; at most {limit} fit.")]
    TooLong {
        /// How many it has.
        length: usize,
        /// How many fit.
        limit: usize,
    },
    /// A character that nobody can see, such as NUL, a line break in a name, or one that turns text around.
    #[error("This holds an invisible character (U+{:04X}) at position {position}. Remove it.", *.character as u32)]
    Control {
        /// The character.
        character: char,
        /// Its place, counted from 1.
        position: usize,
    },
}

impl TextError {
    /// This refusal as the error of one field.
    pub fn at(&self, pointer: &str) -> crate::Error {
        crate::Error::field(pointer, self.to_string())
    }
}

/// Normalises (NFC), trims and joins runs of space; refuses what is empty, too long or invisible.
pub fn clean_line(text: &str, limit: usize) -> Result<String, TextError> {
    refuse_invisible(text.trim(), |_| false)?;
    let normal: String = text.nfc().collect();
    let words: Vec<_> = normal.split_whitespace().collect();
    within(words.join(" "), limit)
}

/// As [`clean_line`], for text of several lines: line breaks and tabs stay, `\r\n` becomes `\n`.
pub fn clean_text(text: &str, limit: usize) -> Result<String, TextError> {
    let unix = text.trim().replace("\r\n", "\n");
    refuse_invisible(&unix, |character| matches!(character, '\n' | '\t'))?;
    within(unix.nfc().collect(), limit)
}

/// The form of a text by which it is compared, sorted and searched: NFKC, lower case.
pub fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// What of a text from outside may be shown and kept: invisible characters out, cut at `limit` characters.
///
/// For facts that no one could correct, such as a browser's user agent.
pub fn clip(text: &str, limit: usize) -> String {
    text.chars()
        .filter(|&character| !is_invisible(character))
        .take(limit)
        .collect()
}

/// Is this a character that shows nothing or turns what follows around?
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{AD}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

fn refuse_invisible(text: &str, allowed: impl Fn(char) -> bool) -> Result<(), TextError> {
    let found = text
        .chars()
        .enumerate()
        .find(|&(_, character)| is_invisible(character) && !allowed(character));
    match found {
        Some((index, character)) => Err(TextError::Control {
            character,
            position: index + 1,
        }),
        None => Ok(()),
    }
}

fn within(text: String, limit: usize) -> Result<String, TextError> {
    match text.chars().count() {
        0 => Err(TextError::Empty),
        length if length > limit => Err(TextError::TooLong { length, limit }),
        _ => Ok(text),
    }
}
