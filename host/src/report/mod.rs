//! Faults and warnings as data: what is wrong, where, and how to mend it.
//!
//! Whoever finds a fault builds a [`Report`], where the cure is sure with the [`Edit`] that brings it; how it looks is decided here alone, for people in [`render()`] and for
//! programs in [`to_json`]. Every code that may stand in a report is listed and explained in [`codes`].

pub mod codes;
mod json;
mod limits;
mod render;
mod source;
mod text;

pub use codes::Code;
pub use json::to_json;
pub use limits::*;
pub use render::{Colour, render};
pub use source::{Edit, Place, Position, SourceFile};

/// Whether a run may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Nothing runs until it is mended.
    Error,
    /// Worth a look; a run goes on.
    Warning,
}

/// One fault, or one warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whether a run may go on.
    pub severity: Severity,
    /// What kind of fault it is: stable, so that it can be searched for.
    pub code: Code,
    /// One sentence in lower case, without a full stop, with the user's own words in back-ticks.
    pub fact: String,
    /// Where the fault itself is. Absent where no line of a file is at fault.
    pub place: Option<Place>,
    /// Further places that are needed to understand it.
    pub others: Vec<Place>,
    /// Facts that are needed to decide: who said it, what is supported, what is safe.
    pub notes: Vec<String>,
    /// What to do, as one imperative with the exact text to type. None where there is no sure cure.
    pub hints: Vec<String>,
    /// The change of the file that mends it, where that is sure: what a hint says, done by a program.
    pub edit: Option<Edit>,
}

impl Report {
    /// A fault: nothing runs until it is mended.
    pub fn error(code: Code, fact: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, fact.into())
    }

    /// Something worth a look, which stops nothing.
    pub fn warning(code: Code, fact: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, fact.into())
    }

    fn new(severity: Severity, code: Code, fact: String) -> Self {
        let (place, others, notes, hints, edit) = Default::default();
        Self { severity, code, fact, place, others, notes, hints, edit }
    }

    /// Sets the place of the fault itself.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Adds a further place.
    pub fn also(mut self, place: Place) -> Self {
        self.others.push(place);
        self
    }

    /// Adds a fact that is needed to decide.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds what to do, where it is known.
    pub fn maybe_hint(self, hint: Option<String>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// Sets the change of the file that mends it for sure.
    pub fn edit(mut self, edit: Option<Edit>) -> Self {
        self.edit = edit;
        self
    }

    /// Whether it stops a run.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
