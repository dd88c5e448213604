//! How a long piece of work tells what it has done and learns that it should stop.
//!
//! A stage function takes `&Monitor`, calls [`Monitor::check`] in every loop, epoch, fold or token,
//! and reports typed progress. The worker that owns the other end turns the reports into a bar.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The work was asked to stop. Nothing it had begun may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// What kind of step a piece of work is in. The words for it live in `ui/text`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    #[default]
    Preparing,
    Reading,
    Checking,
    Sorting,
    Counting,
    Generating,
    Writing,
    Loading,
    Fitting,
    Searching,
    Training,
    Evaluating,
    Scoring,
    Projecting,
    Explaining,
    Drafting,
}

/// One report: in this `step`, `done` of `total` units are finished. `total` 0 means unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    pub step: Step,
    pub done: u64,
    pub total: u64,
}

impl Progress {
    /// Share done in 0..=1, or nothing when the total is unknown.
    pub fn fraction(&self) -> Option<f32> {
        (self.total > 0).then(|| (self.done as f64 / self.total as f64).clamp(0.0, 1.0) as f32)
    }
}

type Listener = Box<dyn Fn(Progress) + Send + Sync>;

#[derive(Default)]
struct Shared {
    cancel: Arc<AtomicBool>,
    progress: Mutex<Progress>,
    step_began: Mutex<Option<Instant>>,
    last_told: AtomicU64,
    listener: Option<Listener>,
}

/// The only state that a worker shares with the rest: a cancel flag and a progress cell.
#[derive(Clone)]
pub struct Monitor {
    shared: Arc<Shared>,
    born: Instant,
}

/// The listener hears at most ten reports a second (and the first and last of each step).
const REPORT_EVERY: Duration = Duration::from_millis(100);

impl Default for Monitor {
    fn default() -> Self {
        Self::quiet()
    }
}

impl Monitor {
    /// A monitor nobody listens to; it can still be cancelled.
    pub fn quiet() -> Self {
        Self { shared: Arc::default(), born: Instant::now() }
    }

    /// A monitor whose reports are passed on to `listener`, at most ten a second.
    pub fn listening(listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        let shared = Shared { listener: Some(Box::new(listener)), ..Shared::default() };
        Self { shared: Arc::new(shared), born: Instant::now() }
    }

    /// A monitor for a part of the work: cancelled together with the whole, its progress told to nobody.
    pub fn part(&self) -> Self {
        let shared = Shared { cancel: self.shared.cancel.clone(), ..Shared::default() };
        Self { shared: Arc::new(shared), born: Instant::now() }
    }

    pub fn cancel(&self) {
        self.shared.cancel.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.shared.cancel.load(Ordering::Relaxed)
    }

    /// `Err(Cancelled)` once somebody asked the work to stop. Call it in every loop.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// Says how far the work is. Cheap enough to call often: most calls only update the cell.
    pub fn report(&self, step: Step, done: u64, total: u64) {
        let now = Progress { step, done, total };
        let changed_step = {
            let mut cell = lock(&self.shared.progress);
            let changed = cell.step != step || cell.total == 0;
            *cell = now;
            changed
        };
        if changed_step {
            *lock(&self.shared.step_began) = Some(Instant::now());
        }
        let Some(listener) = &self.shared.listener else { return };
        let millis = self.born.elapsed().as_millis() as u64;
        let last = self.shared.last_told.load(Ordering::Relaxed);
        let due = millis >= last + REPORT_EVERY.as_millis() as u64;
        if changed_step || due || (total > 0 && done >= total) {
            self.shared.last_told.store(millis, Ordering::Relaxed);
            listener(now);
        }
    }

    pub fn progress(&self) -> Progress {
        *lock(&self.shared.progress)
    }

    /// Time left in this step, from its speed so far; nothing in the first half second.
    pub fn time_left(&self) -> Option<Duration> {
        let began = (*lock(&self.shared.step_began))?;
        estimate(self.progress(), began.elapsed())
    }
}

fn estimate(progress: Progress, spent: Duration) -> Option<Duration> {
    let share = progress.fraction()?;
    if spent < Duration::from_millis(500) || share <= 0.0 {
        return None;
    }
    Some(spent.mul_f32((1.0 - share) / share))
}

/// A poisoned cell only means that a worker panicked; the number in it is still good.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancelled_monitor_stops_its_clones() {
        let monitor = Monitor::quiet();
        let worker = monitor.clone();
        let part = monitor.part();
        part.report(Step::Reading, 1, 2);
        assert_eq!((worker.check(), part.check(), monitor.progress().total), (Ok(()), Ok(()), 0));
        monitor.cancel();
        assert_eq!(part.check(), Err(Cancelled));
        assert_eq!(worker.check(), Err(Cancelled));
    }

    #[test]
    fn reports_are_thinned_but_steps_and_ends_are_told() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let sink = heard.clone();
        let monitor = Monitor::listening(move |p| lock(&sink).push(p));
        for done in 1..=10_000 {
            monitor.report(Step::Reading, done, 10_000);
        }
        let heard = lock(&heard);
        assert!(heard.len() < 100, "told {} times", heard.len());
        assert_eq!(heard.last().map(|p| p.done), Some(10_000));
    }

    #[test]
    fn time_left_is_the_rest_at_the_speed_so_far() {
        let quarter = Progress { step: Step::Reading, done: 25, total: 100 };
        let left = estimate(quarter, Duration::from_secs(10)).expect("known total");
        assert!((left.as_secs_f32() - 30.0).abs() < 0.01);
        assert_eq!(estimate(Progress { total: 0, ..quarter }, Duration::from_secs(10)), None);
        assert_eq!(estimate(quarter, Duration::from_millis(100)), None);
    }
}
