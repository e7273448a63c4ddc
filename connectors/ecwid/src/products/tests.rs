use penstock_connector_sdk::commerce::{Entry, Payload, Product};
use penstock_connector_sdk::connector::Connector;
use penstock_connector_sdk::directory::{Directory, Find};
use penstock_connector_sdk::script::{Script, json, status};
use penstock_connector_sdk::source::{Pull, Source};
use penstock_connector_sdk::types::Failure;

use crate::Ecwid;

/// A mug in three colours: the blue one has an SKU and a counter of its own, the red one no SKU,
/// the green one the parent's.
const MUG: &str = r#"{ "id": 4410, "sku": "MUG", "name": "Mug", "enabled": true, "unlimited": false,
    "updateTimestamp": 1767605462, "combinations": [
        { "id": 88, "sku": "MUG-BLU", "unlimited": false, "options": [{ "value": "Blue" }, { "value": "L" }] },
        { "id": 89, "options": [{ "value": "Red" }], "unlimited": true },
        { "id": 90, "sku": " MUG ", "options": [] } ] }"#;
const CARD: &str =
    r#"{ "id": 7, "sku": "", "name": "Gift card", "enabled": false, "unlimited": true }"#;

/// A store that finds the mug by each of its SKUs, in any case, and products by id.
fn store() -> Script {
    Script::new().answers(|request| {
        assert_eq!(request.path, "/products");
        let items = match (request.query_value("sku"), request.query_value("productId")) {
            (Some(sku), None) if matches!(sku.to_lowercase().as_str(), "mug" | "mug-blu") => {
                MUG.to_owned()
            }
            (None, Some("4410")) => MUG.to_owned(),
            (None, Some("4410,7" | "7,4410")) => format!("{MUG},{CARD}"),
            _ => String::new(),
        };
        Ok(json(&format!(r#"{{"total": 1, "items": [{items}]}}"#)))
    })
}

fn find(host: &Script, by: &str, values: &[&str]) -> Result<Vec<Vec<Entry>>, Failure> {
    let ecwid = Ecwid::open(r#"{"store_id": 1003}"#).unwrap();
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    ecwid.find(&Find { collection: "products", options: "{}", by, values: &values }, host)
}

fn products(found: Vec<Vec<Entry>>) -> Vec<Vec<Product>> {
    let product = |entry: Entry| match entry.payload {
        Payload::Product(product) => {
            assert_eq!(entry.key, product.id);
            product
        }
        other => panic!("{other:?}"),
    };
    found.into_iter().map(|entries| entries.into_iter().map(product).collect()).collect()
}

#[test]
fn an_sku_names_one_counter() {
    let host = store();
    let found = products(find(&host, "sku", &["MUG-BLU", "MUG", "mug", " ", "CUP"]).unwrap());
    let ids: Vec<Vec<&str>> = found
        .iter()
        .map(|products| products.iter().map(|product| product.id.as_str()).collect())
        .collect();
    assert_eq!(ids, [vec!["4410-88"], vec!["4410"], vec![], vec![], vec![]]);
    assert_eq!(
        (found[0][0].name.as_str(), found[0][0].stock_owner.as_str()),
        ("Mug (Blue, L)", "4410-88")
    );
    assert_eq!(host.requests().len(), 4);
}

#[test]
fn a_variation_without_an_sku_of_its_own_shares_the_counter() {
    let host = store();
    let found = products(
        find(&host, "key", &["4410-89", "7", "4410-90", "4410", "4410-88", "x", "", "4410-1"])
            .unwrap(),
    );
    let owners: Vec<Option<(&str, bool)>> = found
        .iter()
        .map(|products| {
            products.first().map(|product| (product.stock_owner.as_str(), product.counts_stock))
        })
        .collect();
    let parents = Some(("4410", true));
    assert_eq!(
        owners,
        [parents, Some(("7", false)), parents, parents, Some(("4410-88", true)), None, None, None]
    );
    assert_eq!(found[0][0].sku.as_deref(), Some("MUG"));
    assert_eq!((found[1][0].sku.as_deref(), found[1][0].active), (None, false));
    assert_eq!(host.requests().len(), 1);
}

#[test]
fn a_refusal_or_an_unknown_form_is_no_empty_answer() {
    for (answer, unauthorized) in
        [(status(403, ""), true), (json("[]"), false), (json(r#"{"items":[{}]}"#), false)]
    {
        let host = Script::new().answers(move |_| Ok(answer.clone()));
        let failure = find(&host, "sku", &["MUG"]).unwrap_err();
        assert_eq!(matches!(failure, Failure::Unauthorized(_)), unauthorized, "{failure:?}");
        assert_eq!(matches!(failure, Failure::Unexpected(_)), !unauthorized, "{failure:?}");
    }
    assert!(matches!(find(&store(), "name", &["Mug"]), Err(Failure::Misconfigured(_))));
}

/// A store of so many products besides the mug and the card, each with a variation.
fn catalogue(others: u64) -> Script {
    let other = |id: u64| {
        format!(
            r#"{{ "id": {id}, "sku": "S{id}", "name": "Any", "unlimited": true, "updateTimestamp": {id},
                 "compositeComponents": [{{ "productId": 7 }}], "combinations": [{{ "id": 1 }}] }}"#
        )
    };
    let others = (1_000..1_000 + others).map(other);
    let rows: Vec<String> = [MUG.to_owned(), CARD.to_owned()].into_iter().chain(others).collect();
    Script::new().answers(move |request| {
        let number = |name: &str| request.query_value(name).unwrap().parse::<usize>().unwrap();
        assert_eq!(request.path, "/products");
        if number("updatedFrom") > 0 {
            return Ok(json(r#"{"total": 0, "items": []}"#));
        }
        let to = request.query_value("updatedTo").map(|_| number("updatedTo"));
        assert!(to.is_none_or(|to| to > 1_767_605_500), "what was just changed is left out");
        let page: Vec<&str> =
            rows.iter().skip(number("offset")).take(number("limit")).map(String::as_str).collect();
        Ok(json(&format!(r#"{{"total": {}, "items": [{}]}}"#, rows.len(), page.join(","))))
    })
}

/// The whole listing, from the first page to the last, and the cursor behind it.
fn list(host: &Script, mut cursor: Option<Vec<u8>>) -> (Vec<Entry>, Option<Vec<u8>>) {
    let ecwid = Ecwid::open(r#"{"store_id": 1003}"#).unwrap();
    let mut entries = Vec::new();
    for _ in 0..100 {
        let call = Pull {
            collection: "products",
            options: "{}",
            after: cursor.as_deref(),
            limit: 100,
            now: 1_767_605_500_000,
        };
        let page = ecwid.pull(&call, host).unwrap();
        assert_eq!(page.complete_to, None);
        entries.extend(page.entries);
        cursor = Some(page.next);
        if !page.more {
            return (entries, cursor);
        }
    }
    panic!("the listing does not end");
}

/// Pattern 10: what is linked is told by its kind, and whether it has a counter of its own.
#[test]
fn the_listing_tells_every_product_whether_it_is_sold_or_not() {
    let (entries, _) = list(&catalogue(1), None);
    let told: Vec<(String, bool, String)> = products(vec![entries])
        .remove(0)
        .into_iter()
        .map(|product| {
            let attributes: Vec<String> = product
                .attributes
                .iter()
                .map(|pair| format!("{}={}", pair.name, pair.value))
                .collect();
            (product.id, product.active, attributes.join(" "))
        })
        .collect();
    let expected = [
        ("4410", true, "kind=parent"),
        ("4410-88", true, "kind=plain"),
        ("4410-89", true, "kind=plain shares_counter=true"),
        ("4410-90", true, "kind=plain shares_counter=true"),
        ("7", false, "kind=plain"),
        ("1000", true, "kind=composite"),
        ("1000-1", true, "kind=plain shares_counter=true"),
    ];
    let expected = expected.map(|(id, active, kind)| (id.to_owned(), active, kind.to_owned()));
    assert_eq!(told, expected);
}

#[test]
fn a_listing_of_many_pages_is_whole_and_begins_again() {
    let host = catalogue(333);
    let (first, cursor) = list(&host, None);
    assert_eq!(first.len(), 5 + 2 * 333);
    let (second, _) = list(&host, cursor);
    assert_eq!(second, first);
}
