//! Where a component's memory comes from: small blocks by their size, everything else from the standard allocator.
//!
//! A connector's work is texts: each is allocated once, on one side of the wall, and freed soon after. The standard
//! allocator searches and joins neighbours for that; here both are a few instructions, which is worth a tenth of a run.
//! Blocks of one size are used again for that size only, so memory grows to the most that was in use of each size.

#![allow(unsafe_code, reason = "an allocator hands out memory")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr::null_mut;

/// Sizes are rounded up to multiples of this, and no block is aligned to more, in bytes.
const GRAIN_BYTES: usize = 16;

/// Larger blocks come from the standard allocator, in bytes.
const SMALL_BYTES_MAX: usize = 1_024;

/// What is cut into small blocks, in bytes.
const CHUNK_BYTES: usize = 64 * 1_024;

/// The allocator of a component, set up by [`export!`](crate::export!).
#[doc(hidden)]
#[derive(Debug)]
pub struct Allocator(UnsafeCell<Blocks>);

#[derive(Debug)]
struct Blocks {
    /// Free blocks of each size, each of which begins with the address of the next.
    free: [*mut u8; SMALL_BYTES_MAX / GRAIN_BYTES],
    /// What is left of the last chunk.
    rest: *mut u8,
    rest_bytes: usize,
}

// SAFETY: a component has one thread.
unsafe impl Sync for Allocator {}

impl Allocator {
    /// Nothing is allocated yet.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "it is made in a constant")]
    pub const fn new() -> Self {
        let free = [null_mut(); SMALL_BYTES_MAX / GRAIN_BYTES];
        Self(UnsafeCell::new(Blocks { free, rest: null_mut(), rest_bytes: 0 }))
    }
}

/// Which size a block is of; none where it is not small.
#[inline]
const fn class(layout: &Layout) -> Option<usize> {
    let (size, align) = (layout.size(), layout.align());
    if size.wrapping_sub(1) < SMALL_BYTES_MAX && align <= GRAIN_BYTES {
        Some((size - 1) / GRAIN_BYTES)
    } else {
        None
    }
}

impl Blocks {
    #[inline]
    unsafe fn take(&mut self, class: usize) -> *mut u8 {
        let block = self.free[class];
        if block.is_null() {
            // SAFETY: as ours.
            return unsafe { self.cut(class) };
        }
        // SAFETY: a free block begins with the address of the next.
        self.free[class] = unsafe { block.cast::<*mut u8>().read() };
        block
    }

    #[cold]
    unsafe fn cut(&mut self, class: usize) -> *mut u8 {
        let size = (class + 1) * GRAIN_BYTES;
        if self.rest_bytes < size {
            // SAFETY: neither is zero, and the alignment is a power of two.
            let chunk = unsafe {
                System.alloc(Layout::from_size_align_unchecked(CHUNK_BYTES, GRAIN_BYTES))
            };
            if chunk.is_null() {
                return chunk;
            }
            (self.rest, self.rest_bytes) = (chunk, CHUNK_BYTES);
        }
        let block = self.rest;
        // SAFETY: the rest is at least that long.
        self.rest = unsafe { block.add(size) };
        self.rest_bytes -= size;
        block
    }
}

// SAFETY: a small block is handed out once until it comes back, and is as long as its class says.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match class(&layout) {
            Some(class) => unsafe { (*self.0.get()).take(class) },
            None => unsafe { System.alloc(layout) },
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match class(&layout) {
            Some(class) => unsafe {
                let blocks = &mut *self.0.get();
                block.cast::<*mut u8>().write(blocks.free[class]);
                blocks.free[class] = block;
            },
            None => unsafe { System.dealloc(block, layout) },
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (class(&layout), class(&wanted)) {
            (None, None) => unsafe { System.realloc(block, layout, size) },
            (Some(is), Some(will_be)) if is == will_be => block,
            _ => unsafe {
                let moved = self.alloc(wanted);
                if !moved.is_null() {
                    moved.copy_from_nonoverlapping(block, layout.size().min(size));
                    self.dealloc(block, layout);
                }
                moved
            },
        }
    }
}
