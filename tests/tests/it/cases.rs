//! Cases beside a pipeline file: played without a vendor, compared with snapshots, made of runs and of what waits.

use penstock_tests::{Project, Said};

use super::project;

const AWAITING: &str = r#"
about = "An order that awaits payment goes nowhere"
now = "2026-11-25T10:00:00Z"

[[entry]]
source = "orders"
key = "1001"

[entry.order]
payment_status = "awaiting-payment"
customer = { email = "mina@example.org" }
lines = [{ sku = "MUG", amount = "12.50", taxes = [{ name = "VAT", rate = 20, amount = "2.50" }] }]
"#;

/// A project with a recorded day, and with a case of its own that needs no recording.
fn with_cases(seed: u64) -> Project {
    let project = project(seed, 30);
    let said = project.record("rec").unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    let said = project
        .penstock(&["case", "ecwid-vend.toml", "day", "--recording", "rec", "--about", "A day"])
        .unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    project.write("ecwid-vend.tests/awaiting.toml", AWAITING).unwrap();
    project
}

/// Runs the cases with no vendor and no secret.
fn test(project: &Project, more: &[&str]) -> Said {
    project.without_secrets(&[&["test", "--format", "json"], more].concat()).unwrap()
}

/// What each case came to, in the order of their names.
fn fates(said: &Said) -> Vec<String> {
    let cases = said.json()["cases"].as_array().unwrap().clone();
    cases
        .iter()
        .map(|case| {
            format!("{} {}", case["case"].as_str().unwrap(), case["fate"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn changing_one_rule_changes_only_the_snapshots_that_it_should() {
    let project = with_cases(21);
    let writes = project.writes();
    let again = ["case", "ecwid-vend.toml", "awaiting", "--recording", "rec"];
    let said = project.penstock(&again).unwrap();
    assert!(said.err.contains("error[case-exists]"), "{said:?}");
    let said = test(&project, &[]);
    assert_eq!(
        (said.code, fates(&said)),
        (Some(1), vec!["awaiting new".to_owned(), "day new".to_owned()])
    );
    let said = test(&project, &["--accept"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let same = vec!["awaiting ok".to_owned(), "day ok".to_owned()];
    for _ in 0..2 {
        let said = test(&project, &[]);
        assert_eq!((said.code, fates(&said)), (Some(0), same.clone()), "{said:?}");
    }
    let snapshot =
        std::fs::read_to_string(project.folder().join("ecwid-vend.tests/day.snap")).unwrap();
    for told in [
        "== orders: page",
        "== paid_orders: verdicts on `orders`",
        "is filtered: awaiting payment",
        "== new_customers: plan",
        "== sales: plan",
        "POST till/2026-07/sales",
        "\"line_items\"",
        "== sales: outcome",
        ": applied as ",
        "read GET till/2026-07/",
    ] {
        assert!(snapshot.contains(told), "`{told}` is not told");
    }

    project
        .edit(|text| text.replace("number_prefix = \"EC-\"", "number_prefix = \"SHOP-\""))
        .unwrap();
    let said = test(&project, &[]);
    let changed = vec!["awaiting ok".to_owned(), "day changed".to_owned()];
    assert_eq!((said.code, fates(&said)), (Some(1), changed), "{said:?}");
    let diff = said.json()["cases"][1]["diff"].as_str().unwrap().to_owned();
    assert!(diff.contains("@ == sales: plan"), "{diff}");
    assert!(diff.contains("-       \"invoice_number\": \"EC-"), "{diff}");
    assert!(diff.contains("+       \"invoice_number\": \"SHOP-"), "{diff}");
    assert!(diff.contains("was recorded otherwise: body/invoice_number"), "{diff}");
    for line in diff.lines().filter(|line| line.starts_with(['+', '-'])) {
        assert!(line.contains("EC-") || line.contains("SHOP-"), "it changed too: {line}");
    }
    assert_eq!(project.writes(), writes, "a test sent something");
}

#[test]
fn an_entry_that_is_held_becomes_a_case_and_names_nobody() {
    let project = with_cases(22);
    let held = project.penstock(&["held", "list", "--format", "json"]).unwrap().json();
    let held = held["held"].as_array().unwrap().clone();
    let number = held[0]["number"].to_string();
    let reason = held[0]["reason"].as_str().unwrap().to_owned();
    let writes = project.writes();
    let said = project
        .penstock(&[
            "case",
            "ecwid-vend.toml",
            "held",
            "--connections",
            "simulators.toml",
            "--entry",
            &number,
        ])
        .unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(project.writes(), writes, "something was written");
    let file = project.folder().join("ecwid-vend.tests/held.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let entry = project.penstock(&["held", "show", &number, "--format", "json"]).unwrap().out;
    let email = entry.split("\"email\":\"").nth(1).and_then(|rest| rest.split('"').next());
    if let Some(email) = email {
        assert!(!text.to_lowercase().contains(&email.trim().to_lowercase()), "{email} in {text}");
    }
    let said = test(&project, &["--case", "held", "--accept"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let snapshot = std::fs::read_to_string(file.with_extension("snap")).unwrap();
    assert!(snapshot.contains(" is held before "), "{reason}\n{snapshot}");
    // It is stated that nothing is held: then it fails, whatever the snapshot says.
    std::fs::write(&file, format!("{text}\n[expect]\nheld = []\n")).unwrap();
    let said = test(&project, &["--case", "held"]);
    assert_eq!(fates(&said), ["held failed"], "{said:?}");
    assert!(said.out.contains("is held, and the case does not expect it"), "{said:?}");
    std::fs::write(&file, format!("{text}\n[expect]\nheld = [\"nobody says this\"]\n")).unwrap();
    let said = test(&project, &["--case", "held"]);
    assert!(said.out.contains("nothing is held of which `nobody says this` is said"), "{said:?}");
}

#[test]
fn what_is_wrong_with_a_case_is_told_where_it_stands() {
    let project = project(23, 3);
    std::fs::create_dir(project.folder().join("ecwid-vend.tests")).unwrap();
    for (case, told, line) in [
        ("now = 1", "invalid type: integer `1`", 1),
        ("abuot = \"x\"\nnow = \"2026-11-25T10:00:00Z\"", "unknown field `abuot`", 1),
        ("now = \"yesterday\"", "`yesterday` is no instant", 1),
        ("about = \"x\"", "a case needs `now`, or a `recording`", 1),
        (
            "now = \"2026-11-25T10:00:00Z\"\n[switches]\npost_sale = true",
            "no switch `post_sale`",
            3,
        ),
        (
            "now = \"2026-11-25T10:00:00Z\"\n[[entry]]\nsource = \"orers\"\nkey = \"1\"\norder = {}",
            "no source `orers`",
            2,
        ),
        (
            "now = \"2026-11-25T10:00:00Z\"\n[[entry]]\nsource = \"orders\"\nkey = \"1\"",
            "needs one of `order`, `customer`",
            2,
        ),
        (
            "now = \"2026-11-25T10:00:00Z\"\n[[entry]]\nsource = \"orders\"\nkey = \"1\"\norder = { total = 12.5 }",
            "expected an exact amount",
            5,
        ),
        (
            "now = \"2026-11-25T10:00:00Z\"\n[[exchange]]\nrequest = \"FETCH x\"",
            "`FETCH x` is no request",
            2,
        ),
    ] {
        project.write("ecwid-vend.tests/a.toml", case).unwrap();
        let said = project.penstock(&["test"]).unwrap();
        assert_eq!(said.code, Some(2), "{case}: {said:?}");
        assert!(said.err.contains(told), "{case}: {said:?}");
        assert!(said.err.contains(&format!("a.toml:{line}:")), "{case}: {said:?}");
    }
}

#[test]
fn what_nothing_answers_fails_the_case_and_is_told_as_it_is_to_be_written() {
    let project = project(24, 3);
    std::fs::create_dir(project.folder().join("ecwid-vend.tests")).unwrap();
    let paid = AWAITING.replace("awaiting-payment", "paid");
    project.write("ecwid-vend.tests/paid.toml", &paid).unwrap();
    let said = project.penstock(&["test", "--junit", "junit.xml"]).unwrap();
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("FAILED    ecwid-vend/paid"), "{said:?}");
    let request = "request = \"GET till/2026-07/search?type=customers&email=mina@example.org&page_size=1000\"";
    assert!(said.out.contains(request), "{said:?}");
    let junit = std::fs::read_to_string(project.folder().join("junit.xml")).unwrap();
    assert!(junit.contains("<testsuites tests=\"1\" failures=\"1\">"), "{junit}");
    // As it is told it is written, and then it is answered.
    let answered = format!("{paid}\n[[exchange]]\n{request}\nanswer = '{{\"data\": []}}'\n");
    project.write("ecwid-vend.tests/paid.toml", &answered).unwrap();
    let said = project.penstock(&["test"]).unwrap();
    assert!(!said.out.contains("type=customers&email"), "it is asked for again: {said:?}");
}
