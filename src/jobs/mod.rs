//! Floor 4: worker threads. The only place where threads are started.
//!
//! One slot a kind of work; the newest request cancels the one before it. A panic in a worker is caught and becomes
//! that job's failure. Events come back over a channel and are drained once a frame.

pub mod writer;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::base::Monitor;
use crate::base::monitor::Progress;
use crate::stage::Stage;

pub use writer::{SaveEvent, Writer};

/// What may run side by side. Two jobs in one slot never do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// Opening or making a project.
    Project,
    Import,
    Export,
    /// Fetching rows to show.
    Rows,
    /// Figures for the Home page.
    Overview,
    /// Adding, trying and removing language models.
    Models,
    /// Listing them.
    Shelf,
    /// Drawing a chart, or a part of it.
    Explore,
    /// Finding the customers that were picked on a chart.
    Pick,
    /// Looking through a table for its profile.
    Profile,
    /// Trying out the steps of a table's cleaning.
    Clean,
    Stage(Stage),
    /// Fetching a stage's result, or a figure for its page.
    Load(Stage),
    /// Pictures of products.
    Pictures,
    /// Answering a page's question from what is loaded.
    Answer(Stage),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(u64);

/// Why a job gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobFailure<F> {
    Cancelled,
    Failed(F),
    /// A fault of the program; message and place, for the folded details.
    Panicked(String),
}

pub enum JobEvent<O, F> {
    /// Something to show before the end: frames of a projection, tokens.
    Partial(Slot, O),
    Done {
        slot: Slot,
        result: Result<O, JobFailure<F>>,
        took: Duration,
    },
}

enum Message<O, F> {
    Partial(JobId, Slot, O),
    Done(JobId, Slot, Result<O, JobFailure<F>>),
}

struct Running {
    id: JobId,
    monitor: Monitor,
    began: Instant,
}

/// A job as the tray shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JobStatus {
    pub slot: Slot,
    pub progress: Progress,
    pub running_for: Duration,
    pub time_left: Option<Duration>,
}

/// Called from a worker when there is something to drain; the window asks for a frame then.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

pub struct Jobs<O, F> {
    running: BTreeMap<Slot, Running>,
    next: u64,
    sender: Sender<Message<O, F>>,
    receiver: Receiver<Message<O, F>>,
    wake: Wake,
}

/// What a worker holds: its monitor and the way to send partial results.
pub struct Worker<O> {
    pub monitor: Monitor,
    partial: Box<dyn Fn(O) + Send>,
}

impl<O> Worker<O> {
    /// Sends something to show now. Waits when the window is behind, so that nothing piles up.
    pub fn partial(&self, value: O) {
        (self.partial)(value);
    }
}

/// Partial results waiting to be shown; a worker that is faster waits.
const CHANNEL: usize = 64;

impl<O: Send + 'static, F: Send + 'static> Jobs<O, F> {
    pub fn new(wake: Wake) -> Self {
        let (sender, receiver) = bounded(CHANNEL);
        Self { running: BTreeMap::new(), next: 0, sender, receiver, wake }
    }

    /// Starts `work` in `slot`; a job already there is cancelled and its results are not delivered.
    pub fn start(&mut self, slot: Slot, work: impl FnOnce(&Worker<O>) -> Result<O, F> + Send + 'static) {
        self.cancel(slot);
        self.next += 1;
        let id = JobId(self.next);
        let wake = self.wake.clone();
        let monitor = Monitor::listening(move |_| wake());
        self.running.insert(slot, Running { id, monitor: monitor.clone(), began: Instant::now() });

        let (sender, wake) = (self.sender.clone(), self.wake.clone());
        let run = move || {
            let (partials, wake_up, stopped) = (sender.clone(), wake.clone(), monitor.clone());
            let partial = Box::new(move |value| {
                if !stopped.is_cancelled() && partials.send(Message::Partial(id, slot, value)).is_ok() {
                    wake_up();
                }
            });
            let worker = Worker { monitor, partial };
            let result = match catch_unwind(AssertUnwindSafe(|| work(&worker))) {
                Ok(Ok(value)) => Ok(value),
                Ok(Err(_)) if worker.monitor.is_cancelled() => Err(JobFailure::Cancelled),
                Ok(Err(failure)) => Err(JobFailure::Failed(failure)),
                Err(payload) => Err(JobFailure::Panicked(panic_text(payload.as_ref()))),
            };
            // The receiver is gone only when the program is ending.
            let _ = sender.send(Message::Done(id, slot, result));
            wake();
        };
        if let Err(error) = spawn(&format!("{slot:?}"), run) {
            log::error!("cannot start a thread for {slot:?}: {error}");
            let _ = self.sender.try_send(Message::Done(id, slot, Err(JobFailure::Panicked(error.to_string()))));
        }
    }

    /// Asks the job to stop and frees its slot at once; what it still sends is dropped.
    pub fn cancel(&mut self, slot: Slot) -> bool {
        match self.running.remove(&slot) {
            Some(job) => {
                job.monitor.cancel();
                true
            }
            None => false,
        }
    }

    pub fn cancel_all(&mut self) {
        for (_, job) in std::mem::take(&mut self.running) {
            job.monitor.cancel();
        }
    }

    pub fn is_running(&self, slot: Slot) -> bool {
        self.running.contains_key(&slot)
    }

    pub fn status(&self, slot: Slot) -> Option<JobStatus> {
        let job = self.running.get(&slot)?;
        Some(JobStatus {
            slot,
            progress: job.monitor.progress(),
            running_for: job.began.elapsed(),
            time_left: job.monitor.time_left(),
        })
    }

    pub fn all(&self) -> Vec<JobStatus> {
        self.running.keys().filter_map(|slot| self.status(*slot)).collect()
    }

    /// What has happened since the last call. Never waits.
    pub fn drain(&mut self) -> Vec<JobEvent<O, F>> {
        let mut events = Vec::new();
        while let Ok(message) = self.receiver.try_recv() {
            match message {
                Message::Partial(id, slot, value) if self.owns(slot, id) => events.push(JobEvent::Partial(slot, value)),
                Message::Done(id, slot, result) if self.owns(slot, id) => {
                    let took = self.running.remove(&slot).map(|job| job.began.elapsed()).unwrap_or_default();
                    events.push(JobEvent::Done { slot, result, took });
                }
                // From a job that was cancelled or replaced.
                Message::Partial(..) | Message::Done(..) => {}
            }
        }
        events
    }

    fn owns(&self, slot: Slot, id: JobId) -> bool {
        self.running.get(&slot).is_some_and(|job| job.id == id)
    }
}

impl<O, F> Drop for Jobs<O, F> {
    fn drop(&mut self) {
        for job in self.running.values() {
            job.monitor.cancel();
        }
    }
}

/// The one place where a thread is started (clippy bans it elsewhere).
#[expect(clippy::disallowed_methods, reason = "jobs is where threads are started")]
pub(crate) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> std::io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run)
}

fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "unknown fault".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Step;

    fn jobs() -> Jobs<u32, &'static str> {
        Jobs::new(Arc::new(|| {}))
    }

    fn wait(jobs: &mut Jobs<u32, &'static str>) -> Vec<JobEvent<u32, &'static str>> {
        for _ in 0..2000 {
            let events = jobs.drain();
            if !events.is_empty() {
                return events;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Vec::new()
    }

    #[test]
    fn a_panic_is_the_jobs_failure_and_the_next_job_runs() {
        let mut jobs = jobs();
        jobs.start(Slot::Import, |_| panic!("row {} is impossible", 7));
        let events = wait(&mut jobs);
        let text = match &events[..] {
            [JobEvent::Done { result: Err(JobFailure::Panicked(text)), .. }] => text.clone(),
            _ => String::new(),
        };
        assert_eq!(text, "row 7 is impossible");
        jobs.start(Slot::Import, |_| Ok(1));
        assert!(matches!(&wait(&mut jobs)[..], [JobEvent::Done { result: Ok(1), .. }]));
    }

    #[test]
    fn cancel_frees_the_slot_at_once_and_late_results_are_dropped() {
        let mut jobs = jobs();
        let (go, wait_for_go) = bounded::<()>(1);
        jobs.start(Slot::Rows, move |_| {
            let _ = wait_for_go.recv();
            Ok(1)
        });
        assert!(jobs.cancel(Slot::Rows));
        assert!(!jobs.is_running(Slot::Rows));
        jobs.start(Slot::Rows, |_| Ok(2));
        assert!(matches!(&wait(&mut jobs)[..], [JobEvent::Done { result: Ok(2), .. }]));
        let _ = go.send(());
        std::thread::sleep(Duration::from_millis(50));
        assert!(jobs.drain().is_empty());
    }

    #[test]
    fn the_newest_request_cancels_the_one_before() {
        let mut jobs = jobs();
        let (told, was_told) = bounded(1);
        jobs.start(Slot::Rows, move |worker| {
            while worker.monitor.check().is_ok() {
                std::thread::sleep(Duration::from_millis(1));
            }
            let _ = told.send(());
            Err("stopped")
        });
        jobs.start(Slot::Rows, |_| Ok(2));
        assert!(was_told.recv_timeout(Duration::from_secs(5)).is_ok());
        assert!(matches!(&wait(&mut jobs)[..], [JobEvent::Done { result: Ok(2), .. }]));
    }

    #[test]
    fn progress_and_partials_arrive_in_order() {
        let mut jobs = jobs();
        jobs.start(Slot::Overview, |worker| {
            for i in 0..10 {
                worker.monitor.report(Step::Counting, i + 1, 10);
                worker.partial(i as u32);
            }
            Ok(99)
        });
        let mut seen = Vec::new();
        while seen.last() != Some(&99) {
            for event in wait(&mut jobs) {
                match event {
                    JobEvent::Partial(_, value) => seen.push(value),
                    JobEvent::Done { result, .. } => seen.push(result.unwrap_or_default()),
                }
            }
        }
        assert_eq!(seen, (0..10).chain([99]).collect::<Vec<_>>());
    }
}
