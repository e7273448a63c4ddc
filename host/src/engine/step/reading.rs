//! Where the reading of a source stands, and when it is given up.

use super::Engine;
use crate::engine::effect::Stop;
use crate::engine::limits::PAGES_WITHOUT_NEWS_MAX;
use crate::pipeline::StageIndex;
use crate::store::CursorRow;
use crate::time::Instant;

/// Where the reading of a source stands.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) cursor: Option<Vec<u8>>,
    /// Whether there may be more to read in this run.
    pub(super) more: bool,
    pub(super) not_before: Instant,
    /// Up to when everything of this source is known.
    pub(super) horizon: Option<Instant>,
    /// When it was last read to its end in this run.
    pub(super) polled_at: Option<Instant>,
    /// Reading it to its end once more told no more than was known.
    pub(super) is_stuck: bool,
    /// Pulls in a row that were put off by the remote, or did not reach it.
    pub(super) put_off: u32,
    /// Pages in a row that brought nothing new, and behind which there was said to be more.
    pub(super) without_news: u32,
}

impl Reading {
    pub(super) fn new(row: Option<&CursorRow>, enabled: bool) -> Self {
        Self {
            cursor: row.and_then(|row| row.cursor.clone()),
            more: enabled,
            not_before: Instant::MIN,
            horizon: row.and_then(|row| row.complete_to),
            polled_at: None,
            is_stuck: false,
            put_off: 0,
            without_news: 0,
        }
    }
}

impl Engine {
    /// A source that goes on for ever must not keep a run from ending. What it gave is kept, and so is its cursor.
    pub(super) fn stop_if_endless(&mut self, stage: StageIndex) {
        let Some(reading) = self.sources.get_mut(&stage) else { return };
        if reading.without_news < PAGES_WITHOUT_NEWS_MAX {
            return;
        }
        reading.more = false;
        let connector = self.connector_of(stage);
        let reason = format!(
            "connector `{connector}` gave {PAGES_WITHOUT_NEWS_MAX} pages in a row with nothing new in them, and says that \
             there is more: pulling would never end"
        );
        self.stop_for(Stop::Unexpected { stage: self.stage_id(stage), reason, said_by: None });
    }
}
