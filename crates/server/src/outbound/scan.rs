//! Whether what a provider said repeats a part of the key: then nothing of it is shown or kept.

use percent_encoding::percent_decode_str;
use tessera_domain::credential::Secret;

/// Characters of a secret in a row that must not be repeated. Shorter secrets count whole.
const TELLING: usize = 8;

/// Whether a text holds a telling part of any of these secrets, in clear or in one of the usual disguises.
pub(super) fn repeats(text: &str, secrets: &[&str]) -> bool {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    let forms = [plain(text), plain(&decoded)];
    secrets.iter().any(|secret| {
        let secret = plain(secret);
        forms.iter().any(|text| holds_part(text, &secret))
    })
}

/// The same for a key of the domain.
pub(super) fn repeats_key(text: &str, secret: &Secret, further: &[&str]) -> bool {
    let mut secrets = secret.unspeakable();
    secrets.extend(further);
    repeats(text, &secrets)
}

/// Only what keys are made of: quotes, escapes, spaces and line breaks between do not hide one.
fn plain(text: &str) -> Vec<u8> {
    let kept = text
        .bytes()
        .filter(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b'"' | b'\\' | b'\''));
    kept.map(|byte| byte.to_ascii_lowercase()).collect()
}

fn holds_part(text: &[u8], secret: &[u8]) -> bool {
    if secret.is_empty() {
        return false;
    }
    let wide = secret.len().min(TELLING);
    let parts: std::collections::HashSet<&[u8]> = secret.windows(wide).collect();
    text.windows(wide).any(|part| parts.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk-proj-Ab/+Cd3456789xyz";

    #[test]
    fn a_part_of_the_key_is_found_in_its_disguises() {
        for text in [
            "Incorrect API key provided: sk-proj-Ab/+Cd3456789xyz.",
            "key ends in 456789xyz",
            "SK-PROJ-AB/+CD3456789XYZ",
            "key=sk-proj-Ab%2F%2BCd3456789xyz",
            r#"{"key":"sk-proj-Ab\/+Cd3456789xyz"}"#,
            "sk-pro\nj-Ab/+C\nd3456789xyz",
        ] {
            assert!(repeats(text, &[KEY]), "{text}");
        }
    }

    #[test]
    fn what_the_provider_masks_may_be_shown() {
        for text in [
            "Incorrect API key provided: sk-pr********9xyz.",
            "no such project",
            "",
        ] {
            assert!(!repeats(text, &[KEY]), "{text}");
        }
        assert!(repeats("the key abc is wrong", &["abc"]));
        assert!(!repeats("anything", &[""]));
    }
}
