//! Group commit: what many callers want written within the same moment goes into one transaction, and each waits for
//! its own answer. What is written, and how, is said by whoever holds the other end.

use tessera_domain::{Error, Result};
use tokio::sync::{mpsc, oneshot};

/// Callers that may wait; those beyond that wait to wait.
const QUEUE: usize = 4_096;
/// What one transaction writes at most.
const BATCH: usize = 1_024;

/// Where callers leave what they want written.
#[derive(Debug)]
pub(crate) struct Gathering<T, A> {
    sender: mpsc::Sender<Waiting<T, A>>,
}

/// The writer's end.
#[derive(Debug)]
pub(crate) struct Gathered<T, A> {
    receiver: mpsc::Receiver<Waiting<T, A>>,
}

#[derive(Debug)]
struct Waiting<T, A> {
    what: T,
    answer: oneshot::Sender<Result<A>>,
}

/// Those who wait for what is being written, in its order.
#[derive(Debug)]
pub(crate) struct Callers<A>(Vec<oneshot::Sender<Result<A>>>);

/// The two ends.
pub(crate) fn gathering<T, A>() -> (Gathering<T, A>, Gathered<T, A>) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    (Gathering { sender }, Gathered { receiver })
}

impl<T, A> Gathering<T, A> {
    /// Waits until this was written, and gives what became of it.
    ///
    /// # Errors
    /// What the transaction failed with, for all whom it wrote for; *Unavailable* when nobody writes any more.
    pub(crate) async fn write(&self, what: T) -> Result<A> {
        let (answer, written) = oneshot::channel();
        let closing = || Error::unavailable("the writer has stopped");
        self.sender
            .send(Waiting { what, answer })
            .await
            .map_err(|_| closing())?;
        written.await.map_err(|_| closing())?
    }
}

impl<T, A> Gathered<T, A> {
    /// What has gathered, at least one thing; nothing once nobody can ask any more. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Option<(Vec<T>, Callers<A>)> {
        let mut waiting = Vec::new();
        if self.receiver.recv_many(&mut waiting, BATCH).await == 0 {
            return None;
        }
        let (what, callers) = waiting.into_iter().map(|one| (one.what, one.answer)).unzip();
        Some((what, Callers(callers)))
    }
}

impl<A> Callers<A> {
    /// Tells each what became of theirs, or all why nothing was written. Who hung up meanwhile is passed over.
    pub(crate) fn tell(self, answers: Result<Vec<A>>) {
        match answers {
            Ok(answers) => {
                for (caller, answer) in self.0.into_iter().zip(answers) {
                    drop(caller.send(Ok(answer)));
                }
            }
            Err(error) => {
                for caller in self.0 {
                    drop(caller.send(Err(error.clone())));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_caller_gets_the_answer_to_its_own() {
        let (gathering, mut gathered) = gathering::<u32, u32>();
        let writer = async {
            let (numbers, callers) = gathered.next().await.expect("three wait");
            let count = numbers.len();
            callers.tell(Ok(numbers.into_iter().map(|number| number * 2).collect()));
            count
        };
        let (first, second, third, count) =
            tokio::join!(gathering.write(1), gathering.write(2), gathering.write(3), writer);
        assert_eq!((first.ok(), second.ok(), third.ok()), (Some(2), Some(4), Some(6)));
        assert_eq!(count, 3, "all in one");
    }

    #[tokio::test]
    async fn a_failure_is_told_to_all_and_the_next_may_succeed() {
        let (gathering, mut gathered) = gathering::<u32, u32>();
        let writer = async {
            let (_, callers) = gathered.next().await.expect("two wait");
            callers.tell(Err(Error::unavailable("the disk is full")));
        };
        let (first, second, ()) = tokio::join!(gathering.write(1), gathering.write(2), writer);
        assert!(first.is_err() && second.is_err());
        let writer = async {
            let (numbers, callers) = gathered.next().await.expect("one waits");
            callers.tell(Ok(numbers));
        };
        let (third, ()) = tokio::join!(gathering.write(3), writer);
        assert_eq!(third.ok(), Some(3));
    }

    #[tokio::test]
    async fn callers_hear_that_nobody_writes_any_more() {
        let (gathering, gathered) = gathering::<u32, u32>();
        drop(gathered);
        assert!(gathering.write(1).await.is_err());
    }
}
