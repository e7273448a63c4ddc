//! What changes in a file, line by line.

use std::path::Path;

use similar::TextDiff;

use crate::pipeline::showable;
use crate::report::SourceFile;

/// Lines that are shown around a change.
const CONTEXT_LINES: usize = 3;

/// The changes as a unified diff. A secret that stands in clear is made unreadable, as everywhere.
pub(super) fn diff(before: &SourceFile, after: &str) -> String {
    let name = before.path().display().to_string();
    let [before, after] =
        [before.text(), after].map(|text| showable(&SourceFile::new(Path::new(""), text)));
    TextDiff::from_lines(before.shown(), after.shown())
        .unified_diff()
        .context_radius(CONTEXT_LINES)
        .header(&name, &name)
        .to_string()
}

/// A diff for a terminal.
pub(super) fn coloured(diff: &str) -> String {
    let paint = |line: &str| {
        let colour = match line.as_bytes().first() {
            Some(b'+') => anstyle::AnsiColor::Green,
            Some(b'-') => anstyle::AnsiColor::Red,
            Some(b'@') => anstyle::AnsiColor::Cyan,
            _ => return line.to_owned(),
        };
        format!("{}{line}{}", colour.on_default(), anstyle::Reset)
    };
    diff.lines().map(paint).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_what_changes_and_no_secret() {
        let before = SourceFile::new("a.toml", "secret=\"s3cret\"\nb = 1\n");
        let diff = diff(&before, "secret = \"s3cret\"\nb = 1\n");
        assert_eq!(
            diff,
            "--- a.toml\n+++ a.toml\n@@ -1,2 +1,2 @@\n-secret=\"******\"\n+secret = \"******\"\n b = 1\n"
        );
        assert_eq!(anstream::adapter::strip_str(&coloured(&diff)).to_string(), diff.trim_end());
        assert!(coloured(&diff).contains("\u{1b}["));
    }
}
