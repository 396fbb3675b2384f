//! Secrets at rest: the master key, and what is sealed under it.
//!
//! The master key wraps one data key per organization; the data key seals that organization's
//! secrets. Every ciphertext is bound to the row and column it was made for, so that it opens
//! nowhere else. Where the master key comes from is the server's business.

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use tessera_domain::{Error, Result};
use tessera_ids::{Entropy, OrgId, ambient::random_bytes};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const NONCE_LENGTH: usize = 24;
const KEY_CHECK_TEXT: &[u8] = b"tessera key check 1";
const BACKUP_SEAL_TEXT: &[u8] = b"tessera backup seal 1";
const FINGERPRINT_TEXT: &[u8] = b"tessera credential fingerprint 1";

/// 256 bits that seal and open. Its bytes are wiped when it is dropped and never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// Takes a key's bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Draws a fresh key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(random_bytes(entropy))
    }

    /// The key's bytes, for whoever must keep them.
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    fn seal(&self, entropy: &dyn Entropy, place: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE_LENGTH] = random_bytes(entropy);
        let sealed = XChaCha20Poly1305::new((&self.0).into())
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: plain,
                    aad: place.as_bytes(),
                },
            )
            .map_err(|_| Error::internal("a secret could not be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    fn open(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let (nonce, body) = sealed
            .split_first_chunk::<NONCE_LENGTH>()
            .ok_or_else(|| Error::internal(format!("the secret at {place} is truncated")))?;
        XChaCha20Poly1305::new((&self.0).into())
            .decrypt(
                &XNonce::from(*nonce),
                Payload {
                    msg: body,
                    aad: place.as_bytes(),
                },
            )
            .map(Zeroizing::new)
            .map_err(|_| Error::internal(format!("the secret at {place} does not open with this key")))
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// The master key and what is done with it.
#[derive(Debug)]
pub struct Vault {
    master: SecretKey,
}

impl Vault {
    /// A vault under this master key.
    pub const fn new(master: SecretKey) -> Self {
        Self { master }
    }

    /// What is stored at first start, so that a wrong master key is noticed at the next one.
    pub fn key_check(&self, entropy: &dyn Entropy) -> Result<Vec<u8>> {
        self.master
            .seal(entropy, "installation/key_check", KEY_CHECK_TEXT)
    }

    /// Whether the stored key check was made with this master key.
    pub fn matches(&self, key_check: &[u8]) -> bool {
        self.master
            .open("installation/key_check", key_check)
            .is_ok_and(|text| text.as_slice() == KEY_CHECK_TEXT)
    }

    /// What only this installation makes of a backup's digest, so that nobody else can write one that it takes.
    pub fn backup_seal(&self, digest: &[u8; 32]) -> Result<[u8; 32]> {
        let own = Zeroizing::new(mac(self.master.expose(), BACKUP_SEAL_TEXT)?);
        mac(own.as_slice(), digest)
    }

    /// An organization's data key, wrapped by another master key instead.
    pub fn rewrap(&self, new: &Self, entropy: &dyn Entropy, org: OrgId, wrapped: &[u8]) -> Result<Vec<u8>> {
        let key = self.data_key(org, wrapped)?;
        new.master.seal(entropy, &data_key_place(org), key.expose())
    }

    /// The key itself, for whoever must keep it.
    pub const fn master(&self) -> &SecretKey {
        &self.master
    }

    /// A fresh data key for an organization, wrapped for its row.
    pub fn new_data_key(&self, entropy: &dyn Entropy, org: OrgId) -> Result<Vec<u8>> {
        let key = SecretKey::generate(entropy);
        self.master.seal(entropy, &data_key_place(org), key.expose())
    }

    /// Seals a secret of an organization for one table, row and column.
    pub fn seal(
        &self,
        entropy: &dyn Entropy,
        org: OrgId,
        wrapped_data_key: &[u8],
        place: &str,
        plain: &[u8],
    ) -> Result<Vec<u8>> {
        self.data_key(org, wrapped_data_key)?.seal(entropy, place, plain)
    }

    /// Opens what [`Vault::seal`] sealed for the same place.
    pub fn open(
        &self,
        org: OrgId,
        wrapped_data_key: &[u8],
        place: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        self.data_key(org, wrapped_data_key)?.open(place, sealed)
    }

    /// A short name of a secret, by which people tell two apart. Made under the organization's own key, so that
    /// nobody who has the database can try guesses against it, and the same secret is named otherwise elsewhere.
    pub fn fingerprint(&self, org: OrgId, wrapped_data_key: &[u8], plain: &[u8]) -> Result<[u8; 8]> {
        let data_key = self.data_key(org, wrapped_data_key)?;
        let own = Zeroizing::new(mac(data_key.expose(), FINGERPRINT_TEXT)?);
        let named = mac(own.as_slice(), plain)?;
        let mut short = [0; 8];
        short.copy_from_slice(&named[..8]);
        Ok(short)
    }

    fn data_key(&self, org: OrgId, wrapped: &[u8]) -> Result<SecretKey> {
        let bytes = self.master.open(&data_key_place(org), wrapped)?;
        let bytes = bytes
            .as_slice()
            .try_into()
            .map_err(|_| Error::internal("an organization's data key has the wrong length"))?;
        Ok(SecretKey(bytes))
    }
}

fn mac(key: &[u8], text: &[u8]) -> Result<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(Error::internal)?;
    mac.update(text);
    Ok(mac.finalize().into_bytes().into())
}

fn data_key_place(org: OrgId) -> String {
    format!("orgs/{org}/data_key")
}

#[cfg(test)]
mod tests {
    use tessera_ids::ambient::{SystemClock, SystemEntropy};

    use super::*;

    #[test]
    fn a_secret_opens_only_in_its_own_place() {
        let vault = Vault::new(SecretKey::generate(&SystemEntropy));
        let org = OrgId::generate(&SystemClock, &SystemEntropy);
        let other = OrgId::generate(&SystemClock, &SystemEntropy);
        let key = vault.new_data_key(&SystemEntropy, org).unwrap();
        let sealed = vault
            .seal(&SystemEntropy, org, &key, "org_keys/a/secret", b"plain")
            .unwrap();

        assert_eq!(
            vault
                .open(org, &key, "org_keys/a/secret", &sealed)
                .unwrap()
                .as_slice(),
            b"plain"
        );
        assert!(vault.open(org, &key, "org_keys/b/secret", &sealed).is_err());
        assert!(vault.open(other, &key, "org_keys/a/secret", &sealed).is_err());
        assert!(vault.open(org, &key, "org_keys/a/secret", &sealed[..20]).is_err());
    }

    #[test]
    fn a_fingerprint_is_the_organizations_own() {
        let vault = Vault::new(SecretKey::generate(&SystemEntropy));
        let [org, other] = [(); 2].map(|()| OrgId::generate(&SystemClock, &SystemEntropy));
        let [key, others] = [org, other].map(|org| vault.new_data_key(&SystemEntropy, org).unwrap());
        let named = vault.fingerprint(org, &key, b"plain").unwrap();
        assert_eq!(vault.fingerprint(org, &key, b"plain").unwrap(), named);
        assert_ne!(vault.fingerprint(org, &key, b"other").unwrap(), named);
        assert_ne!(vault.fingerprint(other, &others, b"plain").unwrap(), named);
    }

    #[test]
    fn another_master_key_takes_over_what_the_old_one_wrapped() {
        let [old, new] = [(); 2].map(|()| Vault::new(SecretKey::generate(&SystemEntropy)));
        let org = OrgId::generate(&SystemClock, &SystemEntropy);
        let key = old.new_data_key(&SystemEntropy, org).unwrap();
        let sealed = old.seal(&SystemEntropy, org, &key, "t/a/c", b"plain").unwrap();
        let wrapped = old.rewrap(&new, &SystemEntropy, org, &key).unwrap();
        assert_eq!(
            new.open(org, &wrapped, "t/a/c", &sealed).unwrap().as_slice(),
            b"plain"
        );
        assert!(old.open(org, &wrapped, "t/a/c", &sealed).is_err());
        assert!(new.rewrap(&old, &SystemEntropy, org, &key).is_err());
        let digest = [7; 32];
        assert_ne!(
            old.backup_seal(&digest).unwrap(),
            new.backup_seal(&digest).unwrap()
        );
        assert_eq!(
            old.backup_seal(&digest).unwrap(),
            old.backup_seal(&digest).unwrap()
        );
    }

    #[test]
    fn a_wrong_master_key_is_noticed() {
        let vault = Vault::new(SecretKey::generate(&SystemEntropy));
        let check = vault.key_check(&SystemEntropy).unwrap();
        assert!(vault.matches(&check));
        assert!(!Vault::new(SecretKey::generate(&SystemEntropy)).matches(&check));
        assert!(!vault.matches(&[]));
    }
}
