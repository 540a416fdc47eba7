//! One line on stderr that says how far a long run has come.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use rules::project::LoadStep;

/// Runs shorter than this show nothing.
const QUIET_MILLISECONDS: u64 = 500;
/// How long a state stays before the next one is shown.
const PAUSE_MILLISECONDS: u64 = 100;

/// The line. Called from the threads that read.
#[derive(Debug)]
pub struct Progress {
    started: Instant,
    terminal: bool,
    /// When the next state may be shown, in milliseconds from the start.
    next: AtomicU64,
}

impl Progress {
    /// Begins now.
    #[must_use]
    pub fn start() -> Self {
        let terminal = io::stderr().is_terminal();
        Self {
            started: Instant::now(),
            terminal,
            next: AtomicU64::new(QUIET_MILLISECONDS),
        }
    }

    /// Milliseconds since the start.
    #[must_use]
    pub fn elapsed(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Takes note of a step.
    pub fn step(&self, step: LoadStep) {
        if !self.terminal {
            return;
        }
        let now = self.elapsed();
        let due = self.next.load(Ordering::Relaxed);
        let mine = now >= due
            && self
                .next
                .compare_exchange(due, now + PAUSE_MILLISECONDS, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if mine {
            let _ = write!(
                io::stderr().lock(),
                "\rChecking file {} of {} …\u{1b}[K",
                step.done + 1,
                step.total
            );
        }
    }

    /// Takes the line away.
    pub fn clear(&self) {
        if self.terminal && self.next.load(Ordering::Relaxed) > QUIET_MILLISECONDS {
            let _ = write!(io::stderr().lock(), "\r\u{1b}[K");
        }
    }
}
