//! Where `tessera login` finds an enrolment key, and who is logged in. Never in an argument: the list of
//! processes shows those to everybody on the machine.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use tessera_wire::enrol_key::EnrolmentKey;

use crate::Error;

/// The variable that can hold the key.
const VARIABLE: &str = "TESSERA_ENROLMENT_KEY";
/// More than any key has, with space around it; what is longer is another file.
const MOST: u64 = 1024;

/// The key of the file, else of the variable; none where neither is given.
pub(super) fn find(file: Option<&Path>) -> Result<Option<EnrolmentKey>, Error> {
    let (text, place) = match file {
        Some(path) if path == Path::new("-") => (read(io::stdin()), "standard input".to_owned()),
        Some(path) => (File::open(path).and_then(read), path.display().to_string()),
        None => match std::env::var(VARIABLE) {
            Ok(text) if !text.trim().is_empty() => (Ok(text), VARIABLE.to_owned()),
            _ => return Ok(None),
        },
    };
    let wrong = |why: String| Error::EnrolmentKey {
        place: place.clone(),
        why,
    };
    let text = text.map_err(|error| wrong(error.to_string()))?;
    // What stands there is never repeated: it may be another secret.
    let key = text
        .parse()
        .map_err(|error: tessera_wire::enrol_key::ParseEnrolmentKeyError| wrong(error.to_string()))?;
    Ok(Some(key))
}

fn read(source: impl Read) -> io::Result<String> {
    let mut text = String::new();
    source.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}

/// Who is logged in, as the system calls the user that this runs as.
pub(super) fn login_name() -> Option<String> {
    let variables = if cfg!(windows) {
        ["USERNAME", "USER"]
    } else {
        ["LOGNAME", "USER"]
    };
    let named = variables.iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_key_comes_from_a_file_and_what_is_wrong_is_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let text = format!("{}{}", EnrolmentKey::PREFIX, "A".repeat(43));
        fs::write(&file, format!("{text}\n")).unwrap();
        assert_eq!(find(Some(&file)).unwrap().unwrap().reveal(), text);
        fs::write(&file, "tsa_another-secret").unwrap();
        let refused = find(Some(&file)).unwrap_err().to_string();
        assert!(!refused.contains("another-secret"), "{refused}");
        assert!(refused.contains("key"), "{refused}");
        assert!(find(Some(&folder.path().join("none"))).is_err());
    }
}
