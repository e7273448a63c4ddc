//! Whatever is wrong is told, and nothing is lost.

use std::process::Command;

use super::{BINARY, project, world};
use penstock_simulators::till;
use penstock_tests::Project;

const RUN: [&str; 4] = ["run", "ecwid-vend.toml", "--connections", "simulators.toml"];

#[test]
fn a_file_with_ten_faults_tells_all_ten_each_at_its_place() {
    let project = project(1, 1);
    project
        .edit(|text| {
            text.replace("post_sales = true ", "post_sales = 1 ")
                .replace("connector = \"ecwid\"", "connector = \"ecwit\"")
                .replace("register = \"Web\" ", "registr = \"Web\" ")
                .replace(
                    "secret = { env = \"VEND_TOKEN\" }",
                    "secret = \"lsxs_pt_abcdefghijklmnop\"",
                )
                .replace("every = \"1m\"", "every = \"1 minute\"")
                .replace("payment_status = [\"paid\"]", "payment_status = [\"payed\"]")
                .replace("inputs = [\"paid_orders.orders\"]", "inputs = [\"paid_order.orders\"]")
                .replace("by = \"email\"", "by = \"mail\"")
                .replace("switch = \"create_customers\"", "switch = \"create_customer\"")
                .replace("zero_total = \"post\"", "zero_total = \"posts\"")
        })
        .unwrap();
    let said = project.penstock(&["check", "ecwid-vend.toml", "--format", "json"]).unwrap();
    assert_eq!(said.code, Some(2), "{said:?}");
    let said = said.json();
    let reports = said["files"][0]["reports"].as_array().unwrap().clone();
    let text = std::fs::read_to_string(project.folder().join("ecwid-vend.toml")).unwrap();
    let errors: Vec<_> = reports.iter().filter(|report| report["severity"] == "error").collect();
    for wrong in [
        "= 1 ",
        "ecwit",
        "registr",
        "lsxs_pt",
        "1 minute",
        "payed",
        "paid_order.",
        "\"mail\"",
        "create_customer\"",
        "posts",
    ] {
        let line = text.lines().position(|line| line.contains(wrong)).unwrap() as u64 + 1;
        assert!(
            errors.iter().any(|report| report["place"]["line"] == line),
            "nothing is told of `{wrong}` in line {line}: {errors:#?}"
        );
    }
    assert!(errors.iter().all(|report| report["hints"].is_array()));
}

#[test]
fn a_component_that_is_none_is_told_by_what_it_is() {
    let project = project(1, 1);
    project.write("notes.wasm", "these are not the bytes of a component").unwrap();
    project
        .edit(|text| text.replace("connector = \"vend\"", "connector = \"./notes.wasm\""))
        .unwrap();
    let said = project.penstock(&RUN).unwrap();
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("notes.wasm") && said.err.contains("not WebAssembly"), "{said:?}");
}

/// Pattern 22: nothing is taken for done that was not.
#[test]
fn an_unreachable_vendor_stops_the_run_with_the_reason_and_loses_nothing() {
    let project = project(1, 40);
    let endpoints = project.endpoints();
    // Nobody listens there.
    let gone = endpoints.replace(&project.running.till_url(), "http://127.0.0.1:9");
    project.write("simulators.toml", &gone).unwrap();
    let said = project.penstock(&RUN).unwrap();
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.err.contains("connection `till`") && said.err.contains("hint:"), "{said:?}");
    project.write("simulators.toml", &endpoints).unwrap();
    assert_eq!(project.run().unwrap().code, Some(0));
    assert_eq!(project.violations(), Vec::<String>::new());
}

#[test]
fn a_wrong_token_stops_the_run_with_the_reason_and_loses_nothing() {
    let project = project(1, 40);
    for (variable, connection) in [("ECWID_TOKEN", "shop"), ("VEND_TOKEN", "till")] {
        let output = project.command(&RUN).env(variable, "wrong").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains(&format!("connection `{connection}`")), "{said}");
    }
    assert_eq!(project.run().unwrap().code, Some(0));
    assert_eq!(project.violations(), Vec::<String>::new());
}

#[test]
fn a_missing_secret_is_told_at_its_place() {
    let project = project(1, 1);
    let output = project.command(&RUN).env_remove("VEND_TOKEN").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("VEND_TOKEN") && said.contains("ecwid-vend.toml:"), "{said}");
}

#[test]
fn a_foreign_or_damaged_store_is_refused_and_left_as_it_is() {
    let project = project(1, 5);
    std::fs::create_dir_all(project.folder().join(".penstock")).unwrap();
    let mut damaged = {
        assert_eq!(project.run().unwrap().code, Some(0));
        let sqlite = Command::new("true").status();
        assert!(sqlite.is_ok());
        std::fs::read(project.store()).unwrap()
    };
    let middle = damaged.len() / 2;
    for byte in damaged.iter_mut().skip(4096).take(middle) {
        *byte ^= 0x5A;
    }
    let cases: [(&[u8], &str); 3] = [
        (b"these are somebody's notes, and by no means a database of any kind, however long they are", "store-foreign"),
        (&damaged, "store-damaged"),
        (&damaged[..middle], "store-"),
    ];
    for (bytes, code) in cases {
        for file in ["store.db", "store.db-wal", "store.db-shm"] {
            let _gone = std::fs::remove_file(project.folder().join(".penstock").join(file));
        }
        std::fs::write(project.store(), bytes).unwrap();
        let said = project.penstock(&RUN).unwrap();
        assert_eq!(said.code, Some(3), "{said:?}");
        assert!(said.err.contains(code), "{code}: {said:?}");
        assert_eq!(std::fs::read(project.store()).unwrap(), bytes, "{code}: the file was changed");
    }
}

#[test]
fn check_online_tells_what_the_till_lacks() {
    let project = project(1, 1);
    let register = project.running.with_till(|till, _| till.registers().rows()[0].id);
    project.running.with_till(|till, _| till.set_register_open(register, false));
    project
        .edit(|text| {
            text.replace("\"Cash on delivery\" = \"Cash\"", "\"Cash on delivery\" = \"Coins\"")
        })
        .unwrap();
    let said = project
        .penstock(&["check", "ecwid-vend.toml", "--connections", "simulators.toml", "--online"])
        .unwrap();
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.out.contains("closed"), "{said:?}");
    assert!(said.out.contains("Coins"), "{said:?}");
    project.running.with_till(|till, _| till.set_token(till::DEMO_TOKEN, &["sales:read"]));
    let said = project
        .penstock(&["check", "ecwid-vend.toml", "--connections", "simulators.toml", "--online"])
        .unwrap();
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.out.contains("scope") || said.err.contains("scope"), "{said:?}");
}

/// Two stages use the till's stock: what it has not is so for both.
#[test]
fn check_online_tells_each_finding_once() {
    let project = Project::whole(world(1, 1), BINARY).unwrap();
    let words = ["check", "ecwid-vend.toml", "--connections", "simulators.toml", "--online"];
    let said = project.penstock(&words).unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    let mut found: Vec<&str> = said.out.lines().filter(|line| line.contains(": note: ")).collect();
    assert!(found.iter().any(|line| line.contains("has no reason")), "{said:?}");
    let all = found.len();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), all, "{said:?}");
}
