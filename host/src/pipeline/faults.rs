//! Where the faults of one check are gathered.

use std::cell::RefCell;
use std::sync::Arc;

use super::file::{At, Text};
use super::near::{near, nearest};
use crate::report::{Code, Edit, Place, Report, SourceFile};

/// The files of a check and what was found in them so far.
#[derive(Debug)]
pub(super) struct Faults {
    files: Vec<Arc<SourceFile>>,
    found: RefCell<Vec<Report>>,
}

impl Faults {
    pub(super) fn new(files: Vec<Arc<SourceFile>>) -> Self {
        Self { files, found: RefCell::default() }
    }

    pub(super) fn file(&self, at: At) -> &Arc<SourceFile> {
        &self.files[at.file]
    }

    /// A place to put into a report.
    pub(super) fn place(&self, at: At, label: impl Into<String>) -> Place {
        Place::new(self.file(at), at.span(), label)
    }

    /// Adds a fault. The closure adds second places, notes and hints.
    pub(super) fn error(&self, fault: Fault, more: impl FnOnce(Report) -> Report) {
        let place = self.place(fault.at, fault.label);
        self.push(more(Report::error(fault.code, fault.fact).at(place)));
    }

    /// Adds a warning.
    pub(super) fn warning(&self, fault: Fault, more: impl FnOnce(Report) -> Report) {
        let place = self.place(fault.at, fault.label);
        self.push(more(Report::warning(fault.code, fault.fact).at(place)));
    }

    pub(super) fn push(&self, report: Report) {
        self.found.borrow_mut().push(report);
    }

    pub(super) fn any_errors(&self) -> bool {
        self.found.borrow().iter().any(Report::is_error)
    }

    /// Everything that was found, in the order of the files.
    pub(super) fn into_reports(self) -> Vec<Report> {
        let files = self.files;
        let mut reports = self.found.into_inner();
        reports.sort_by_key(|report| {
            report.place.as_ref().map(|place| {
                let file = files.iter().position(|file| Arc::ptr_eq(file, &place.file));
                (file, place.span.start, place.span.end)
            })
        });
        reports
    }
}

/// The parts that every fault has.
#[derive(Debug)]
pub(super) struct Fault {
    pub code: Code,
    pub at: At,
    pub fact: String,
    /// What stands at the place, in a few words; empty where the fact says it.
    pub label: String,
}

impl Fault {
    pub(super) fn new(
        code: Code,
        at: At,
        fact: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        Self { code, at, fact: fact.into(), label: label.into() }
    }
}

/// A name that nobody knows, where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slip<'n> {
    pub at: At,
    pub name: &'n str,
    pub written: Written,
}

/// In which form a name stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    AsKey,
    AsText,
}

impl<'n> Slip<'n> {
    pub(super) fn key(name: &'n Text) -> Self {
        Self { at: name.at, name: &name.value, written: Written::AsKey }
    }

    pub(super) fn text(name: &'n Text) -> Self {
        Self { at: name.at, name: &name.value, written: Written::AsText }
    }
}

impl Faults {
    /// Adds what was most likely meant: the names that are near enough, and the edit where one is for sure.
    pub(super) fn meant<'a>(
        &self,
        report: Report,
        slip: Slip<'_>,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Report {
        self.meant_as(report, slip, known, str::to_owned)
    }

    /// The same, where a name is written as part of something longer.
    pub(super) fn meant_as<'a>(
        &self,
        report: Report,
        slip: Slip<'_>,
        known: impl IntoIterator<Item = &'a str>,
        write: impl Fn(&str) -> String,
    ) -> Report {
        let near = near(slip.name, known);
        let names: Vec<_> = near.names.iter().map(|name| format!("`{}`", write(name))).collect();
        if names.is_empty() {
            return report;
        }
        let edit = near.sure().and_then(|name| match slip.written {
            Written::AsKey => self.rename(slip.at, &write(name)),
            Written::AsText => self.restate(slip.at, &write(name)),
        });
        report.hint(format!("did you mean {}?", names.join(" or "))).edit(edit)
    }

    /// The same for a key of a table that has these other ones: none of them can be there twice.
    pub(super) fn meant_beside<'a>(
        &self,
        report: Report,
        slip: Slip<'_>,
        known: impl IntoIterator<Item = &'a str> + Clone,
        mut others: impl Iterator<Item = &'a str>,
    ) -> Report {
        match nearest(slip.name, known.clone()) {
            Some(near) if others.any(|other| other == near) => {
                report.note(format!("`{near}` is there already"))
            }
            _ => self.meant(report, slip, known),
        }
    }

    /// The edit that gives a key another name. None where it is not sure that this is all there is to it.
    fn rename(&self, at: At, name: &str) -> Option<Edit> {
        let file = self.file(at);
        let old = file.text().get(at.span())?;
        let is_key = old.starts_with(['"', '\'']) || old.chars().all(is_bare);
        if old.is_empty() || !is_key || parts_of_stages_would_part(file.text(), old) {
            return None;
        }
        let bare = !name.is_empty() && name.chars().all(is_bare);
        let text = if bare { name.to_owned() } else { quoted(name) };
        Some(Edit { file: Arc::clone(file), span: at.span(), text })
    }

    /// The edit that says another string, in the quotes that it has.
    pub(super) fn restate(&self, at: At, text: &str) -> Option<Edit> {
        let old = self.file(at).text().get(at.span())?;
        let text = match old.chars().next()? {
            '\'' if !text.contains('\'') && !text.contains(char::is_control) => format!("'{text}'"),
            '\'' | '"' => quoted(text),
            _ => return None,
        };
        self.replace(at, text)
    }

    /// The edit that turns `[key]` into `[[key]]`, where this is such a header.
    pub(super) fn header_in_double_brackets(&self, at: At, key: &str) -> Option<Edit> {
        let old = self.file(at).text().get(at.span())?;
        (old == format!("[{key}]")).then(|| self.replace(at, format!("[[{key}]]")))?
    }

    /// The edit that puts something else in this place. None where the place has several lines.
    pub(super) fn replace(&self, at: At, text: String) -> Option<Edit> {
        let file = self.file(at);
        let old = file.text().get(at.span())?;
        (!old.contains('\n')).then(|| Edit { file: Arc::clone(file), span: at.span(), text })
    }
}

const fn is_bare(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '-'
}

/// A string as TOML has it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            letter if letter.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// Whether a name stands both in a header of double brackets and in one of a table below it: the one would be renamed
/// without the other, which then belongs to another stage.
fn parts_of_stages_would_part(text: &str, name: &str) -> bool {
    let begins = |open: &str, after: &str| {
        text.lines().any(|line| {
            let rest = line.trim_start().strip_prefix(open).map(str::trim_start);
            let rest = rest.and_then(|rest| rest.strip_prefix(name)).map(str::trim_start);
            rest.is_some_and(|rest| rest.starts_with(after))
        })
    };
    begins("[[", "]") && (begins("[", ".") || begins("[[", "."))
}

/// `` `a`, `b`, `c` ``, in alphabetical order.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    names.dedup();
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// `` `a` ``, `` `a` and `b` ``, `` `a`, `b` and `c` ``, in the order that they have.
pub(super) fn joined<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

/// A note that lists what is known: `` stages here: `a`, `b` ``, or that there are none.
pub(super) fn list_note<'a>(what: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names = listed(names);
    if names.is_empty() { format!("{what}: none") } else { format!("{what}: {names}") }
}
