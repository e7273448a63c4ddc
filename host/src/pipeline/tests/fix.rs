//! Mending: what is sure is mended, nothing else is touched.

use super::super::acme::Table;
use super::golden::{cases, compare};
use super::{check_text, files, load};
use crate::pipeline::{Files, Fixed, fix};
use crate::report::{Report, SourceFile, codes};

fn fixed(text: &str) -> Fixed {
    fix(Files::alone(SourceFile::new("pipelines/text.toml", text)), &Table)
}

fn errors(reports: &[Report]) -> usize {
    reports.iter().filter(|report| report.is_error()).count()
}

/// The good case with one thing written in another way.
fn with(right: &str, wrong: &str) -> String {
    let good = load("good.toml").expect("the case is there").text().to_owned();
    assert!(good.contains(right), "`{right}` is not in the good case");
    good.replacen(right, wrong, 1)
}

#[test]
fn no_case_has_more_faults_once_it_is_mended_and_none_is_left_that_could_be() {
    let mut mended = 0;
    for case in cases() {
        let before = super::check(&case).1;
        let fixed = fix(files(&case), &Table);
        assert!(errors(&fixed.reports) <= errors(&before), "{case}: {:#?}", fixed.reports);
        assert_eq!(fixed.pipeline.is_none(), errors(&fixed.reports) > 0, "{case}");
        let again = fix(fixed.files.clone(), &Table);
        assert!(again.mended.is_empty(), "{case}: {:?}", again.mended);
        let was_changed = fixed
            .files
            .all()
            .zip(files(&case).all())
            .any(|(after, before)| after.text() != before.text());
        assert_eq!(was_changed, !fixed.mended.is_empty(), "{case}");
        mended += fixed.mended.len();
    }
    assert!(mended >= 30, "{mended} faults of the cases were mended");
}

#[test]
fn slips_in_every_part_of_all_files_are_mended() {
    let fixed = fix(files("many-slips"), &Table);
    let said: Vec<&str> = fixed.reports.iter().map(|report| report.fact.as_str()).collect();
    assert!(fixed.pipeline.is_some(), "{said:#?}");
    let texts: Vec<&str> = fixed.files.all().map(SourceFile::text).collect();
    compare("many-slips.fixed", &texts.join("# ---\n"));
}

/// All edits of all cases: what is said, and what the line becomes.
#[test]
fn every_edit_of_the_cases_is_as_its_golden_file_says() {
    let mut said = String::new();
    for case in cases() {
        for report in super::check(&case).1 {
            let Some(edit) = &report.edit else { continue };
            let line = edit.file.position(edit.span.start).line;
            let text = edit.applied();
            let becomes = text.lines().nth(line - 1).unwrap_or_default();
            said += &format!("{case}: {}\n    {becomes}\n", report.fact);
        }
    }
    compare("edits.txt", &said);
}

#[test]
fn a_slip_is_mended_wherever_it_stands() {
    for (right, wrong) in [
        ("[[sink]]", "[[snik]]"),
        ("[[source]]", "[source]"),
        ("collection = \"orders\"", "colection = \"orders\""),
        ("collection = \"orders\"", "\"Collection\" = \"orders\""),
        ("collection = \"orders\"", "collection = 'order'"),
        ("connector = \"acme-shop\"", "connector = \"acme_shop\""),
        ("every = \"2h\"", "every = \"2 hours\""),
        ("env = \"SHOP_TOKEN\"", "evn = \"SHOP_TOKEN\""),
        ("inputs = [\"orders\"]", "inputs = [\"ordres\"]"),
        ("inputs = [\"orders\"]", "inputs = \"orders\""),
        ("inputs = [\"orders\"]", "inputs = [\"orders.orders\"]"),
    ] {
        let fixed = fixed(&with(right, wrong));
        let mended: Vec<&str> = fixed.mended.iter().map(|report| report.code.name()).collect();
        assert_eq!(mended.len(), 1, "{wrong}: {:#?}", fixed.reports);
        assert!(fixed.pipeline.is_some(), "{wrong}: {:#?}", fixed.reports);
        let good = load("good.toml").expect("the case is there");
        let like = |text: &str| text.replace(['"', '\''], "");
        assert_eq!(like(fixed.files.pipeline.text()), like(good.text()), "{wrong}");
    }
}

#[test]
fn comments_and_order_stay() {
    let text = with("collection = \"orders\"", "  colection   =   \"ordres\"   # mine");
    let good = text.replace("colection", "collection").replace("ordres", "orders");
    assert_eq!(fixed(&text).files.pipeline.text(), good);
}

#[test]
fn what_is_not_sure_is_left() {
    for (right, wrong) in [
        // A secret is for a person.
        ("secret = { env = \"SHOP_TOKEN\" }", "secret = \"s3cret\""),
        // There is such a key already.
        ("collection = \"orders\"", "collection = \"orders\"\ncolection = \"stock\""),
        // Like nothing.
        ("collection = \"orders\"", "collection = \"parcels\""),
        // A month, or a minute.
        ("every = \"2h\"", "every = \"1M\""),
        // How long it should be is not known.
        ("every = \"2h\"", "every = \"90d\""),
        // There would be two of it.
        ("inputs = [\"orders\"]", "inputs = [\"orders\", \"ordres\"]"),
    ] {
        let text = with(right, wrong);
        let fixed = fixed(&text);
        assert!(fixed.mended.is_empty(), "{wrong}: {:#?}", fixed.mended);
        assert_eq!(fixed.files.pipeline.text(), text);
        assert!(!fixed.reports.is_empty(), "{wrong}");
    }
}

/// Two ids are as near to what is written: nothing is done, and both are named.
#[test]
fn what_is_as_near_to_two_names_is_left() {
    let text = "[connections.shop]\nconnector = \"acme-shop\"\noptions = { store_id = 1003, region = \"eus\" }\n\
        secret = { env = \"SHOP_TOKEN\" }\n";
    let fixed = fixed(text);
    assert_eq!(fixed.files.pipeline.text(), text);
    let report = fixed.reports.iter().find(|report| report.code == codes::OPTION_VALUE);
    let hints = report.map(|report| (report.hints.clone(), report.edit.clone()));
    assert_eq!(hints, Some((vec!["did you mean `eu` or `us`?".to_owned()], None)));
}

/// The connector that was meant asks for more than the file says: a person should look.
#[test]
fn an_edit_that_brings_more_faults_is_not_made() {
    let text = with("connector = \"acme-shop\"", "connector = \"acme-shap\"").replacen(
        "store_id = 1003",
        "store_id = \"x\", reegion = 5",
        1,
    );
    let edit = check_text(&text).1.into_iter().find_map(|report| report.edit).expect("it is near");
    assert!(errors(&check_text(&edit.applied()).1) > 1, "it has an edit that brings more");
    let fixed = fixed(&text);
    assert!(fixed.mended.is_empty(), "{:#?}", fixed.mended);
    assert_eq!(fixed.files.pipeline.text(), text);
}

#[test]
fn a_header_is_not_renamed_without_the_tables_below_it() {
    let text = with("[[source]]", "[[sources]]") + "\n[sources.options]\n";
    let (_, reports) = check_text(&text);
    let report = reports.iter().find(|report| report.code == codes::UNKNOWN_KEY);
    assert!(report.is_some_and(|report| report.edit.is_none()), "{reports:#?}");
}

#[test]
fn the_file_beside_it_is_mended_too() {
    let good = load("good-files.toml").expect("the case is there");
    let shared = load("good-files.penstock.toml").expect("the case is there");
    let files = Files {
        shared: Some(SourceFile::new(shared.path(), shared.text().replacen("secret", "secert", 1))),
        ..super::files("good-files")
    };
    let fixed = fix(files, &Table);
    assert_eq!(fixed.mended.len(), 1, "{:#?}", fixed.reports);
    let texts: Vec<&str> = fixed.files.all().map(SourceFile::text).collect();
    assert_eq!(texts[..2], [good.text(), shared.text()]);
}
