//! The pages of the codes: what a page calls wrong is told its code and nothing else, what it calls right is not.
//!
//! An example shows the tables that matter. It stands for them within a good case: `good.toml`, or `good-stock.toml`
//! where it speaks of stock; a line `# …` keeps what the table says there besides.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::acme::Table;
use super::super::{Files, read};
use super::load;
use crate::report::{Code, SourceFile, codes};

/// Pages whose fault is no line of TOML, but a file or its size, or a secret's whereabouts. The golden files show them.
const WITHOUT_TOML: [Code; 8] = [
    codes::FILE_UNREADABLE,
    codes::FILE_UNWRITABLE,
    codes::FILE_TOO_LARGE,
    codes::FILE_NOT_TEXT,
    codes::TOO_MANY,
    codes::SECRET_MISSING,
    codes::SECRET_EMPTY,
    codes::SECRET_MALFORMED,
];

#[test]
fn every_page_belongs_to_a_code_and_has_its_form() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/pages");
    let files = std::fs::read_dir(folder).expect("the folder of pages is there");
    let files: BTreeSet<String> = files
        .map(|file| file.expect("it can be read").file_name().to_string_lossy().into_owned())
        .collect();
    let named: BTreeSet<String> =
        codes::ALL.iter().map(|code| format!("{}.md", code.name())).collect();
    assert_eq!(files, named);
    for code in codes::ALL {
        let (name, page) = (code.name(), code.page());
        assert!(page.starts_with("# ") && code.title().len() <= 70, "{name}: its title");
        assert!(page.lines().count() <= 36, "{name}: a page is short");
        let prose = page.split("\n\n").nth(1).unwrap_or_default();
        assert!(prose.ends_with('.'), "{name} is not explained in sentences");
    }
    for code in codes::OF_FILES {
        let told = if WITHOUT_TOML.contains(code) { 0 } else { 2 };
        assert_eq!(examples(code.page()).len(), told, "{code}: wrong and right");
    }
}

#[test]
fn the_page_of_a_command_shows_what_is_told_and_then_what_to_do() {
    for code in codes::OF_COMMANDS {
        let parts: Vec<&str> = code.page().split("```").collect();
        let [meaning, told, cure, ..] = parts[..] else { panic!("{code}: an example") };
        assert!(meaning.ends_with("\n\nFor example:\n\n"), "{code}: what it means");
        assert!(told.starts_with("console\n$ "), "{code}: the command");
        assert!(told.contains(&format!("\nerror[{code}]: ")), "{code}: what is told");
        assert!(cure.trim_end().ends_with('.'), "{code}: what to do");
    }
}

#[test]
fn what_a_page_calls_wrong_is_told_its_code_and_what_it_calls_right_is_sound() {
    let mut amiss = Vec::new();
    for code in codes::OF_FILES {
        let [wrong, right] = examples(code.page())[..] else { continue };
        let [wrong, right] = [wrong, right].map(|example| told(example, code));
        if wrong != BTreeSet::from([code.name()]) || !right.is_empty() {
            amiss.push((code.name(), wrong, right));
        }
    }
    assert!(amiss.is_empty(), "{amiss:#?}");
}

/// The blocks of TOML of a page.
fn examples(page: &str) -> Vec<&str> {
    page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// The codes that are told of an example within its good case. That nothing uses a connection which an example adds is
/// no matter of other pages.
fn told(example: &str, of: &Code) -> BTreeSet<&'static str> {
    let (shared, own) = match example.strip_prefix("# penstock.toml\n") {
        Some(rest) => rest.split_once("# pipelines/acme.toml\n").expect("both files are shown"),
        None => ("", example),
    };
    let files = Files {
        shared: Some(SourceFile::new("pipelines/penstock.toml", shared)),
        ..Files::alone(SourceFile::new("pipelines/acme.toml", within(own)))
    };
    let reports = read(&files, &Table).1.into_iter().map(|report| report.code);
    reports
        .filter(|code| code == of || *code != codes::CONNECTION_UNUSED)
        .map(|code| code.name())
        .collect()
}

/// The good case with the tables of the example in place of its own.
fn within(example: &str) -> String {
    if example.starts_with("# nothing else\n") {
        return example.to_owned();
    }
    let about_stock = ["\"stock\"", "\"shop_changes\""]
        .iter()
        .any(|id| example.lines().any(|line| line.starts_with("id = ") && line.ends_with(id)));
    let case = if about_stock { "good-stock.toml" } else { "good.toml" };
    let mut tables = tables(load(case).expect("the case is there").text());
    for shown in self::tables(example) {
        match tables.iter().position(|table| name(table) == name(&shown)) {
            Some(at) if !tables[at].ends_with("#\n") => tables[at] = laid_over(&shown, &tables[at]),
            _ => tables.push(shown),
        }
    }
    tables.concat()
}

/// The text by its headers, each with what stands below it.
fn tables(text: &str) -> Vec<String> {
    let mut tables: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            tables.push(String::new());
        }
        if let Some(table) = tables.last_mut() {
            table.push_str(line);
            table.push('\n');
        }
    }
    tables
}

/// Header and id.
fn name(table: &str) -> (Option<&str>, Option<&str>) {
    (table.lines().next(), table.lines().find(|line| line.starts_with("id = ")))
}

/// What is shown, with what it leaves out by `# …`. It ends in a mark, so that a second of its name comes beside it.
fn laid_over(shown: &str, table: &str) -> String {
    let key = |line: &str| line.split(" = ").next().map(str::to_owned);
    let mut out = shown.to_owned();
    if shown.lines().any(|line| line == "# …") {
        let left_out = table.lines().skip(1).filter(|line| {
            line.contains(" = ") && !shown.lines().any(|shown| key(shown) == key(line))
        });
        for line in left_out {
            out.push_str(line);
            out.push('\n');
        }
    }
    out + "#\n"
}
