//! Bounds of recordings.

/// Most bytes of requests and answers that one recording keeps: they are held in memory until the run ends, because what is
/// personal in the first answer may be known by the last one only.
pub const RECORDED_BYTES_MAX: usize = 256 << 20;

/// Largest file of a recording that is read, in bytes.
pub const FILE_BYTES_MAX: u64 = 1 << 30;

/// How deep the JSON of a recorded body may be nested; what is deeper is replaced as a whole.
pub const JSON_DEPTH_MAX: usize = 100;

/// Digits from which on a number that no connector declares is replaced: shorter ones name nobody.
pub const NUMBER_DIGITS_MIN: usize = 7;

/// Digits from which on a run of them within a text is replaced: a house number may stay, a postal code not.
pub const DIGITS_MIN: usize = 4;

/// Most differences that are told of the nearest recorded request.
pub const DIFFERENCES_MAX: usize = 8;

/// Letters from which on a word of a person is replaced in texts that are declared to name nobody.
pub const WORD_LETTERS_MIN: usize = 3;
