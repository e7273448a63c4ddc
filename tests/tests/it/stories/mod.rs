//! Stories of two-way stock, told run by run: what happened outside, what was read, what each stage made of it, what was
//! written, and what came of that. The snapshots beside them are the runs themselves.

mod catalogue;
mod counts;
mod limits;
mod orders;
mod sales;
mod switches;

use penstock_tests::simulation::{Item, Simulation};

/// What the shop and the till count of each good, and how many writes that move something have left. The till is also
/// given the reason that an adjustment bears, once for more and once for less.
#[track_caller]
fn check(story: &Simulation, levels: &[(Item, (i64, i64))], moving: usize) {
    let found: Vec<(Item, (i64, i64))> =
        levels.iter().map(|(item, _)| (*item, story.levels(item))).collect();
    let writes = story.writes();
    let writes = writes.iter().filter(|write| !write.path.ends_with("adjustment_reasons"));
    assert_eq!((found.as_slice(), writes.count()), (levels, moving), "{}", words(story));
}

fn words(story: &Simulation) -> String {
    story.tell().unwrap_or_else(|error| error.to_string())
}

/// The simulators' books find nothing wrong.
#[track_caller]
fn check_books(story: &Simulation) {
    assert_eq!(story.with_books(|books| books.verify()), Vec::<String>::new());
}
