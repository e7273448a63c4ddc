//! A change whose answer was lost: what the shop shows of it.

use penstock_connector_sdk::commerce::StockMove;
use penstock_connector_sdk::host::Http;
use penstock_connector_sdk::script::{Script, status};
use penstock_connector_sdk::sink::{Answer, Applied, Conclusion, Settled, Sink, Write};
use penstock_connector_sdk::types::{Failure, Response};
use proptest::prelude::*;

use super::shop::{Shop, State};
use super::{NOW, by, ecwid, planned, to};
use crate::stock::memo::Memo;

/// A write whose answer was lost, in a shop where something may have happened since.
struct Lost {
    shop: Shop,
    write: Write,
}

/// What became of it, as a test wants to say it.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Applied,
    NotApplied,
    SentAgain,
    Rejected,
    Undecided,
}

impl Lost {
    fn new(owner: &str, quantity: StockMove) -> Self {
        Self::in_shop(Shop::new(NOW), owner, quantity)
    }

    fn in_shop(shop: Shop, owner: &str, quantity: StockMove) -> Self {
        let write = planned(&shop, owner, quantity);
        Self { shop, write }
    }

    /// The shop did it.
    fn applied(self) -> Self {
        self.shop.with(|state| state.write(&self.write.request));
        self
    }

    /// So many seconds later this happens.
    fn after(self, secs: i64, event: impl FnOnce(&mut State)) -> Self {
        self.shop.with(|state| {
            state.now += secs * 1_000;
            event(state);
        });
        self
    }

    /// Probes once, so many seconds later.
    fn probe(&mut self, secs: i64) -> Verdict {
        self.shop.with(|state| state.now += secs * 1_000);
        let host = self.shop.host();
        let response = host.read(self.write.probe.as_ref().unwrap()).unwrap();
        self.settle(&response, &host)
    }

    fn settle(&mut self, response: &Response, host: &Script) -> Verdict {
        let call = Answer { collection: "stock", options: "{}", write: &self.write, response };
        match ecwid().settle(&call, host) {
            Conclusion::Decided(settled) => match &settled[..] {
                [Settled::Applied(Applied { id, version: None })] => {
                    assert_eq!(*id, self.write.movements[0].owner);
                    Verdict::Applied
                }
                [Settled::Rejected(_)] => Verdict::Rejected,
                other => panic!("{other:?}"),
            },
            Conclusion::NotApplied(0) => Verdict::NotApplied,
            Conclusion::Continued(step) => {
                assert_eq!((&step.request, &step.probe), (&self.write.request, &self.write.probe));
                self.write.memo = step.memo;
                Verdict::SentAgain
            }
            Conclusion::Undecided(doubt) => {
                self.write.memo = doubt.memo;
                Verdict::Undecided
            }
            other => panic!("{other:?}"),
        }
    }

    /// Two probes, the second one a settle time after the first.
    fn verdict(&mut self) -> Verdict {
        assert_eq!(self.probe(30), Verdict::Undecided);
        self.probe(30)
    }

    fn memo(&self) -> Memo {
        Memo::from_bytes(&self.write.memo).unwrap()
    }
}

/// Pattern 20, and the model's rule for a delta: the counter itself must tell.
#[test]
fn a_delta_that_took_effect_is_applied_and_one_that_did_not_is_sent_again() {
    for (owner, delta) in [("4410", "-3"), ("4410-88", "2"), ("8", "-1")] {
        assert_eq!(Lost::new(owner, by(delta)).applied().verdict(), Verdict::Applied, "{owner}");
        assert_eq!(Lost::new(owner, by(delta)).verdict(), Verdict::SentAgain, "{owner}");
    }
}

#[test]
fn one_reading_decides_nothing_nor_do_two_that_differ() {
    let mut lost = Lost::new("8", by("-1")).applied();
    assert_eq!(lost.probe(30), Verdict::Undecided);
    assert_eq!(lost.probe(29), Verdict::Undecided);
    assert_eq!(lost.memo().last.unwrap().at, NOW + 30_000);
    assert_eq!(lost.probe(1), Verdict::Applied);

    let mut lost = Lost::new("8", by("-1"));
    assert_eq!(lost.probe(30), Verdict::Undecided);
    // The write shows late: the counter did not rest, and the first reading counts no more.
    let mut lost = lost.applied();
    assert_eq!(lost.probe(30), Verdict::Undecided);
    assert_eq!(lost.probe(30), Verdict::Applied);
}

/// Pattern 3: a reading from before the second sending must not speak against it.
#[test]
fn what_is_sent_again_begins_with_a_reading_of_its_own() {
    let mut lost = Lost::new("4410", by("-3"));
    assert_eq!(lost.verdict(), Verdict::SentAgain);
    let memo = lost.memo();
    assert_eq!((memo.before.at, memo.last, memo.sent_again), (NOW + 60_000, None, 1));
    let mut lost = lost.applied();
    assert_eq!(lost.verdict(), Verdict::Applied);
}

#[test]
fn after_some_sendings_in_vain_a_person_decides() {
    let mut lost = Lost::new("4410", by("-3"));
    for _ in 0..5 {
        assert_eq!(lost.verdict(), Verdict::SentAgain);
    }
    assert_eq!(lost.verdict(), Verdict::Undecided);
}

/// Pattern 1: what the shop's own orders moved is no part of the change.
#[test]
fn orders_that_were_placed_since_are_taken_off() {
    let placed = |state: &mut State| state.order(1, (4410, None), 2);
    // The red mug shares the counter, the blue one does not.
    let red = |state: &mut State| state.order(2, (4410, Some(89)), 1);
    let blue = |state: &mut State| state.order(3, (4410, Some(88)), 4);
    let busy = |lost: Lost| {
        lost.after(40, placed).after(40, red).after(40, blue).after(40, |_| {}).verdict()
    };
    assert_eq!(busy(Lost::new("4410", by("-3")).applied()), Verdict::Applied);
    assert_eq!(busy(Lost::new("4410", by("-3"))), Verdict::SentAgain);
    assert_eq!(busy(Lost::new("4410-88", by("-4")).applied()), Verdict::Applied);
    assert_eq!(busy(Lost::new("4410-88", by("-4"))), Verdict::SentAgain);
}

/// Pattern 3: the reading before the write may not show what came shortly before it.
#[test]
fn an_order_from_shortly_before_the_reading_leaves_a_doubt_where_it_matters() {
    let verdict = |delta: &str, before: i64| {
        let shop = Shop::new(NOW - before * 1_000);
        shop.with(|state| {
            state.read_lag = 25;
            state.order(1, (4410, None), 1);
            state.now = NOW;
        });
        Lost::in_shop(shop, "4410", by(delta)).after(30, |_| {}).verdict()
    };
    // The reading has 12 and the next ones 11, as they would have if the change had been made.
    assert_eq!(verdict("-1", 20), Verdict::Undecided);
    assert_eq!(verdict("-2", 20), Verdict::SentAgain);
    assert_eq!(verdict("-1", 41), Verdict::SentAgain);
}

/// An order of just the change's size is what a naive look at the counter would be deceived by.
#[test]
fn an_order_of_the_same_size_does_not_pass_for_the_change() {
    let order = |state: &mut State| state.order(1, (8, None), 1);
    assert_eq!(
        Lost::new("8", by("-1")).after(40, order).after(40, |_| {}).verdict(),
        Verdict::SentAgain
    );
    let cancelled = |state: &mut State| state.set_status(1, "CANCELLED");
    let placed_and_cancelled =
        |lost: Lost| lost.after(40, order).after(40, cancelled).after(40, |_| {}).verdict();
    assert_eq!(placed_and_cancelled(Lost::new("8", by("-1"))), Verdict::SentAgain);
    assert_eq!(placed_and_cancelled(Lost::new("8", by("-1")).applied()), Verdict::Applied);
}

/// Pattern 38: units of an earlier order that were put back are told from the change, where they can.
#[test]
fn an_earlier_order_that_is_cancelled_since_may_have_put_its_units_back() {
    let sold = |units: i64| {
        let shop = Shop::new(NOW - 100_000);
        shop.with(|state| {
            state.order(1, (4410, None), units);
            state.now = NOW;
        });
        shop
    };
    let cancel = |state: &mut State| state.set_status(1, "CANCELLED");
    let verdict = |units: i64, applied: bool| {
        let lost = Lost::in_shop(sold(units), "4410", by("-3"));
        let lost = if applied { lost.applied() } else { lost };
        lost.after(40, cancel).after(40, |_| {}).verdict()
    };
    assert_eq!(verdict(2, true), Verdict::Applied);
    assert_eq!(verdict(2, false), Verdict::SentAgain);
    // Three taken off and three put back looks like nothing at all, and so does an order that had
    // been cancelled before and was only edited since.
    assert_eq!(verdict(3, true), Verdict::Undecided);
}

/// It can't be told on which side of the reading such an order lies.
#[test]
fn an_order_at_the_time_of_the_reading_leaves_a_doubt_where_it_matters() {
    let order = |units: i64| move |state: &mut State| state.order(1, (4410, None), units);
    let verdict = |delta: &str, units: i64| {
        Lost::new("4410", by(delta)).after(3, order(units)).after(60, |_| {}).verdict()
    };
    assert_eq!(verdict("-1", 1), Verdict::Undecided);
    assert_eq!(verdict("-3", 1), Verdict::SentAgain);
}

#[test]
fn what_nothing_explains_is_read_again_and_never_guessed() {
    let mut lost = Lost::new("4410", by("-3")).applied().after(40, |state| {
        state.move_by(4410, None, 1);
    });
    assert_eq!(lost.verdict(), Verdict::Undecided);
    assert_eq!(lost.probe(30), Verdict::Undecided);
    let back = lost.after(30, |state| state.move_by(4410, None, -1));
    let mut lost = back;
    assert_eq!(lost.verdict(), Verdict::Applied);
}

#[test]
fn a_level_that_was_set_is_told_by_itself() {
    assert_eq!(Lost::new("8", to("7")).applied().probe(30), Verdict::Applied);
    assert_eq!(Lost::new("8", to("7")).probe(30), Verdict::NotApplied);
    let moved = |state: &mut State| state.move_by(8, None, -1);
    assert_eq!(Lost::new("8", to("7")).applied().after(40, moved).probe(30), Verdict::NotApplied);
}

/// Patterns 4 and 12: what can't be told any more, and matters no more, ends.
#[test]
fn a_counter_that_counts_no_more_ends_the_doubt() {
    let gone = |state: &mut State| state.delete(8);
    let unlimited = |state: &mut State| state.set_unlimited(8);
    assert_eq!(Lost::new("8", by("-1")).after(30, gone).probe(30), Verdict::Rejected);
    assert_eq!(Lost::new("8", by("-1")).after(30, unlimited).probe(30), Verdict::Rejected);
    assert_eq!(Lost::new("8", to("7")).after(30, gone).probe(30), Verdict::Rejected);
}

/// Pattern 14: an answer that tells nothing is never taken for one that does.
#[test]
fn a_probe_or_a_list_of_orders_that_tells_nothing_leaves_the_doubt() {
    let store = r#"{"errorMessage":"no","errorCode":"STORE_NOT_FOUND"}"#;
    for answer in [status(500, ""), status(403, ""), status(404, store), status(200, "{}")] {
        let mut lost = Lost::new("8", by("-1")).applied();
        let host = lost.shop.host();
        let memo = lost.write.memo.clone();
        assert_eq!(lost.settle(&answer, &host), Verdict::Undecided);
        assert_eq!(lost.write.memo, memo);
        assert_eq!(host.lines().len(), 1);
    }
    let mut lost = Lost::new("8", by("-1")).applied();
    assert_eq!(lost.probe(30), Verdict::Undecided);
    lost.shop.with(|state| state.now += 30_000);
    let response = lost.shop.host().read(lost.write.probe.as_ref().unwrap()).unwrap();
    let no_orders = Script::new().answers(|_| Err(Failure::RetryAfter(5)));
    assert_eq!(lost.settle(&response, &no_orders), Verdict::Undecided);
    assert_eq!(lost.probe(1), Verdict::Applied);
    lost.write.memo = b"{}".to_vec();
    assert_eq!(lost.probe(30), Verdict::Undecided);
}

#[test]
fn an_order_of_a_variation_that_is_gone_leaves_the_doubt() {
    let order = |state: &mut State| {
        state.order(1, (4410, Some(89)), 1);
        state.orders[0]["items"][0]["combinationId"] = serde_json::json!(90);
    };
    assert_eq!(
        Lost::new("4410", by("-3")).applied().after(40, order).after(40, |_| {}).verdict(),
        Verdict::Undecided
    );
}

/// Something that happens in the shop, so many seconds after the last.
#[derive(Clone, Copy, Debug)]
struct Happening {
    secs: i64,
    order: u64,
    what: u8,
}

/// An order is placed, paid, sent on its way or cancelled; or nothing happens.
fn happen(state: &mut State, Happening { order, what, .. }: Happening) {
    let known = state.orders.iter().find(|known| known["internalId"] == order);
    let status = known.map(|known| known["paymentStatus"].as_str().unwrap_or_default().to_owned());
    match (status.as_deref(), what) {
        (None, 0..=3) => state.order(order, (4410, None), 1 + i64::try_from(order % 3).unwrap()),
        (Some("CANCELLED") | None, _) => {}
        (Some(_), 0 | 1) => state.set_status(order, "CANCELLED"),
        (Some(_), 2 | 3) => state.set_status(order, "PAID"),
        (Some(_), _) => {}
    }
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = (0_i64..70, 0_u64..4, 0_u8..6);
    prop::collection::vec(one.prop_map(|(secs, order, what)| Happening { secs, order, what }), 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The shop's orders may come, go and be edited at any time around the readings, and its search
    /// and its reads may lag behind: a verdict is the truth, or there is none.
    #[test]
    fn a_verdict_is_never_wrong(
        before in happenings(),
        since in happenings(),
        between in happenings(),
        delta in prop::sample::select(vec!["-3", "-2", "-1", "1", "2", "3"]),
        took_effect: bool,
        lag in 0_i64..25,
        read_lag in 0_i64..25,
    ) {
        let shop = Shop::new(NOW);
        let pass = |events: Vec<Happening>| for event in events {
            shop.with(|state| {
                state.now += event.secs * 1_000;
                happen(state, event);
            });
        };
        shop.with(|state| (state.lag, state.read_lag) = (lag, read_lag));
        pass(before);
        let lost = Lost::in_shop(shop.clone(), "4410", by(delta));
        let mut lost = if took_effect { lost.applied() } else { lost };
        pass(since);
        let mut verdict = lost.probe(30);
        pass(between);
        for _ in 0..6 {
            if verdict == Verdict::Undecided {
                verdict = lost.probe(30);
            }
        }
        let truth = if took_effect { Verdict::Applied } else { Verdict::SentAgain };
        prop_assert!(verdict == truth || verdict == Verdict::Undecided, "{verdict:?}");
    }
}
