//! Paths in the one form in which they are compared: dot segments resolved, unreserved characters decoded,
//! everything else that is escaped in upper case.

use std::borrow::Cow;

/// A path in that form. `raw` is empty or begins with a slash, a query or a fragment; the latter two are left out.
pub(super) fn normal(raw: &str) -> Cow<'_, str> {
    let path = &raw[..raw.find(['?', '#']).unwrap_or(raw.len())];
    if path.is_empty() {
        return Cow::Borrowed("/");
    }
    if is_normal(path.as_bytes()) {
        return Cow::Borrowed(path);
    }
    // With what follows: a space at the very end is dropped, before a query it is escaped.
    match url::Url::parse(&format!("http://h{raw}")) {
        Ok(url) => Cow::Owned(unescape(url.path())),
        Err(_) => Cow::Owned(unescape(path)),
    }
}

/// Whether the prefix covers the path: the path itself, or anything below it.
pub(super) fn covers(prefix: &str, path: &str) -> bool {
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Decodes escaped unreserved characters, and writes other escapes in one way.
pub(super) fn unescape(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let from = bytes.len() - rest.len() + at + 1;
        let digits = bytes.get(from..from + 2).and_then(hex);
        rest = &rest[at + 1..];
        match digits {
            None => out.push_str("%25"),
            Some(byte) => {
                rest = &rest[2..];
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    out.push(char::from(byte));
                } else {
                    out.push('%');
                    out.push_str(&bytes_to_hex(byte));
                }
            }
        }
    }
    out.push_str(rest);
    out
}

fn hex(digits: &[u8]) -> Option<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    let byte = value(digits[0])? * 16 + value(digits[1])?;
    u8::try_from(byte).ok()
}

fn bytes_to_hex(byte: u8) -> String {
    format!("{byte:02X}")
}

/// Whether a path is surely in its final form. Says no in every doubtful case.
fn is_normal(path: &[u8]) -> bool {
    let plain = path.iter().all(|byte| PLAIN[usize::from(*byte)]);
    plain && path.first() == Some(&b'/') && !path.windows(2).any(|pair| pair == b"/.")
}

const PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = matches!(
            byte,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'!' | b'$' | b'&'
                | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b':' | b'@'
        );
        byte += 1;
    }
    table
};
