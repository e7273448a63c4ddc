//! Rate limits: so many requests in a window.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// How a vendor counts its window. Neither says which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    /// It begins with the first request and ends as a whole.
    #[default]
    Fixed,
    /// Each request counts for the length of the window.
    Sliding,
}

/// Counts the requests of one account.
#[derive(Clone, Debug, Default)]
pub struct Limiter {
    taken_ms: VecDeque<i64>,
}

/// What the limiter says of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the request may pass.
    pub passes: bool,
    /// How many more would pass now.
    pub remaining: usize,
    /// When the next request passes, for sure.
    pub open_at_ms: i64,
}

impl Limiter {
    /// Counts a request if it passes. `limit` 0 refuses everything.
    pub fn take(&mut self, limit: usize, window_ms: i64, window: Window, now_ms: i64) -> Verdict {
        self.forget(window_ms, window, now_ms);
        let passes = self.taken_ms.len() < limit;
        if passes {
            self.taken_ms.push_back(now_ms);
        }
        Verdict {
            passes,
            remaining: limit.saturating_sub(self.taken_ms.len()),
            open_at_ms: self.taken_ms.front().map_or(now_ms, |first| first + window_ms),
        }
    }

    fn forget(&mut self, window_ms: i64, window: Window, now_ms: i64) {
        let over = |first: &i64| first + window_ms <= now_ms;
        match window {
            Window::Fixed if self.taken_ms.front().is_some_and(over) => self.taken_ms.clear(),
            Window::Fixed => {}
            Window::Sliding => {
                while self.taken_ms.front().is_some_and(over) {
                    self.taken_ms.pop_front();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_window_opens_as_a_whole_and_a_sliding_one_bit_by_bit() {
        for (window, at_window_end) in [(Window::Fixed, 1), (Window::Sliding, 0)] {
            let mut limiter = Limiter::default();
            assert!(limiter.take(2, 1000, window, 0).passes);
            assert!(limiter.take(2, 1000, window, 900).passes);
            let refused = limiter.take(2, 1000, window, 999);
            assert_eq!((refused.passes, refused.open_at_ms), (false, 1000));
            let next = limiter.take(2, 1000, window, 1000);
            assert_eq!((next.passes, next.remaining), (true, at_window_end));
        }
    }
}
