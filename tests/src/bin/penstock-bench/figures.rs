//! Figures, and how they are told.

use std::time::Duration;

/// What both sides spent in one round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ratio {
    pub(crate) product: Duration,
    pub(crate) plain: Duration,
}

impl Ratio {
    fn ratio(&self) -> f64 {
        self.product.as_secs_f64() / self.plain.as_secs_f64().max(f64::EPSILON)
    }
}

/// What was measured, told as it comes.
#[derive(Debug, Default)]
pub(crate) struct Report;

impl Report {
    /// The ratio of CPU times: the median over the rounds, with the smallest and the largest, and the medians of both
    /// sides for each order.
    pub(crate) fn ratio(&mut self, what: &str, rounds: &[Ratio], orders: u32) {
        let mut ratios: Vec<f64> = rounds.iter().map(Ratio::ratio).collect();
        ratios.sort_by(f64::total_cmp);
        let (least, most) =
            (ratios.first().copied().unwrap_or(0.0), ratios.last().copied().unwrap_or(0.0));
        let product = each(median(rounds.iter().map(|round| round.product)), orders);
        let plain = each(median(rounds.iter().map(|round| round.plain)), orders);
        self.line(what, &format!(
            "{:.2} times (from {least:.2} to {most:.2}, {} rounds): {product:.1} \u{b5}s of CPU an order, plain {plain:.1} \u{b5}s",
            ratios.get(ratios.len() / 2).copied().unwrap_or(0.0),
            rounds.len(),
        ));
    }

    /// A figure in words.
    pub(crate) fn line(&mut self, what: &str, figure: &str) {
        crate::say(&format!("{what}\n    {figure}"));
    }
}

/// The one in the middle.
pub(crate) fn median(values: impl Iterator<Item = Duration>) -> Duration {
    let mut values: Vec<Duration> = values.collect();
    values.sort();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Microseconds for each.
fn each(all: Duration, count: u32) -> f64 {
    all.as_secs_f64() * 1e6 / f64::from(count.max(1))
}
