//! Reports for programs.

use serde_json::{Value, json};

use super::{Edit, Place, Report, Severity};

/// All reports as a JSON array, none left out: the fields of [`Report`], each place with its byte span.
pub fn to_json(reports: &[Report]) -> Value {
    Value::Array(reports.iter().map(report).collect())
}

fn report(report: &Report) -> Value {
    let severity = match report.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    json!({
        "severity": severity,
        "code": report.code.name(),
        "fact": report.fact,
        "place": report.place.as_ref().map(place),
        "others": report.others.iter().map(place).collect::<Vec<_>>(),
        "notes": report.notes,
        "hints": report.hints,
        "edit": report.edit.as_ref().map(edit),
    })
}

fn edit(edit: &Edit) -> Value {
    json!({
        "file": edit.file.path().to_string_lossy(),
        "span": { "start": edit.span.start, "end": edit.span.end },
        "text": edit.text,
    })
}

fn place(place: &Place) -> Value {
    let position = place.position();
    json!({
        "file": place.file.path().to_string_lossy(),
        "line": position.line,
        "column": position.column,
        "label": place.label,
        "span": { "start": place.span.start, "end": place.span.end },
    })
}
