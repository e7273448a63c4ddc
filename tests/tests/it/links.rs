//! Which counter of the shop is which of the till, by the real components.

use penstock_simulators::till;
use penstock_tests::{Project, Said};

/// The stock stages alone: what `penstock links` reads.
const STOCK: &str = r#"
[connections.shop]
connector = "ecwid"
options = { store_id = 1003 }
secret = { env = "ECWID_TOKEN" }

[connections.till]
connector = "vend"
secret = { env = "VEND_TOKEN" }
options = { domain_prefix = "acme", register = "Web", user = "web" }

[connections.till.endpoints]
api = { reads_by_post = ["/2026-07/inventory"] }

[[source]]
id = "orders"
connection = "shop"
collection = "orders"
options = { start = "beginning" }

[[source]]
id = "shop_stock"
connection = "shop"
collection = "stock"

[[source]]
id = "till_stock"
connection = "till"
collection = "stock"

[[transform]]
id = "stock"
connector = "stock-delta"
inputs = { orders = "orders", shop = "shop_stock", till = "till_stock" }

[[sink]]
id = "to_shop"
connection = "shop"
collection = "stock"
inputs = ["stock.to_shop"]

[[sink]]
id = "to_till"
connection = "till"
collection = "stock"
inputs = ["stock.to_till"]
"#;

fn links(project: &Project, options: &[&str]) -> Said {
    let mut arguments =
        vec!["links", "stock.toml", "--connections", "simulators.toml", "--format", "json"];
    arguments.extend(options);
    project.penstock(&arguments).unwrap()
}

fn counts(said: &Said) -> Vec<(String, u64)> {
    let counts = said.json()["counts"].as_object().cloned().unwrap_or_default();
    counts.into_iter().map(|(word, count)| (word, count.as_u64().unwrap())).collect()
}

/// Pattern 9: a blank or a duplicate SKU is linked to nothing.
#[test]
fn counters_are_linked_by_skus_that_are_borne_once_and_only_when_a_person_accepts() {
    let project = super::project(1, 5);
    project.write("stock.toml", STOCK).unwrap();
    let found = links(&project, &["--export", "links.csv"]);
    assert_eq!(found.code, Some(0), "{found:?}");
    let expected = [
        ("blank", 1),
        ("composite", 2),
        ("duplicate", 3),
        ("gone", 0),
        ("linked", 0),
        ("matched", 47),
        ("missing", 1),
        ("renamed", 0),
        ("shared-counter", 2),
        ("untracked", 8),
    ];
    assert_eq!(counts(&found), expected.map(|(word, count)| (word.to_owned(), count)));
    assert_eq!(found.json()["made"], serde_json::Value::Null, "looking links nothing");

    assert_eq!(links(&project, &["--accept"]).json()["made"], 47);
    let again = links(&project, &["--accept"]);
    assert_eq!((&again.json()["made"], &again.json()["ended"]), (&0.into(), &0.into()));
    assert_eq!(again.json()["counts"]["linked"], 47);
    assert_eq!(again.json()["without_levels"], 47);
    assert_eq!(links(&project, &["--accept-levels"]).json()["levels_accepted"], 47);
    assert_eq!(project.writes() - inventory_reads(&project), 0, "links are no vendor's business");
}

/// Pattern 8: a pair that shares a counter with another is refused.
#[test]
fn an_imported_file_is_all_that_is_linked_and_a_fault_in_it_changes_nothing() {
    let project = super::project(1, 5);
    project.write("stock.toml", STOCK).unwrap();
    assert_eq!(links(&project, &["--accept", "--export", "links.csv"]).json()["made"], 47);
    let exported = std::fs::read_to_string(project.folder().join("links.csv")).unwrap();
    let head = exported.lines().next().unwrap();
    let mug = exported.lines().find(|line| line.contains("MUG-BLU")).unwrap();

    project.write("links.csv", &format!("{head}\n{mug}\n{mug}\n")).unwrap();
    let refused = links(&project, &["--import", "links.csv"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert_eq!(refused.json()["error"]["code"], "links-refused");
    assert!(refused.err.contains("is in more than one pair"), "{refused:?}");
    let gone = links(&project, &["--import", "gone.csv"]);
    assert_eq!(gone.json()["error"]["code"], "links-file", "{gone:?}");

    project.write("links.csv", &format!("{head}\n{mug}\n")).unwrap();
    let imported = links(&project, &["--import", "links.csv"]);
    assert_eq!((&imported.json()["made"], &imported.json()["ended"]), (&0.into(), &46.into()));

    project.running.with_till(|till, _| till.set_token(till::DEMO_TOKEN, &["sales:read"]));
    let unread = links(&project, &["--import", "links.csv"]);
    assert_eq!(unread.json()["error"]["code"], "links-unread", "{unread:?}");
}

/// The till reads its inventory by POST.
fn inventory_reads(project: &Project) -> u64 {
    let requests = project.running.with_books(|books| books.requests());
    let reads = requests.iter().filter(|request| request.endpoint.contains("inventory"));
    reads.filter(|request| !request.endpoint.starts_with("GET ")).map(|request| request.count).sum()
}
