//! A server's database that was truncated, half written or lost, and a log of writes that was.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use tessera_policy::Decision;
use tessera_testkit::database::{Database, Engine};
use tessera_testkit::faults::{Chance, rounds};
use tessera_testkit::program;
use tessera_testkit::serve::{self, MASTER_KEY, Serve, free_port};
use tessera_testkit::wait;

use crate::promises::{Promises, device, founded};

/// The database, and what may stand beside it.
const FILES: [&str; 3] = ["tessera.db", "tessera.db-wal", "tessera.db-shm"];

/// A database of a server that was killed, as it was then.
struct Found {
    data: PathBuf,
    whole: Vec<(PathBuf, Option<Vec<u8>>)>,
}

impl Found {
    fn at(database: &Database) -> Self {
        let data = database.folder().join("server");
        let whole = FILES.map(|name| (data.join(name), fs::read(data.join(name)).ok()));
        Self {
            data,
            whole: whole.into(),
        }
    }

    fn put_back(&self) -> std::io::Result<()> {
        for (path, bytes) in &self.whole {
            match bytes {
                Some(bytes) => fs::write(path, bytes)?,
                None if path.exists() => fs::remove_file(path)?,
                None => {}
            }
        }
        Ok(())
    }

    fn file(&self) -> PathBuf {
        self.data.join(FILES[0])
    }

    fn log(&self) -> PathBuf {
        self.data.join(FILES[1])
    }
}

fn gone(found: &Found) -> std::io::Result<()> {
    FILES
        .iter()
        .try_for_each(|name| match fs::remove_file(found.data.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
}

fn emptied(found: &Found) -> std::io::Result<()> {
    gone(found)?;
    fs::write(found.file(), "")
}

fn zeroed(found: &Found) -> std::io::Result<()> {
    let size = usize::try_from(fs::metadata(found.file())?.len()).unwrap_or(0);
    gone(found)?;
    fs::write(found.file(), vec![0; size])
}

fn cut_short(found: &Found) -> std::io::Result<()> {
    let file = OpenOptions::new().write(true).open(found.file())?;
    file.set_len(file.metadata()?.len() / 2)?;
    fs::write(found.log(), "")
}

fn half_written(found: &Found) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(found.file())?;
    let half = file.metadata()?.len() / 2;
    file.seek(SeekFrom::Start(half))?;
    file.write_all(&vec![0; usize::try_from(half).unwrap_or(0)])?;
    fs::write(found.log(), "")
}

fn garbage(found: &Found) -> std::io::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).open(found.file())?;
    let mut head = [0; 4_096];
    file.read_exact(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&head.map(|byte| byte.wrapping_mul(37).wrapping_add(1)))?;
    fs::write(found.log(), "")
}

/// How it is damaged, and what the server must say of it.
type Damage = (&'static str, fn(&Found) -> std::io::Result<()>, &'static str);

const DAMAGES: [Damage; 6] = [
    ("gone", gone, "is empty or gone"),
    ("emptied", emptied, "is empty or gone"),
    ("zeroed", zeroed, "damaged"),
    ("cut short", cut_short, "damaged"),
    ("half written", half_written, "damaged"),
    ("garbage", garbage, "damaged"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_refused_in_plain_words_and_a_backup_brings_everybody_back()
-> anyhow::Result<()> {
    let database = Database::create(Engine::Sqlite).await?;
    let (server, owner) = founded(&database, serve::Options::default(), free_port()?).await?;
    let agent = device(&owner, &server.base()).await?;
    let mut promises = Promises::default();
    for number in 0..40 {
        promises.block(&owner, format!("site-{number}.example")).await?;
    }
    promises.are_kept(&owner, &agent).await?;
    let backup = database.folder().join("last.backup");
    admin(&database, &["backup", &backup.display().to_string()]).await?;
    let (port, options) = server.kill().await?;
    // Another start brings all that stands in the log of writes into the file itself.
    let (port, options) = Serve::start_on(port, &database, options).await?.kill().await?;
    let found = Found::at(&database);

    for (name, damage, says) in DAMAGES {
        damage(&found)?;
        let before = fs::read(found.file()).ok();
        let Err(refused) = Serve::start_on(port, &database, options.clone()).await else {
            anyhow::bail!("{name}: the server starts");
        };
        let said = format!("{refused:#}");
        assert!(
            said.contains(says) && said.contains("tessera admin restore"),
            "{name}: {said}"
        );
        assert!(
            !said.contains("/setup/"),
            "{name}: somebody else may take over: {said}"
        );
        assert_eq!(fs::read(found.file()).ok(), before, "{name}: it was changed");
        let looked = admin(&database, &["doctor", "--quick"]).await?;
        assert!(looked.contains("MEND"), "{name}: {looked}");
        promises.nothing_is_loosened(&agent);
        found.put_back()?;
    }

    // What the last one said is done: the files are moved away, and the backup is restored.
    garbage(&found)?;
    for name in FILES.into_iter().filter(|name| found.data.join(name).exists()) {
        fs::rename(found.data.join(name), found.data.join(format!("{name}.damaged")))?;
    }
    let restored = admin(&database, &["restore", &backup.display().to_string()]).await?;
    assert!(restored.contains("Restored"), "{restored}");
    let server = Serve::start_on(port, &database, options).await?;
    let owner = tessera_testkit::actors::Person::sign_in(&server.base(), &owner.email).await?;
    promises.are_kept(&owner, &agent).await?;
    promises.block(&owner, "after.example".to_owned()).await?;
    promises.are_kept(&owner, &agent).await
}

/// The log of writes loses its end, its middle, or all of it.
fn hurt_log(log: &Path, chance: &mut Chance, how: u64) -> std::io::Result<()> {
    let mut bytes = fs::read(log)?;
    let at = usize::try_from(chance.below(bytes.len() as u64)).unwrap_or(0);
    match how {
        0 => bytes.truncate(at),
        1 => bytes[at..].fill(0),
        2 => bytes[at] ^= 0x11,
        _ => bytes.clear(),
    }
    fs::write(log, bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_log_of_writes_costs_at_most_the_newest_and_devices_go_on() -> anyhow::Result<()> {
    let database = Database::create(Engine::Sqlite).await?;
    let (mut server, owner) = founded(&database, serve::Options::default(), free_port()?).await?;
    let agent = device(&owner, &server.base()).await?;
    let mut chance = Chance::new(3);
    for round in 0..rounds(4) {
        // What stood in the log so far goes into the file.
        let (port, options) = server.kill().await?;
        server = Serve::start_on(port, &database, options).await?;
        let mut promises = Promises::default();
        for number in 0..3 {
            promises
                .block(&owner, format!("site-{round}-{number}.example"))
                .await?;
        }
        promises.are_kept(&owner, &agent).await?;
        let (port, options) = server.kill().await?;
        hurt_log(&Found::at(&database).log(), &mut chance, round % 4)?;
        promises.nothing_is_loosened(&agent);
        server = Serve::start_on(port, &database, options).await?;
        assert!(
            !server.printed().join("\n").contains("/setup/"),
            "a new installation was begun"
        );

        // Nothing is half there, and whatever is saved next is newer than all that devices ever saw.
        let newest = owner.settings().await?["revision"].as_u64().unwrap_or_default();
        assert!(newest <= promises.revision);
        let mut after = Promises::default();
        after.block(&owner, format!("after-{round}.example")).await?;
        assert_eq!(after.revision, newest + 1, "revisions have no gaps");
        // The number of the revision alone says nothing: the device may have had one of that number, which was lost.
        wait::until_true("the device to obey what was saved since", async || {
            let verdict = agent.decide(&format!("https://after-{round}.example/"));
            Ok(verdict.decision == Decision::Deny)
        })
        .await?;
        after.are_kept(&owner, &agent).await?;
    }
    Ok(())
}

/// `tessera admin …` on this database: all that it says.
async fn admin(database: &Database, arguments: &[&str]) -> anyhow::Result<String> {
    let data = database.folder().join("server").display().to_string();
    let all: Vec<&str> = ["admin"]
        .iter()
        .chain(arguments)
        .copied()
        .chain(["--data", &data])
        .collect();
    let done = program::run_with(database.folder(), all, &[("TESSERA_MASTER_KEY", MASTER_KEY)]).await?;
    Ok(format!("{}\n{}", done.output, done.errors))
}
