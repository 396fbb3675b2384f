//! Crockford's base 32 as TypeID writes it: 26 lower-case characters for 128 bits.

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters in an encoded id.
pub(crate) const LENGTH: usize = 26;

/// Writes 128 bits as 26 characters, most significant first.
pub(crate) fn encode(value: u128) -> [u8; LENGTH] {
    let mut text = [0; LENGTH];
    let mut rest = value;
    for place in text.iter_mut().rev() {
        *place = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    text
}

/// Reads exactly what [`encode`] writes; `None` for any other length, character or overflow.
pub(crate) fn decode(text: &[u8]) -> Option<u128> {
    // 26 characters hold 130 bits, so the first may only use its low three.
    if text.len() != LENGTH || text[0] > b'7' {
        return None;
    }
    text.iter().try_fold(0_u128, |value, character| {
        let digit = ALPHABET.iter().position(|known| known == character)?;
        Some(value << 5 | digit as u128)
    })
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn the_extremes_survive_a_round_trip() {
        for value in [0, 1, u128::MAX, u128::MAX - 1, 1 << 127] {
            assert_eq!(decode(&encode(value)), Some(value));
        }
    }

    #[test]
    fn what_encode_never_writes_is_refused() {
        for text in [
            "",
            "8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "0000000000000000000000000O",
            "0000000000000000000000000I",
        ] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }
}
