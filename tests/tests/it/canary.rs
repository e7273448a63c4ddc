//! A secret that is planted occurs nowhere.

use std::path::Path;

use super::world;
use penstock_tests::Project;

use super::BINARY;

const SHOP: &str = "canary-shop-7f3a9c5e1b";
const TILL: &str = "canary-till-2d8e6b4f0a";

/// Every file below a folder that holds one of the secrets.
fn holding(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            holding(&path, found);
        } else {
            let bytes = std::fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            if text.contains(SHOP) || text.contains(TILL) {
                found.push(path.display().to_string());
            }
        }
    }
}

#[test]
fn a_secret_is_in_no_output_and_in_no_file() {
    let mut world = world(8, 60);
    world.shop.set_token(SHOP, &penstock_simulators::shop::SYNC_SCOPES);
    let scopes = world.till.scopes_of(penstock_simulators::till::DEMO_TOKEN);
    world.till.set_token(TILL, &scopes.iter().map(String::as_str).collect::<Vec<_>>());
    let project = Project::new(world, BINARY).unwrap();
    let mut outputs = String::new();
    let run = ["run", "ecwid-vend.toml", "--connections", "simulators.toml"];
    let plan = ["plan", "ecwid-vend.toml", "--connections", "simulators.toml"];
    let online = ["check", "ecwid-vend.toml", "--connections", "simulators.toml", "--online"];
    for (arguments, till) in
        [(&plan[..], TILL), (&run, TILL), (&online, TILL), (&run, "canary-till-2d8e6b4f0a-wrong")]
    {
        for format in ["text", "json"] {
            let mut command = project.command(arguments);
            command
                .args(["--format", format])
                .env("ECWID_TOKEN", SHOP)
                .env("VEND_TOKEN", till)
                .env("RUST_BACKTRACE", "1");
            let output = command.output().unwrap();
            outputs.push_str(&String::from_utf8_lossy(&output.stdout));
            outputs.push_str(&String::from_utf8_lossy(&output.stderr));
        }
    }
    let held = project.penstock(&["held", "list", "--format", "json"]).unwrap().json();
    let held = held["held"][0]["label"].as_str().unwrap().to_owned();
    let why = ["why", &held, "ecwid-vend.toml", "--connections", "simulators.toml"];
    for arguments in [&["held", "list"][..], &["why", "email:x"], &["why", &held], &why] {
        let mut command = project.command(arguments);
        let output = command.env("ECWID_TOKEN", SHOP).env("VEND_TOKEN", TILL).output().unwrap();
        outputs.push_str(&String::from_utf8_lossy(&output.stdout));
        outputs.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    assert!(outputs.contains("what comes of it now"), "{outputs}");
    assert!(outputs.contains("till"), "nothing was printed");
    assert!(!outputs.contains(SHOP) && !outputs.contains(TILL), "{outputs}");
    let mut found = Vec::new();
    holding(project.folder(), &mut found);
    assert_eq!(found, Vec::<String>::new());
}
