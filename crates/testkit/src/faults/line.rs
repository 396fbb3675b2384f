//! A line between clients and servers that passes bytes on, well or badly. Only what devices say is treated badly, so that people
//! can go on watching.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How the line treats devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Everything passes.
    Clean,
    /// Nobody is let through, and who was is cut off.
    Down,
    /// Answers come a few bytes at a time.
    Slow,
    /// Answers break off after so many bytes.
    BreaksOff(usize),
    /// One byte in every piece is another.
    Lies,
}

/// The line. It ends when dropped.
#[derive(Debug)]
pub struct Line {
    address: SocketAddr,
    mood: watch::Sender<Mood>,
    treated: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Line {
    /// A line to the first of these ports that takes a connection.
    pub async fn start(ports: Vec<u16>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let mood = watch::Sender::new(Mood::Clean);
        let treated = Arc::new(AtomicUsize::new(0));
        let (moods, badly) = (mood.clone(), Arc::clone(&treated));
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (ports, mood, badly) = (ports.clone(), moods.subscribe(), Arc::clone(&badly));
                tokio::spawn(async move { pass(client, &ports, mood, &badly).await });
            }
        });
        Ok(Self {
            address,
            mood,
            treated,
            serving,
        })
    }

    /// Its address as the server's public one.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes how devices are treated from now on.
    pub fn be(&self, mood: Mood) {
        self.treated.store(0, Ordering::SeqCst);
        self.mood.send_replace(mood);
    }

    /// How often a device was treated badly since the last change.
    pub fn treated(&self) -> usize {
        self.treated.load(Ordering::SeqCst)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Passes one connection on.
async fn pass(client: TcpStream, ports: &[u16], mood: watch::Receiver<Mood>, treated: &AtomicUsize) {
    let (mut from_client, to_client) = client.into_split();
    let mut first = vec![0; 16 * 1024];
    let Ok(read @ 1..) = from_client.read(&mut first).await else {
        return;
    };
    first.truncate(read);
    let of_device = first.windows(7).any(|part| part == b" /sync/");
    if of_device && *mood.borrow() == Mood::Down {
        treated.fetch_add(1, Ordering::SeqCst);
        return;
    }
    let Some(server) = connect(ports).await else {
        return;
    };
    let (from_server, mut to_server) = server.into_split();
    let asking = async {
        to_server.write_all(&first).await?;
        tokio::io::copy(&mut from_client, &mut to_server).await
    };
    let mut watched = mood.clone();
    let cut = async {
        let is_down = |mood: &Mood| of_device && *mood == Mood::Down;
        let changed = watched.wait_for(is_down).await.map(drop);
        if changed.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        _ = asking => {}
        () = answer(from_server, to_client, of_device.then_some(mood), treated) => {}
        () = cut => { treated.fetch_add(1, Ordering::SeqCst); }
    }
}

async fn connect(ports: &[u16]) -> Option<TcpStream> {
    for port in ports {
        if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).await {
            return Some(server);
        }
    }
    None
}

/// Passes a server's answers on, as the mood is.
async fn answer(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mood: Option<watch::Receiver<Mood>>,
    treated: &AtomicUsize,
) {
    let mut piece = vec![0; 16 * 1024];
    let mut passed = 0;
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        let now = mood.as_ref().map_or(Mood::Clean, |mood| *mood.borrow());
        let bytes = &mut piece[..read];
        if now != Mood::Clean {
            treated.fetch_add(1, Ordering::SeqCst);
        }
        let written = match now {
            Mood::Clean | Mood::Down => to.write_all(bytes).await,
            Mood::Slow => trickle(&mut to, bytes).await,
            Mood::BreaksOff(limit) => {
                passed += read;
                if passed > limit {
                    let _ = to.write_all(&bytes[..read - (passed - limit).min(read)]).await;
                    return;
                }
                to.write_all(bytes).await
            }
            Mood::Lies => {
                bytes[read * 2 / 3] ^= 0x11;
                to.write_all(bytes).await
            }
        };
        if written.is_err() {
            return;
        }
    }
}

/// Writes sixty-four bytes every millisecond: sixty-two kibibytes a second.
async fn trickle(to: &mut OwnedWriteHalf, bytes: &[u8]) -> std::io::Result<()> {
    for part in bytes.chunks(64) {
        to.write_all(part).await?;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}
