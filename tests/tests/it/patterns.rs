//! `tests/PATTERNS.md` names tests that exist and bear the number of what they show.

use std::path::Path;

/// Numbers that the list has to have.
const PATTERNS: std::ops::RangeInclusive<u32> = 1..=48;

/// Words with which a line without a test says why it has none.
const EXCUSES: [&str; 2] = ["Does not apply:", "Not covered:"];

#[test]
fn each_pattern_names_tests_that_exist_and_bear_its_number_or_says_why_not() {
    let list = std::fs::read_to_string(xtask::root().join("tests/PATTERNS.md")).unwrap();
    let lines: Vec<(u32, &str)> = list.lines().filter_map(numbered).collect();
    let numbers: Vec<u32> = lines.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, PATTERNS.collect::<Vec<_>>());
    let texts = texts();
    let mut wrong = Vec::new();
    for (number, line) in lines {
        let names: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
        if names.is_empty() && !EXCUSES.iter().any(|excuse| line.contains(excuse)) {
            wrong.push(format!("{number} names no test and does not say why"));
        }
        for name in names {
            let words: Vec<String> = texts.iter().filter_map(|text| words_of(text, name)).collect();
            if words.is_empty() {
                wrong.push(format!("{number}: there is no test `{name}`"));
            } else if !words.iter().any(|words| bears(words, number)) {
                wrong.push(format!("{number}: the words above `{name}` do not bear the number"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn each_guard_names_a_test_that_takes_it_away() {
    let list = std::fs::read_to_string(xtask::root().join("tests/PATTERNS.md")).unwrap();
    let (_, list) = list.split_once("## Guards").unwrap();
    let named: Vec<&str> =
        list.lines().filter_map(|line| line.strip_prefix("- ")?.split('`').nth(1)).collect();
    let texts = texts();
    for name in &named {
        let exists = texts.iter().any(|text| words_of(text, name).is_some());
        assert!(exists, "there is no test `{name}`");
    }
    let guards = include_str!("guards.rs");
    let tests =
        guards.lines().filter_map(|line| line.strip_prefix("fn without_")?.split('(').next());
    let unnamed: Vec<&str> = tests
        .filter(|test| !named.iter().any(|name| name.strip_prefix("without_") == Some(test)))
        .collect();
    assert_eq!(unnamed, Vec::<&str>::new());
    // Each guard that the rule can be made to lack is taken away.
    let rule = xtask::root().join("connectors/stock-delta/src/options.rs");
    let rule = std::fs::read_to_string(rule).unwrap();
    let (_, variants) = rule.split_once("pub enum Guard {").unwrap();
    let (variants, _) = variants.split_once('}').unwrap();
    for guard in variants.lines().filter_map(|line| line.trim().strip_suffix(',')) {
        let word = format!("\"{}\"", in_snake_case(guard));
        assert!(guards.contains(&word), "nobody takes {word} away");
    }
}

/// `TakeBack` as `take_back`.
fn in_snake_case(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// A line of the list, and its number.
fn numbered(line: &str) -> Option<(u32, &str)> {
    let (number, rest) = line.split_once(". ")?;
    Some((number.parse().ok()?, rest))
}

/// All sources that have tests.
fn texts() -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["host/src", "tests/tests"] {
        super::tidy::sources(&xtask::root().join(folder), &mut found);
    }
    for connector in std::fs::read_dir(xtask::root().join("connectors")).unwrap().flatten() {
        let folder = connector.path().join("src");
        if Path::new(&folder).is_dir() {
            super::tidy::sources(&folder, &mut found);
        }
    }
    found.into_iter().map(|(_, text)| text).collect()
}

/// What stands above a test of that name in a source: nothing where there is none.
fn words_of(text: &str, name: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let test = lines.iter().position(|line| line.starts_with(&format!("fn {name}(")))?;
    let above = lines[..test].iter().rev();
    let above: Vec<&str> = above
        .take_while(|line| line.starts_with("///") || line.starts_with("#["))
        .copied()
        .collect();
    let words = above.iter().rev().filter_map(|line| line.strip_prefix("///"));
    above.contains(&"#[test]").then(|| words.collect::<Vec<_>>().concat())
}

/// Whether words say `Pattern 4: …` or `Patterns 4 and 6: …` of that number.
fn bears(words: &str, number: u32) -> bool {
    words.split("Pattern").skip(1).any(|after| {
        let numbers = after.trim_start_matches('s').split([':', '.']).next().unwrap_or_default();
        let mut numbers = numbers.split(|letter: char| !letter.is_ascii_digit());
        numbers.any(|word| word.parse() == Ok(number))
    })
}

#[test]
fn a_number_is_found_alone_and_among_others() {
    assert!(bears(" Pattern 4: zero.", 4) && bears(" Patterns 1, 4 and 30: zero.", 30));
    assert!(!bears(" Pattern 41: 4 of them.", 4) && !bears(" It is 4.", 4));
}
