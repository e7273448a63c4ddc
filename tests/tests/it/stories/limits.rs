//! Counters at their limits: not counted, below nothing, shared.

use penstock_simulators::shop::order::{Content, PaymentStatus};
use penstock_simulators::shop::{DraftLine, Variation};
use penstock_tests::simulation::{Act, Simulation, minutes};

use super::{check, check_books};

/// Patterns 4 and 6: nothing is written while the shop does not count, and what counts again begins with the till's
/// level. The flag itself is the merchant's.
#[test]
fn a_product_is_unlimited_for_a_while() {
    let mut story = Simulation::told_in_step(21).unwrap();
    story.act(Act::Unlimit { item: "MUG" });
    story.run_for(minutes(5)).unwrap();
    story.sell("MUG", 2);
    let order = story.place("MUG", 1);
    story.pay(order);
    story.run_for(minutes(5)).unwrap();
    assert_eq!(story.writes_sent(), 1, "the sale alone");
    story.act(Act::Limit { item: "MUG", level: 4 });
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (7, 7))], 2);
    check_books(&story);
}

/// Pattern 33: to -2 and back to 3, the shop shows 0 and then 3.
#[test]
fn a_level_falls_below_zero_and_comes_back() {
    let mut story = Simulation::told_in_step(22).unwrap();
    story.sell("MUG", 12);
    story.run_for(minutes(5)).unwrap();
    check(&story, &[("MUG", (0, -2))], 1);
    story.count("MUG", 5);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (3, 3))], 2);
    check_books(&story);
}

/// Pattern 31: a variation without an SKU of its own is counted by its product's counter, which the merchant corrects
/// at the same time.
#[test]
fn variations_share_the_counter_of_their_product() {
    let mut story = Simulation::told_in_step(23).unwrap();
    story.happen("MUG comes in two sizes, which have no SKU of their own", |world| {
        let now_ms =
            world.shop.products().all().iter().map(|it| it.updated_s).max().unwrap() * 1_000;
        world.shop.edit_product(4401, now_ms, |product| {
            for (id, size) in [(71, "Small"), (72, "Large")] {
                product.variations.push(Variation {
                    id,
                    options: vec![("Size".to_owned(), size.to_owned())],
                    price_minor: product.price_minor,
                    ..Variation::default()
                });
            }
        });
    });
    story.run_for(minutes(3)).unwrap();
    let now_ms = story.now_ms();
    story.happen("a buyer orders 1 small and 2 large MUG, and pays", |world| {
        let mut draft = world.shop.draft("", "MUG", 1);
        draft.lines[0].combination_id = Some(71);
        let large = DraftLine { combination_id: Some(72), quantity: 2, ..draft.lines[0].clone() };
        draft.lines.push(large);
        world.shop.place(draft, PaymentStatus::Paid, Content::Sound, now_ms)
    });
    story.edit("MUG", 4);
    story.run_for(minutes(20)).unwrap();
    insta::assert_snapshot!(story.tell().unwrap());
    check(&story, &[("MUG", (11, 11))], 2);
    check_books(&story);
}
