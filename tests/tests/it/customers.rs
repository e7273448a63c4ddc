//! The customer rules of the main job, each as a run that a reviewer can read.

use penstock_simulators::movement::Actor;
use penstock_simulators::shop::order::{Content, PaymentStatus, Person};
use penstock_simulators::till::Customer;
use penstock_simulators::world::{NOW_MS, World, WorldOptions};
use penstock_tests::{Project, told_run};

use super::BINARY;

/// A world without orders, of one product that both sides know.
fn empty() -> World {
    World::generate(&WorldOptions { orders: 0, customers: 1, ..WorldOptions::default() })
}

fn sku(world: &World) -> String {
    let known =
        |sku: &str| !sku.is_empty() && world.till.products_of_sku(&sku.to_lowercase()).len() == 1;
    let ordinary = |product: &&penstock_simulators::shop::Product| {
        known(&product.sku) && product.variations.is_empty()
    };
    world.shop.products().all().iter().find(ordinary).unwrap().sku.clone()
}

/// A paid order of one piece.
fn order(world: &mut World, email: &str, name: Option<&str>) {
    let sku = sku(world);
    let mut draft = world.shop.draft(email, &sku, 1);
    draft.person = name.map(|name| Person { name: name.to_owned(), ..Person::default() });
    world.shop.place(draft, PaymentStatus::Paid, Content::Sound, NOW_MS);
}

fn known(world: &mut World, first: &str, last: &str, email: &str) {
    let customer = Customer {
        first_name: Some(first.to_owned()),
        last_name: Some(last.to_owned()),
        email: Some(email.to_owned()),
        ..Customer::default()
    };
    world.till.add_customer(customer, Actor::Merchant);
}

/// Runs the pipeline in this world and keeps the run as a snapshot.
#[track_caller]
fn check(name: &str, world: World, customers_created: u64) {
    insta::assert_snapshot!(name, told(world, customers_created));
}

/// Runs the pipeline in this world and tells the run. The books must agree.
#[track_caller]
fn told(world: World, customers_created: u64) -> String {
    let project = Project::new(world, BINARY).unwrap();
    let told = told_run(&project).unwrap();
    assert_eq!(project.violations(), Vec::<String>::new(), "{told}");
    assert_eq!(
        project.running.with_books(|books| books.summary().customers_created),
        customers_created,
        "{told}"
    );
    told
}

#[test]
fn a_known_address_is_that_customer() {
    let mut world = empty();
    known(&mut world, "Mina", "Okafor", "mina@example.org");
    order(&mut world, "mina@example.org", Some("Mina Okafor"));
    check("known", world, 0);
}

#[test]
fn case_and_blanks_of_an_address_do_not_matter() {
    let mut world = empty();
    known(&mut world, "Mina", "Okafor", "mina@example.org");
    order(&mut world, "  MINA@Example.org ", Some("Mina Okafor"));
    check("known_other_case", world, 0);
}

/// Pattern 41: a second order by a known customer is theirs, and changes nothing of them.
#[test]
fn a_differing_name_changes_nothing_at_the_till() {
    let mut world = empty();
    known(&mut world, "Mina", "Okafor", "mina@example.org");
    order(&mut world, "mina@example.org", Some("M. Smith"));
    check("differing_name", world, 0);
}

#[test]
fn an_unknown_address_makes_a_customer() {
    let mut world = empty();
    order(&mut world, "new@example.org", Some("Ada Lovelace Byron"));
    check("unknown", world, 1);
}

#[test]
fn without_a_name_the_address_is_the_name() {
    let mut world = empty();
    order(&mut world, "nameless@example.org", None);
    check("nameless", world, 1);
}

/// Pattern 40: nobody is made up for whom there is no address.
#[test]
fn without_an_address_there_is_no_customer() {
    let mut world = empty();
    order(&mut world, "", Some("Walk In"));
    check("no_address", world, 0);
}

#[test]
fn of_two_profiles_with_one_address_the_oldest_is_taken() {
    let mut world = empty();
    known(&mut world, "Old", "Profile", "two@example.org");
    world.till.pass(60_000);
    known(&mut world, "New", "Profile", "two@example.org");
    order(&mut world, "two@example.org", Some("Somebody"));
    check("two_profiles", world, 0);
}

/// Pattern 39: one address is one customer.
#[test]
fn twenty_orders_of_one_new_customer_make_one_customer() {
    let mut world = empty();
    for turn in 0..20 {
        let email = if turn % 2 == 0 { "twenty@example.org" } else { "Twenty@Example.org" };
        order(&mut world, email, Some("Twenty Orders"));
    }
    // The orders themselves are alike.
    let told = told(world, 1);
    let of_customers = |section: &&str| {
        ["matched_orders: verdicts", "new_customers:", "end"]
            .iter()
            .any(|title| section.starts_with(title))
    };
    let sections: Vec<&str> = told.split("\n== ").filter(of_customers).collect();
    insta::assert_snapshot!("twenty_orders", sections.join("\n== "));
}

/// Many buyers at once are looked up in the till's list, which tells what a search for each of them would.
#[test]
fn a_backlog_of_many_buyers_finds_whom_each_order_by_itself_would() {
    let mut world = empty();
    for number in 0..40 {
        let address = format!("buyer{number}@example.org");
        match number % 4 {
            0 => known(&mut world, "Mina", "Okafor", &address),
            1 => known(&mut world, "Mina", "Okafor", &format!(" {}", address.to_uppercase())),
            2 => {
                known(&mut world, "Older", "Profile", &address);
                known(&mut world, "Younger", "Profile", &address);
            }
            _ => {}
        }
        order(&mut world, &address, Some("M. Smith"));
    }
    let project = Project::new(world, BINARY).unwrap();
    let told = told_run(&project).unwrap();
    // The books know whose each sale has to be.
    assert_eq!(project.violations(), Vec::<String>::new(), "{told}");
    project.running.with_books(|books| {
        assert_eq!(books.summary().customers_created, 10, "{told}");
        assert_eq!(books.summary().till_closed_sales, 40, "{told}");
        let requests = books.requests();
        let searches = requests.iter().filter(|asked| asked.endpoint == "GET /search");
        let searches: u64 = searches.map(|asked| asked.count).sum();
        assert!((10..30).contains(&searches), "only the ten unknown are searched for: {searches}");
    });
}
