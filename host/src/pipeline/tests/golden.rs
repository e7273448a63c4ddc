//! The cases, compared with their golden files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Surroundings, check, golden_dir};
use crate::pipeline::{FILE_BYTES_MAX, Files, resolve};
use crate::report::{Colour, Report, codes, render, to_json};

/// Compares with a golden file, or writes it.
pub(super) fn compare(name: &str, text: &str) {
    let path = golden_dir().join(name);
    let mut golden = std::fs::read_to_string(&path).unwrap_or_default();
    if golden != text && std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).expect("the golden file can be written");
        text.clone_into(&mut golden);
    }
    assert!(
        golden == text,
        "{name} differs; BLESS=1 writes what is said now:\n{text}\ninstead of:\n{golden}"
    );
}

/// Names of all cases.
pub(super) fn cases() -> Vec<String> {
    let files = std::fs::read_dir(golden_dir()).expect("the folder of cases is there");
    let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let stems = names.filter_map(|name| name.strip_suffix(".toml").map(str::to_owned));
    let mut cases: Vec<String> = stems.filter(|stem| !stem.contains('.')).collect();
    cases.sort();
    cases
}

/// What a case is told, the secrets it needs included: those of the shop and the till are there.
fn told(case: &str) -> Vec<Report> {
    let (pipeline, mut reports) = check(case);
    let errors = reports.iter().any(Report::is_error);
    assert_eq!(
        pipeline.is_none(),
        errors,
        "{case}: a pipeline comes of it unless there is an error"
    );
    let surroundings = Surroundings::default()
        .with_variable("SHOP_TOKEN", "s3cret")
        .with_variable("TILL_TOKEN", "s3cret")
        .with_variable("EMPTY_TOKEN", "\n")
        .with_file("pipelines/two-lines.token", "a\nb\n");
    for connection in pipeline.iter().flat_map(|pipeline| &pipeline.connections) {
        let fault =
            connection.secret.as_ref().and_then(|secret| resolve(secret, &surroundings).err());
        reports.extend(fault.map(|fault| *fault));
    }
    reports
}

#[test]
fn every_case_is_told_as_its_golden_file_says() {
    let cases = cases();
    assert!(cases.len() >= 60, "the cases were not found");
    for case in cases {
        let reports = told(&case);
        assert_eq!(
            case.starts_with("good"),
            reports.is_empty(),
            "{case}: a good file, and it alone, is told nothing"
        );
        compare(&format!("{case}.err"), &render(&reports, Colour::Never));
    }
}

#[test]
fn carets_stand_where_the_cases_say() {
    let mut marked = 0;
    for case in cases() {
        let text = std::fs::read_to_string(golden_dir().join(format!("{case}.toml")))
            .expect("the case is there");
        let mut expected = marks(&text);
        if expected.is_empty() {
            continue;
        }
        marked += 1;
        let mut found: Vec<(usize, usize, usize, String)> = told(&case)
            .iter()
            .filter_map(|report| {
                let place = report.place.as_ref()?;
                let position = place.position();
                let width = text[place.span.clone()].chars().count();
                Some((position.line, position.column, width, report.code.name().to_owned()))
            })
            .collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{case}: line, column, width and code of each fault");
    }
    assert!(marked >= 5, "the marked cases were not found");
}

/// The faults that a case says it has: line, column, width, code.
fn marks(text: &str) -> Vec<(usize, usize, usize, String)> {
    let mut above = 0;
    let mut marks = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match line.strip_prefix('#').and_then(|rest| Some((rest.find('^')?, rest))) {
            Some((at, rest)) => {
                let width = rest.matches('^').count();
                let code = rest.rsplit('^').next().unwrap_or_default().trim();
                marks.push((above, at + 2, width, code.to_owned()));
            }
            None => above = index + 1,
        }
    }
    marks
}

/// What the golden files tell: the codes of each, by its name.
fn codes_by_golden_file() -> BTreeMap<String, Vec<String>> {
    let mut told = BTreeMap::new();
    for file in std::fs::read_dir(golden_dir()).expect("the folder of cases is there") {
        let path = file.expect("the folder can be read").path();
        if path.extension().is_some_and(|ending| ending == "err") {
            let text = std::fs::read_to_string(&path).expect("the golden file can be read");
            let codes = text.lines().filter_map(|line| {
                let rest = line.strip_prefix("error[").or_else(|| line.strip_prefix("warning["))?;
                Some(rest.split_once(']')?.0.to_owned())
            });
            let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
            told.insert(name, codes.collect());
        }
    }
    told
}

#[test]
fn every_code_has_a_golden_file_of_its_own() {
    let told = codes_by_golden_file();
    let all: BTreeSet<&str> = told.values().flatten().map(String::as_str).collect();
    let known: BTreeSet<&str> = codes::OF_FILES.iter().map(|code| code.name()).collect();
    assert_eq!(all, known);
    let own: BTreeSet<&str> = told
        .values()
        .filter_map(|codes| codes.first().filter(|first| codes.iter().all(|code| code == *first)))
        .map(String::as_str)
        .collect();
    let without: Vec<_> = known.difference(&own).collect();
    assert!(without.is_empty(), "told only beside others: {without:?}");
}

#[test]
fn there_are_many_faulty_cases_and_some_with_many_faults() {
    let told = codes_by_golden_file();
    let faulty = cases().iter().filter(|case| !told[*case].is_empty()).count();
    let many = cases().iter().filter(|case| told[*case].len() >= 5).count();
    assert!(faulty >= 110 && many >= 5, "{faulty} are faulty, {many} of them many times over");
}

/// A fault is told once: no two of one kind in one place. Of what is told beside a case, all is in its golden file.
#[test]
fn nothing_is_told_twice_in_one_place() {
    for case in cases() {
        let mut seen = BTreeSet::new();
        for report in told(&case) {
            let place = report.place.as_ref().expect("every fault of a case has a place");
            let place = (place.file.path().to_owned(), place.span.start, place.span.end);
            let is_new = seen.insert((report.code.name(), place));
            assert!(
                is_new,
                "{case}: `{}` is told twice in one place: {}",
                report.code.name(),
                report.fact
            );
        }
    }
}

/// Each caret and each dash stands under something, and within its line.
#[test]
fn carets_stand_under_text() {
    for case in cases() {
        for report in told(&case) {
            for place in report.place.iter().chain(&report.others) {
                let text = &place.file.text()[place.span.clone()];
                assert!(
                    !text.trim().is_empty() && text.trim() == text && !text.contains('\n'),
                    "{case}: `{}` stands under {text:?}: {}",
                    report.code.name(),
                    report.fact
                );
            }
        }
    }
}

#[test]
fn programs_are_told_the_same() {
    let json =
        serde_json::to_string_pretty(&to_json(&told("many-ten-faults"))).expect("plain data");
    compare("many-ten-faults.json", &(json + "\n"));
}

#[test]
fn colour_changes_no_letter() {
    let reports = told("many-ten-faults");
    let coloured = render(&reports, Colour::Always);
    assert!(coloured.contains("\u{1b}["));
    assert_eq!(
        anstream::adapter::strip_str(&coloured).to_string(),
        render(&reports, Colour::Never)
    );
}

#[test]
fn files_that_cannot_be_read_are_told() {
    let large = vec![b'#'; usize::try_from(FILE_BYTES_MAX).expect("it fits") + 1];
    let surroundings = Surroundings::default()
        .with_file("pipelines/large.toml", large)
        .with_file("pipelines/latin.toml", *b"# caf\xe9\n")
        .with_file("pipelines/empty.toml", "");
    for name in ["absent", "large", "latin"] {
        let path = format!("pipelines/{name}.toml");
        let fault =
            Files::load(Path::new(&path), None, &surroundings).expect_err("it cannot be read");
        compare(&format!("load-{name}.err"), &render(&[*fault], Colour::Never));
    }
    let alone = Files::load(Path::new("pipelines/empty.toml"), None, &surroundings)
        .expect("it can be read");
    assert!(alone.shared.is_none() && alone.overrides.is_none());
}

#[test]
fn what_belongs_to_a_pipeline_is_loaded_with_it() {
    let surroundings = Surroundings::default()
        .with_file("p/a.toml", "a")
        .with_file("p/penstock.toml", "b")
        .with_file("elsewhere.toml", "c");
    let files =
        Files::load(Path::new("p/a.toml"), Some(Path::new("elsewhere.toml")), &surroundings)
            .expect("all are there");
    let texts = [Some(files.pipeline), files.shared, files.overrides]
        .map(|file| file.expect("loaded").text().to_owned());
    assert_eq!(texts, ["a", "b", "c"]);
}
