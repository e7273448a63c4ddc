use penstock_connector_sdk::types::Decimal;

use super::{Counter, Owner, find, moved_by, of_product};
use crate::api::product::Product;

/// A mug in three colours: the blue one has an SKU and a counter of its own, the red one no SKU, the
/// green one the parent's.
const MUG: &str = r#"{ "id": 4410, "sku": "MUG", "name": "Mug", "unlimited": false, "quantity": -2,
    "combinations": [
        { "id": 88, "sku": "MUG-BLU", "unlimited": true, "options": [{ "value": "Blue" }, { "value": "L" }] },
        { "id": 89, "sku": null },
        { "id": 90, "sku": " MUG ", "quantity": 5 } ] }"#;

fn mug() -> Product<'static> {
    serde_json::from_str(MUG).unwrap()
}

/// Patterns 10 and 31: what shares a counter has none of its own.
#[test]
fn a_variation_has_a_counter_if_it_has_an_sku_of_its_own() {
    let counters = of_product(&mug()).unwrap();
    let blue = Counter {
        owner: "4410-88".to_owned(),
        sku: Some("MUG-BLU".to_owned()),
        name: "Mug (Blue, L)".to_owned(),
        on_hand: None,
    };
    let own = Counter {
        owner: "4410".to_owned(),
        sku: Some("MUG".to_owned()),
        name: "Mug".to_owned(),
        on_hand: Some(Decimal::new(-2, 0)),
    };
    assert_eq!(counters, [own.clone(), blue.clone()]);
    let found = |text: &str| find(&mug(), Owner::parse(text).unwrap()).unwrap();
    assert_eq!((found("4410"), found("4410-88")), (Some(own), Some(blue)));
    assert_eq!((found("4410-89"), found("4410-90"), found("88")), (None, None, None));
}

#[test]
fn a_sale_moves_the_counter_of_what_was_chosen() {
    let moved = |combination| moved_by(&mug(), combination);
    let product = Some("4410".to_owned());
    assert_eq!(
        (moved(None), moved(Some("89")), moved(Some("90"))),
        (product.clone(), product.clone(), product)
    );
    assert_eq!((moved(Some("88")), moved(Some("1"))), (Some("4410-88".to_owned()), None));
}

#[test]
fn an_owner_is_a_product_or_a_variation_of_it() {
    let owner = |product, combination| Some(Owner { product, combination });
    assert_eq!(Owner::parse("4410"), owner("4410", None));
    assert_eq!(Owner::parse("4410-88"), owner("4410", Some("88")));
    for text in ["", "-", "4410-", "-88", "4410-88-1", "x", "4410@outlet", "../4410"] {
        assert_eq!(Owner::parse(text), None, "{text}");
    }
}
