//! A file as people see it, and places in it.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A text file, with what is needed to show a place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    path: PathBuf,
    text: String,
    /// The text as it may be shown: as long as `text`, byte by byte, with secrets made unreadable.
    shown: Option<String>,
}

/// A line and a column, both counted from 1; the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
}

impl SourceFile {
    /// A file's text under the path by which the user knows it.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        let text = text.into();
        let shown = text.contains(steers).then(|| text.chars().map(harmless).collect());
        Self { path: path.into(), text, shown }
    }

    /// The path as the user gave it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole text, as it is. It may hold a secret that someone wrote in clear: it is for parsing, not for showing.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as it may be shown.
    pub fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.text)
    }

    /// The same file with these byte ranges made unreadable wherever it is shown. Each character is replaced by one of
    /// the same length in bytes, so that every place in the file stays where it is.
    pub fn hiding(&self, ranges: &[Range<usize>]) -> Self {
        let mut hidden = vec![false; self.text.len()];
        for range in ranges {
            hidden[range.clone()].fill(true);
        }
        let shown =
            self.text
                .char_indices()
                .map(|(at, letter)| {
                    if hidden[at] && !letter.is_control() { blot(letter) } else { harmless(letter) }
                })
                .collect();
        Self { path: self.path.clone(), text: self.text.clone(), shown: Some(shown) }
    }

    /// Line and column of a byte offset. An offset past the end is the end.
    pub fn position(&self, offset: usize) -> Position {
        let before = &self.text[..self.boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// The nearest offset at or before this one that lies between two characters.
    fn boundary(&self, offset: usize) -> usize {
        (0..=offset.min(self.text.len()))
            .rev()
            .find(|at| self.text.is_char_boundary(*at))
            .unwrap_or(0)
    }

    /// Where the line that holds this offset ends, without its line break.
    fn line_end(&self, offset: usize) -> usize {
        let end =
            self.text[offset..].find('\n').map_or(self.text.len(), |newline| offset + newline);
        if self.text[offset..end].ends_with('\r') { end - 1 } else { end }
    }
}

/// Whether a terminal may obey the letter, and the renderer does not see to it: what is beyond ASCII.
fn steers(letter: char) -> bool {
    matches!(
        letter,
        '\u{80}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// The letter, or one of the same length in bytes that no terminal obeys.
fn harmless(letter: char) -> char {
    match letter {
        letter if !steers(letter) => letter,
        letter if letter.len_utf8() == 2 => '¤',
        _ => '\u{fffd}',
    }
}

/// A character of the same length in bytes that says nothing.
fn blot(letter: char) -> char {
    match letter.len_utf8() {
        1 => '*',
        2 => '·',
        3 => '•',
        _ => '🞄',
    }
}

/// A stretch of one line of a file, with a few words on what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Bytes in the file; within one line, between characters.
    pub span: Range<usize>,
    /// What stands there. Empty where the fact says it.
    pub label: String,
}

impl Place {
    /// A place in a file. A span of several lines is cut at the end of its first, and any span is brought into the
    /// file: a place can always be shown.
    pub fn new(file: &Arc<SourceFile>, span: Range<usize>, label: impl Into<String>) -> Self {
        let start = file.boundary(span.start);
        let end = file.boundary(span.end).clamp(start, file.line_end(start).max(start));
        Self { file: Arc::clone(file), span: start..end, label: label.into() }
    }

    /// Line and column of its beginning.
    pub fn position(&self) -> Position {
        self.file.position(self.span.start)
    }
}

/// A change of a file: some bytes of it, and what comes in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Bytes in the file, between characters.
    pub span: Range<usize>,
    /// What comes in their place.
    pub text: String,
}

impl Edit {
    /// The whole text of the file once it is changed.
    pub fn applied(&self) -> String {
        let text = self.file.text();
        [&text[..self.span.start], &self.text, &text[self.span.end..]].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Arc<SourceFile> {
        Arc::new(SourceFile::new("a.toml", text))
    }

    #[test]
    fn positions_count_characters() {
        let file = file("one\ntwo é three\r\nfour");
        assert_eq!(file.position(11), Position { line: 2, column: 7 });
        assert_eq!(
            file.position(9),
            Position { line: 2, column: 5 },
            "inside of a letter is its beginning"
        );
        assert_eq!(file.position(999), Position { line: 3, column: 5 });
    }

    #[test]
    fn places_stay_within_one_line_and_within_the_file() {
        let file = file("one\r\ntwo");
        assert_eq!(Place::new(&file, 1..7, "").span, 1..3);
        assert_eq!(Place::new(&file, 4..7, "").span, 4..4, "a line break shows nothing");
        assert_eq!(Place::new(&file, 90..99, "").span, 8..8);
        #[allow(clippy::reversed_empty_ranges, reason = "a span that a careless caller might give")]
        let backwards = Place::new(&file, 3..1, "");
        assert_eq!(backwards.span, 3..3);
    }

    #[test]
    fn no_letter_beyond_ascii_steers_a_terminal() {
        let file = SourceFile::new("a.toml", "a\u{80}b\u{9b}c\u{202e}d\u{200f}ü");
        assert_eq!(file.shown(), "a¤b¤c\u{fffd}d\u{fffd}ü");
        assert_eq!(file.shown().len(), file.text().len());
        assert_eq!(file.hiding(std::slice::from_ref(&(0..1))).shown(), "*¤b¤c\u{fffd}d\u{fffd}ü");
    }

    #[test]
    fn what_is_hidden_keeps_its_length() {
        let file = SourceFile::new("a.toml", "a = \"sé€𝄞t\"");
        let hidden = file.hiding(&[5..9, 9..16]);
        assert_eq!(hidden.shown(), "a = \"*·•🞄*\"");
        assert_eq!(hidden.shown().len(), file.text().len());
    }
}
