//! `penstock check --explain`: what the codes of reports mean.

use serde_json::json;

use super::output::{Outcome, Screen};
use crate::pipeline::nearest;
use crate::report::{Code, Report, codes};

/// Most codes that are named below the reports of one command.
const NAMED_MAX: usize = 3;

/// Tells the pages of these codes; without one, which codes there are.
pub(super) fn explain(names: &[String], screen: &Screen) -> Outcome {
    if names.is_empty() {
        return list(screen);
    }
    let mut found = Vec::new();
    for name in names {
        match codes::find(name) {
            Some(code) => found.push(code),
            None => return unknown(name, screen),
        }
    }
    screen.say(&found.iter().map(words).collect::<Vec<_>>().join("\n\n"));
    let pages = found
        .iter()
        .map(|code| json!({ "code": code.name(), "title": code.title(), "page": code.page() }));
    screen.give(&json!({ "codes": pages.collect::<Vec<_>>() }));
    Outcome::Done
}

/// The codes of these reports, of faults before those of warnings.
pub(super) fn codes_of(reports: &[Report]) -> Vec<Code> {
    let (errors, warnings): (Vec<&Report>, Vec<&Report>) =
        reports.iter().partition(|report| report.is_error());
    errors.into_iter().chain(warnings).map(|report| report.code).collect()
}

/// The command that tells more about these codes, each once.
pub(super) fn more_about(codes: &[Code]) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    for code in codes {
        if !names.contains(&code.name()) {
            names.push(code.name());
        }
    }
    names.truncate(NAMED_MAX);
    (!names.is_empty())
        .then(|| format!("for more about this: penstock check --explain {}", names.join(",")))
}

fn list(screen: &Screen) -> Outcome {
    let width = codes::ALL.iter().map(|code| code.name().len()).max().unwrap_or_default();
    let mut lines: Vec<String> =
        codes::ALL.iter().map(|code| format!("{:width$}  {}", code.name(), code.title())).collect();
    lines.sort_unstable();
    screen.say(&lines.join("\n"));
    let all = codes::ALL.iter().map(|code| json!({ "code": code.name(), "title": code.title() }));
    screen.give(&json!({ "codes": all.collect::<Vec<_>>() }));
    Outcome::Done
}

fn unknown(name: &str, screen: &Screen) -> Outcome {
    let hint = match nearest(name, codes::ALL.iter().map(|code| code.name())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`penstock check --explain` lists all of them".to_owned(),
    };
    screen.fail(codes::UNKNOWN_CODE, &format!("there is no page about `{name}`"), Some(&hint));
    Outcome::File
}

/// The page for a terminal: examples are indented instead of fenced.
fn words(code: &Code) -> String {
    let (bold, reset) = (anstyle::Style::new().bold(), anstyle::Reset);
    let mut out = format!("{bold}{}{reset}: {}\n", code.name(), code.title());
    let mut is_example = false;
    for line in code.page().lines().skip(1) {
        if line.starts_with("```") {
            is_example = !is_example;
            continue;
        }
        if is_example && !line.is_empty() {
            out.push_str("    ");
        }
        out.push_str(line);
        out.push('\n');
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::args::Arguments;
    use super::*;

    #[test]
    fn each_code_is_named_once_faults_first_and_three_at_most() {
        let reports = [
            Report::warning(codes::SWITCH_UNUSED, "a"),
            Report::error(codes::UNKNOWN_KEY, "b"),
            Report::error(codes::UNKNOWN_KEY, "c"),
            Report::error(codes::WRONG_TYPE, "d"),
        ];
        let said = more_about(&codes_of(&reports)).expect("there is more to tell");
        assert!(said.ends_with(" unknown-key,wrong-type,switch-unused"), "{said}");
        assert_eq!(more_about(&[]), None);
        assert_eq!(more_about(codes::ALL).map(|said| said.matches(',').count()), Some(2));
    }

    #[test]
    fn every_command_that_a_page_shows_is_one() {
        for code in codes::ALL {
            for line in code.page().lines().filter_map(|line| line.strip_prefix("$ ")) {
                let is_set = |word: &&str| word.contains('=');
                let words: Vec<&str> = line.split(' ').skip_while(is_set).collect();
                let is_one = Arguments::try_parse_from(&words).is_ok() || words[1] == "--version";
                assert!(words[0] != "penstock" || is_one, "{code}: {line}");
            }
        }
    }

    #[test]
    fn a_page_on_a_terminal_has_no_fences() {
        for code in codes::ALL {
            let said = words(code);
            assert!(!said.contains("```") && said.contains(":\n\n    "), "{said}");
        }
    }
}
