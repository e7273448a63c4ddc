//! Dropping from a JSON answer what the connector did not ask for, in one pass over the bytes.
//!
//! The whole text is checked on the way, also where it is dropped, so that half an answer is never taken for a whole
//! one. What is kept is copied as it was written: numbers keep their text, keys and items their order. It builds no
//! tree: this is the hottest path of a run.

mod keep;
mod scan;

#[cfg(test)]
mod tests;

pub use keep::Keep;

use keep::Selection;
use scan::Scanner;

/// Why a text is not JSON, and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub(super) struct JsonFault {
    pub what: &'static str,
    pub at: usize,
}

/// Checks that `text` is one JSON value, and gives it with only the fields to keep.
///
/// A value that has not the form that a path expects is kept if it is no object or array, so that the connector sees
/// that it does not fit; an array keeps its length, its items what is left of them.
pub(super) fn prune(text: Vec<u8>, keep: &Keep) -> Result<Vec<u8>, JsonFault> {
    if let Err(fault) = std::str::from_utf8(&text) {
        return Err(JsonFault { what: "not UTF-8", at: fault.valid_up_to() });
    }
    let mut scanner = Scanner::new(&text);
    let mut kept = Vec::new();
    if keep.is_everything() {
        scanner.skip_value(0)?;
        scanner.end()?;
        return Ok(text);
    }
    copy_value(&mut scanner, keep.root(), 0, &mut kept)?;
    scanner.end()?;
    Ok(kept)
}

fn copy_value(
    scanner: &mut Scanner<'_>,
    of: &Selection,
    depth: usize,
    kept: &mut Vec<u8>,
) -> Result<(), JsonFault> {
    match scanner.peek()? {
        b'{' if !of.is_whole() => copy_object(scanner, of, depth, kept),
        b'[' if !of.is_whole() => copy_array(scanner, of, depth, kept),
        _ => {
            let from = scanner.at();
            scanner.skip_value(depth)?;
            kept.extend_from_slice(scanner.since(from));
            Ok(())
        }
    }
}

fn copy_object(
    scanner: &mut Scanner<'_>,
    of: &Selection,
    depth: usize,
    kept: &mut Vec<u8>,
) -> Result<(), JsonFault> {
    scanner.open(depth)?;
    kept.push(b'{');
    let mut is_first = true;
    let mut more = !scanner.closes(b'}')?;
    while more {
        let key = scanner.key()?;
        if let Some(member) = of.member(key) {
            if !is_first {
                kept.push(b',');
            }
            is_first = false;
            kept.extend_from_slice(key.quoted);
            kept.push(b':');
            copy_value(scanner, member, depth + 1, kept)?;
        } else {
            scanner.skip_value(depth + 1)?;
        }
        more = scanner.another(b'}')?;
    }
    kept.push(b'}');
    Ok(())
}

fn copy_array(
    scanner: &mut Scanner<'_>,
    of: &Selection,
    depth: usize,
    kept: &mut Vec<u8>,
) -> Result<(), JsonFault> {
    scanner.open(depth)?;
    kept.push(b'[');
    let mut more = !scanner.closes(b']')?;
    while more {
        copy_value(scanner, of.item(), depth + 1, kept)?;
        more = scanner.another(b']')?;
        if more {
            kept.push(b',');
        }
    }
    kept.push(b']');
    Ok(())
}
