//! Hashing passwords: Argon2id, away from the threads that answer requests, a few at a time.
//!
//! The rules for passwords are the domain's. Checking takes the same time whether the account exists,
//! has a password, or neither.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use tessera_domain::{Error, Password, PasswordAttempt, Result};
use tessera_ids::{Entropy, ambient::random_bytes};
use tokio::sync::Semaphore;

/// How many hashes are computed at once: each takes a core and its memory.
const AT_ONCE: usize = 2;
/// How many requests may wait for their turn; beyond, they are asked to come back.
const IN_LINE: usize = 64;

/// Computes and checks password hashes.
#[derive(Debug)]
pub(crate) struct Hasher {
    cost: Params,
    line: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    benches: Arc<Workbenches>,
    /// What a password is checked against when there is no account to check it against.
    decoy: String,
}

/// The memory that hashes are computed in, kept for the next one: the system's allocator never gives blocks of
/// 19 MiB back once it has learned that they come and go.
#[derive(Default)]
struct Workbenches(Mutex<Vec<Vec<Block>>>);

/// How much work a guess costs whoever guesses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cost {
    /// 19 MiB and two passes, as OWASP advises.
    #[default]
    Full,
    /// Next to nothing, for made-up people and tests.
    Toy,
}

impl Cost {
    fn params(self) -> Params {
        let made = match self {
            Self::Full => Params::new(19 * 1024, 2, 1, None),
            Self::Toy => Params::new(Params::MIN_M_COST, Params::MIN_T_COST, 1, None),
        };
        made.expect("these parameters are within Argon2's bounds")
    }
}

impl Hasher {
    /// A hasher of that cost.
    pub(crate) fn new(cost: Cost, entropy: &dyn Entropy) -> Self {
        let cost = cost.params();
        let benches = Arc::new(Workbenches::default());
        let decoy = benches
            .compute(&cost, &random_bytes::<32>(entropy), &random_bytes(entropy))
            .expect("random bytes are short enough to be hashed");
        let (line, turns) = (Semaphore::new(IN_LINE), Semaphore::new(AT_ONCE));
        Self {
            cost,
            line: Arc::new(line),
            turns: Arc::new(turns),
            benches,
            decoy,
        }
    }

    /// The hash to store, in the PHC text form.
    pub(crate) async fn hash(&self, password: Password, entropy: &dyn Entropy) -> Result<String> {
        let (cost, salt, benches) = (
            self.cost.clone(),
            random_bytes(entropy),
            Arc::clone(&self.benches),
        );
        self.run(move || benches.compute(&cost, password.expose().as_bytes(), &salt))
            .await?
    }

    /// Whether this is the password. Without a hash it takes as long, and is false.
    pub(crate) async fn check(&self, attempt: Option<PasswordAttempt>, hash: Option<String>) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.decoy.clone());
        let benches = Arc::clone(&self.benches);
        let matches = self
            .run(move || {
                let typed = attempt.as_ref().map_or("", PasswordAttempt::expose);
                PasswordHash::new(&hash).is_ok_and(|hash| benches.opens(typed.as_bytes(), &hash))
            })
            .await?;
        Ok(matches && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let busy = || {
            Error::rate_limited(
                "Too many people are signing in. Try again in a moment.",
                Duration::from_secs(2),
            )
        };
        let place = Arc::clone(&self.line).try_acquire_owned().map_err(|_| busy())?;
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(Error::internal)?;
        // The permits go with the work: a client who gives up does not let another hash begin early.
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop((turn, place));
            done
        })
        .await
        .map_err(Error::internal)
    }
}

impl Workbenches {
    /// The hash of a password, in the PHC text form.
    fn compute(&self, cost: &Params, password: &[u8], salt: &[u8; 16]) -> Result<String> {
        let output = self.derive(cost, password, salt).map_err(Error::internal)?;
        let hash = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(cost).map_err(Error::internal)?,
            salt: Some(Salt::new(salt).map_err(Error::internal)?),
            hash: Some(output),
        };
        Ok(hash.to_string())
    }

    /// Whether the password has this hash; compared in constant time.
    fn opens(&self, password: &[u8], hash: &PasswordHash) -> bool {
        let (Ok(cost), Some(salt), Some(wanted)) = (Params::try_from(hash), &hash.salt, &hash.hash) else {
            return false;
        };
        hash.algorithm == ARGON2ID_IDENT
            && self
                .derive(&cost, password, salt.as_ref())
                .is_ok_and(|output| output == *wanted)
    }

    fn derive(&self, cost: &Params, password: &[u8], salt: &[u8]) -> argon2::Result<Output> {
        let mut bench = self.lock().pop().unwrap_or_default();
        if bench.len() < cost.block_count() {
            bench.resize(cost.block_count(), Block::new());
        }
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        let done = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.clone())
            .hash_password_into_with_memory(password, salt, &mut output, &mut bench);
        self.lock().push(bench);
        done?;
        Output::new(&output).map_err(|_| argon2::Error::OutputTooLong)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was hashed in it is nobody's business.
impl std::fmt::Debug for Workbenches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Workbenches(…)")
    }
}

#[cfg(test)]
mod tests {
    use tessera_ids::ambient::SystemEntropy;

    use super::*;

    fn typed(text: &str) -> Option<PasswordAttempt> {
        PasswordAttempt::new(text)
    }

    #[tokio::test]
    async fn only_the_password_opens_and_no_hash_opens_for_nobody() {
        let hasher = Hasher::new(Cost::Toy, &SystemEntropy);
        let email = "ana@example.com".parse().unwrap();
        let password = Password::choose("seven green umbrellas", &email).unwrap();
        let hash = hasher.hash(password, &SystemEntropy).await.unwrap();

        assert!(hash.starts_with("$argon2id$v=19$"), "{hash}");
        assert!(
            hasher
                .check(typed("seven green umbrellas"), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .check(typed("seven green umbrella"), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(!hasher.check(None, Some(hash)).await.unwrap());
        assert!(!hasher.check(typed("seven green umbrellas"), None).await.unwrap());
        assert!(
            !hasher
                .check(typed("x"), Some("not a hash".to_owned()))
                .await
                .unwrap()
        );
    }

    #[test]
    fn the_full_cost_is_what_owasp_advises() {
        let params = Cost::Full.params();
        assert_eq!(
            (params.m_cost(), params.t_cost(), params.p_cost()),
            (19_456, 2, 1)
        );
    }
}
