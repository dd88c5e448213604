//! Flush-to-zero for the threads that train: denormal floats are up to a hundred times slower, and mean nothing here.

/// While it lives, the calling thread and rayon's workers turn denormal results into 0.
pub struct FlushToZero {
    _private: (),
}

impl FlushToZero {
    pub fn everywhere() -> Self {
        set(true);
        rayon::broadcast(|_| set(true));
        Self { _private: () }
    }
}

impl Drop for FlushToZero {
    fn drop(&mut self) {
        set(false);
        rayon::broadcast(|_| set(false));
    }
}

/// Bits 15 (flush to zero) and 6 (denormals are zero) of MXCSR.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
fn set(on: bool) {
    const BITS: u32 = 1 << 15 | 1 << 6;
    let mut state: u32 = 0;
    // SAFETY: reads and writes this thread's SSE control word; only how denormals are treated changes.
    unsafe {
        std::arch::asm!("stmxcsr [{}]", in(reg) &mut state, options(nostack));
        state = if on { state | BITS } else { state & !BITS };
        std::arch::asm!("ldmxcsr [{}]", in(reg) &state, options(nostack));
    }
}

/// Bit 24 (flush to zero) of FPCR.
#[cfg(target_arch = "aarch64")]
#[allow(unsafe_code)]
fn set(on: bool) {
    const BIT: u64 = 1 << 24;
    let mut state: u64;
    // SAFETY: reads and writes this thread's floating-point control register; only how denormals are treated changes.
    unsafe {
        std::arch::asm!("mrs {}, fpcr", out(reg) state, options(nostack));
        state = if on { state | BIT } else { state & !BIT };
        std::arch::asm!("msr fpcr, {}", in(reg) state, options(nostack));
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn set(_on: bool) {}
