//! The canonical form of a TOML file: the same values, keys, comments and their order, uniformly spaced.
//!
//! It goes by the parser's own events and not by a tree: a tree has no place for a comment between two parts of a value,
//! and brings dotted keys of one table together that stand apart. What the file says in values stays byte for byte.

mod container;
mod key;
mod line;

use std::sync::Arc;

use toml_parser::Source;
use toml_parser::parser::{Event, EventKind, parse_document};

use super::faults::Faults;
use super::file::{parse, showable};
use crate::report::{Report, SourceFile};
use line::{Kind, Line};

/// The file in canonical form: formatting that once more changes nothing. Where it is not TOML, what is wrong with it.
pub fn format(file: &SourceFile) -> Result<String, Vec<Report>> {
    let faults = Faults::new(vec![Arc::new(showable(file))]);
    if parse(file.text(), 0, &faults).is_none() {
        return Err(faults.into_reports());
    }
    let line_break = match file.text().find('\n') {
        Some(at) if file.text()[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    };
    let mut out = String::with_capacity(file.text().len());
    for line in spaced(Reader::new(file.text(), line_break).lines()) {
        out.push_str(&line.text);
        out.push_str(line_break);
    }
    Ok(out)
}

/// The lines with as many blank ones between them as there should be: one before each header, or before the comment
/// that stands right above it; elsewhere one at most, and none at the ends or between a header and its first key.
fn spaced(lines: Vec<Line>) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::with_capacity(lines.len());
    for line in lines {
        match line.kind {
            Kind::Blank if out.last().is_none_or(|last| last.kind == Kind::Blank) => continue,
            Kind::Pair => {
                if let [.., Line { kind: Kind::Header, .. }, Line { kind: Kind::Blank, .. }] =
                    out[..]
                {
                    out.pop();
                }
            }
            Kind::Header => {
                let comment = out.iter().rev().take_while(|line| line.kind == Kind::Comment);
                let begin = out.len() - comment.count();
                if begin > 0 && out[begin - 1].kind != Kind::Blank {
                    out.insert(begin, Line::blank());
                }
            }
            Kind::Blank | Kind::Comment => {}
        }
        out.push(line);
    }
    out.pop_if(|last| last.kind == Kind::Blank);
    out
}

/// The events of a file, read from first to last.
struct Reader<'t> {
    text: &'t str,
    source: Source<'t>,
    events: Vec<Event>,
    at: usize,
    line_break: &'static str,
    /// Of the keys below the header that was read last.
    table_quotes: key::Quotes,
}

impl<'t> Reader<'t> {
    /// Of a file that is TOML.
    fn new(text: &'t str, line_break: &'static str) -> Self {
        let source = Source::new(text);
        let mut events = Vec::new();
        parse_document(&source.lex().into_vec(), &mut events, &mut ());
        let mut reader = Self {
            text,
            source,
            events,
            at: 0,
            line_break,
            table_quotes: key::Quotes::WhereNeeded,
        };
        reader.table_quotes = reader.quotes(&reader.events);
        reader
    }

    fn lines(mut self) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut line_breaks = 0;
        while let Some(event) = self.next() {
            match event.kind() {
                EventKind::Newline => {
                    line_breaks += 1;
                    if line_breaks > 1 || lines.is_empty() {
                        lines.push(Line::blank());
                    }
                    continue;
                }
                EventKind::Comment => lines.push(self.comment(event)),
                EventKind::StdTableOpen => lines.push(self.header("[", "]")),
                EventKind::ArrayTableOpen => lines.push(self.header("[[", "]]")),
                EventKind::SimpleKey => {
                    self.at -= 1;
                    lines.push(self.pair());
                }
                _ => continue,
            }
            line_breaks = 0;
        }
        lines
    }

    fn next(&mut self) -> Option<Event> {
        let event = self.events.get(self.at).copied();
        self.at += 1;
        event
    }

    fn peek(&self) -> Option<EventKind> {
        self.events.get(self.at).map(Event::kind)
    }

    /// What an event covers, as it stands in the file.
    fn raw(&self, event: Event) -> &'t str {
        &self.text[event.span().start()..event.span().end()]
    }

    fn comment(&self, event: Event) -> Line {
        Line { kind: Kind::Comment, text: self.comment_text(event).to_owned() }
    }

    fn comment_text(&self, event: Event) -> &'t str {
        self.raw(event).trim_end()
    }

    /// The opening brackets were read.
    fn header(&mut self, open: &str, close: &str) -> Line {
        let mut text = open.to_owned();
        while let Some(event) = self.next() {
            match event.kind() {
                EventKind::SimpleKey => text.push_str(&self.key(event, key::Quotes::WhereNeeded)),
                EventKind::KeySep => text.push('.'),
                EventKind::StdTableClose | EventKind::ArrayTableClose => break,
                _ => {}
            }
        }
        text.push_str(close);
        self.comment_behind(&mut text);
        self.table_quotes = self.quotes(&self.events[self.at..]);
        Line { kind: Kind::Header, text }
    }

    fn pair(&mut self) -> Line {
        let mut text = String::new();
        self.key_and_value(&mut text, self.table_quotes, 0);
        self.comment_behind(&mut text);
        Line { kind: Kind::Pair, text }
    }

    /// `key = value`, or `a.b = value`. Answers once the value is written.
    fn key_and_value(&mut self, text: &mut String, quotes: key::Quotes, depth: usize) {
        let dotted = self.is_dotted();
        while let Some(event) = self.next() {
            match event.kind() {
                EventKind::SimpleKey if dotted => {
                    text.push_str(&self.key(event, key::Quotes::WhereNeeded))
                }
                EventKind::SimpleKey => text.push_str(&self.key(event, quotes)),
                EventKind::KeySep => text.push('.'),
                EventKind::KeyValSep => {
                    text.push_str(" = ");
                    break;
                }
                _ => {}
            }
        }
        self.value(text, depth);
    }

    /// The comment that stands behind what was written last. Where it stood apart, by more than one space, it keeps its
    /// column: it may stand below others.
    fn comment_behind(&mut self, text: &mut String) {
        let start = self.at;
        if self.peek() == Some(EventKind::Whitespace) {
            self.at += 1;
        }
        match self.next().filter(|event| event.kind() == EventKind::Comment) {
            Some(comment) => self.append_comment(comment, text),
            None => self.at = start,
        }
    }

    fn append_comment(&self, comment: Event, text: &mut String) {
        let before = &self.text[..comment.span().start()];
        let code = before.trim_end_matches([' ', '\t']);
        let column = width(before);
        let spaces = match before.len() - code.len() {
            0 | 1 => 1,
            _ => column.saturating_sub(width(text)).max(1),
        };
        text.extend(std::iter::repeat_n(' ', spaces));
        text.push_str(self.comment_text(comment));
    }
}

/// How many characters the last line of a text has.
fn width(text: &str) -> usize {
    text[text.rfind('\n').map_or(0, |end| end + 1)..].chars().count()
}
