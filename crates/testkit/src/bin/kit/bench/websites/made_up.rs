//! Made-up websites and questions about them: the same ones in every run.

use std::collections::HashSet;

/// Endings as often as real lists have them, roughly.
const ENDINGS: &[&str] = &[
    "com", "com", "com", "com", "com", "net", "org", "de", "ru", "info", "co.uk", "xyz", "top", "online",
    "io", "com.br",
];
/// Beginnings, middles and ends of syllables.
const SYLLABLE: [&[&str]; 3] = [
    &[
        "b", "br", "c", "ch", "d", "f", "fl", "g", "gr", "h", "j", "k", "kl", "l", "m", "n", "p", "pr", "r",
        "s", "sh", "st", "t", "tr", "v", "w", "z",
    ],
    &["a", "e", "i", "o", "u", "ee", "ou", "ai"],
    &["", "", "", "n", "r", "s", "l", "t", "m", "ck", "x", "2"],
];
const LABELS: &[&str] = &["www", "m", "cdn", "login", "static2", "eu-west-1", "mail", "a"];
const PAGES: &[&str] = &[
    "/",
    "",
    "/news/2026/10/a-story.html?from=home&x=1",
    "/search?q=two+words#top",
    "/a/b/",
];

/// Domains of a list, and questions to a judge of that list.
pub(super) struct MadeUp {
    pub(super) domains: Vec<String>,
    /// The same, to be looked up.
    pub(super) listed: HashSet<String>,
    /// Half of them under a listed domain, all of them on it or one or two labels below.
    pub(super) questions: Vec<String>,
}

impl MadeUp {
    pub(super) fn new(domains: usize, questions: usize) -> Self {
        let mut dice = Dice(7);
        let mut listed = HashSet::with_capacity(domains);
        let mut list = Vec::with_capacity(domains);
        while list.len() < domains {
            let domain = dice.domain();
            if listed.insert(domain.clone()) {
                list.push(domain);
            }
        }
        let questions = (0..questions)
            .map(|number| match number % 2 {
                0 => {
                    let one = dice.below(list.len());
                    dice.address(&list[one])
                }
                _ => loop {
                    let other = dice.domain();
                    if !listed.contains(&other) {
                        break dice.address(&other);
                    }
                },
            })
            .collect();
        Self {
            domains: list,
            listed,
            questions,
        }
    }
}

/// `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap_or_default()
    }

    fn of(&mut self, words: &'static [&'static str]) -> &'static str {
        words[self.below(words.len())]
    }

    fn word(&mut self, syllables: usize) -> String {
        (0..syllables)
            .flat_map(|_| SYLLABLE.map(|parts| self.of(parts)))
            .collect()
    }

    fn domain(&mut self) -> String {
        let below = if self.below(12) == 0 { "ads." } else { "" };
        let syllables = 2 + self.below(3);
        let (name, ending) = (self.word(syllables), self.of(ENDINGS));
        match self.below(10) {
            0 => format!("{below}{name}-{}.{ending}", self.word(2)),
            _ => format!("{below}{name}.{ending}"),
        }
    }

    fn address(&mut self, domain: &str) -> String {
        let scheme = if self.below(10) == 0 { "http" } else { "https" };
        let below: String = (0..self.below(3)).flat_map(|_| [self.of(LABELS), "."]).collect();
        format!("{scheme}://{below}{domain}{}", self.of(PAGES))
    }
}
