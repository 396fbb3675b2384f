//! Four words by which a person recognises a device's key on two screens.

use crate::{DeviceVerifyingKey, Digest};

/// The four words of a key, the same on the machine and on the approving page.
pub fn key_words(key: &DeviceVerifyingKey) -> [&'static str; 4] {
    let digest = Digest::of(&[b"tessera key words 1\n".as_slice(), &key.to_bytes()].concat());
    let [a, b, c, d, ..] = *digest.as_bytes();
    [a, b, c, d].map(|byte| WORDS[usize::from(byte)])
}

/// One word per byte. The order is part of the format: it never changes.
#[rustfmt::skip]
const WORDS: [&str; 256] = [
    "acorn", "alder", "almond", "amber", "anchor", "apple", "apron", "arch", "arrow", "aspen", "atlas",
    "attic", "autumn", "badge", "bagel", "bamboo", "banjo", "barley", "barn", "basil", "basket",
    "beach", "beacon", "bean", "bell", "bench", "berry", "bicycle", "birch", "biscuit", "blanket",
    "blossom", "bonnet", "book", "bottle", "boulder", "bracket", "brass", "bread", "breeze", "brick",
    "bridge", "broom", "brush", "bucket", "button", "cabin", "cactus", "camera", "candle", "canoe",
    "canvas", "canyon", "caravan", "cardinal", "carrot", "castle", "cedar", "cello", "chalk", "cherry",
    "chess", "chimney", "cinema", "circle", "citrus", "clay", "clock", "cloud", "clover", "coast",
    "cobalt", "cocoa", "comet", "compass", "copper", "coral", "cosmos", "cradle", "crane", "crayon",
    "creek", "cricket", "crystal", "cushion", "daisy", "dawn", "delta", "desert", "diamond", "dolphin",
    "donkey", "drawer", "drum", "easel", "echo", "elbow", "elm", "ember", "emerald", "engine",
    "falcon", "feather", "fern", "ferry", "fiddle", "field", "finch", "flute", "forest", "fossil",
    "fountain", "fox", "frost", "garden", "garlic", "gate", "geyser", "ginger", "glacier", "globe",
    "granite", "grape", "guitar", "hammer", "harbor", "harp", "hazel", "hedge", "helmet", "heron",
    "hill", "honey", "horizon", "iceberg", "indigo", "island", "ivory", "jacket", "jasmine", "jigsaw",
    "jungle", "kayak", "kettle", "kitten", "koala", "ladder", "lagoon", "lantern", "laurel", "lemon",
    "lentil", "library", "lilac", "linen", "lobster", "lotus", "magnet", "mango", "maple", "marble",
    "marigold", "meadow", "melon", "meteor", "mint", "mirror", "mitten", "moon", "mosaic", "mountain",
    "muffin", "museum", "napkin", "nectar", "needle", "nest", "nickel", "noodle", "nutmeg", "oak",
    "oasis", "oboe", "ocean", "olive", "onion", "opal", "orange", "orbit", "orchard", "otter", "owl",
    "oyster", "paddle", "palm", "panda", "paper", "parrot", "parsley", "peach", "pebble", "pencil",
    "pepper", "piano", "pigeon", "pillow", "pine", "planet", "plum", "pocket", "pond", "poppy",
    "prairie", "prism", "pumpkin", "quartz", "quilt", "rabbit", "radish", "raft", "rainbow", "raven",
    "reef", "ribbon", "river", "robin", "rocket", "saddle", "saffron", "sail", "salmon", "sapphire",
    "scarf", "sparrow", "spruce", "summit", "sunflower", "teapot", "thimble", "thistle", "tractor",
    "trumpet", "tulip", "turtle", "umbrella", "valley", "velvet", "violin", "waffle", "wagon",
    "walnut", "willow", "window", "yarn", "yogurt", "zebra",
];

#[cfg(test)]
mod tests {
    use super::WORDS;

    #[test]
    fn the_words_are_plain_distinct_and_in_order() {
        assert!(WORDS.is_sorted_by(|a, b| a < b));
        assert!(
            WORDS
                .iter()
                .all(|word| word.bytes().all(|b| b.is_ascii_lowercase()) && word.len() <= 9)
        );
    }
}
