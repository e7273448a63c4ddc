//! Good files, damaged at random: whatever comes of it, there is an answer, and it can be shown.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{check_text, load};
use crate::pipeline::acme::Table;
use crate::pipeline::{Files, fix};
use crate::report::{Colour, Report, SourceFile, render, to_json};

/// One damage to a text.
#[derive(Debug, Clone)]
enum Damage {
    DropLine(Index),
    SwapLines(Index, Index),
    DoubleLine(Index),
    Cut(Index, Index),
    Put(Index, String),
    Word(Index, Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let odd = select(vec![
        "\"",
        "'",
        "[",
        "]",
        "[[",
        "{",
        "}",
        "=",
        ",",
        ".",
        "\n",
        "\r\n",
        "\t",
        "\0",
        "\u{feff}",
        "\u{202e}",
        "é",
        "🦀",
        "inf",
        "nan",
        "true",
        "-1",
        "1e999",
        "999999999999999999999999999999999999999999",
        "1979-05-27T07:32:00Z",
        "#",
        "\"\"\"",
        "[connections.shop]",
        "[[sink]]",
        "secret = \"x\"",
        "inputs = {}",
        "{a={a={a={a=1}}}}",
    ]);
    prop_oneof![
        any::<Index>().prop_map(Damage::DropLine),
        any::<(Index, Index)>().prop_map(|(a, b)| Damage::SwapLines(a, b)),
        any::<Index>().prop_map(Damage::DoubleLine),
        any::<(Index, Index)>().prop_map(|(a, b)| Damage::Cut(a, b)),
        (any::<Index>(), odd).prop_map(|(at, odd)| Damage::Put(at, odd.to_owned())),
        (any::<Index>(), any::<String>()).prop_map(|(at, any)| Damage::Put(at, any)),
        any::<(Index, Index)>().prop_map(|(a, b)| Damage::Word(a, b)),
    ]
}

fn apply(text: &str, damage: &Damage) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let mut letters: Vec<char> = text.chars().collect();
    match damage {
        Damage::DropLine(at) => drop(lines.remove(at.index(lines.len()))),
        Damage::SwapLines(a, b) => {
            let count = lines.len();
            lines.swap(a.index(count), b.index(count));
        }
        Damage::DoubleLine(at) => {
            let at = at.index(lines.len());
            lines.insert(at, lines[at]);
        }
        Damage::Cut(at, length) => {
            let at = at.index(letters.len() + 1);
            let end = (at + length.index(12)).min(letters.len());
            letters.drain(at..end);
            return letters.into_iter().collect();
        }
        Damage::Put(at, what) => {
            let at = at.index(letters.len() + 1);
            letters.splice(at..at, what.chars());
            return letters.into_iter().collect();
        }
        Damage::Word(from, to) => return swap_words(text, from, to),
    }
    lines.join("\n")
}

/// Puts one word of the text in the place of another: references, keys and values get mixed up.
fn swap_words(text: &str, from: &Index, to: &Index) -> String {
    let is_letter = |letter: char| letter.is_alphanumeric() || "_-".contains(letter);
    let words: Vec<&str> =
        text.split(|letter| !is_letter(letter)).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return text.to_owned();
    }
    text.replacen(words[from.index(words.len())], words[to.index(words.len())], 1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_gives_a_pipeline_or_says_why_not(
        case in select(vec!["good.toml", "good-stock.toml", "many-ten-faults.toml"]),
        damages in prop::collection::vec(damage(), 1..6),
    ) {
        let good = load(case).expect("the case is there").text().to_owned();
        let text = damages.iter().fold(good, |text, damage| apply(&text, damage));
        let (pipeline, reports) = check_text(&text);
        prop_assert_eq!(pipeline.is_none(), reports.iter().any(Report::is_error));
        for report in &reports {
            let place = report.place.as_ref().expect("every fault of a file has a place in it");
            prop_assert!(text.get(place.span.clone()).is_some(), "{:?} of {}", place.span, report.fact);
            prop_assert!(!report.fact.is_empty() && !report.fact.ends_with('.'), "{}", report.fact);
        }
        let places: Vec<_> = reports.iter().map(|report| report.place.as_ref().map(|place| place.span.start)).collect();
        prop_assert!(places.is_sorted(), "reports stand in the order of the file");
        for (index, report) in reports.iter().enumerate() {
            prop_assert!(!reports[index + 1..].contains(report), "told twice: {}", report.fact);
        }
        for edit in reports.iter().filter_map(|report| report.edit.as_ref()) {
            prop_assert!(text.get(edit.span.clone()).is_some_and(|old| *old != edit.text), "{edit:?}");
        }
        let fixed = fix(Files::alone(SourceFile::new("pipelines/text.toml", text.clone())), &Table);
        let errors = |reports: &[Report]| reports.iter().filter(|report| report.is_error()).count();
        prop_assert!(errors(&fixed.reports) <= errors(&reports));
        let shown = render(&reports, Colour::Never);
        prop_assert_eq!(shown.is_empty(), reports.is_empty());
        prop_assert!(!shown.contains(['\0', '\u{1b}', '\u{202e}']), "nothing steers the terminal: {:?}", shown);
        let _ = to_json(&reports);
    }
}
