//! How many requests of writes are on their way at once.

use crate::engine::limits::{ANSWER_QUICK_MS, IN_FLIGHT_MAX, IN_FLIGHT_MIN};

/// It opens with each quick answer, and closes by half where one takes its time: an account whose budget is used up
/// lets its requests wait, and more of them would only wait longer.
#[derive(Debug)]
pub(super) struct Window {
    size: usize,
    in_flight: usize,
}

impl Window {
    pub(super) fn new() -> Self {
        Self { size: IN_FLIGHT_MIN, in_flight: 0 }
    }

    /// How many may leave now. None before half of them are back: those that leave together are marked as sent in one
    /// commit.
    pub(super) fn free(&self) -> usize {
        if self.is_full() { 0 } else { self.size - self.in_flight }
    }

    /// Whether more answers are about to come than were waited for.
    pub(super) fn is_full(&self) -> bool {
        self.in_flight > self.size / 2
    }

    pub(super) fn is_empty(&self) -> bool {
        self.in_flight == 0
    }

    pub(super) fn left(&mut self) {
        self.in_flight += 1;
    }

    /// An answer came, or it is clear that none will, this long after its request left.
    pub(super) fn landed(&mut self, took_ms: i64) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.size = match took_ms <= ANSWER_QUICK_MS {
            true => (self.size + 1).min(IN_FLIGHT_MAX),
            false => (self.size / 2).max(IN_FLIGHT_MIN),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_with_quick_answers_and_closes_with_slow_ones() {
        let mut window = Window::new();
        for _ in 0..100 {
            window.left();
            window.landed(1);
        }
        assert_eq!(window.free(), IN_FLIGHT_MAX);
        for _ in 0..10 {
            window.left();
            window.landed(ANSWER_QUICK_MS + 1);
        }
        assert_eq!(window.free(), IN_FLIGHT_MIN);
    }

    #[test]
    fn none_leaves_before_half_of_them_are_back() {
        let mut window = Window::new();
        for _ in 0..IN_FLIGHT_MIN {
            assert!(window.free() > 0 || window.is_full());
            window.left();
        }
        assert_eq!(window.free(), 0);
        for _ in 0..IN_FLIGHT_MIN / 2 {
            assert_eq!(window.free(), 0);
            window.landed(ANSWER_QUICK_MS + 1);
        }
        assert_eq!(window.free(), IN_FLIGHT_MIN / 2);
    }
}
