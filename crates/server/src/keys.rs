//! Where the master key comes from, and the check that it is the one this database was made with.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use tessera_app::{SecretKey, Vault};
use tessera_ids::Entropy;

use crate::config::Config;

const FILE: &str = "master.key";

/// What a new key's file is called beside the old one's, until the database was told of it.
const PENDING: &str = ".new";

/// Where the master key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The configuration itself: a variable, or the file of settings.
    Given,
    /// A file of its own.
    File(PathBuf),
}

impl Source {
    /// Where this configuration has it.
    pub fn of(config: &Config) -> Self {
        if config.keys.master_key.is_some() {
            return Self::Given;
        }
        let named = config.keys.master_key_file.clone();
        Self::File(named.unwrap_or_else(|| config.data.join(FILE)))
    }
}

/// Where a rotation keeps the new key until the database has it.
pub fn pending(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(PENDING);
    name.into()
}

/// The vault under the master key: the given one, the one in the data folder, or, beside an embedded database that was
/// never used, a fresh one that is kept there. `check` is what the database says of its key.
///
/// Where a rotation was cut short after the database had the new key, the new key's file takes its place now.
pub fn open_vault(config: &Config, entropy: &dyn Entropy, check: Option<&[u8]>) -> anyhow::Result<Vault> {
    if let Some(vault) = find_vault(config, check)? {
        if let (Source::File(path), Some(check)) = (Source::of(config), check) {
            finish_rotation(&path, check)?;
        }
        return Ok(vault);
    }
    let Source::File(path) = Source::of(config) else {
        bail!("no master key is given")
    };
    if check.is_some() {
        bail!(
            "the master key of this database is missing: put it back at {}, or give it as TESSERA_MASTER_KEY. \
             Without it the secrets in the database cannot be opened",
            path.display()
        );
    }
    ensure!(
        may_make(config),
        "with PostgreSQL the master key must be given, so that all servers share it: put 64 hexadecimal digits \
         (`openssl rand -hex 32`) into {} with mode 0600, or into TESSERA_MASTER_KEY",
        path.display()
    );
    let key = SecretKey::generate(entropy);
    write(&path, &key).with_context(|| format!("writing {}", path.display()))?;
    Ok(Vault::new(key))
}

/// The vault under the master key that there is, changing nothing; nothing where there is no key. Of a key and the one
/// that a rotation left beside it, the one that the database knows.
pub fn find_vault(config: &Config, check: Option<&[u8]>) -> anyhow::Result<Option<Vault>> {
    let path = match Source::of(config) {
        Source::File(path) => path,
        Source::Given => {
            let given = config.keys.master_key.as_ref();
            return given
                .map(|given| Ok(Vault::new(parse(given.reveal())?)))
                .transpose();
        }
    };
    let found = read(&path)?;
    if let Some(check) = check
        && !found.as_ref().is_some_and(|vault| vault.matches(check))
        && let Some(new) = read(&pending(&path))?
        && new.matches(check)
    {
        return Ok(Some(new));
    }
    Ok(found)
}

/// Puts the new key's file into the place of the old one's, where the database has the new key already. The old one is
/// kept beside it, since backups from before need it. True when there was something to finish.
pub fn finish_rotation(path: &Path, check: &[u8]) -> anyhow::Result<bool> {
    let next = pending(path);
    if !read(&next)?.is_some_and(|vault| vault.matches(check)) {
        return Ok(false);
    }
    if read(path)?.is_some_and(|vault| !vault.matches(check)) {
        let old = kept_old(path);
        fs::hard_link(path, &old).with_context(|| format!("keeping the old key as {}", old.display()))?;
    }
    // The path never stands empty: the new file takes the old one's place in one step.
    fs::rename(&next, path).with_context(|| format!("putting the new key at {}", path.display()))?;
    sync_folder(path)?;
    tracing::warn!(path = %path.display(), "a new master key is in force");
    Ok(true)
}

/// A name for the old key's file that nothing has yet.
fn kept_old(path: &Path) -> PathBuf {
    let name = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".old-{number}"));
        PathBuf::from(name)
    };
    (1..=9_999)
        .map(name)
        .find(|name| !name.exists())
        .unwrap_or_else(|| name(0))
}

/// Keys of earlier rotations that lie beside the one in force.
pub fn old_keys(path: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(file)) = (path.parent(), path.file_name()) else {
        return Vec::new();
    };
    let prefix = format!("{}.old-", file.to_string_lossy());
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let names = entries.flatten().map(|entry| entry.path());
    names
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(&prefix))
        })
        .collect()
}

/// The vault under the key in a file; nothing when there is no such file.
pub fn read(path: &Path) -> anyhow::Result<Option<Vault>> {
    match fs::read_to_string(path) {
        Ok(text) => {
            refuse_open(path)?;
            let key = parse(&text).with_context(|| path.display().to_string())?;
            Ok(Some(Vault::new(key)))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// Makes a new name in its folder last. Other systems than Unix do that by themselves.
pub(crate) fn sync_folder(path: &Path) -> anyhow::Result<()> {
    if cfg!(unix)
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn may_make(config: &Config) -> bool {
    config.keys.master_key_file.is_none() && !config.database_url().starts_with("postgres")
}

fn parse(text: &str) -> anyhow::Result<SecretKey> {
    let text = text.trim();
    ensure!(
        text.len() == 64 && text.is_ascii(),
        "a master key is 64 hexadecimal digits"
    );
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits)?;
        *byte = u8::from_str_radix(digits, 16).context("a master key is 64 hexadecimal digits")?;
    }
    Ok(SecretKey::from_bytes(bytes))
}

/// Writes a key to a file that is not there yet, for its owner alone.
pub fn write(path: &Path, key: &SecretKey) -> anyhow::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    for byte in key.expose() {
        write!(file, "{byte:02x}")?;
    }
    writeln!(file)?;
    file.sync_all()?;
    Ok(())
}

#[cfg(unix)]
fn refuse_open(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path)?.permissions().mode();
    ensure!(
        // Neither group nor others may do anything with it.
        mode.trailing_zeros() >= 6,
        "{} can be read by others; run `chmod 600` on it",
        path.display()
    );
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the other platforms' twin may refuse")]
fn refuse_open(_: &Path) -> anyhow::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use tessera_ids::ambient::SystemEntropy;

    use super::*;

    #[test]
    fn a_key_is_made_once_beside_the_embedded_database_only() {
        let data = std::env::temp_dir().join(format!("tessera-keys-{}", std::process::id()));
        fs::create_dir_all(&data).unwrap();
        let config = Config {
            data: data.clone(),
            ..Config::default()
        };
        let check = open_vault(&config, &SystemEntropy, None)
            .unwrap()
            .key_check(&SystemEntropy)
            .unwrap();
        assert!(
            open_vault(&config, &SystemEntropy, Some(&check))
                .unwrap()
                .matches(&check)
        );
        fs::remove_file(data.join(FILE)).unwrap();
        let lost = open_vault(&config, &SystemEntropy, Some(&check)).unwrap_err();
        assert!(lost.to_string().contains("missing"), "{lost}");
        assert!(!data.join(FILE).exists(), "no other key is put there");
        let mut server = config;
        server.database.url = Some("postgres://localhost/tessera".parse().unwrap());
        assert!(open_vault(&server, &SystemEntropy, None).is_err());
        fs::remove_dir_all(data).unwrap();
    }

    #[test]
    fn a_rotation_that_was_cut_short_is_finished_or_still_to_come() {
        let data = std::env::temp_dir().join(format!("tessera-rotation-{}", std::process::id()));
        fs::create_dir_all(&data).unwrap();
        let config = Config {
            data: data.clone(),
            ..Config::default()
        };
        let path = data.join(FILE);
        let old = open_vault(&config, &SystemEntropy, None).unwrap();
        write(&pending(&path), &SecretKey::generate(&SystemEntropy)).unwrap();
        let new = read(&pending(&path)).unwrap().unwrap();
        let [before, after] = [&old, &new].map(|vault| vault.key_check(&SystemEntropy).unwrap());

        // The database still has the old key.
        assert!(
            open_vault(&config, &SystemEntropy, Some(&before))
                .unwrap()
                .matches(&before)
        );
        assert!(pending(&path).exists());
        // It has the new one.
        assert!(
            find_vault(&config, Some(&after))
                .unwrap()
                .unwrap()
                .matches(&after)
        );
        assert!(pending(&path).exists(), "looking changes nothing");
        assert!(
            open_vault(&config, &SystemEntropy, Some(&after))
                .unwrap()
                .matches(&after)
        );
        assert!(!pending(&path).exists());
        assert!(read(&path).unwrap().unwrap().matches(&after));
        let kept = old_keys(&path);
        assert_eq!(kept.len(), 1);
        assert!(
            read(&kept[0]).unwrap().unwrap().matches(&before),
            "for backups from before"
        );
        assert!(
            open_vault(&config, &SystemEntropy, Some(&after))
                .unwrap()
                .matches(&after)
        );
        fs::remove_dir_all(data).unwrap();
    }
}
