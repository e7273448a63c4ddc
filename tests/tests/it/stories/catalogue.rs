//! The catalogue changes under the links.

use penstock::engine::Stop;
use penstock_simulators::world::World;
use penstock_tests::simulation::{Act, Simulation, minutes};
use rust_decimal::prelude::ToPrimitive as _;
use uuid::Uuid;

use super::{check, check_books};

/// The till's product of that SKU.
fn till_product(world: &World, sku: &str) -> Uuid {
    let positions = world.till.products_of_sku(sku);
    world.till.products().at(positions[0]).unwrap().id
}

/// What the till counts of a good that the shop has no more.
fn till_level(story: &Simulation, item: &str) -> i64 {
    let level = |books: &penstock_simulators::books::Books<'_>| {
        books.levels().find(|level| level.side == "till" && level.sku == item).unwrap().level
    };
    story.with_books(level).to_i64().unwrap()
}

/// Patterns 12 and 13: a product is deleted in the shop between an order and its sale. The sale is made, the counter is
/// let go, and the others are kept in step. An order shows a product that is gone as one that is not counted; nothing of it
/// was put back.
#[test]
fn a_product_is_deleted_in_the_shop() {
    let mut story = Simulation::told_in_step(51).unwrap();
    let order = story.place("MUG", 2);
    story.run_for(minutes(5)).unwrap();
    story.pay(order);
    story.act(Act::Delete { item: "MUG" });
    story.sell("MUG", 1);
    story.sell("CAP", 1);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("CAP", (9, 9))], 2);
    assert_eq!(till_level(&story, "MUG"), 7, "one was bought at the till, and two in the shop");
}

/// Patterns 12 and 13: a product is deleted at the till. Its order is held with the reason, nothing is written to its
/// counters, and the others are kept in step.
#[test]
fn a_product_is_deleted_at_the_till() {
    let mut story = Simulation::told_in_step(52).unwrap();
    let order = story.place("MUG", 2);
    story.run_for(minutes(5)).unwrap();
    story.pay(order);
    story.happen("somebody deletes MUG at the till", |world| {
        let mug = till_product(world, "mug");
        world.till.delete_product(mug);
    });
    story.edit("MUG", 1);
    story.edit("CAP", 1);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("CAP", (11, 11))], 1);
}

/// Pattern 11: a link is of counters and not of SKUs, so stock goes on. An order bears the new SKU, which the till does
/// not know: it is held until somebody gives the till the SKU too.
#[test]
fn an_sku_is_changed_in_the_shop() {
    let mut story = Simulation::told_in_step(53).unwrap();
    let now_ms = story.now_ms();
    story.happen("the merchant calls MUG's SKU MUG-2 in the shop", |world| {
        world.shop.edit_product(4401, now_ms, |product| product.sku = "MUG-2".to_owned());
    });
    story.sell("MUG", 1);
    story.edit("MUG", 2);
    let order = story.place("MUG", 1);
    story.pay(order);
    story.run_for(minutes(10)).unwrap();
    check(&story, &[("MUG", (10, 11))], 2);
    story.happen("somebody calls MUG's SKU MUG-2 at the till", |world| {
        let mug = till_product(world, "mug");
        world.till.edit_product(mug, |product| product.sku = "MUG-2".to_owned());
    });
    story.run_for(minutes(1)).unwrap();
    assert_eq!(story.retry_held().unwrap(), 1);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (10, 10))], 3);
    check_books(&story);
}

/// Pattern 11: the same at the till.
#[test]
fn an_sku_is_changed_at_the_till() {
    let mut story = Simulation::told_in_step(54).unwrap();
    story.happen("somebody calls MUG's SKU MUG-2 at the till", |world| {
        let mug = till_product(world, "mug");
        world.till.edit_product(mug, |product| product.sku = "MUG-2".to_owned());
    });
    story.sell("MUG", 1);
    story.edit("MUG", 2);
    let order = story.place("MUG", 1);
    story.pay(order);
    story.run_for(minutes(10)).unwrap();
    check(&story, &[("MUG", (10, 11))], 2);
    story.happen("and back to MUG", |world| {
        let mug = till_product(world, "mug-2");
        world.till.edit_product(mug, |product| product.sku = "MUG".to_owned());
    });
    story.run_for(minutes(1)).unwrap();
    assert_eq!(story.retry_held().unwrap(), 1);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (10, 10))], 3);
    check_books(&story);
}

/// Sales go through a register of another outlet from now on. The links are of the old outlet's counters: nothing is
/// written to them that the new outlet sold, and what they count is not read any more until they are linked anew.
#[test]
fn the_register_is_one_of_another_outlet() {
    let mut story = Simulation::told_in_step(55).unwrap();
    story.happen("the retailer opens a second outlet, which has no stock yet", |world| {
        let outlet = world.till.add_outlet("Second");
        world.till.add_register("Second web", outlet, "W2-");
    });
    story.set_option("till", "register", "Second web").unwrap();
    let order = story.place("MUG", 2);
    story.pay(order);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (8, 10))], 1);
    check_books(&story);
}

/// The register is closed for the night. The sale is tried once in each round and stays what it is, and the counts are
/// kept in step meanwhile.
#[test]
fn the_register_is_closed_for_a_while() {
    let mut story = Simulation::told_in_step(56).unwrap();
    story.happen("the register is closed", |world| {
        world.till.set_register_open(world.register, false);
    });
    let order = story.place("MUG", 2);
    story.pay(order);
    story.edit("CAP", 1);
    stopped_runs(&mut story);
    assert_eq!((story.levels("CAP"), story.levels("MUG")), ((11, 11), (8, 10)));
    story.happen("the register is opened", |world| {
        world.till.set_register_open(world.register, true);
    });
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    assert_eq!((story.levels("CAP"), story.levels("MUG")), ((11, 11), (8, 8)));
    check_books(&story);
}

/// Pattern 48: who posts the sales is not let in any more. It is told, orders wait, and nothing is lost.
///
/// It is known to be too much that the counts, which need nobody to post, wait as well: a run stops where a sink is set
/// up wrongly.
#[test]
fn the_user_who_makes_the_sales_is_disabled_for_a_while() {
    let mut story = Simulation::told_in_step(57).unwrap();
    story.happen("the till's user is disabled", |world| {
        world.till.set_user_enabled(world.user, false);
    });
    let order = story.place("MUG", 2);
    story.pay(order);
    story.edit("CAP", 1);
    stopped_runs(&mut story);
    check(&story, &[("CAP", (11, 10)), ("MUG", (8, 10))], 0);
    story.happen("and enabled again", |world| {
        world.till.set_user_enabled(world.user, true);
    });
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("CAP", (11, 11)), ("MUG", (8, 8))], 2);
    check_books(&story);
}

/// Five runs, of which those that come to the order stop, and say why.
fn stopped_runs(story: &mut Simulation) {
    let mut stopped = 0;
    for _ in 0..5 {
        let ended = story.run().unwrap();
        stopped += usize::from(matches!(ended.stop, Some(Stop::Misconfigured { .. })));
        story.wait(minutes(1));
    }
    assert_eq!(stopped, 4, "the first run does not see the order yet");
}

/// Pattern 9: an item without an SKU, and one whose SKU is borne twice at the till, are linked to nothing: what moves
/// them moves nothing on the other side. Their orders are held, and the others go on.
#[test]
fn a_blank_sku_and_one_that_is_borne_twice() {
    let mut story = Simulation::told(58).unwrap();
    story.add_good("BLANK");
    story.add_good("TWIN");
    let now_ms = story.now_ms();
    story.happen(
        "BLANK has no SKU in the shop, and another product at the till is TWIN",
        |world| {
            let blank = world.shop.products().by_sku("BLANK").unwrap().0.id;
            world.shop.edit_product(blank, now_ms, |product| product.sku.clear());
            let twin = world.till.products().at(world.till.products_of_sku("twin")[0]).unwrap();
            let twin = twin.value.clone();
            world.till.add_product(twin);
        },
    );
    // What `penstock links` proposes: SKUs that are borne once on either side.
    story.link(&["MUG", "CAP", "PEN"]).unwrap();
    story.run_for(minutes(3)).unwrap();
    story.begin();
    for item in ["BLANK", "TWIN", "MUG"] {
        story.edit(item, 2);
        story.sell(item, 1);
        let order = story.place(item, 1);
        story.pay(order);
    }
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    let apart = (11, 9);
    check(&story, &[("BLANK", apart), ("TWIN", apart), ("MUG", (10, 10))], 3);
}
