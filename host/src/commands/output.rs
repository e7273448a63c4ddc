//! Where words go: data to standard output, everything else to standard error.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the one place that prints")]

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::args::{Format, When};
use super::explain::{codes_of, more_about};
use crate::report::{Code, Colour, Report, render, to_json};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    Done,
    /// The run failed, or has dead letters; or an audit, a test, a comparison or `fmt --check` found something.
    Failed,
    /// A file or the command line is at fault.
    File,
    /// The surroundings are: network, file system, secrets.
    Surroundings,
}

impl Outcome {
    pub(super) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::File => 2,
            Self::Surroundings => 3,
        })
    }
}

/// What a person or a program sees.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen {
    format: Format,
    colour: When,
    is_watched: bool,
}

impl Screen {
    pub(super) fn new(format: Format, colour: When) -> Self {
        match colour {
            When::Auto => {}
            When::Always => anstream::ColorChoice::Always.write_global(),
            When::Never => anstream::ColorChoice::Never.write_global(),
        }
        Self { format, colour, is_watched: std::io::stderr().is_terminal() }
    }

    pub(super) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether someone watches standard error.
    pub(super) fn is_watched(&self) -> bool {
        self.is_watched
    }

    /// Data for people. A reader that went away ends nothing: what was done is done.
    pub(super) fn say(&self, text: &str) {
        if !self.is_json() {
            let _closed = writeln!(anstream::stdout(), "{}", harmless(text));
        }
    }

    /// Data for programs.
    pub(super) fn give(&self, value: &Value) {
        if self.is_json() {
            let _closed = writeln!(std::io::stdout(), "{value}");
        }
    }

    /// A JSON document that is the whole of what was asked for, by people and programs alike.
    pub(super) fn document(&self, value: &Value) {
        let _closed = writeln!(std::io::stdout(), "{}", harmless_json(&format!("{value:#}")));
    }

    /// What another program reads, byte by byte: a script for a shell, or a file that was handed to us.
    pub(super) fn script(&self, script: &[u8]) {
        let _closed = std::io::stdout().write_all(script);
    }

    /// What is not data.
    pub(super) fn tell(&self, text: &str) {
        let _closed = writeln!(anstream::stderr(), "{}", harmless(text));
    }

    /// An error without a place in a file that ends a command, with how to mend it and where more is told about it.
    pub(super) fn fail(&self, code: Code, fact: &str, hint: Option<&str>) {
        self.told_error(code, fact, hint);
        self.give(&json!({ "error": { "code": code.name(), "fact": fact, "hint": hint } }));
    }

    /// The same for a person alone: a program has it in the command's own answer.
    pub(super) fn told_error(&self, code: Code, fact: &str, hint: Option<&str>) {
        self.error(code, fact, hint);
        self.more_about(&[code]);
    }

    /// An error that may not be the command's last.
    pub(super) fn error(&self, code: Code, fact: &str, hint: Option<&str>) {
        let (red, bold, reset) = (
            anstyle::AnsiColor::Red.on_default().bold(),
            anstyle::Style::new().bold(),
            anstyle::Reset,
        );
        let mut text = format!("{red}error[{code}]{reset}{bold}: {fact}{reset}");
        if let Some(hint) = hint {
            text.push_str("\n\nhint: ");
            text.push_str(hint);
        }
        self.tell(&text);
    }

    /// Faults and warnings of files. In JSON they are part of the command's own answer.
    pub(super) fn reports(&self, reports: &[Report]) {
        if reports.is_empty() || self.is_json() {
            return;
        }
        let colour = match self.colour {
            When::Always => Colour::Always,
            When::Never => Colour::Never,
            When::Auto => match anstream::AutoStream::choice(&std::io::stderr()) {
                anstream::ColorChoice::Never => Colour::Never,
                _ => Colour::Always,
            },
        };
        self.tell(render(reports, colour).trim_end());
    }

    /// Where more is told about these faults and warnings: the last line for a person, once in a command.
    pub(super) fn more_about(&self, codes: &[Code]) {
        if let Some(text) = more_about(codes).filter(|_| !self.is_json()) {
            let (dim, reset) = (anstyle::Style::new().dimmed(), anstyle::Reset);
            self.tell(&format!("\n{dim}{text}{reset}"));
        }
    }

    /// Faults that end a command.
    pub(super) fn reports_and_end(&self, reports: &[Report], outcome: Outcome) -> Outcome {
        self.reports(reports);
        self.more_about(&codes_of(reports));
        self.give(&json!({ "reports": to_json(reports) }));
        outcome
    }
}

/// The text without what could steer a terminal, our own colours aside: names and words of connectors, vendors and
/// shoppers may be in it, and a terminal that obeys them shows what they want.
fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(steers) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let colour = colour_bytes(rest);
        if colour > 0 {
            out.push_str(&rest[..colour]);
            rest = &rest[colour..];
        } else if let Some(letter) = rest.chars().next() {
            out.extend(letter.escape_unicode());
            rest = &rest[letter.len_utf8()..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Whether a terminal obeys the letter instead of showing it.
fn steers(letter: char) -> bool {
    (letter.is_control() && !matches!(letter, '\n' | '\t'))
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// JSON text without what could steer a terminal: such letters stand in strings only, and have an escape there.
fn harmless_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if steers(letter) {
            out.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            out.push(letter);
        }
    }
    out
}

/// How many bytes the sequence takes that sets a colour, with which the text begins; 0 where it begins with another.
fn colour_bytes(text: &str) -> usize {
    let Some(rest) = text.strip_prefix("\u{1b}[") else { return 0 };
    let numbers = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    if rest[numbers..].starts_with('m') { numbers + 3 } else { 0 }
}

/// `1 order`, `2 orders`.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

#[cfg(test)]
mod tests {
    use super::{harmless, harmless_json};

    #[test]
    fn what_steers_a_terminal_is_escaped_in_json_and_still_means_the_same() {
        let value = serde_json::json!({ "a": "b\u{202e}\u{9b}\u{1b}c\n" });
        let text = harmless_json(&format!("{value:#}"));
        assert!(text.contains("\\u202e\\u009b"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).ok(), Some(value));
    }

    #[test]
    fn what_others_say_steers_no_terminal_and_our_colours_are_left() {
        assert_eq!(
            harmless("\u{1b}[1;31merror\u{1b}[0m: a\tb\nc"),
            "\u{1b}[1;31merror\u{1b}[0m: a\tb\nc"
        );
        assert_eq!(harmless("a\u{1b}[2Jb\u{202e}c\r\u{1b}"), "a\\u{1b}[2Jb\\u{202e}c\\u{d}\\u{1b}");
        assert_eq!(harmless("\u{1b}]0;title\u{7}"), "\\u{1b}]0;title\\u{7}");
    }
}
