//! A team of threads for work in very small portions.
//!
//! One token of a small model is some fifty matrix products of a few microseconds each; waking a sleeping
//! thread costs more than such a product. So helpers stay awake for the length of a [`Team::session`] and
//! take units from one ticket. The caller works too, and a helper that comes late or is held up by other
//! programs keeps nobody waiting except for the one unit it has taken.
//!
//! Which thread does which unit is left to chance; every unit's result must depend on its number alone.

use std::cell::Cell;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// One parallel section: the function to call with each unit's number. It lives on the caller's stack.
struct Section<'a> {
    work: &'a (dyn Fn(usize) + Sync),
    units: usize,
}

#[derive(Default)]
struct Board {
    /// Upper 32 bits: number of the section; lower 32 bits: next unit that nobody has taken.
    ticket: AtomicU64,
    /// Units in the section that the ticket names.
    units: AtomicUsize,
    section: AtomicPtr<Section<'static>>,
    done: AtomicUsize,
    panicked: AtomicBool,
    open: AtomicBool,
}

/// The lower half of a ticket while the next section is being written down.
const CLOSED: u64 = 0xffff_ffff;

/// `threads` threads, the caller among them.
pub struct Team {
    helpers: Option<rayon::ThreadPool>,
    threads: usize,
    board: Board,
    turn: Mutex<()>,
}

impl Team {
    /// A team of `threads` (at least 1). Where the system refuses threads, the caller works alone.
    pub fn new(threads: usize) -> Self {
        let threads = threads.clamp(1, 64);
        let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).thread_name(|i| format!("lm-{i}")).build().ok();
        let helpers = if threads > 1 { pool(threads - 1) } else { None };
        let threads = if helpers.is_some() { threads } else { 1 };
        Self { helpers, threads, board: Board::default(), turn: Mutex::new(()) }
    }

    /// As many threads as the machine has cores (hyper-threads help little here, but are hard to tell apart).
    pub fn of_machine() -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, |n| n.get()))
    }

    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Runs `body` with the helpers awake. Sessions of one team take turns.
    pub fn session<R>(&self, body: impl FnOnce(&Crew<'_>) -> R) -> R {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let crew = Crew { board: &self.board, threads: self.threads, own_thread: PhantomData };
        let Some(pool) = &self.helpers else { return body(&crew) };
        self.board.open.store(true, Ordering::Release);
        pool.in_place_scope(|scope| {
            for _ in 1..self.threads {
                scope.spawn(|_| help(&self.board));
            }
            let _closing = Closing(&self.board);
            body(&crew)
        })
    }
}

/// Sends the helpers home, also when the body panics.
struct Closing<'a>(&'a Board);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.open.store(false, Ordering::Release);
    }
}

/// The awake team, inside a session. Not `Sync`: only the session's own thread may start sections, and no unit of
/// a section can start another, which would write over the first one's board.
pub struct Crew<'a> {
    board: &'a Board,
    threads: usize,
    own_thread: PhantomData<Cell<()>>,
}

/// The board of crews of one, on which nothing is ever written.
static NOBODY: Board = Board {
    ticket: AtomicU64::new(0),
    units: AtomicUsize::new(0),
    section: AtomicPtr::new(std::ptr::null_mut()),
    done: AtomicUsize::new(0),
    panicked: AtomicBool::new(false),
    open: AtomicBool::new(false),
};

impl Crew<'static> {
    /// The thread it is made on, and nobody else; fit for use inside a unit of a larger crew.
    pub fn alone() -> Self {
        Self { board: &NOBODY, threads: 1, own_thread: PhantomData }
    }
}

impl Crew<'_> {
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Calls `work(unit)` once for every unit in `0..units`, on all threads, and returns when all are done.
    /// A panic in any unit is passed on to the caller after the others have ended.
    pub fn parallel(&self, units: usize, work: impl Fn(usize) + Sync) {
        if self.threads == 1 || units <= 1 {
            (0..units).for_each(work);
            return;
        }
        let board = self.board;
        let section = Section { work: &work, units };
        let number = (board.ticket.load(Ordering::Relaxed) >> 32).wrapping_add(1) << 32;
        board.ticket.store(number | CLOSED, Ordering::Relaxed);
        board.done.store(0, Ordering::Relaxed);
        board.units.store(units, Ordering::Release);
        board.section.store((&raw const section).cast_mut().cast(), Ordering::Release);
        board.ticket.store(number, Ordering::Release);
        while take_unit(board) {}
        let mut spins = 0;
        while board.done.load(Ordering::Acquire) < units {
            pause(&mut spins);
        }
        if board.panicked.swap(false, Ordering::AcqRel) {
            resume_unwind(Box::new("a unit of parallel work panicked"));
        }
    }
}

/// A helper's life: take units while there are any, wait for the next section, go when the session closes.
fn help(board: &Board) {
    let mut spins = 0;
    while board.open.load(Ordering::Acquire) {
        if take_unit(board) {
            spins = 0;
        } else {
            pause(&mut spins);
        }
    }
}

/// Takes one unit and does it. False when the section has none left.
///
/// The section's pointer is good for as long as one of its units is taken and not done. `units` and `section`
/// are written only while the ticket is closed: who has read a later section's values has that closing
/// before his exchange, which then fails. So a ticket moved from (n, i) to (n, i + 1) proves that both
/// values read in between are section n's, and that it is still open.
#[allow(unsafe_code)]
fn take_unit(board: &Board) -> bool {
    let ticket = board.ticket.load(Ordering::Acquire);
    let unit = (ticket & CLOSED) as usize;
    if unit >= board.units.load(Ordering::Acquire) {
        return false;
    }
    let section = board.section.load(Ordering::Acquire);
    if board.ticket.compare_exchange(ticket, ticket + 1, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        return true;
    }
    // SAFETY: see above; the caller of `parallel` waits for `done` to reach `units` before its frame ends.
    let section = unsafe { &*section };
    if unit < section.units && catch_unwind(AssertUnwindSafe(|| (section.work)(unit))).is_err() {
        board.panicked.store(true, Ordering::Release);
    }
    board.done.fetch_add(1, Ordering::AcqRel);
    true
}

/// Waits a moment: some thousand turns on the spot, after that the core is offered to others.
fn pause(spins: &mut u32) {
    *spins += 1;
    if *spins < 4_000 {
        std::hint::spin_loop();
    } else {
        std::thread::yield_now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Does not compile if a crew is `Sync`: both implementations would fit then, and neither could be chosen.
    #[test]
    fn a_crew_cannot_be_shared_between_threads() {
        trait Unclear<A> {
            fn chosen() -> bool {
                true
            }
        }
        struct IfSync;
        impl<T> Unclear<()> for T {}
        impl<T: Sync> Unclear<IfSync> for T {}
        assert!(<Crew<'_> as Unclear<_>>::chosen());
    }

    #[test]
    fn every_unit_is_done_once_in_many_sections() {
        for threads in [1, 2, 5] {
            let team = Team::new(threads);
            team.session(|crew| {
                for units in (0..200).chain([1_000]) {
                    let hits: Vec<AtomicUsize> = (0..units).map(|_| AtomicUsize::new(0)).collect();
                    crew.parallel(units, |i| {
                        hits[i].fetch_add(1, Ordering::Relaxed);
                    });
                    assert!(
                        hits.iter().all(|hit| hit.load(Ordering::Relaxed) == 1),
                        "{threads} threads, {units} units"
                    );
                }
            });
        }
    }

    #[test]
    fn a_panic_in_a_unit_reaches_the_caller_and_the_team_lives_on() {
        let team = Team::new(3);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            team.session(|crew| crew.parallel(50, |i| assert_ne!(i, 20)));
        }));
        assert!(outcome.is_err());
        let sum = AtomicUsize::new(0);
        team.session(|crew| {
            crew.parallel(10, |i| {
                sum.fetch_add(i, Ordering::Relaxed);
            });
        });
        assert_eq!(sum.into_inner(), 45);
    }
}
