//! A run that is recorded is replayed without a vendor, and nobody is named in it.

use std::path::Path;

use penstock_simulators::knobs::Knobs;
use penstock_simulators::movement::Actor;
use penstock_simulators::serve::real_now_ms;
use penstock_simulators::shop::order::{Content, FulfillmentStatus, PaymentStatus, Person};
use penstock_simulators::till::Customer;
use penstock_simulators::world::World;
use penstock_tests::{Project, Said};
use serde_json::Value;

use super::{BINARY, project, world};

fn recorded(project: &Project, folder: &str) -> Said {
    let said = project.record(folder).unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    said
}

/// Replays in a project of its own, with no vendor and no secret.
fn replayed(project: &Project, folder: &str) -> Said {
    let run = ["run", "ecwid-vend.toml", "--format", "json"];
    let replay = ["--replay", folder, "--store", "other/store.db"];
    project.without_secrets(&[&run[..], &replay].concat()).unwrap()
}

fn text(folder: &Path) -> String {
    ["recording.json", "store.jsonl", "exchanges.jsonl"]
        .map(|name| std::fs::read_to_string(folder.join(name)).unwrap())
        .concat()
}

/// What each stage came to, without reasons, which name what they are about. How often an entry passed on the way there (again,
/// once the write was done that it waited for) is a matter of how quickly answers came.
fn counts(said: &Said) -> Vec<(String, Vec<(String, u64)>)> {
    let sum = |value: &Value| match value {
        Value::Object(of) => of.values().filter_map(Value::as_u64).sum(),
        value => value.as_u64().unwrap_or(0),
    };
    let stages = said.json()["stages"].as_object().unwrap().clone();
    stages
        .into_iter()
        .map(|(stage, counts)| {
            let of_end = ["read", "filtered", "held", "dead"];
            let counts = of_end.map(|what| (what.to_owned(), sum(&counts[what])));
            (stage, counts.to_vec())
        })
        .collect()
}

/// How many entries were applied, in all stages.
fn applied(said: &Said) -> u64 {
    let stages = said.json()["stages"].as_object().unwrap().clone();
    let applied = stages.values().filter_map(|stage| stage["applied"].as_object().cloned());
    applied.flat_map(|of| of.into_values()).filter_map(|count| count.as_u64()).sum()
}

/// How many entries wait, and not for a person.
fn waiting(said: &Said) -> u64 {
    let waiting = said.json()["waiting"].as_object().unwrap().clone();
    let others = waiting.into_iter().filter(|(kind, _)| kind != "held" && kind != "dead");
    others.filter_map(|(_, count)| count.as_u64()).sum()
}

#[test]
fn a_recorded_run_is_replayed_to_the_same_end_without_a_vendor_and_without_a_store() {
    let mut world = world(11, 60);
    let mut knobs = Knobs::default();
    knobs.shop.order_search_lag_ms = 0;
    world.set_knobs(knobs);
    let project = Project::new(world, BINARY).unwrap();
    let run = recorded(&project, "first");
    let writes = project.writes();
    let replay = replayed(&project, "first");
    assert_eq!(replay.code, Some(0), "{replay:?}");
    assert_eq!(counts(&replay), counts(&run), "{replay:?}");
    assert_eq!(applied(&replay), applied(&run), "{replay:?}");
    let asked = (&replay.json()["unmatched"], &replay.json()["not_asked_for"]);
    assert_eq!(asked, (&serde_json::json!([]), &serde_json::json!(0)));
    assert_eq!(project.writes(), writes, "something was sent");
    assert!(!project.folder().join("other").exists(), "a replay leaves no store");
    // A run that goes on from there is replayed from there: an order that was posted is known to be, whatever it is now.
    project.running.with_shop(|shop, now_ms| {
        let draft = shop.draft("mina@example.org", "SKU-0001", 1);
        shop.place(draft, PaymentStatus::Paid, Content::Sound, now_ms - 60_000);
        for order in 0..60 {
            shop.set_fulfillment(order, FulfillmentStatus::Shipped, now_ms - 50_000);
        }
    });
    let again = recorded(&project, "second");
    let unchanged = again.json()["stages"]["sales"]["unchanged"].as_u64().unwrap();
    assert!(unchanged > 10, "{again:?}");
    let replay = replayed(&project, "second");
    assert_eq!((replay.code, counts(&replay)), (Some(0), counts(&again)), "{replay:?}");
    assert_eq!(replay.json()["stages"]["sales"]["unchanged"], unchanged, "{replay:?}");
}

#[test]
fn what_was_not_recorded_is_told_with_what_is_nearest_to_it() {
    let project = project(12, 20);
    recorded(&project, "run");
    project.edit(|text| text.replace("register = \"Web\"", "register = \"Shop\"")).unwrap_or(());
    project.edit(|text| text.replace("start = \"beginning\"", "start = \"2020-01-01\"")).unwrap();
    let said = replayed(&project, "run");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("error[not-recorded]"), "{said:?}");
    assert!(said.err.contains("was not recorded; nearest is exchange"), "{said:?}");
}

#[test]
fn a_folder_with_something_in_it_is_not_recorded_into() {
    let project = project(12, 5);
    std::fs::create_dir(project.folder().join("full")).unwrap();
    project.write("full/notes.txt", "mine").unwrap();
    let said = project.record("full").unwrap();
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.err.contains("error[recording-exists]"), "{said:?}");
    assert_eq!(project.writes(), 0, "it was recorded all the same");
}

/// Words of which nothing may be left; nobody else in the simulators is called so.
const PERSONAL: [&str; 11] = [
    "zerlina",
    "quastenflosse",
    "7946 0958",
    "irrwurzel",
    "w6q 9zx",
    "klaus-dieter",
    "wunderlampe",
    "engelbertus",
    "0171 79",
    "gravurwunsch",
    "hinterhaus",
];

/// Plants a person wherever a shop could send one, the secret of the till among it.
fn plant(world: &mut World) {
    let sku = world.till.products().rows().iter().map(|row| row.value.sku.clone());
    let skus: Vec<String> = sku.filter(|sku| !sku.is_empty()).take(3).collect();
    let person = Person {
        name: "Zerlina QUASTENFLOSSE".to_owned(),
        street: "Irrwurzel 7".to_owned(),
        city: "Hinterhaus".to_owned(),
        country_code: "DE".to_owned(),
        postal_code: "W6Q 9ZX".to_owned(),
        phone: "+44 20 7946 0958".to_owned(),
    };
    let now = real_now_ms() - 300_000;
    for (at, sku) in skus.iter().enumerate() {
        let mut draft = world.shop.draft(" Zerlina@Quastenflosse.example", sku, 1);
        draft.person = Some(person.clone());
        draft.comments = Some(format!(
            "Ring twice at Klaus-Dieter, {}; not after zerlina@quastenflosse.example says so",
            penstock_simulators::till::DEMO_TOKEN
        ));
        draft.lines[0].options = vec![
            ("Engraving".to_owned(), "Gravurwunsch".to_owned()),
            ("Zerlina".to_owned(), "x".to_owned()),
        ];
        if at > 0 {
            draft.lines[0].name = "Mug for zerlina quastenflosse (+44 20 7946 0958)".to_owned();
            draft.payment_method = "Zerlina Quastenflosse".to_owned();
        }
        world.shop.place(draft, PaymentStatus::Paid, Content::Sound, now);
    }
    let customer = Customer {
        first_name: Some("Engelbertus".to_owned()),
        last_name: Some("Wunderlampe".to_owned()),
        email: Some("zerlina@quastenflosse.example".to_owned()),
        phone: Some("0171 7946 0958".to_owned()),
        company_name: Some("Wunderlampe & Co".to_owned()),
        note: Some("Klaus-Dieter's cousin".to_owned()),
        customer_code: "Engelbertus-7946".to_owned(),
        ..Customer::default()
    };
    world.till.add_customer(customer, Actor::Merchant);
}

#[test]
fn no_secret_and_no_person_is_in_a_recording() {
    const SHOP: &str = "canary-shop-7f3a9c5e1b";
    let mut world = world(13, 40);
    world.shop.set_token(SHOP, &penstock_simulators::shop::SYNC_SCOPES);
    plant(&mut world);
    let project = Project::new(world, BINARY).unwrap();
    let record = |folder: &str| {
        let run =
            ["run", "ecwid-vend.toml", "--connections", "simulators.toml", "--record", folder];
        let output = project.command(&run).env("ECWID_TOKEN", SHOP).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    record("kept");
    let store = std::fs::read(project.store()).unwrap();
    let was_read = |word: &&str| String::from_utf8_lossy(&store).to_lowercase().contains(*word);
    assert!(PERSONAL.iter().filter(|word| was_read(word)).count() > 4, "nothing was planted");
    let first = text(&project.folder().join("kept"));
    assert!(first.contains("/orders") && first.contains("line_items"), "nothing was recorded");
    // What waits now is in the next one, whatever the vendors say of it then.
    record("next");
    let next = text(&project.folder().join("next"));
    assert!(next.contains(r#"{"table":"waiting""#), "nothing waits");
    for text in [first, next] {
        let lower = text.to_lowercase();
        assert!(!text.contains(SHOP) && !text.contains(penstock_simulators::till::DEMO_TOKEN));
        for word in PERSONAL {
            let at = lower
                .find(word)
                .map(|at| lower[at.saturating_sub(300)..].chars().take(400).collect::<String>());
            assert_eq!(at, None, "`{word}` is in the recording");
        }
    }
    let replay = replayed(&project, "kept");
    assert_eq!(replay.code, Some(0), "{replay:?}");
}

/// What rules remember, the ledger and the links are taken along: a till that sold, a count at the shop, an order.
#[test]
fn a_recorded_run_that_moves_stock_is_replayed_from_where_its_store_stood() {
    let project = super::audit::in_step();
    let counted = super::audit::counter(&project, "MUG-BLU");
    let level = super::audit::level(&project, "MUG-BLU");
    project.running.with_shop(|shop, now_ms| shop.set_stock(counted, Some(level + 4), now_ms));
    super::audit::command(&project, &["run"]);
    project.running.with_shop(|shop, now_ms| {
        shop.set_stock(counted, Some(level + 3), now_ms);
        let draft = shop.draft("mina@example.org", "SKU-0001", 2);
        shop.place(draft, PaymentStatus::Paid, Content::Sound, now_ms);
    });
    let run = recorded(&project, "first");
    let replay = replayed(&project, "first");
    assert_eq!(replay.json()["unmatched"], serde_json::json!([]), "{replay:?}");
    assert_eq!((replay.code, counts(&replay)), (Some(0), counts(&run)), "{replay:?}");
    assert_eq!((applied(&replay), waiting(&replay)), (applied(&run), waiting(&run)), "{replay:?}");
    let moved = run.json()["stages"]["to_till"]["applied"].clone();
    assert!(moved.as_object().is_some_and(|of| !of.is_empty()), "nothing was moved: {run:?}");
    let text = text(&project.folder().join("first"));
    for table in ["state", "effect", "link", "cursor", "seen"] {
        assert!(text.contains(&format!("{{\"table\":\"{table}\"")), "no row of `{table}`");
    }
}
