//! Dropping from a JSON answer what the connector did not ask for, in one pass over the bytes.
//!
//! What is kept is checked to be JSON and copied as it was written: numbers keep their text, keys and items their
//! order. An object or array that is dropped is passed over by its brackets, so that half an answer is never taken for
//! a whole one. It builds no tree: this is the hottest path of a run.

mod bracket;
mod keep;
mod scan;

#[cfg(test)]
mod tests;

pub use keep::Keep;

use keep::Selection;
use scan::{Fault, Scanner};

/// Why a text is not JSON, and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub(super) struct JsonFault {
    pub what: &'static str,
    pub at: usize,
}

/// Checks that `text` is one JSON value, save for what is within a dropped object or array, and gives it with only the
/// fields to keep.
///
/// A value that has not the form that a path expects is kept if it is no object or array, so that the connector sees
/// that it does not fit; an array keeps its length, its items what is left of them.
pub(super) fn prune(text: Vec<u8>, keep: &Keep) -> Result<Vec<u8>, JsonFault> {
    if let Err(fault) = std::str::from_utf8(&text) {
        return Err(JsonFault { what: "not UTF-8", at: fault.valid_up_to() });
    }
    let mut cut = Cut { scanner: Scanner::new(&text), kept: Vec::new(), from: 0 };
    let whole = cut.value(keep.root(), 0).and_then(|()| {
        let end = cut.scanner.at();
        cut.scanner.end().map(|()| end)
    });
    let end = whole.map_err(|fault| JsonFault { what: fault.words(), at: cut.scanner.at() })?;
    if cut.from == 0 {
        return Ok(text);
    }
    cut.keep_up_to(end);
    Ok(cut.kept)
}

/// A text of which fields are left out. What stands between two of them is copied at once.
struct Cut<'a> {
    scanner: Scanner<'a>,
    kept: Vec<u8>,
    /// Where in the text begins what is kept and not copied yet.
    from: usize,
}

impl Cut<'_> {
    fn value(&mut self, of: &Selection, depth: usize) -> Result<(), Fault> {
        match self.scanner.peek()? {
            b'{' if !of.is_whole() => self.object(of, depth),
            b'[' if !of.is_whole() => self.array(of, depth),
            _ => self.scanner.skip_value(depth),
        }
    }

    fn object(&mut self, of: &Selection, depth: usize) -> Result<(), Fault> {
        self.scanner.open(depth)?;
        let (mut kept_to, mut is_empty, mut is_cut) = (self.scanner.at(), true, false);
        let mut next = 0;
        let mut more = !self.scanner.closes(b'}')?;
        while more {
            let at = self.scanner.at();
            let key = self.scanner.key()?;
            if let Some(member) = of.member(key, &mut next) {
                if is_cut {
                    self.from = at;
                    is_cut = false;
                    if !is_empty {
                        self.kept.push(b',');
                    }
                }
                is_empty = false;
                self.value(member, depth + 1)?;
                kept_to = self.scanner.at();
            } else {
                if !is_cut {
                    self.keep_up_to(kept_to);
                    is_cut = true;
                }
                self.scanner.drop_value(depth + 1)?;
            }
            more = self.scanner.another(b'}')?;
        }
        if is_cut {
            self.from = self.scanner.at() - 1;
        }
        Ok(())
    }

    fn array(&mut self, of: &Selection, depth: usize) -> Result<(), Fault> {
        self.scanner.open(depth)?;
        let mut more = !self.scanner.closes(b']')?;
        while more {
            self.value(of.item(), depth + 1)?;
            more = self.scanner.another(b']')?;
        }
        Ok(())
    }

    fn keep_up_to(&mut self, at: usize) {
        self.kept.extend_from_slice(self.scanner.between(self.from, at));
    }
}
