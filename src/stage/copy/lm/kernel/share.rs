//! Disjoint parts of one slice for the team's threads.
#![allow(unsafe_code)]

use super::team::Crew;
use std::marker::PhantomData;

/// A slice that several threads write to, each in its own places.
pub struct Shared<'a, T> {
    start: *mut T,
    len: usize,
    life: PhantomData<&'a mut [T]>,
}

// SAFETY: it only hands out parts through `part`, whose callers promise that parts do not overlap.
unsafe impl<T: Send> Sync for Shared<'_, T> {}
unsafe impl<T: Send> Send for Shared<'_, T> {}

impl<'a, T> Shared<'a, T> {
    pub fn new(slice: &'a mut [T]) -> Self {
        Self { start: slice.as_mut_ptr(), len: slice.len(), life: PhantomData }
    }

    /// The part `from..from + len`, cut off at the end of the slice.
    ///
    /// # Safety
    /// While the part lives, no other part that overlaps it may be taken.
    #[allow(clippy::mut_from_ref)]
    #[inline(always)]
    pub unsafe fn part(&self, from: usize, len: usize) -> &mut [T] {
        let from = from.min(self.len);
        let len = len.min(self.len - from);
        // SAFETY: within the slice; the caller promises that nobody else has it.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(from), len) }
    }
}

impl<T: Copy> Shared<'_, T> {
    /// Writes `N` values from place `at` on; nothing where they would not fit.
    ///
    /// # Safety
    /// Nobody else may have or take a part that overlaps them meanwhile.
    #[inline(always)]
    pub unsafe fn write<const N: usize>(&self, at: usize, values: [T; N]) {
        if at.checked_add(N).is_some_and(|end| end <= self.len) {
            // SAFETY: within the slice; an array of `T` has the alignment of `T`.
            unsafe { self.start.add(at).cast::<[T; N]>().write(values) };
        }
    }
}

/// Calls `work(i, chunk)` for every chunk of `len` items (the last may be shorter), on all threads.
pub fn chunks_mut<T: Send>(crew: &Crew<'_>, slice: &mut [T], len: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    let len = len.max(1);
    let chunks = slice.len().div_ceil(len);
    let shared = Shared::new(slice);
    // SAFETY: each unit is done once, and chunks of different units do not overlap.
    crew.parallel(chunks, |i| work(i, unsafe { shared.part(i * len, len) }));
}
