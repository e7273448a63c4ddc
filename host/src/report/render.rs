//! Reports for people.

use std::fmt::Write as _;
use std::sync::Arc;

use annotate_snippets::renderer::{DEFAULT_HELP_STYLE, DEFAULT_LINE_NUM_STYLE, DEFAULT_NOTE_STYLE};
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use anstyle::Style;

use super::text::plain;
use super::{COLUMNS_MAX, Place, REPORTS_SHOWN_MAX, Report, Severity};

/// Whether the text goes to a terminal that shows colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Never,
    /// With escape sequences for colour.
    Always,
}

/// All reports, one after another, at most [`REPORTS_SHOWN_MAX`] of them; warnings give way to errors. Ends with a line
/// break, or is empty.
pub fn render(reports: &[Report], colour: Colour) -> String {
    let shown = chosen(reports);
    let mut out =
        shown.iter().map(|report| render_one(report, colour)).collect::<Vec<_>>().join("\n");
    if reports.len() > shown.len() {
        // Writing into a `String` cannot fail.
        let _ = writeln!(out, "\nand {} more", reports.len() - shown.len());
    }
    out
}

/// The reports that are shown, in their order.
fn chosen(reports: &[Report]) -> Vec<&Report> {
    let errors = reports.iter().filter(|report| report.is_error()).count();
    let mut warnings_left = REPORTS_SHOWN_MAX.saturating_sub(errors);
    let keep = |report: &&Report| {
        if report.is_error() {
            return true;
        }
        let fits = warnings_left > 0;
        warnings_left = warnings_left.saturating_sub(1);
        fits
    };
    reports.iter().filter(keep).take(REPORTS_SHOWN_MAX).collect()
}

fn render_one(report: &Report, colour: Colour) -> String {
    let styles = Styles::of(colour);
    let mut out = head(report, colour);
    out.push('\n');
    let gutter = gutter_width(report);
    for note in &report.notes {
        let Styles { rule, note: word, .. } = styles;
        let _ = writeln!(out, "{:gutter$} {rule}={rule:#} {word}note{word:#}: {}", "", plain(note));
    }
    if !report.hints.is_empty() {
        out.push('\n');
    }
    for hint in &report.hints {
        let word = styles.hint;
        let _ = writeln!(out, "{word}hint{word:#}: {}", plain(hint));
    }
    out
}

/// The first line, and the lines of the files.
fn head(report: &Report, colour: Colour) -> String {
    let level = match report.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(plain(&report.fact)).id(report.code.name());
    let mut group = Group::with_title(title);
    for snippet in snippets(report) {
        group = group.element(snippet);
    }
    let renderer = match colour {
        Colour::Never => Renderer::plain(),
        Colour::Always => Renderer::styled(),
    };
    renderer.term_width(COLUMNS_MAX).render(&[group])
}

/// One snippet a file, the file at fault first.
fn snippets(report: &Report) -> Vec<Snippet<'_, Annotation<'_>>> {
    let Some(primary) = &report.place else {
        return Vec::new();
    };
    let own = others_in(report, primary).fold(
        snippet(primary).annotation(annotation(AnnotationKind::Primary, primary)),
        |snippet, place| snippet.annotation(annotation(AnnotationKind::Context, place)),
    );
    let mut all = vec![own];
    let mut done = vec![primary];
    for place in &report.others {
        if done.iter().any(|seen| Arc::ptr_eq(&seen.file, &place.file)) {
            continue;
        }
        let further = others_in(report, place).fold(snippet(place), |snippet, place| {
            snippet.annotation(annotation(AnnotationKind::Context, place))
        });
        all.push(further);
        done.push(place);
    }
    all
}

fn others_in<'a>(report: &'a Report, like: &'a Place) -> impl Iterator<Item = &'a Place> {
    report.others.iter().filter(|other| Arc::ptr_eq(&other.file, &like.file))
}

fn snippet(place: &Place) -> Snippet<'_, Annotation<'_>> {
    Snippet::source(place.file.shown()).path(place.file.path().to_string_lossy())
}

fn annotation(kind: AnnotationKind, place: &Place) -> Annotation<'_> {
    let label = (!place.label.is_empty()).then(|| plain(&place.label));
    kind.span(place.span.clone()).label(label)
}

/// How many columns the line numbers take, so that notes stand below them.
fn gutter_width(report: &Report) -> usize {
    let places = report.place.iter().chain(&report.others);
    let last_line = places.map(|place| place.position().line).max().unwrap_or(1);
    last_line.to_string().len()
}

/// The colours of what this file writes itself; the rest is coloured by the renderer.
#[derive(Clone, Copy)]
struct Styles {
    rule: Style,
    note: Style,
    hint: Style,
}

impl Styles {
    fn of(colour: Colour) -> Self {
        match colour {
            Colour::Never => Self { rule: Style::new(), note: Style::new(), hint: Style::new() },
            Colour::Always => Self {
                rule: DEFAULT_LINE_NUM_STYLE,
                note: DEFAULT_NOTE_STYLE,
                hint: DEFAULT_HELP_STYLE,
            },
        }
    }
}
