//! Somebody counts.

use penstock_simulators::till::TillCounter;
use penstock_tests::simulation::{Item, Simulation, minutes};
use rust_decimal::Decimal;

use super::{check, check_books};

/// Goods beside the three that every story has.
const SHELF: [Item; 25] = [
    "G01", "G02", "G03", "G04", "G05", "G06", "G07", "G08", "G09", "G10", "G11", "G12", "G13",
    "G14", "G15", "G16", "G17", "G18", "G19", "G20", "G21", "G22", "G23", "G24", "G25",
];

/// Each change goes to the other side once, and comes back as nothing.
#[test]
fn a_count_is_corrected_by_hand_on_either_side() {
    let mut story = Simulation::told_in_step(11).unwrap();
    story.edit("MUG", 5);
    story.count("CAP", -2);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("CAP", (8, 8)), ("MUG", (15, 15)), ("PEN", (10, 10))], 2);
    check_books(&story);
}

/// Both changes of one counter add up, whichever is seen first.
#[test]
fn a_count_is_corrected_by_hand_on_both_sides_at_once() {
    let mut story = Simulation::told_in_step(12).unwrap();
    story.edit("MUG", 5);
    story.count("MUG", -2);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (13, 13))], 2);
    check_books(&story);
}

/// A stocktake at the till: each counter that moved is written once in the shop, and the others not at all.
#[test]
fn a_stocktake_at_the_till_corrects_each_counter_in_the_shop_once() {
    let mut story = shelf(13);
    for (place, item) in (0_i64..).zip(&SHELF) {
        story.count(item, place % 5 - 2);
    }
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    let levels: Vec<_> = (0_i64..)
        .zip(&SHELF)
        .map(|(place, item)| (*item, (8 + place % 5, 8 + place % 5)))
        .collect();
    check(&story, &levels, 20);
    check_books(&story);
}

/// Many counts that fall to zero together are more likely a fault than a stocktake: a person has to say so.
#[test]
fn many_counts_that_fall_to_zero_together_are_held_and_nothing_is_written() {
    let mut story = shelf(14);
    for item in SHELF {
        story.count(item, -10);
    }
    story.run_for(minutes(5)).unwrap();
    let held = story.with_store(|store| store.waiting(&["dead"], None)).unwrap();
    assert_eq!(held.len(), SHELF.len(), "each has its reason");
    check(&story, &[("G01", (10, 0)), ("G25", (10, 0))], 0);

    story.take_new_levels(&SHELF).unwrap();
    story.run_for(minutes(20)).unwrap();
    let levels = SHELF.map(|item| (item, (0, 0)));
    check(&story, &levels, 25);
    check_books(&story);
}

/// The till counts metres and the shop whole pieces: the shop shows what is surely there.
#[test]
fn a_fraction_at_the_till_is_kept_until_it_is_whole() {
    let mut story = Simulation::told_in_step(15).unwrap();
    for (tenths, shop, writes) in [(97, 9, 1), (92, 9, 1), (101, 10, 2), (100, 10, 2)] {
        story.happen(&format!("a clerk counts {tenths} tenths of MUG at the till"), |world| {
            let product = world.till.products_of_sku("mug")[0];
            let product = world.till.products().at(product).unwrap().id;
            let counter = TillCounter { product, outlet: world.outlet };
            world.till.count_stock(counter, Decimal::new(tenths, 1));
        });
        story.run_for(minutes(5)).unwrap();
        assert_eq!((story.levels("MUG").0, story.writes_sent()), (shop, writes), "{tenths}");
    }
    insta::assert_snapshot!(story.tell().unwrap());
    check_books(&story);
}

/// Pattern 5: nothing is written before a person has accepted the first levels.
#[test]
fn first_levels_are_written_when_a_person_has_accepted_them() {
    let mut story = Simulation::told(16).unwrap();
    story.count("MUG", -3);
    let order = story.place("CAP", 1);
    story.link_without_levels(&["MUG", "CAP", "PEN"]).unwrap();
    story.run_for(minutes(5)).unwrap();
    story.sell("MUG", 1);
    story.run_for(minutes(5)).unwrap();
    check(&story, &[("CAP", (9, 10)), ("MUG", (10, 6)), ("PEN", (10, 10))], 0);
    story.accept_levels().unwrap();
    story.run_for(minutes(5)).unwrap();
    check(&story, &[("CAP", (9, 10)), ("MUG", (6, 6)), ("PEN", (10, 10))], 1);
    story.pay(order);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("CAP", (9, 9)), ("MUG", (6, 6)), ("PEN", (10, 10))], 2);
    check_books(&story);
}

/// A story of many goods, all in step.
fn shelf(seed: u64) -> Simulation<'static> {
    let mut story = Simulation::told(seed).unwrap();
    for item in SHELF {
        story.add_good(item);
    }
    story.link(&SHELF).unwrap();
    story.run_for(minutes(3)).unwrap();
    story.begin();
    story
}
