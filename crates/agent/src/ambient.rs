//! The world that the agent lives in, as arguments: time, chance, and waiting.

use std::sync::Arc;

use tessera_ids::{
    Clock, Entropy,
    ambient::{SystemClock, SystemEntropy},
};

use crate::timer::{Timer, TokioTimer};

/// Where time, randomness and waiting come from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ambient {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives unpredictable bytes.
    pub entropy: Arc<dyn Entropy>,
    /// Lets time pass.
    pub timer: Arc<dyn Timer>,
}

impl Ambient {
    /// The machine's own.
    pub fn system() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            timer: Arc::new(TokioTimer),
        }
    }
}

impl Default for Ambient {
    fn default() -> Self {
        Self::system()
    }
}
