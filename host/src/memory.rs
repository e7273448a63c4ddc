//! The allocator's one setting that is not its own.

/// mimalloc's number for it, the same in each of its versions.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// How long memory that was freed stays with the process, in milliseconds. By itself mimalloc gives it back after one
/// second, while a run takes it again with its next page: a tenth of a run was the kernel's clearing of it.
const FREED_STAYS_MS: core::ffi::c_long = 10_000;

/// Has freed memory stay for a while. Called once, by a program that has mimalloc as its allocator.
#[allow(unsafe_code, reason = "an option of the allocator is set by a call into C")]
pub fn keep_freed() {
    // SAFETY: it takes two numbers, may be called at any time, and leaves alone what it does not know.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, FREED_STAYS_MS) }
}
