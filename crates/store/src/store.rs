//! The store and its two kinds of transaction.

use std::{
    collections::BTreeSet,
    fmt,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
};

use tessera_ids::OrgId;

use crate::{
    Error, Result,
    dialect::{Link, Listener, Location, OpenOptions, Pools},
};

/// How often the same work is begun before a collision with other transactions is reported.
const ATTEMPTS: usize = 4;

/// An open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pools: Pools,
}

/// A transaction that reads. Every finder is a method of it.
pub struct Reader {
    pub(crate) link: Link,
    /// Another transaction was in the way; nothing done here can be kept.
    collided: bool,
}

/// A transaction that reads and writes; dropped without [`commit`](Self::commit) it changes nothing.
/// Only SQL is awaited while one is open.
#[derive(Debug)]
pub struct Tx {
    reader: Reader,
    /// The organizations whose lock it has.
    held: BTreeSet<OrgId>,
}

/// A transaction lent to the work of [`Store::transact`], which ends it. It is lent by value, since
/// futures that borrow it could not be told to be `Send`.
#[derive(Debug)]
pub struct Attempt {
    /// Only taken when dropped.
    tx: Option<Tx>,
    home: Home,
}

/// Where a lent transaction comes back to.
#[derive(Clone, Debug, Default)]
struct Home(Arc<Mutex<Option<Tx>>>);

/// Whether another transaction was in the way.
struct Collided(bool);

impl Home {
    fn take(&self) -> Option<Tx> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        *self.home.0.lock().unwrap_or_else(PoisonError::into_inner) = self.tx.take();
    }
}

impl Deref for Attempt {
    type Target = Tx;

    fn deref(&self) -> &Tx {
        self.tx.as_ref().expect("it is taken only when dropped")
    }
}

impl DerefMut for Attempt {
    fn deref_mut(&mut self) -> &mut Tx {
        self.tx.as_mut().expect("it is taken only when dropped")
    }
}

impl Store {
    /// Opens the database, making and migrating it where needed.
    pub async fn open(location: &Location, options: &OpenOptions) -> Result<Self> {
        Ok(Self {
            pools: Pools::open(location, options).await?,
        })
    }

    /// Opens a database that is there as it is, without migrating it, beside whoever else has it open.
    ///
    /// # Errors
    /// *Unavailable* when there is none.
    pub async fn open_beside(location: &Location, options: &OpenOptions) -> Result<Self> {
        Ok(Self {
            pools: Pools::open_beside(location, options).await?,
        })
    }

    /// Opens a database as it is, without migrating it, while no server and no other command has it open. Others cannot
    /// open an embedded one until this is closed. Where `make`, an embedded one may be made.
    ///
    /// # Errors
    /// [`Error::InUse`] while it is served, *Unavailable* when there is none.
    pub async fn open_alone(location: &Location, options: &OpenOptions, make: bool) -> Result<Self> {
        Ok(Self {
            pools: Pools::open_alone(location, options, make).await?,
        })
    }

    /// Begins a transaction that only reads and sees everything as it was when it first looked, however long it takes.
    pub async fn snapshot(&self) -> Result<Reader> {
        Ok(Reader {
            link: self.pools.snapshot().await?,
            collided: false,
        })
    }

    /// The version of the schema that [`Self::open`] makes.
    pub fn newest_schema() -> u64 {
        crate::dialect::newest_schema()
    }

    /// Begins a transaction that only reads. End it by dropping it.
    pub async fn read(&self) -> Result<Reader> {
        Ok(Reader {
            link: self.pools.read().await?,
            collided: false,
        })
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(Tx {
            reader: Reader {
                link: self.pools.begin().await?,
                collided: false,
            },
            held: BTreeSet::new(),
        })
    }

    /// Runs `work` in a transaction and commits it when it succeeds. When another transaction was
    /// in the way, all of it is undone and done again, three times at most:
    /// `store.transact(|mut tx| async move { tx.lock_org(org).await })`.
    pub async fn transact<T, E, Done>(&self, mut work: impl FnMut(Attempt) -> Done) -> Result<T, E>
    where
        E: From<Error>,
        Done: Future<Output = Result<T, E>>,
    {
        let mut left = ATTEMPTS;
        loop {
            left -= 1;
            match self.attempt(&mut work).await {
                Err((_, Collided(true))) if left > 0 => tokio::task::yield_now().await,
                answer => return answer.map_err(|(error, _)| error),
            }
        }
    }

    async fn attempt<T, E, Done>(&self, work: &mut impl FnMut(Attempt) -> Done) -> Result<T, (E, Collided)>
    where
        E: From<Error>,
        Done: Future<Output = Result<T, E>>,
    {
        let of_store = |error: Error| {
            let collided = Collided(matches!(error, Error::Busy));
            (error.into(), collided)
        };
        let home = Home::default();
        let tx = self.begin().await.map_err(of_store)?;
        let done = work(Attempt {
            tx: Some(tx),
            home: home.clone(),
        })
        .await;
        let tx = home
            .take()
            .ok_or_else(|| of_store(Error::Internal("the work kept its transaction".to_owned())))?;
        match done {
            Ok(done) => tx.commit().await.map_err(of_store).map(|()| done),
            Err(error) => {
                let collided = Collided(tx.collided);
                // The error that ended the work says more than a failure to undo it.
                let _ = tx.roll_back().await;
                Err((error, collided))
            }
        }
    }

    /// Hears what other processes on the same database commit; `None` where there can be none.
    pub async fn listen(&self) -> Result<Option<Listener>> {
        Listener::open(&self.pools).await
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<()> {
        self.read().await?.query("select 1").run().await.map(drop)
    }

    /// Connections of this process that are open, and those of them that nobody uses.
    pub fn connections(&self) -> (u32, u32) {
        self.pools.connections()
    }

    /// What the operator's screen calls the engine.
    pub fn engine_name(&self) -> &'static str {
        self.pools.name()
    }

    /// Waits for open transactions and closes every connection.
    pub async fn close(&self) {
        self.pools.close().await;
    }
}

impl Reader {
    /// Translates a driver's answer, remembering a collision.
    pub(crate) fn checked<T>(&mut self, answer: sqlx::Result<T>) -> Result<T> {
        answer.map_err(|error| {
            let error = Error::from(error);
            self.collided |= matches!(error, Error::Busy);
            error
        })
    }
}

impl Tx {
    /// Makes everything done here permanent and visible.
    pub async fn commit(self) -> Result<()> {
        Ok(self.reader.link.commit().await?)
    }

    /// Notes that this transaction has an organization's lock until it ends.
    pub(crate) fn hold(&mut self, org: OrgId) {
        self.held.insert(org);
    }

    /// Whether nobody else can write what an organization's lock guards.
    pub(crate) fn holds(&self, org: OrgId) -> bool {
        self.held.contains(&org)
    }

    /// Undoes everything done here. Dropping does the same, only later.
    pub async fn roll_back(self) -> Result<()> {
        Ok(self.reader.link.roll_back().await?)
    }
}

impl Deref for Tx {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.reader
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("collided", &self.collided)
            .finish_non_exhaustive()
    }
}
