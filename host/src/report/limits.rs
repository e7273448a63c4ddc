//! Bounds of what is shown.

/// Most reports of one check that are shown to a person: more are not read, and the first ones are mended first.
pub const REPORTS_SHOWN_MAX: usize = 20;

/// Most characters of one sentence of a report. A connector's own words may be in it, and they may have any length.
pub const SENTENCE_CHARS_MAX: usize = 600;

/// Columns of a rendered report; a longer line of a file is cut around the fault.
pub const COLUMNS_MAX: usize = 140;
