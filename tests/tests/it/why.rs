//! `penstock why`: what a write changed, and what the stages make of an entry now.

use penstock_tests::{Project, Said};

use super::project;

/// The story of an entry, with what its pipeline makes of it now. Nothing is written for it.
fn why(project: &Project, name: &str, more: &[&str]) -> Said {
    let writes = project.writes();
    let mut arguments = vec!["why", name, "ecwid-vend.toml", "--connections", "simulators.toml"];
    arguments.extend(more);
    let said = project.penstock(&arguments).unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(project.writes(), writes);
    said
}

/// The numbers of orders that a run has sold.
fn sold(project: &Project) -> Vec<String> {
    let plan = ["plan", "ecwid-vend.toml", "--connections", "simulators.toml", "--format", "json"];
    let plan = project.penstock(&plan).unwrap().json();
    let groups = plan["groups"].as_array().unwrap();
    let sales = groups.iter().find(|group| group["stage"] == "sales").unwrap();
    let entries = sales["entries"].as_array().unwrap().iter();
    let created = entries.filter(|entry| entry["what"] == "create");
    created.map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_a_sale_was_made_of_and_what_each_stage_makes_of_it_now_is_told() {
    let project = project(4, 40);
    let number = sold(&project).remove(0);
    project.run().unwrap();
    let without = project.penstock(&["why", &number]).unwrap().out;
    for told in
        ["by way of `paid_orders`, `matched_orders`", "POST /2026-07/sales", "invoice_number: EC-"]
    {
        assert!(without.contains(told), "`{told}` is not in {without}");
    }
    let whole = why(&project, &number, &[]).out;
    let sale = format!("    number: EC-{number}\n");
    let unchanged = format!("  unchanged {number}");
    for told in [
        sale.as_str(),
        "    total: ",
        "\norders, ecwid 0.1.0 (",
        "    payment_status: paid\n",
        "\npaid_orders, order-filter 0.1.0 (",
        " passes by `orders`\n",
        "\nmatched_orders, customer-match 0.1.0 (",
        "\nsales, at vend:acme/sales\n",
        unchanged.as_str(),
    ] {
        assert!(whole.contains(told), "`{told}` is not in {whole}");
    }
    assert!(!whole.contains("invoice_number"), "{whole}");
}

#[test]
fn a_rule_that_was_changed_is_told_as_it_stands_now() {
    let project = project(4, 40);
    let number = sold(&project).remove(0);
    project.run().unwrap();
    let status = r#"payment_status = ["paid"]"#;
    project.edit(|text| text.replace(status, r#"payment_status = ["refunded"]"#)).unwrap();
    let said = why(&project, &number, &["--format", "json"]).json();
    let stages = said["now"]["stages"].as_array().unwrap();
    let rule = stages.iter().find(|stage| stage["stage"] == "paid_orders").unwrap();
    assert!(rule["told"].as_str().unwrap().contains("is filtered: "), "{rule}");
    assert_eq!(rule["connector"], "order-filter");
    assert_eq!(rule["digest"].as_str().unwrap().len(), 64);
    assert_eq!(said["now"]["groups"][0]["entries"][0]["what"], "filtered");
    let planned = said["story"].as_array().unwrap().iter();
    let mut details = planned.flat_map(|line| line["details"].as_array().unwrap());
    assert!(details.any(|detail| detail == &format!("number: EC-{number}")), "{said}");
}

#[test]
fn what_would_be_sold_once_its_cause_is_mended_is_told_before_it_is() {
    let project = project(5, 70);
    project.run().unwrap();
    let held = project.penstock(&["held", "list", "--format", "json"]).unwrap().json();
    let rows = held["held"].as_array().unwrap().iter();
    let unmapped = |row: &&serde_json::Value| {
        row["reason"].as_str().is_some_and(|reason| reason.contains("no payment type"))
    };
    let number = rows.clone().find(unmapped).unwrap()["label"].as_str().unwrap().to_owned();
    let said = why(&project, &number, &[]).out;
    assert!(said.contains(&format!("  held {number}: no payment type")), "{said}");
    let other = "other_payments = \"hold\"";
    project.edit(|text| text.replace(other, "other_payments = \"Cash\"")).unwrap();
    let said = why(&project, &number, &[]).out;
    assert!(said.contains(&format!("  create {number}: sale EC-{number}")), "{said}");
    assert!(said.contains("      payment `Cash`: "), "{said}");
    // It is still held: nothing of this was kept.
    let after = project.penstock(&["held", "list", "--format", "json"]).unwrap().json();
    assert_eq!(after, held);
}
