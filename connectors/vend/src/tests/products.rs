//! The directory `products`: what a SKU or a key leads to.

use penstock_connector_sdk::commerce::Payload;
use penstock_connector_sdk::directory::{Directory, Find};
use serde_json::json;

use super::till::{Till, vend};

fn find(till: Till, by: &str, values: &[&str]) -> Vec<Vec<(String, String, bool, bool)>> {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let call = Find { collection: "products", options: "{}", by, values: &values };
    let found = vend("2026-07").find(&call, &till.host()).unwrap();
    let of = |payload: &Payload| match payload {
        Payload::Product(p) => (p.id.clone(), p.stock_owner.clone(), p.counts_stock, p.active),
        other => panic!("{other:?}"),
    };
    found.iter().map(|entries| entries.iter().map(|entry| of(&entry.payload)).collect()).collect()
}

#[test]
fn a_sku_leads_to_its_product_and_its_counter() {
    let found = find(Till::new(), "sku", &["MUG-BLU", "GONE", " ", "SHIP", "MUG-BLU"]);
    let mug = ("p-mug".to_owned(), "p-mug@o-main".to_owned(), true, true);
    let ship = ("p-ship".to_owned(), "p-ship@o-main".to_owned(), false, true);
    assert_eq!(found, [vec![mug.clone()], vec![], vec![], vec![ship], vec![mug]]);
}

#[test]
fn duplicates_and_inactive_ones_are_shown_for_the_rule_to_judge() {
    let row = |id: &str, active: bool| json!({"id": id, "sku": "A", "name": "A", "has_inventory": true, "active": active});
    let parent = json!({"id": "p-0", "sku": "A", "has_variants": true, "variant_parent_id": ""});
    let child = json!({"id": "p-3", "sku": "A", "has_variants": true, "variant_parent_id": "p-0"});
    let rows = json!({"data": [parent, row("p-1", true), row("p-2", false), child]});
    let found = find(Till::new().with("/2026-07/search?sku=a", rows), "sku", &["A"]);
    let ids: Vec<(&str, bool)> = found[0].iter().map(|row| (row.0.as_str(), row.3)).collect();
    assert_eq!(ids, [("p-1", true), ("p-2", false), ("p-3", true)]);
}

#[test]
fn a_key_is_read_anew_with_or_without_what_the_host_put_before_it() {
    let row = json!({"id": "p-1", "sku": "A", "name": "A", "has_inventory": true, "version": 3});
    let till = Till::new().with("/2026-07/products/p-1", json!({"data": row}));
    let found = find(till, "key", &["p-1", "vend:acme/products/p-1", "p-2"]);
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 0]);
}

#[test]
fn an_unknown_field_is_told() {
    let call = Find { collection: "products", options: "{}", by: "colour", values: &[] };
    assert!(vend("2026-07").find(&call, &Till::new().host()).is_err());
}

/// What the fuzzer found: no revision at all, which the host takes for a breach of the contract.
#[test]
fn a_product_without_a_version_has_a_revision_of_its_content() {
    let revision = |name: &str| {
        let row = json!({"id": "p-1", "sku": "A", "name": name, "has_inventory": true});
        let host = Till::new().with("/2026-07/search?sku=a", json!({"data": [row]})).host();
        let values = ["A".to_owned()];
        let call = Find { collection: "products", options: "{}", by: "sku", values: &values };
        vend("2026-07").find(&call, &host).unwrap()[0][0].revision.clone()
    };
    assert!(revision("Mug").starts_with("untold-"), "{}", revision("Mug"));
    assert_eq!(revision("Mug"), revision("Mug"));
    assert_ne!(revision("Mug"), revision("Pot"));
}

/// What the fuzzer found: nothing can be kept under such an id.
#[test]
fn a_record_with_an_empty_id_is_a_failure_that_names_it() {
    let row = json!({"id": "", "sku": "A", "name": "A", "has_inventory": true, "version": 3});
    let host = Till::new().with("/2026-07/search?sku=a", json!({"data": [row]})).host();
    let values = ["A".to_owned()];
    let call = Find { collection: "products", options: "{}", by: "sku", values: &values };
    let said = format!("{:?}", vend("2026-07").find(&call, &host).unwrap_err());
    assert!(said.contains("data[0].id") && said.contains("empty"), "{said}");
}
