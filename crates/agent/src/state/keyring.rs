//! Where a device's two secret keys are kept: the operating system's keyring, else a file that only its owner
//! can read. Which it became is remembered, because the portal shows it.

use std::{sync::mpsc, thread, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

/// The service under which the keyring lists our entries.
const SERVICE: &str = "tessera";

/// A keyring that asks a person to unlock it may take longer; then the file is used.
const PATIENCE: Duration = Duration::from_secs(20);

/// The bytes of both keys.
pub(crate) type SecretBytes = Zeroizing<Vec<u8>>;

/// Whether there is a keyring to talk to.
pub(crate) fn available() -> bool {
    ask(|| keyring::Entry::store_status().is_ok().then_some(())).is_some()
}

/// Keeps the bytes in the keyring and reads them back. `false` when there is no keyring that can.
pub(crate) fn keep(entry: &str, secret: &[u8]) -> bool {
    let text = Zeroizing::new(STANDARD.encode(secret));
    let wanted = Zeroizing::new(secret.to_vec());
    let name = entry.to_owned();
    ask(move || {
        let entry = keyring::Entry::new(SERVICE, &name).ok()?;
        entry.set_password(&text).ok()?;
        let kept = Zeroizing::new(entry.get_password().ok()?);
        (STANDARD.decode(kept.as_bytes()).ok()? == *wanted).then_some(())
    })
    .is_some()
}

/// Reads what [`keep`] kept.
pub(crate) fn recall(entry: &str) -> Option<SecretBytes> {
    let name = entry.to_owned();
    ask(move || {
        let kept = Zeroizing::new(keyring::Entry::new(SERVICE, &name).ok()?.get_password().ok()?);
        STANDARD.decode(kept.as_bytes()).ok().map(Zeroizing::new)
    })
}

/// Takes the entry away. `false` when it may still be there.
pub(crate) fn forget(entry: &str) -> bool {
    let name = entry.to_owned();
    ask(
        move || match keyring::Entry::new(SERVICE, &name).ok()?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Some(()),
            Err(_) => None,
        },
    )
    .is_some()
}

/// The keyring blocks and runs an executor of its own, so it gets a thread of its own and limited patience.
fn ask<T: Send + 'static>(question: impl FnOnce() -> Option<T> + Send + 'static) -> Option<T> {
    let (answer, heard) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || {
            let _ = answer.send(question());
        })
        .ok()?;
    heard.recv_timeout(PATIENCE).ok().flatten()
}
