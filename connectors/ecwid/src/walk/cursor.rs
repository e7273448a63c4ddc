//! What the source remembers between two pages, and how it walks over time in windows. All of it is
//! plain data.

use penstock_connector_sdk::types::Failure;
use serde::{Deserialize, Serialize};

/// Rows that a window should hold: offsets stay small, and the half page that a window wastes at its
/// end is a small part of it.
const WINDOW_ROWS_TARGET: u64 = 1_500;

/// Rows from which on a window is split rather than walked.
const WINDOW_ROWS_MAX: u64 = 2_000;

/// A window with fewer rows is sparse: what was cut off may be as sparse to begin with, and dense further on.
const SPARSE_ROWS: u64 = WINDOW_ROWS_TARGET / 8;

/// How many times longer than an empty or sparse window the next may be. Shops start years after
/// 1970.
const GROWTH_MAX: i64 = 8;

/// How many times shorter than an overfull window the next try may be: times of no changes and of
/// many may both lie within one.
const SHRINK_MAX: i64 = 64;

/// How often one window is begun again because it changed under the walk, before the walk rests
/// until the next poll.
const RESTARTS_MAX: u8 = 20;

/// Where the source stands. Times are in seconds since 1970, by the vendor's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// The form of this cursor.
    version: u8,
    /// Nothing that changed before this second is given.
    pub(crate) floor: i64,
    /// Everything that changed up to this second, with it, has been given.
    pub(crate) done: i64,
    /// The walk that is under way.
    pub(crate) walk: Option<Walk>,
}

const VERSION: u8 = 1;

impl Cursor {
    /// The cursor before the first page.
    pub(crate) const fn at(floor: i64) -> Self {
        Self { version: VERSION, floor, done: floor - 1, walk: None }
    }

    /// Reads a stored cursor of this collection.
    pub(crate) fn read(collection: &str, bytes: &[u8]) -> Result<Self, Failure> {
        let cursor =
            serde_json::from_slice::<Self>(bytes).ok().filter(|cursor| cursor.version == VERSION);
        cursor.ok_or_else(|| {
            Failure::Misconfigured(format!(
                "the stored cursor of `{collection}` is not of this connector's form; rewind the source"
            ))
        })
    }

    /// The bytes to store.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Failure> {
        serde_json::to_vec(self).map_err(|error| Failure::unexpected(error.to_string()))
    }
}

/// A walk over the time up to `to`, window by window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Walk {
    /// The last second of the walk.
    pub(crate) to: i64,
    pub(crate) window: Window,
    /// Rows of the window that were given.
    pub(crate) offset: u64,
    /// Rows of the window in all, once its first page told.
    pub(crate) total: Option<u64>,
    restarts: u8,
    /// What the window was found overfull with and cut out of, where some of that is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ahead: Option<Ahead>,
    /// Whether the last window is closed at its end: it does not fit a page. See [`Walk::is_open`].
    #[serde(default, skip_serializing_if = "is_false")]
    closed: bool,
    /// The last second that a closed window has, where that is beyond `to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<i64>,
    /// Entries of the next row that were given: a row may make more of them than a page has room
    /// for. It stands in a stored cursor only where it is above zero.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) within: u64,
    /// The row that was looked at last: of which entries were given, else the one before the offset.
    /// The next page has to begin with it, or rows have slipped. A cursor of an earlier version
    /// names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// From the window's beginning to this second there are so many rows: an estimate, for the shop changes. Of a stretch within
/// it that is overfull, too, only the inner one is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Ahead {
    to: i64,
    rows: u64,
}

/// Seconds, both ends within.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Window {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Window {
    const fn secs(self) -> i64 {
        self.to - self.from + 1
    }
}

/// What is to be done after a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Go on with the walk.
    On,
    /// The walk is complete.
    Complete,
    /// The window changes faster than it can be walked: leave it to the next poll.
    Rest,
}

impl Walk {
    /// A walk that tries the whole time as one window first: that is all of it, but for a backlog.
    pub(crate) const fn new(from: i64, to: i64) -> Self {
        let window = Window { from, to };
        let (offset, total, restarts) = (0, None, 0);
        Self {
            to,
            window,
            offset,
            total,
            restarts,
            ahead: None,
            closed: false,
            end: None,
            within: 0,
            last: None,
        }
    }

    /// Rows that the next page has to show again: one, once a row was given whole.
    pub(crate) fn seen(&self) -> u8 {
        u8::from(self.last.is_some() && self.within == 0)
    }

    /// Whether a page that begins with this row goes on where the walk stands.
    pub(crate) fn goes_on_with(&self, first: &str) -> bool {
        self.last.as_deref().is_none_or(|last| last == first)
    }

    /// Whether the window has no end: it is the last. What changed within it and then once more is
    /// found at its last change only, and without that the walk would be called complete wrongly.
    /// But such a window never shows by its count that rows have slipped, so it has to fit a page.
    pub(crate) const fn is_open(&self) -> bool {
        self.is_last() && !self.closed
    }

    const fn is_last(&self) -> bool {
        self.window.to >= self.end()
    }

    const fn end(&self) -> i64 {
        match self.end {
            Some(end) => end,
            None => self.to,
        }
    }

    /// The next page shows nothing again: what slips meanwhile is not noticed.
    pub(crate) fn blind(&mut self) -> Next {
        self.last = None;
        Next::On
    }

    /// The open window does not fit a page: it is closed, at `now` at the latest, and walked, and an
    /// open one follows it. Tells whether there is a window to be walked.
    pub(crate) fn close(&mut self, now: i64) -> bool {
        if self.window.from > self.end() {
            if now < self.window.from {
                return false;
            }
            self.end = Some(now);
        }
        self.closed = true;
        self.resize(i64::MAX);
        true
    }

    /// The window is known to hold `total` rows now. Tells whether it is to be walked; if not, it
    /// was made smaller.
    pub(crate) fn sized(&mut self, total: u64) -> bool {
        if total > WINDOW_ROWS_MAX && self.window.secs() > 1 {
            let secs = self.window.secs();
            let fitting = proportion(secs, WINDOW_ROWS_TARGET, total);
            self.ahead = Some(Ahead { to: self.window.to, rows: total });
            self.resize(fitting.clamp(secs / SHRINK_MAX, secs / 2));
            return false;
        }
        self.total = Some(total);
        true
    }

    /// The window changed under the walk: a row may have slipped past. It begins again, in halves.
    pub(crate) fn torn(&mut self) -> Next {
        self.resize(self.window.secs() / 2);
        self.restarts += 1;
        if self.restarts < RESTARTS_MAX {
            return Next::On;
        }
        self.restarts = 0;
        Next::Rest
    }

    /// So many more rows of the window were given, whole; the last of them is named.
    pub(crate) fn gave(&mut self, rows: usize, last: Option<&str>) -> Next {
        if let Some(last) = last {
            self.offset += u64::try_from(rows).unwrap_or(u64::MAX);
            self.within = 0;
            self.last = Some(last.to_owned());
        }
        let Some(total) = self.total.filter(|total| self.offset >= *total) else {
            return Next::On;
        };
        if self.is_open() {
            return Next::Complete;
        }
        if self.is_last() {
            let after = self.end().saturating_add(1);
            self.window = Window { from: after, to: after };
            (self.closed, self.restarts, self.ahead) = (false, 0, None);
            self.begin();
            return Next::On;
        }
        let secs = self.next_secs(total);
        self.window.from = self.window.to + 1;
        self.restarts = 0;
        self.resize(secs);
        Next::On
    }

    /// How long the window after this one is tried, which held so many rows. What it was cut out of is not asked for as a
    /// whole once more: that it is overfull is known.
    fn next_secs(&mut self, total: u64) -> i64 {
        let ahead = self.ahead.take().filter(|ahead| ahead.to > self.window.to);
        let secs = self.window.secs();
        let alike = proportion(secs, WINDOW_ROWS_TARGET, total);
        let grown = alike.clamp(1, secs.saturating_mul(GROWTH_MAX));
        let Some(Ahead { to, rows }) = ahead else { return grown };
        let (secs, rows) = (to - self.window.to, rows.saturating_sub(total));
        self.ahead = Some(Ahead { to, rows });
        let fitting = proportion(secs, WINDOW_ROWS_TARGET, rows);
        // Rows may lie unevenly: years before a shop opened, or in which it sold little, are passed in strides.
        let stride = match total {
            0 => secs / 2,
            1..SPARSE_ROWS => grown.min(secs / 2),
            _ => 1,
        };
        fitting.max(stride).clamp(1, secs)
    }

    /// Of the next row so many entries were given.
    pub(crate) fn gave_in_part(&mut self, row: &str, entries: u64) {
        if entries > 0 {
            self.within = entries;
            self.last = Some(row.to_owned());
        }
    }

    /// Begins the window again with another length.
    fn resize(&mut self, secs: i64) {
        self.window.to = self.window.from.saturating_add(secs.max(1) - 1).min(self.end());
        self.begin();
    }

    fn begin(&mut self) {
        (self.offset, self.within, self.total, self.last) = (0, 0, None, None);
    }
}

/// `secs * wanted / total`, and without bound for a total of zero.
fn proportion(secs: i64, wanted: u64, total: u64) -> i64 {
    if total == 0 {
        return i64::MAX;
    }
    let secs = i128::from(secs) * i128::from(wanted) / i128::from(total);
    i64::try_from(secs).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Next, Walk, Window};

    #[test]
    fn a_cursor_is_stored_and_read() {
        let mut cursor = Cursor::at(100);
        cursor.walk = Some(Walk::new(100, 900));
        assert_eq!(Cursor::read("orders", &cursor.bytes().unwrap()).unwrap(), cursor);
        for bytes in [&b""[..], b"{}", b"\xff", br#"{"version":2,"floor":0,"done":0,"walk":null}"#]
        {
            assert!(Cursor::read("orders", bytes).is_err());
        }
    }

    /// A store of an earlier version holds these bytes.
    #[test]
    fn the_form_of_a_cursor_stays() {
        let mut walk = Walk::new(100, 900);
        assert!(walk.sized(300));
        walk.gave(100, Some("7"));
        let cursor = Cursor { walk: Some(walk), ..Cursor::at(100) };
        let text = r#"{"version":1,"floor":100,"done":99,"walk":{"to":900,"window":{"from":100,"to":900},"offset":100,"total":300,"restarts":0,"last":"7"}}"#;
        assert_eq!(String::from_utf8(cursor.bytes().unwrap()).unwrap(), text);
        assert_eq!(Cursor::read("orders", text.as_bytes()).unwrap(), cursor);
        let earlier = text.replace(r#","last":"7""#, "");
        let walk = Cursor::read("orders", earlier.as_bytes()).unwrap().walk.unwrap();
        assert_eq!((walk.offset, walk.seen()), (100, 0));
        let text = r#"{"version":1,"floor":100,"done":99,"walk":null}"#;
        assert_eq!(Cursor::at(100).bytes().unwrap(), text.as_bytes());
        let mut walk = Walk::new(100, 899);
        assert!(!walk.sized(12_000));
        let cursor = Cursor { walk: Some(walk), ..Cursor::at(100) };
        let text = r#"{"version":1,"floor":100,"done":99,"walk":{"to":899,"window":{"from":100,"to":199},"offset":0,"total":null,"restarts":0,"ahead":{"to":899,"rows":12000}}}"#;
        assert_eq!(String::from_utf8(cursor.bytes().unwrap()).unwrap(), text);
        assert_eq!(Cursor::read("orders", text.as_bytes()).unwrap(), cursor);
    }

    #[test]
    fn an_overfull_window_shrinks_and_a_sparse_one_grows() {
        let mut walk = Walk::new(0, 9_999);
        assert!(!walk.sized(15_000));
        assert_eq!(walk.window, Window { from: 0, to: 999 });
        assert!(walk.sized(750));
        assert_eq!(walk.gave(750, Some("7")), Next::On);
        // 14,250 are left in 9,000 seconds.
        assert_eq!(walk.window, Window { from: 1_000, to: 1_946 });
        assert!(walk.sized(0));
        assert_eq!(walk.gave(0, None), Next::On);
        assert_eq!(walk.window, Window { from: 1_947, to: 5_972 });
        assert!(walk.sized(1_900));
        assert_eq!(walk.gave(1_900, Some("7")), Next::On);
        assert_eq!(walk.window, Window { from: 5_973, to: 6_461 });
    }

    #[test]
    fn a_window_after_a_sparse_one_is_longer() {
        let mut walk = Walk::new(0, 9_999);
        walk.window.to = 999;
        assert!(walk.sized(750));
        assert_eq!(walk.gave(750, Some("7")), Next::On);
        assert_eq!(walk.window, Window { from: 1_000, to: 2_999 });
        assert!(walk.sized(0));
        assert_eq!(walk.gave(0, None), Next::On);
        assert_eq!(walk.window, Window { from: 3_000, to: 9_999 });
        assert!(walk.sized(10));
        assert_eq!(walk.gave(9, Some("7")), Next::On);
        assert_eq!(walk.gave(1, Some("7")), Next::Complete);
    }

    /// Windows that are asked for until all rows of these seconds were given, in rising order.
    fn windows(seconds: &[i64], to: i64) -> usize {
        let mut walk = Walk::new(0, to);
        let (mut asked, mut given) = (0, 0);
        loop {
            asked += 1;
            assert!(asked < 1_000, "{walk:?}");
            let until = if walk.is_open() { i64::MAX } else { walk.window.to };
            let rows = seconds.partition_point(|second| *second <= until)
                - seconds.partition_point(|second| *second < walk.window.from);
            if !walk.sized(u64::try_from(rows).unwrap()) {
                continue;
            }
            if walk.is_open() && rows > 100 {
                assert!(walk.close(to));
                continue;
            }
            given += rows;
            if walk.gave(rows, (rows > 0).then_some("7")) == Next::Complete {
                assert_eq!(given, seconds.len());
                return asked;
            }
        }
    }

    #[test]
    fn a_backlog_costs_few_requests_beside_its_pages() {
        const NOW: i64 = 1_800_000_000;
        const DAY: i64 = 86_400;
        // A shop that opened ten days ago, and one that has had orders for ten years.
        let new: Vec<i64> = (0..10_000).map(|row| NOW - 10 * DAY + row * 86).collect();
        let old: Vec<i64> = (0..10_000).map(|row| NOW - 3_650 * DAY + row * 31_500).collect();
        // One that has slept since its first year.
        let asleep: Vec<i64> = (0..10_000).map(|row| NOW - 3_650 * DAY + row * 3_000).collect();
        // One with an order a day for ten years, and then many.
        let woken = (0..3_620).map(|day| NOW - (3_650 - day) * DAY);
        let woken: Vec<i64> =
            woken.chain((0..10_000).map(|row| NOW - 30 * DAY + row * 259)).collect();
        for (seconds, most) in [(new, 25), (old, 16), (asleep, 25), (woken, 30)] {
            let asked = windows(&seconds, NOW);
            assert!(asked <= most, "{asked} windows, {most} at most");
        }
    }

    #[test]
    fn a_second_is_never_split() {
        let mut walk = Walk::new(7, 7);
        assert!(walk.sized(1_000_000));
        assert_eq!(walk.torn(), Next::On);
        assert_eq!(walk.window, Window { from: 7, to: 7 });
        let rests = (0..40).filter(|_| walk.torn() == Next::Rest).count();
        assert_eq!(rests, 2);
    }
}
