//! What agents in one process need to have only once: compiled settings, long lists and blobs, by digest. One
//! agent alone profits too: an unchanged list is not parsed again when another setting changes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tessera_policy::WebsiteList;
use tessera_wire::Digest;
use tokio::sync::Semaphore;

use crate::bundle::Compiled;

/// Shared by any number of agents. Keeps nothing alive by itself.
#[derive(Debug)]
pub struct Commons {
    blobs: Shelf<[u8]>,
    lists: Shelf<WebsiteList>,
    compiled: Shelf<Compiled>,
    /// Permits for heavy work, so that a thousand agents do not start a thousand threads.
    pub(crate) work: Arc<Semaphore>,
}

impl Commons {
    /// An empty one.
    pub fn new() -> Arc<Self> {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Arc::new(Self {
            blobs: Shelf::default(),
            lists: Shelf::default(),
            compiled: Shelf::default(),
            work: Arc::new(Semaphore::new(cores)),
        })
    }

    /// The same bytes as others hold under this digest.
    pub(crate) fn share_blob(&self, digest: &Digest, bytes: Arc<[u8]>) -> Arc<[u8]> {
        self.blobs
            .share(digest, || Ok::<_, ()>(bytes.clone()))
            .unwrap_or(bytes)
    }

    /// The list with this index, parsed only if nobody has it.
    pub(crate) fn list<E>(
        &self,
        index: &Digest,
        parse: impl FnOnce() -> Result<WebsiteList, E>,
    ) -> Result<Arc<WebsiteList>, E> {
        self.lists.share(index, || parse().map(Arc::new))
    }

    /// The settings that these layers come to, compiled only if nobody has them.
    pub(crate) fn compiled<E>(
        &self,
        layers: &Digest,
        compile: impl FnOnce() -> Result<Compiled, E>,
    ) -> Result<Arc<Compiled>, E> {
        self.compiled.share(layers, || compile().map(Arc::new))
    }
}

/// Things by digest, as long as somebody uses them.
#[derive(Debug)]
struct Shelf<T: ?Sized>(Mutex<HashMap<Digest, Weak<T>>>);

impl<T: ?Sized> Default for Shelf<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: ?Sized> Shelf<T> {
    fn share<E>(&self, digest: &Digest, make: impl FnOnce() -> Result<Arc<T>, E>) -> Result<Arc<T>, E> {
        if let Some(found) = self.held().get(digest).and_then(Weak::upgrade) {
            return Ok(found);
        }
        // Made outside the lock: two may make the same at once, and one of them is kept.
        let made = make()?;
        let mut shelf = self.held();
        if let Some(found) = shelf.get(digest).and_then(Weak::upgrade) {
            return Ok(found);
        }
        if shelf.len() == shelf.capacity() {
            shelf.retain(|_, thing| thing.strong_count() > 0);
        }
        shelf.insert(*digest, Arc::downgrade(&made));
        Ok(made)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, Weak<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
