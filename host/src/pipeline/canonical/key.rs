//! Keys, with quotes where they need them.

use std::borrow::Cow;

use toml_parser::parser::{Event, EventKind};

use super::Reader;

/// Which keys of a table are in quotes. One that is dotted is, where it needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    WhereNeeded,
    /// One key needs them, so all have them: a list of names reads better so.
    Everywhere,
}

impl<'t> Reader<'t> {
    /// A key, or one part of a dotted key.
    pub(super) fn key(&self, event: Event, quotes: Quotes) -> Cow<'t, str> {
        let raw = self.raw(event);
        let name = self.name(event);
        match (is_bare(&name), quotes) {
            (true, Quotes::WhereNeeded) => Cow::Owned(name),
            (true, Quotes::Everywhere) => Cow::Owned(format!("\"{name}\"")),
            (false, _) if raw.starts_with('\'') && !needs_escape(&name) => {
                Cow::Owned(format!("\"{name}\""))
            }
            // With its escapes as they were written.
            (false, _) => Cow::Borrowed(raw),
        }
    }

    /// What the key says, without quotes and escapes.
    fn name(&self, event: Event) -> String {
        let mut name = Cow::Borrowed("");
        if let Some(raw) = self.source.get(event) {
            raw.decode_key(&mut name, &mut ());
        }
        name.into_owned()
    }

    /// Whether the key that comes next has several parts.
    pub(super) fn is_dotted(&self) -> bool {
        let rest = self.events[self.at..].iter().map(Event::kind);
        rest.take_while(|kind| *kind != EventKind::KeyValSep).any(|kind| kind == EventKind::KeySep)
    }

    /// The quotes of the keys of a table, with whose inside these events begin.
    pub(super) fn quotes(&self, events: &[Event]) -> Quotes {
        let mut depth = 0;
        for (position, event) in events.iter().enumerate() {
            match event.kind() {
                EventKind::ArrayOpen | EventKind::InlineTableOpen => depth += 1,
                EventKind::ArrayClose | EventKind::InlineTableClose if depth == 0 => break,
                EventKind::ArrayClose | EventKind::InlineTableClose => depth -= 1,
                EventKind::StdTableOpen | EventKind::ArrayTableOpen => break,
                EventKind::SimpleKey if depth == 0 => {
                    let alone = !touches_dot(events, position);
                    if alone && !is_bare(&self.name(*event)) {
                        return Quotes::Everywhere;
                    }
                }
                _ => {}
            }
        }
        Quotes::WhereNeeded
    }
}

/// Whether a dot stands beside this key, blanks aside.
fn touches_dot(events: &[Event], position: usize) -> bool {
    let is_dot = |mut beside: Box<dyn Iterator<Item = &Event> + '_>| {
        beside.find(|event| event.kind() != EventKind::Whitespace).map(Event::kind)
            == Some(EventKind::KeySep)
    };
    is_dot(Box::new(events[..position].iter().rev()))
        || is_dot(Box::new(events[position + 1..].iter()))
}

/// Whether it is a key without quotes.
fn is_bare(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn needs_escape(name: &str) -> bool {
    name.chars().any(|letter| letter.is_control() || letter == '"' || letter == '\\')
}
