//! Where the master key comes from, and the check that it is the one this database was made with.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use tessera_app::{SecretKey, Vault};
use tessera_ids::Entropy;

use crate::config::Config;

const FILE: &str = "master.key";

/// The vault under the master key: the given one, the one in the data folder, or, beside the
/// embedded database, a fresh one that is kept there.
pub fn open_vault(config: &Config, entropy: &dyn Entropy) -> anyhow::Result<Vault> {
    let path = config
        .keys
        .master_key_file
        .clone()
        .unwrap_or_else(|| config.data.join(FILE));
    if let Some(given) = &config.keys.master_key {
        return Ok(Vault::new(parse(given.reveal())?));
    }
    match fs::read_to_string(&path) {
        Ok(text) => {
            refuse_open(&path)?;
            Ok(Vault::new(
                parse(&text).with_context(|| path.display().to_string())?,
            ))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && may_make(config) => {
            let key = SecretKey::generate(entropy);
            write(&path, &key).with_context(|| format!("writing {}", path.display()))?;
            Ok(Vault::new(key))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(
            "with PostgreSQL the master key must be given, so that all servers share it: put 64 hexadecimal digits \
             (`openssl rand -hex 32`) into {} with mode 0600, or into TESSERA_MASTER_KEY",
            path.display()
        ),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
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

fn write(path: &Path, key: &SecretKey) -> anyhow::Result<()> {
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
        let check = open_vault(&config, &SystemEntropy)
            .unwrap()
            .key_check(&SystemEntropy)
            .unwrap();
        assert!(open_vault(&config, &SystemEntropy).unwrap().matches(&check));
        fs::remove_file(data.join(FILE)).unwrap();
        let mut server = config;
        server.database.url = Some("postgres://localhost/tessera".parse().unwrap());
        assert!(open_vault(&server, &SystemEntropy).is_err());
        fs::remove_dir_all(data).unwrap();
    }
}
