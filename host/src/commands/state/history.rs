//! Where one source has stood, and what lies behind where it stands now.

use crate::store::Checkpoint;

/// The checkpoints of one source that are kept, oldest first.
#[derive(Debug)]
pub(super) struct History<'a> {
    pub(super) rows: Vec<&'a Checkpoint>,
}

/// Where a source stood at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand<'a> {
    /// Before everything.
    Beginning,
    At(&'a Checkpoint),
    /// It stood somewhere, which is no longer kept.
    Forgotten,
}

impl Stand<'_> {
    /// By which people name it.
    pub(super) fn number(&self) -> Option<i64> {
        match self {
            Self::Beginning => Some(0),
            Self::At(row) => Some(row.number),
            Self::Forgotten => None,
        }
    }

    pub(super) fn cursor(&self) -> Option<&[u8]> {
        match self {
            Self::At(row) => row.cursor.as_deref(),
            Self::Beginning | Self::Forgotten => None,
        }
    }

    /// Entries that were new up to here.
    pub(super) fn total(&self) -> u64 {
        match self {
            Self::At(row) => row.total,
            Self::Beginning | Self::Forgotten => 0,
        }
    }

    pub(super) fn words(&self) -> String {
        match self {
            Self::Beginning => "the beginning".to_owned(),
            Self::At(row) => format!("#{}", row.number),
            Self::Forgotten => "what is no longer kept".to_owned(),
        }
    }
}

impl<'a> History<'a> {
    pub(super) fn of(all: &'a [Checkpoint], source: &str) -> Self {
        Self { rows: all.iter().filter(|row| row.source == source).collect() }
    }

    /// Where the source stands now.
    pub(super) fn now(&self) -> Stand<'a> {
        self.rows.last().map_or(Stand::Beginning, |row| Stand::At(row))
    }

    /// Where it stood when the pipeline came to a checkpoint.
    pub(super) fn at(&self, number: i64) -> Stand<'a> {
        if number <= 0 {
            return Stand::Beginning;
        }
        match self.rows.iter().rev().find(|row| row.number <= number) {
            Some(row) => Stand::At(row),
            None if self.rows.first().is_none_or(|first| first.position == 1) => Stand::Beginning,
            None => Stand::Forgotten,
        }
    }

    /// Where it stood before a checkpoint of its own.
    pub(super) fn before(&self, row: &Checkpoint) -> Stand<'a> {
        match self.rows.iter().rev().find(|other| other.position < row.position) {
            Some(row) => Stand::At(row),
            None if row.position == 1 => Stand::Beginning,
            None => Stand::Forgotten,
        }
    }

    /// Whether everything up to where it stood then has been read by where it stands now. What lies ahead of a place
    /// to which it went back may have been left out to be read again.
    pub(super) fn is_behind(&self, target: Stand<'_>) -> bool {
        let target = match target {
            Stand::Beginning => return true,
            Stand::Forgotten => return false,
            Stand::At(row) => row.number,
        };
        let mut reach = i64::MAX;
        for row in self.rows.iter().rev().filter(|row| row.number >= target) {
            if row.number > reach {
                continue;
            }
            if row.number == target {
                return true;
            }
            reach = row.rewound_to.unwrap_or(reach);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: i64, position: i64, rewound_to: Option<i64>) -> Checkpoint {
        Checkpoint {
            number,
            source: "a".to_owned(),
            position,
            cursor: Some(number.to_string().into_bytes()),
            entries: 1,
            total: number.unsigned_abs(),
            rewound_to,
            at: number,
        }
    }

    fn behind(rows: &[Checkpoint]) -> Vec<i64> {
        let history = History::of(rows, "a");
        let numbers = rows.iter().map(|row| row.number);
        numbers.filter(|number| history.is_behind(history.at(*number))).collect()
    }

    #[test]
    fn where_a_source_stood_is_its_newest_checkpoint_up_to_then() {
        let rows = [row(2, 1, None), row(5, 2, None)];
        let history = History::of(&rows, "a");
        assert_eq!(history.at(1), Stand::Beginning);
        assert_eq!(history.at(4), Stand::At(&rows[0]));
        assert_eq!(history.at(9), Stand::At(&rows[1]));
        assert_eq!(history.before(&rows[1]), Stand::At(&rows[0]));
        assert_eq!(history.before(&rows[0]), Stand::Beginning);
        let rows = [row(5, 2, None)];
        let history = History::of(&rows, "a");
        assert_eq!((history.at(4), history.at(0)), (Stand::Forgotten, Stand::Beginning));
        assert_eq!(history.before(&rows[0]), Stand::Forgotten);
        assert_eq!(History::of(&rows, "b").at(4), Stand::Beginning);
    }

    /// What a person left out to be read again must not be jumped over.
    #[test]
    fn what_is_ahead_of_a_place_that_a_source_went_back_to_is_not_behind_it() {
        let read: Vec<Checkpoint> = (1..=4).map(|n| row(n, n, None)).collect();
        assert_eq!(behind(&read), [1, 2, 3, 4]);
        let mut back = read.clone();
        back.push(row(5, 5, Some(2)));
        assert_eq!(behind(&back), [1, 2, 5]);
        back.push(row(6, 6, None));
        assert_eq!(behind(&back), [1, 2, 5, 6]);
        back.push(row(7, 7, Some(5)));
        assert_eq!(behind(&back), [1, 2, 5, 7]);
        back.push(row(8, 8, Some(0)));
        assert_eq!(behind(&back), [8]);
        assert!(History::of(&back, "a").is_behind(Stand::Beginning));
    }
}
