//! Which models are called *Fast* or *Accurate*.
//!
//! Nobody publishes that, so the rule goes by what providers themselves ask for an answer: the cheapest models are
//! the small and quick ones, the dearest the thorough ones. Whoever disagrees overrides the entry.

/// Millionths of a dollar in a dollar.
pub(crate) const DOLLAR: u64 = 1_000_000;
/// A million tokens of answers cost at most so much from a *Fast* model.
const FAST_AT_MOST: u64 = 5 * DOLLAR;
/// A million tokens of answers cost at least so much from an *Accurate* one.
const ACCURATE_FROM: u64 = 10 * DOLLAR;

/// The label of a model that answers in text, by the price of its answers; none in between and where no price is known.
pub(crate) fn label(output: &[&str], price: Option<(u64, u64)>) -> Option<&'static str> {
    let (_, answers) = price.filter(|_| output.contains(&"text"))?;
    match answers {
        0 => None,
        1..=FAST_AT_MOST => Some("fast"),
        ACCURATE_FROM.. => Some("accurate"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_of_answers_decides() {
        let priced = |answers| label(&["text"], Some((1, answers)));
        assert_eq!(priced(5 * DOLLAR), Some("fast"));
        assert_eq!(priced(5 * DOLLAR + 1), None);
        assert_eq!(priced(10 * DOLLAR), Some("accurate"));
        assert_eq!([priced(0), label(&["text"], None)], [None, None]);
        assert_eq!(label(&["embedding"], Some((1, DOLLAR))), None);
    }
}
