//! What has changed in a snapshot, and a person who decides.

use std::io::{BufRead as _, IsTerminal as _};

use similar::{ChangeTag, TextDiff};

use super::super::output::Screen;

/// Lines that are shown around a change.
const CONTEXT_LINES: usize = 2;

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Accept,
    Leave,
}

/// The changes of a snapshot, each hunk under the section that it is in.
pub(super) fn diff(before: &str, now: &str) -> String {
    let compared = TextDiff::from_lines(before, now);
    let old: Vec<&str> = before.lines().collect();
    let new: Vec<&str> = now.lines().collect();
    let mut out = String::new();
    for group in compared.grouped_ops(CONTEXT_LINES) {
        let (Some(first), _) = (group.first(), ()) else { continue };
        let section = section(&new, first.new_range().start)
            .or_else(|| section(&old, first.old_range().start))
            .unwrap_or("==");
        out.push_str(&format!("@ {section}\n"));
        for change in group.iter().flat_map(|op| compared.iter_changes(op)) {
            let mark = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            out.push_str(&format!("{mark} {}\n", change.value().trim_end_matches('\n')));
        }
    }
    out
}

/// The title of the section that a line is in.
fn section<'a>(lines: &[&'a str], at: usize) -> Option<&'a str> {
    let before = lines.get(..=at.min(lines.len().saturating_sub(1)))?;
    before.iter().rev().find(|line| line.starts_with("== ")).copied()
}

/// The changes for a terminal, set in.
pub(super) fn coloured(diff: &str) -> String {
    let lines = super::super::diff::coloured(diff);
    lines.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// Shows the changes of a case and asks. What is no clear yes leaves the snapshot as it was.
pub(super) fn asked(name: &str, diff: &str, screen: &Screen) -> Decision {
    screen.say(&format!("\n{name}\n{}", coloured(diff)));
    screen.tell("accept this snapshot? [y/N]");
    let mut answer = String::new();
    let stdin = std::io::stdin();
    let is_read = stdin.lock().read_line(&mut answer).is_ok();
    if !stdin.is_terminal() {
        screen.tell(answer.trim());
    }
    match is_read && matches!(answer.trim(), "y" | "Y" | "yes") {
        true => Decision::Accept,
        false => Decision::Leave,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_shown_under_its_section() {
        let before = "about\n\n== a: page\none\ntwo\n\n== b: plan\nthree\nfour\nfive\nsix\n";
        let now = before.replace("five", "FIVE");
        assert_eq!(diff(before, &now), "@ == b: plan\n  three\n  four\n- five\n+ FIVE\n  six\n");
        assert_eq!(diff("", "== a\nx\n"), "@ == a\n+ == a\n+ x\n");
        assert_eq!(diff(before, before), "");
    }
}
