//! The same over loopback.
#![allow(clippy::disallowed_methods, reason = "a test of a server is a client of it")]

use super::world;
use penstock_simulators::faults::FaultKind;
use penstock_simulators::serve::{Running, ServeOptions};
use penstock_simulators::{shop, till};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

fn running() -> Running {
    let mut world = world();
    world.set_limited(false);
    Running::start(world, ServeOptions::default()).unwrap()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

async fn json(response: reqwest::Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

#[test]
fn both_vendors_answer_and_can_be_acted_on() {
    let running = running();
    block_on(async {
        let client = Client::new();
        let orders =
            format!("{}/api/v3/1003/orders?paymentStatus=PAID&limit=2", running.shop_url());
        let get = || client.get(&orders).bearer_auth(shop::DEMO_TOKEN).send();
        let page = json(get().await.unwrap()).await;
        assert_eq!(page["count"], 2);
        let plain = client.get(&orders).send().await.unwrap();
        assert_eq!(plain.status(), StatusCode::FORBIDDEN);

        let customers = format!("{}/api/2026-07/customers", running.till_url());
        let body = json!({ "first_name": "Ümit", "last_name": null, "email": "u+1@new.example" });
        let made = client.post(&customers).bearer_auth(till::DEMO_TOKEN).body(body.to_string());
        assert_eq!(made.send().await.unwrap().status(), StatusCode::CREATED);
        let search = format!(
            "{}/api/2026-07/search?type=customers&email=u%2B1%40new.example",
            running.till_url()
        );
        let found =
            json(client.get(&search).bearer_auth(till::DEMO_TOKEN).send().await.unwrap()).await;
        assert_eq!(found["data"][0]["first_name"], "Ümit", "query and body are decoded");
    });
    let count = running.with_till(|till, _| till.customers().rows().len());
    assert_eq!(count, 212);
    assert_eq!(running.with_books(|books| books.summary().customers_created), 1);
}

#[test]
fn a_lost_answer_closes_the_socket_and_half_a_body_breaks_off() {
    let running = running();
    let url = format!("{}/api/v3/1003/orders", running.shop_url());
    block_on(async {
        let client = Client::new();
        let get = || client.get(&url).bearer_auth(shop::DEMO_TOKEN).send();
        for kind in [FaultKind::DropBefore, FaultKind::DropAfter] {
            running.with_shop(|shop, _| shop.faults.spoil("GET /orders", 0, kind));
            // A client may send a request anew on a fresh connection; the count of lost answers is what must rise.
            let error = get().await;
            let lost = running.with_shop(|shop, _| shop.traffic.answered("GET /orders", 0));
            assert!(lost >= 1, "{kind:?} {error:?}");
        }
        running.with_shop(|shop, _| shop.faults.spoil("GET /orders", 0, FaultKind::HalfBody));
        let response = get().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert!(response.bytes().await.is_err(), "the body ends before its length");
        assert_eq!(get().await.unwrap().status(), StatusCode::OK, "and then all is well");
    });
}

#[test]
fn a_lost_answer_sends_no_byte() {
    use std::io::{Read, Write};
    let running = running();
    running.with_till(|till, _| till.faults.spoil("GET /users", 0, FaultKind::DropAfter));
    let address = running.till_url().replace("http://", "");
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    let token = till::DEMO_TOKEN;
    write!(
        socket,
        "GET /api/2026-07/users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    // Whether the end is orderly or a reset is the system's affair; no byte may come before it.
    let _ = socket.read_to_end(&mut answer);
    assert_eq!(answer, b"");
    assert_eq!(running.with_till(|till, _| till.traffic.answered("GET /users", 0)), 1);
}

#[test]
fn the_clock_can_be_put_ahead() {
    let running = running();
    let before = running.with_shop(|_, now_ms| now_ms);
    running.advance(600_000);
    let after = running.with_shop(|_, now_ms| now_ms);
    assert!(after - before >= 600_000);
}

#[test]
fn a_person_can_look_into_the_books() {
    let running = running();
    block_on(async {
        let client = Client::new();
        let text = async |url: String| {
            let response = client.get(url).send().await.unwrap();
            (response.status(), response.text().await.unwrap())
        };
        let (_, home) = text(running.books_url()).await;
        assert!(home.contains("Paid orders that must have a sale"));
        assert!(!home.contains("<script"));
        for table in ["orders", "sales", "customers", "levels", "movements", "requests"] {
            let (status, page) = text(format!("{}/_books/{table}", running.shop_url())).await;
            assert!(status.is_success() && page.contains("<table>"), "{table}");
        }
        let (_, orders) = text(format!("{}/_books/orders", running.books_url())).await;
        assert!(orders.contains("held(gift-card)"));
        let (_, books) = text(format!("{}/_books.json", running.till_url())).await;
        let books: Value = serde_json::from_str(&books).unwrap();
        assert_eq!(books["orders"].as_array().unwrap().len(), 200);
        let (status, _) = text(format!("{}/_books/nothing", running.books_url())).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    });
}
