//! What people call a model of which only its id is known.

/// Words that are not written with one capital.
const WORDS: &[(&str, &str)] = &[
    ("ai", "AI"),
    ("api", "API"),
    ("deepseek", "DeepSeek"),
    ("glm", "GLM"),
    ("gpt", "GPT"),
    ("oss", "OSS"),
    ("v1", "v1"),
    ("v2", "v2"),
    ("v3", "v3"),
    ("v4", "v4"),
    ("v5", "v5"),
];

/// Makes a title of an id: `claude-opus-5-5` becomes `Claude Opus 5.5`, `gpt-6.1-sol` becomes `GPT-6.1 Sol`.
pub(crate) fn of(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    let bare = last.split(['@', ':']).next().unwrap_or(last);
    // Amazon Bedrock writes the maker before the model.
    let maker = bare
        .split_once('.')
        .filter(|(maker, _)| maker.bytes().all(|byte| byte.is_ascii_lowercase()));
    let bare = maker.map_or(bare, |(_, model)| model);
    let mut title = String::new();
    let mut before = "";
    for part in bare.split(['-', '_', ' ']).filter(|part| !part.is_empty()) {
        let follows = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty();
        // Two short numbers in a row are a version: `5-5` is 5.5, while `03-2025` is a date.
        let version = follows(before) && follows(part) && before.len() <= 2 && part.len() <= 2;
        match (title.is_empty(), version, before) {
            (true, ..) => {}
            (_, true, _) => title.push('.'),
            (_, _, "gpt" | "glm") if part.starts_with(|c: char| c.is_ascii_digit()) => title.push('-'),
            _ => title.push(' '),
        }
        title.push_str(&word(part));
        before = part;
    }
    title
}

fn word(part: &str) -> String {
    let lower = part.to_ascii_lowercase();
    if let Some((_, written)) = WORDS.iter().find(|(known, _)| *known == lower) {
        return (*written).to_owned();
    }
    let mut letters = part.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_becomes_a_title() {
        for (id, title) in [
            ("claude-opus-5-5", "Claude Opus 5.5"),
            ("gpt-6.1-sol", "GPT-6.1 Sol"),
            ("whisper-1", "Whisper 1"),
            ("command-a-plus-05-2026", "Command A Plus 05 2026"),
            ("deepseek-v3.2", "DeepSeek V3.2"),
            ("zai/glm-5-3-flash", "GLM-5.3 Flash"),
            ("gpt-audio-1.5", "GPT Audio 1.5"),
            ("anthropic.claude-opus-5", "Claude Opus 5"),
            ("gemini-4-argon", "Gemini 4 Argon"),
            ("claude-opus-5@default", "Claude Opus 5"),
        ] {
            assert_eq!(of(id), title, "{id}");
        }
    }
}
