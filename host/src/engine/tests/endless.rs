//! What a connector could go on with for ever: the step alone, told what a hostile one would tell.

use std::sync::Arc;

use super::harness::pipeline;
use crate::contract::{Action, Conclusion, Entry, Method, Plan, Request, Response, Step, Write};
use crate::engine::limits::{PAGES_WITHOUT_NEWS_MAX, STEPS_MAX, TOO_LONG_MAX};
use crate::engine::{
    Answer, Effect, Ended, Engine, Event, Fault, Mode, Options, PulledEntry, PulledPage, Started,
    Stop,
};
use crate::pipeline::Joint;
use crate::record::samples::order;
use crate::store::{Change, Due, Recall, WaitingKind};

const NOW: i64 = 1_784_116_800_000;

/// A run in which everything is answered at once: pages by the first, the rest as it comes. Answers how it ended and
/// all that was committed.
fn run(page: impl Fn(u32) -> PulledPage) -> (Ended, Vec<Change>, u32) {
    run_with(page, written)
}

fn run_with(
    page: impl Fn(u32) -> PulledPage,
    mut answer: impl FnMut(Effect) -> Event,
) -> (Ended, Vec<Change>, u32) {
    let mut pipeline = pipeline();
    // The orders go to the sink as they are.
    pipeline.stages[0].joints = vec![Joint { from: None, to: 3, input: String::new() }];
    let mut engine = Engine::new(Arc::new(pipeline), Options::new(Mode::Run));
    let started = Started {
        now: NOW,
        cursors: Vec::new(),
        open_writes: Vec::new(),
        last_number: 0,
        leased_until: i64::MAX,
    };
    let mut events = vec![Event::Started(Box::new(started))];
    let (mut pages, mut committed) = (0, Vec::new());
    loop {
        let event = events.pop().unwrap_or(Event::Idle { now: NOW });
        for effect in engine.step(event) {
            match effect {
                Effect::Pull { stage, .. } => {
                    pages += 1;
                    events.push(Event::Pulled { stage, page: Ok(page(pages)) });
                }
                Effect::Commit(changes) => {
                    committed.extend(changes);
                    events.push(Event::Committed);
                }
                Effect::Load { .. } => {
                    let nothing = Due { rows: Vec::new(), next: None, horizons: Vec::new() };
                    events.push(Event::Loaded(nothing));
                }
                Effect::Finish(ended) => return (*ended, committed, pages),
                other => events.push(answer(other)),
            }
        }
    }
}

/// What a sink and its remote answer: every answer asks for one more request.
fn written(effect: Effect) -> Event {
    let request = |method| Request {
        endpoint: "api".to_owned(),
        method,
        path: "/sales".to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        body: None,
        keep: Vec::new(),
    };
    match effect {
        Effect::Recall { keys, .. } => {
            Event::Recalled { recalls: vec![Recall::default(); keys.len()], fates: Vec::new() }
        }
        Effect::Prepare { intakes, .. } => {
            let write = Write {
                action: Action::Create,
                covers: vec![0],
                summary: "sale".to_owned(),
                movements: Vec::new(),
                request: request(Method::Post),
                probe: None,
                memo: Vec::new(),
                settle_ms: 0,
                send_before: None,
            };
            let plan = Plan {
                writes: vec![write],
                unchanged: Vec::new(),
                deferrals: Vec::new(),
                rejections: Vec::new(),
            };
            let component = "00".to_owned();
            Event::Prepared { intakes, plan: Ok(plan), component, causes_taken: Vec::new() }
        }
        Effect::Send { write, .. } => {
            let response =
                Response { status: 200, headers: Vec::new(), body: Vec::new(), sent_at: NOW };
            Event::Answered { number: write.number, answer: Answer::Answered(response), now: NOW }
        }
        Effect::Conclude { write, .. } => {
            let step =
                Step { request: request(Method::Put), probe: None, memo: Vec::new(), after_ms: 0 };
            let conclusion = Ok(Conclusion::Continued(step));
            Event::Concluded { number: write.number, conclusion, now: NOW }
        }
        other => panic!("{other:?}"),
    }
}

fn page(number: u32, entries: Vec<PulledEntry>, more: bool) -> PulledPage {
    let next = number.to_string().into_bytes();
    PulledPage { entries, next, more, complete_to: (!more).then_some(NOW) }
}

#[test]
fn a_source_that_gives_nothing_new_for_ever_is_given_up_and_its_cursor_kept() {
    let known = || PulledEntry { entry: order("shop:1/orders/7"), seen: true };
    for entries in [0, 3] {
        let (ended, committed, pages) =
            run(|number| page(number, (0..entries).map(|_| known()).collect(), true));
        assert_eq!(pages, PAGES_WITHOUT_NEWS_MAX);
        let reason = match ended.stop {
            Some(Stop::Unexpected { stage, reason, said_by: None }) if stage == "orders" => reason,
            other => panic!("{other:?}"),
        };
        assert!(reason.starts_with("connector `shop` gave 5000 pages in a row"), "{reason}");
        let last = committed.iter().rev().find_map(|change| match change {
            Change::Cursor { row, .. } => row.cursor.clone(),
            _ => None,
        });
        assert_eq!(last, Some(pages.to_string().into_bytes()));
    }
}

#[test]
fn a_write_that_is_continued_for_ever_is_held_for_a_person() {
    let entry = Entry { read_at: NOW, ..order("shop:1/orders/7") };
    let orders = || vec![PulledEntry { entry: entry.clone(), seen: false }];
    let (ended, committed, _) = run(|number| page(number, orders(), false));
    assert_eq!(ended.stop, None);
    assert_eq!(ended.summary.stages["sales"].sent, u64::from(STEPS_MAX));
    let held = committed.iter().find_map(|change| match change {
        Change::HeldWrite { reason, .. } => Some(reason.as_str()),
        _ => None,
    });
    assert_eq!(held, Some("it was continued 32 times, and wants one more request"));
}

#[test]
fn a_connector_that_always_takes_too_long_ends_its_run_and_what_it_was_not_given_waits() {
    let entry = |number: u32| Entry { read_at: NOW, ..order(&format!("shop:1/orders/{number}")) };
    let orders = || (0..90).map(|number| PulledEntry { entry: entry(number), seen: false });
    let mut calls = 0;
    let (ended, committed, _) = run_with(
        |number| page(number, orders().collect(), false),
        |effect| match effect {
            Effect::Prepare { intakes, .. } => {
                calls += 1;
                let plan = Err(Fault::TooLong("it computed for more than 10000 ms".to_owned()));
                let (component, causes_taken) = (String::new(), Vec::new());
                Event::Prepared { intakes, plan, component, causes_taken }
            }
            other => written(other),
        },
    );
    assert_eq!(calls, TOO_LONG_MAX);
    assert!(
        matches!(&ended.stop, Some(Stop::Unexpected { stage, .. }) if stage == "sales"),
        "{:?}",
        ended.stop
    );
    let parked = |dead: bool| {
        let is_so = |kind: &WaitingKind| matches!(kind, WaitingKind::Dead { .. }) == dead;
        let parked = committed.iter().filter(|change| match change {
            Change::Park(row) => is_so(&row.kind),
            _ => false,
        });
        parked.count()
    };
    assert_eq!((parked(true) + parked(false), parked(true) > 10), (90, true));
    assert!(committed.iter().any(|change| matches!(change, Change::Cursor { .. })));
}
