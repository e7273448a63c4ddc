//! The lines that a file is made of, whatever stands between the brackets of a value.

/// A line, or several where a value has several.
pub(super) struct Line {
    pub kind: Kind,
    /// Without the line break at its end.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Blank,
    /// A comment on a line of its own.
    Comment,
    Header,
    /// A key with its value.
    Pair,
}

impl Line {
    pub(super) const fn blank() -> Self {
        Self { kind: Kind::Blank, text: String::new() }
    }
}
