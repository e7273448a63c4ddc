//! What an integrator does with a pipeline file at hand: formatting it, and having slips mended.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{BINARY, project};

const FILE: &str = "acme.toml";

/// The pipeline that comes along, as it is.
fn bundled() -> String {
    std::fs::read_to_string(xtask::root().join("pipelines/ecwid-vend.toml")).unwrap()
}

#[test]
fn a_file_is_formatted_only_where_that_is_asked_for() {
    let project = project(1, 1);
    let file = project.folder().join(FILE);
    let good = bundled();
    project.write(FILE, &good).unwrap();
    let said = project.penstock(&["fmt", "--check", FILE]).unwrap();
    assert_eq!(said.code, Some(0), "the bundled pipeline is in canonical form: {said:?}");
    let loose = good.replacen("every = \"1m\"", "  every=\"1m\"  ", 1);
    std::fs::write(&file, &loose).unwrap();
    let said = project.penstock(&["fmt", "--check", FILE]).unwrap();
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("\n-  every=\"1m\"  \n+every = \"1m\"\n"), "{}", said.out);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), loose);
    let said = project.penstock(&["fmt", FILE, "--format", "json"]).unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.json()["files"][0]["changed"], true);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), good);
    std::fs::write(&file, "a = ").unwrap();
    let said = project.penstock(&["fmt", FILE]).unwrap();
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("error[toml-syntax]"), "{}", said.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "a = ");
}

#[test]
fn a_stream_is_formatted_to_a_stream() {
    let mut child = Command::new(BINARY)
        .args(["fmt", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"a=1\n\n\n# b\n").unwrap();
    let said = child.wait_with_output().unwrap();
    assert_eq!(said.status.code(), Some(0));
    assert_eq!(String::from_utf8(said.stdout).unwrap(), "a = 1\n\n# b\n");
}

#[test]
fn slips_are_mended_with_the_real_connectors() {
    let project = project(1, 1);
    let file = project.folder().join(FILE);
    let good = bundled();
    let mut slips = good.clone();
    for (right, wrong) in [
        ("switch = \"post_sales\"", "swich = \"post_sale\""),
        ("register = \"Web\"", "registr = \"Web\""),
        ("connector = \"customer-match\"", "connector = \"costumer-match\""),
        ("inputs = [\"stock.to_shop\"]", "inputs = \"stock.to_shpo\""),
        ("unmatched_line = \"hold\"", "unmatched_lines = \"hold\""),
        ("every = \"1m\"", "every = \"1 minute\""),
    ] {
        assert!(slips.contains(right), "{right}");
        slips = slips.replacen(right, wrong, 1);
    }
    std::fs::write(&file, &slips).unwrap();
    let said = project.penstock(&["check", FILE, "--fix", "--format", "json"]).unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    let answer = &said.json()["files"][0];
    assert_eq!(answer["mended"].as_array().unwrap().len(), 8, "{answer:#}");
    assert!(answer["changes"][0]["diff"].as_str().unwrap().contains("+switch = \"post_sales\""));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), good);
    let unsure = good.replacen("post_sales = true", "post_sales = \"on\"", 1);
    std::fs::write(&file, &unsure).unwrap();
    let said = project.penstock(&["check", FILE, "--fix"]).unwrap();
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.out.contains("0 faults mended"), "{}", said.out);
    assert!(said.err.contains("error[wrong-type]"), "{}", said.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), unsure);
}
