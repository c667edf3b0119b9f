//! Threads that work on one piece after the other; what they make of them comes back in order.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

/// More threads than this cost more memory than they bring.
const MAX_THREADS: usize = 8;

/// A piece, and where its answer goes.
type Job<J, A> = (J, SyncSender<A>);

/// The threads; they end when this is dropped.
pub(super) struct Workers<J, A> {
    jobs: SyncSender<Job<J, A>>,
    waiting: VecDeque<Receiver<A>>,
    threads: usize,
}

impl<J: Send + 'static, A: Send + 'static> Workers<J, A> {
    /// Begins threads, 8 at most, each with a worker of its own.
    pub(super) fn new<W: FnMut(J) -> A + Send + 'static>(
        name: &str,
        threads: usize,
        mut worker: impl FnMut() -> io::Result<W>,
    ) -> io::Result<Self> {
        let threads = threads.clamp(1, MAX_THREADS);
        let (jobs, todo) = sync_channel::<Job<J, A>>(threads + 1);
        let todo = Arc::new(Mutex::new(todo));
        for _ in 0..threads {
            let (todo, mut work) = (Arc::clone(&todo), worker()?);
            std::thread::Builder::new().name(name.to_owned()).spawn(move || {
                loop {
                    let job = todo.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((piece, answer)) = job else { break };
                    // Nobody waits for it when the work was given up.
                    let _ = answer.send(work(piece));
                }
            })?;
        }
        Ok(Self { jobs, waiting: VecDeque::new(), threads })
    }

    /// Whether one more would have to wait: each has a piece, and one is ready for the first of them.
    pub(super) fn are_busy(&self) -> bool {
        self.waiting.len() > self.threads
    }

    /// How many there are.
    pub(super) const fn threads(&self) -> usize {
        self.threads
    }

    /// Hands in a piece; what is made of it comes out there.
    pub(super) fn hand_in(&self, piece: J) -> io::Result<Receiver<A>> {
        let (answer, made) = sync_channel(1);
        self.jobs.send((piece, answer)).map_err(|_gone| gone())?;
        Ok(made)
    }

    /// Hands in a piece, to be asked for in its turn.
    pub(super) fn add(&mut self, piece: J) -> io::Result<()> {
        let made = self.hand_in(piece)?;
        self.waiting.push_back(made);
        Ok(())
    }

    /// What was made of the oldest piece; `None` when there is none.
    pub(super) fn next(&mut self) -> Option<io::Result<A>> {
        let made = self.waiting.pop_front()?;
        Some(made.recv().map_err(|_gone| gone()))
    }
}

pub(super) fn gone() -> io::Error {
    io::Error::other("a thread of ours is gone")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_order() {
        let slow_if_even = |piece: u64| {
            std::thread::park_timeout(std::time::Duration::from_millis(if piece.is_multiple_of(2) {
                3
            } else {
                0
            }));
            piece * 10
        };
        let mut workers = Workers::new("test", 3, || Ok(slow_if_even)).expect("threads");
        let mut answers = Vec::new();
        for piece in 0..20 {
            while workers.are_busy() {
                answers.extend(workers.next().map(|answer| answer.expect("an answer")));
            }
            workers.add(piece).expect("taken");
        }
        while let Some(answer) = workers.next() {
            answers.push(answer.expect("an answer"));
        }
        assert_eq!(answers, (0..20).map(|piece| piece * 10).collect::<Vec<_>>());
    }

    #[test]
    fn a_thread_that_breaks_is_said() {
        let mut workers =
            Workers::new("test", 1, || Ok(|zero: u64| 1_u64.checked_div(zero).expect("not zero")))
                .expect("threads");
        workers.add(0).expect("taken");
        assert!(workers.next().expect("one was handed in").is_err());
    }
}
