//! Values: lists and tables in braces, on one line or with each entry on a line of its own.

use toml_parser::parser::{Event, EventKind};

use super::{Reader, key};

/// How far the entries of a list stand to the right of what holds it, in spaces.
const INDENT: usize = 4;

/// Where the writing of a container that has several lines stands.
#[derive(Debug, Default)]
struct Progress {
    /// Since what was written last.
    line_breaks: usize,
    /// Nothing but a comment behind the bracket was written so far.
    has_entries: bool,
    /// The last line ends in a comment.
    has_comment: bool,
}

impl Reader<'_> {
    /// The value that comes next; `depth` counts the containers around it that have several lines.
    pub(super) fn value(&mut self, text: &mut String, depth: usize) {
        while let Some(event) = self.next() {
            match event.kind() {
                EventKind::Scalar => text.push_str(self.raw(event)),
                EventKind::ArrayOpen => self.container(text, depth, Brackets::LIST),
                EventKind::InlineTableOpen => self.container(text, depth, Brackets::TABLE),
                _ => continue,
            }
            return;
        }
    }

    /// A list or a table in braces, whose opening was read.
    fn container(&mut self, text: &mut String, depth: usize, brackets: Brackets) {
        let inside = &self.events[self.at..];
        let quotes = self.quotes(inside);
        match Extent::of(inside) {
            Extent::Empty => {
                text.push(brackets.open);
                self.skip_to_close();
            }
            Extent::OneLine => self.on_one_line(text, depth, brackets, quotes),
            Extent::SeveralLines => self.on_several_lines(text, depth, brackets, quotes),
        }
        text.push(brackets.close);
    }

    fn skip_to_close(&mut self) {
        while self.next().is_some_and(|event| !is_close(event)) {}
    }

    fn on_one_line(
        &mut self,
        text: &mut String,
        depth: usize,
        brackets: Brackets,
        quotes: key::Quotes,
    ) {
        text.push(brackets.open);
        text.push_str(brackets.inner);
        let mut is_first = true;
        while let Some(event) = self.next().filter(|event| !is_close(*event)) {
            if begins_entry(event) {
                if !std::mem::take(&mut is_first) {
                    text.push_str(", ");
                }
                self.entry(text, depth, quotes);
            }
        }
        text.push_str(brackets.inner);
    }

    /// Each entry on a line of its own and with a comma behind it; comments stay where they are, and of several blank
    /// lines between two entries one.
    fn on_several_lines(
        &mut self,
        text: &mut String,
        depth: usize,
        brackets: Brackets,
        quotes: key::Quotes,
    ) {
        text.push(brackets.open);
        let mut progress = Progress::default();
        while let Some(event) = self.next().filter(|event| !is_close(*event)) {
            match event.kind() {
                EventKind::Newline => progress.line_breaks += 1,
                // A comment behind a comma belongs to the entry before it, also where the comma begins a line.
                EventKind::ValueSep if !progress.has_comment => progress.line_breaks = 0,
                EventKind::Comment if progress.line_breaks == 0 => {
                    self.append_comment(event, text);
                    progress.has_comment = true;
                }
                EventKind::Comment => {
                    self.begin_line(text, depth + 1, &progress);
                    text.push_str(self.comment_text(event));
                    progress = Progress { line_breaks: 0, has_entries: true, has_comment: true };
                }
                _ if begins_entry(event) => {
                    self.begin_line(text, depth + 1, &progress);
                    self.entry(text, depth + 1, quotes);
                    text.push(',');
                    progress = Progress { line_breaks: 0, has_entries: true, has_comment: false };
                }
                _ => {}
            }
        }
        self.begin_line(text, depth, &Progress::default());
    }

    fn begin_line(&self, text: &mut String, depth: usize, progress: &Progress) {
        text.push_str(self.line_break);
        if progress.has_entries && progress.line_breaks > 1 {
            text.push_str(self.line_break);
        }
        text.extend(std::iter::repeat_n(' ', depth * INDENT));
    }

    /// An entry of a container, whose first event was read.
    fn entry(&mut self, text: &mut String, depth: usize, quotes: key::Quotes) {
        self.at -= 1;
        if self.peek() == Some(EventKind::SimpleKey) {
            self.key_and_value(text, quotes, depth);
        } else {
            self.value(text, depth);
        }
    }
}

/// What a container begins and ends with, and has inside where it is on one line.
#[derive(Debug, Clone, Copy)]
struct Brackets {
    open: char,
    inner: &'static str,
    close: char,
}

impl Brackets {
    const LIST: Self = Self { open: '[', inner: "", close: ']' };
    const TABLE: Self = Self { open: '{', inner: " ", close: '}' };
}

/// What there is between the brackets of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Empty,
    OneLine,
    /// A line break or a comment stands between two entries, or beside a bracket.
    SeveralLines,
}

impl Extent {
    /// Of a container whose inside these events begin with.
    fn of(inside: &[Event]) -> Self {
        let mut depth = 0;
        let (mut has_lines, mut has_something) = (false, false);
        for event in inside {
            match event.kind() {
                EventKind::ArrayOpen | EventKind::InlineTableOpen => depth += 1,
                EventKind::ArrayClose | EventKind::InlineTableClose if depth == 0 => break,
                EventKind::ArrayClose | EventKind::InlineTableClose => depth -= 1,
                EventKind::Newline if depth == 0 => {
                    has_lines = true;
                    continue;
                }
                EventKind::Comment if depth == 0 => has_lines = true,
                EventKind::Whitespace => continue,
                _ => {}
            }
            has_something = true;
        }
        match (has_something, has_lines) {
            (false, _) => Self::Empty,
            (true, false) => Self::OneLine,
            (true, true) => Self::SeveralLines,
        }
    }
}

fn is_close(event: Event) -> bool {
    matches!(event.kind(), EventKind::ArrayClose | EventKind::InlineTableClose)
}

fn begins_entry(event: Event) -> bool {
    matches!(
        event.kind(),
        EventKind::SimpleKey
            | EventKind::Scalar
            | EventKind::ArrayOpen
            | EventKind::InlineTableOpen
    )
}
