//! The budget against a vendor that counts, and the queue before it.

use std::sync::Arc;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::server::{Server, answer, json};
use super::{Bench, NOON, api, asking, get, rate, send};
use crate::contract::{Failure, Method, Request};
use crate::egress::budget::{Allowance, Budget, Permit, Ticket, Told};
use crate::egress::{Answer, EgressOptions};
use crate::time::Instant;

/// A vendor that counts requests as they arrive, and a client that always has work.
struct Simulation {
    allowance: Allowance,
    budget: Budget,
    /// When each request left, and when the vendor counted it.
    sent: Vec<Instant>,
    counted: Vec<Instant>,
    /// Requests under way, by when their answer comes.
    under_way: Vec<(Instant, Ticket, Told)>,
    tells_headers: bool,
}

impl Simulation {
    fn new(requests: u32, window_ms: u64) -> Self {
        let allowance = Allowance { requests, window_ms };
        let budget = Budget::new(Some(allowance));
        Self {
            allowance,
            budget,
            sent: vec![],
            counted: vec![],
            under_way: vec![],
            tells_headers: false,
        }
    }

    /// Runs for some windows. `delays` gives for each request how long it takes to the vendor and back, and how long
    /// the client idles before the next one.
    fn run(&mut self, windows: i64, in_flight_max: usize, delays: &[(i64, i64, i64)]) {
        let end = NOON + windows * self.allowance.window_ms.cast_signed();
        let mut now = NOON;
        let mut delays = delays.iter().cycle();
        while now < end {
            self.deliver(now);
            let next_answer = self.under_way.iter().map(|(at, ..)| *at).min();
            if self.under_way.len() >= in_flight_max {
                now = next_answer.expect("something is under way");
                continue;
            }
            match self.budget.ask(now) {
                Permit::Go(ticket) => {
                    let (there, back, idle) = *delays.next().expect("endless");
                    self.leave(ticket, now, there, back);
                    now += idle;
                }
                Permit::WaitUntil(until) => {
                    assert!(until > now, "a wait that is none");
                    now = next_answer.map_or(until, |answer| answer.min(until));
                }
            }
        }
    }

    fn leave(&mut self, ticket: Ticket, now: Instant, there: i64, back: i64) {
        let counted_at = now + there;
        self.sent.push(now);
        self.counted.push(counted_at);
        let window = self.allowance.window_ms.cast_signed();
        // They arrive almost in the order in which they left, so the latest are enough to look at.
        let latest = self.counted.iter().rev().take_while(|at| **at > counted_at - window * 2);
        let in_window =
            latest.filter(|at| **at > counted_at - window && **at <= counted_at).count();
        let used = u32::try_from(in_window).expect("few");
        let limit = self.tells_headers.then_some(self.allowance.requests);
        let told = Told::Answer { limit, remaining: limit.map(|limit| limit.saturating_sub(used)) };
        self.under_way.push((counted_at + back, ticket, told));
    }

    fn deliver(&mut self, now: Instant) {
        self.under_way.sort_by_key(|(at, ..)| *at);
        while self.under_way.first().is_some_and(|(at, ..)| *at <= now) {
            let (at, ticket, told) = self.under_way.remove(0);
            self.budget.settle(ticket, at, told);
        }
    }

    /// Most requests in any window, both ends counted in.
    fn most_in_a_window(times: &[Instant], window_ms: u64) -> usize {
        let mut times = times.to_vec();
        times.sort_unstable();
        let mut first = 0;
        let mut most = 0;
        for last in 0..times.len() {
            while times[last] - times[first] > window_ms.cast_signed() {
                first += 1;
            }
            most = most.max(last + 1 - first);
        }
        most
    }
}

/// Ways of at most a twentieth of the window, which is what the budget allows for.
fn delays(window_ms: i64) -> impl Strategy<Value = Vec<(i64, i64, i64)>> {
    let way = 0..=window_ms / 40;
    vec((way.clone(), way, prop_oneof![4 => Just(0), 1 => 0..window_ms / 3]), 1..40)
}

proptest! {
    #[test]
    fn no_window_of_the_vendors_holds_too_many(
        requests in 1_u32..40,
        window_ms in 40_u64..100_000,
        in_flight_max in 1_usize..12,
        tells_headers in any::<bool>(),
        seed in vec((0_i64..1000, 0_i64..1000, prop_oneof![4 => Just(0_i64), 1 => 0_i64..1000]), 1..40),
    ) {
        let share = window_ms.cast_signed() / 40;
        let delays: Vec<_> =
            seed.iter().map(|(there, back, idle)| (there * share / 1000, back * share / 1000, idle * share / 50)).collect();
        let mut simulation = Simulation::new(requests, window_ms);
        simulation.tells_headers = tells_headers;
        simulation.run(8, in_flight_max, &delays);
        for times in [&simulation.sent, &simulation.counted] {
            prop_assert!(Simulation::most_in_a_window(times, window_ms) <= requests as usize);
        }
    }

    #[test]
    fn the_allowance_is_used_when_there_is_work(
        requests in 1_u32..60,
        tells_headers in any::<bool>(),
        delays in delays(60_000).prop_map(|delays| delays.into_iter().map(|(there, back, _)| (there, back, 0)).collect::<Vec<_>>()),
    ) {
        let mut simulation = Simulation::new(requests, 60_000);
        simulation.tells_headers = tells_headers;
        simulation.run(20, requests as usize, &delays);
        let possible = 20 * requests as usize;
        prop_assert!(simulation.sent.len() * 100 >= possible * 95, "{} of {possible}", simulation.sent.len());
    }

    #[test]
    fn no_order_of_calls_makes_it_panic(
        calls in vec((0_u8..4, any::<u16>(), -20_000_i64..20_000, any::<Option<u32>>(), any::<Option<u32>>()), 0..300),
        declared in any::<Option<(u8, u16)>>(),
    ) {
        let declared = declared.map(|(requests, window_ms)| Allowance { requests: requests.into(), window_ms: window_ms.into() });
        let mut budget = Budget::new(declared);
        let mut tickets = vec![];
        let mut now = NOON;
        for (call, number, step, limit, remaining) in calls {
            now += step;
            let limit = limit.map(|limit| limit % 50);
            let told = [
                Told::Nothing,
                Told::Answer { limit, remaining },
                Told::TooMany { stop_until: now + step },
            ][usize::from(call % 3)];
            match budget.ask(now) {
                Permit::Go(ticket) => tickets.push(ticket),
                Permit::WaitUntil(until) => prop_assert!(until >= now.min(until)),
            }
            if let Some(ticket) = tickets.get(usize::from(number) % tickets.len().max(1)) {
                budget.settle(*ticket, now, told);
            }
        }
    }
}

#[test]
fn a_budget_of_real_size_is_used_and_kept() {
    for (requests, window_ms) in
        [(600, 60_000), (350, 300_000), (5, 1_000), (1, 1_000), (1, 60_000)]
    {
        let mut simulation = Simulation::new(requests, window_ms);
        simulation.run(
            20,
            8,
            &[(30, 20, 0), (15, 80, 0), (45, 5, 0)].map(|(there, back, idle)| {
                let share = i64::try_from(window_ms).expect("small") / 2000;
                (there * share.min(3), back * share.min(3), idle)
            }),
        );
        for times in [&simulation.sent, &simulation.counted] {
            assert!(
                Simulation::most_in_a_window(times, window_ms) <= requests as usize,
                "{requests} in {window_ms}"
            );
        }
        let possible = 20 * requests as usize;
        assert!(
            simulation.sent.len() * 100 >= possible * 95,
            "{} of {possible}",
            simulation.sent.len()
        );
    }
}

fn go(budget: &mut Budget, now: Instant) -> Ticket {
    match budget.ask(now) {
        Permit::Go(ticket) => ticket,
        Permit::WaitUntil(until) => panic!("waits for {} ms", until - now),
    }
}

const ANSWERED: Told = Told::Answer { limit: None, remaining: None };

fn told(limit: u32, remaining: u32) -> Told {
    Told::Answer { limit: Some(limit), remaining: Some(remaining) }
}

fn ten_a_minute() -> Budget {
    Budget::new(Some(Allowance { requests: 10, window_ms: 60_000 }))
}

#[test]
fn what_others_use_is_counted() {
    let mut budget = ten_a_minute();
    let ticket = go(&mut budget, NOON);
    budget.settle(ticket, NOON + 10, told(10, 2));
    go(&mut budget, NOON + 20);
    go(&mut budget, NOON + 20);
    assert_eq!(budget.ask(NOON + 20), Permit::WaitUntil(NOON + 60_011));
    // The others' seven are counted from when they were seen.
    assert!(matches!(budget.ask(NOON + 60_011), Permit::Go(_)));
}

#[test]
fn what_is_on_its_way_is_not_taken_for_somebody_elses() {
    let mut budget = ten_a_minute();
    let tickets: Vec<Ticket> = (0..5).map(|_| go(&mut budget, NOON)).collect();
    for (answered, ticket) in tickets.into_iter().enumerate() {
        // The vendor had counted all five when it answered the first, or as few as that one alone.
        let remaining = if answered % 2 == 0 { 5 } else { 9 };
        budget.settle(ticket, NOON + 10, told(10, remaining));
    }
    for _ in 0..5 {
        go(&mut budget, NOON + 20);
    }
    assert!(matches!(budget.ask(NOON + 20), Permit::WaitUntil(_)));
}

#[test]
fn the_vendors_own_limit_holds() {
    let mut budget = ten_a_minute();
    let ticket = go(&mut budget, NOON);
    budget.settle(ticket, NOON, told(3, 2));
    go(&mut budget, NOON);
    let last = go(&mut budget, NOON);
    assert!(matches!(budget.ask(NOON), Permit::WaitUntil(_)));
    budget.settle(last, NOON, told(20, 17));
    for _ in 0..17 {
        go(&mut budget, NOON);
    }
    assert!(matches!(budget.ask(NOON), Permit::WaitUntil(_)));
}

/// Pattern 44: nobody asks before its time, and then one.
#[test]
fn a_429_stops_all_and_one_goes_first_afterwards() {
    let mut budget = ten_a_minute();
    let (one, two) = (go(&mut budget, NOON), go(&mut budget, NOON));
    budget.settle(one, NOON, Told::TooMany { stop_until: NOON + 5_000 });
    budget.settle(two, NOON, ANSWERED);
    assert_eq!(budget.ask(NOON + 4_999), Permit::WaitUntil(NOON + 5_000));
    let first = go(&mut budget, NOON + 5_000);
    assert!(
        matches!(budget.ask(NOON + 5_001), Permit::WaitUntil(_)),
        "the first has no answer yet"
    );
    budget.settle(first, NOON + 5_100, Told::Nothing);
    let second = go(&mut budget, NOON + 5_100);
    budget.settle(second, NOON + 5_200, Told::TooMany { stop_until: NOON + 9_000 });
    assert_eq!(budget.ask(NOON + 5_200), Permit::WaitUntil(NOON + 9_000));
    let third = go(&mut budget, NOON + 9_000);
    budget.settle(third, NOON + 9_100, ANSWERED);
    go(&mut budget, NOON + 9_100);
    go(&mut budget, NOON + 9_100);
}

#[test]
fn a_shorter_stop_does_not_end_a_longer_one() {
    let mut budget = Budget::new(None);
    let (one, two) = (go(&mut budget, NOON), go(&mut budget, NOON));
    budget.settle(one, NOON, Told::TooMany { stop_until: NOON + 5_000 });
    budget.settle(two, NOON, Told::TooMany { stop_until: NOON + 2_000 });
    assert_eq!(budget.ask(NOON), Permit::WaitUntil(NOON + 5_000));
}

#[test]
fn a_clock_set_back_does_not_stop_the_world() {
    let hour = 3_600_000;
    let mut budget = ten_a_minute();
    for _ in 0..10 {
        let ticket = go(&mut budget, NOON);
        budget.settle(ticket, NOON, ANSWERED);
    }
    assert_eq!(budget.ask(NOON + 1_000), Permit::WaitUntil(NOON + 60_001));
    let Permit::WaitUntil(until) = budget.ask(NOON - hour) else { panic!("too many") };
    assert!(until <= NOON - hour + 60_001, "{}", until - NOON);
    let mut budget = ten_a_minute();
    go(&mut budget, NOON);
    assert!(matches!(budget.ask(NOON - 1), Permit::Go(_)), "two threads that overtake each other");
}

#[test]
fn two_connections_with_unlike_figures_share_the_narrower() {
    let mut budget = Budget::new(None);
    budget.declare(Some(Allowance { requests: 10, window_ms: 1_000 }));
    budget.declare(Some(Allowance { requests: 2, window_ms: 500 }));
    budget.declare(None);
    go(&mut budget, NOON);
    go(&mut budget, NOON);
    assert_eq!(budget.ask(NOON), Permit::WaitUntil(NOON + 1_051));
}

#[test]
fn connections_of_one_account_share_a_budget_and_accounts_do_not() {
    let server = Server::start([json("{}")]);
    let bench = Bench::new();
    let mut endpoint = api(&server.url);
    endpoint.rate_limit = Some(rate(2, 60_000));
    let (one, two) = (bench.connect(endpoint.clone()), bench.connect(endpoint.clone()));
    let mut stranger = super::till(endpoint);
    stranger.account = "acme:2".to_owned();
    let stranger = bench.egress.connect(&stranger, Some(&super::CANARY.into()));
    one.read(&get("orders")).expect("first");
    two.read(&get("orders")).expect("second");
    stranger.read(&get("orders")).expect("another account");
    assert_eq!(bench.paused_ms(), 0);
    two.read(&get("orders")).expect("third");
    assert_eq!(bench.paused_ms(), 60_001);
    let counts = bench.egress.counts();
    let waits: Vec<_> =
        counts.lines.iter().map(|line| (line.account.as_str(), line.tally.waits)).collect();
    assert_eq!(waits, [("acme:1", 1), ("acme:2", 0)]);
}

#[test]
fn a_budget_that_is_used_up_for_long_is_told() {
    let server = Server::start([json("{}")]);
    let bench = Bench::with(EgressOptions {
        read_wait_max: Duration::from_secs(20),
        ..EgressOptions::default()
    });
    let mut endpoint = api(&server.url);
    endpoint.rate_limit = Some(rate(1, 60_000));
    let connected = bench.connect(endpoint);
    connected.read(&get("orders")).expect("first");
    assert_eq!(connected.read(&get("orders")), Err(Failure::RetryAfter(60_001)));
    let answer = send(&connected, &asking(Method::Post, "sales"));
    assert!(
        matches!(&answer, Answer::NotTaken { retry_after_ms: 60_001, reason, .. } if reason.contains("`all`")),
        "{answer:?}"
    );
    assert_eq!(
        (bench.paused_ms(), server.seen().len()),
        (0, 1),
        "nobody waits for what is too far away"
    );
}

#[test]
fn headers_of_answers_reach_the_budget() {
    let server = Server::start([answer(200, &["x-limit: 50", "x-remaining: 0"], ""), json("{}")]);
    let bench = Bench::new();
    let mut endpoint = api(&server.url);
    endpoint.rate_limit = Some(rate(10, 60_000));
    let connected = bench.connect(endpoint);
    connected.read(&get("orders")).expect("first");
    connected.read(&get("orders")).expect("second");
    assert_eq!(bench.paused_ms(), 60_001);
}

#[test]
fn side_by_side_reads_keep_the_budget() {
    let server = Server::start([json("{}")]);
    let bench = Bench::new();
    let mut endpoint = api(&server.url);
    endpoint.rate_limit = Some(rate(5, 60_000));
    let requests: Vec<Request> = (0..23).map(|_| get("orders")).collect();
    let answers = bench.connect(endpoint).read_all(&requests);
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(bench.paused_ms() / 60_000, 4, "23 requests take five windows of 5");
}

#[test]
fn those_who_wait_go_in_the_order_in_which_they_came() {
    use crate::egress::gate::Gate;
    use crate::egress::pace::Pace;
    let bench = Bench::new();
    let clock = Arc::clone(&bench.clock);
    let moved = Arc::clone(&clock);
    let pause = Arc::new(move |length: Duration| {
        let length_ms = i64::try_from(length.as_millis()).expect("short");
        moved.0.fetch_add(length_ms, std::sync::atomic::Ordering::SeqCst);
        Box::pin(tokio::task::yield_now()) as _
    });
    let gate = Arc::new(Gate::new("the budget".to_owned(), Pace::with_pause(clock, pause)));
    gate.declare(Some(Allowance { requests: 1, window_ms: 1_000 }));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let order = Arc::new(std::sync::Mutex::new(vec![]));
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..10 {
            let (gate, order) = (Arc::clone(&gate), Arc::clone(&order));
            tasks.spawn(async move {
                let pass = gate.pass(Duration::from_secs(60)).await.expect("in time");
                order.lock().expect("not poisoned").push(number);
                pass.settle(ANSWERED);
            });
        }
        tasks.join_all().await;
    });
    assert_eq!(*order.lock().expect("not poisoned"), (0..10).collect::<Vec<_>>());
}

#[test]
fn a_host_that_stops_waits_for_nothing() {
    let server = Server::start([json("{}"), json("{}"), answer(500, &[], "")]);
    // Here pauses are real: what does not end early would take an hour.
    let clock = Arc::clone(&Bench::new().clock);
    let options = EgressOptions {
        read_wait_max: Duration::from_secs(7200),
        backoff_min: Duration::from_secs(3600),
        ..EgressOptions::default()
    };
    let pace = crate::egress::pace::Pace::new(clock);
    let egress =
        crate::egress::Egress::with(options, pace, super::lookup(&[])).expect("egress starts");
    let mut endpoint = api(&server.url);
    endpoint.rate_limit = Some(rate(2, 3_600_000));
    let way = egress.connect(&super::till(endpoint), Some(&super::CANARY.into()));
    way.read(&get("orders")).expect("first");
    way.read(&get("orders")).expect("second");
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let way = way.clone();
            std::thread::spawn(move || way.read(&get("orders")))
        })
        .collect();
    egress.stop_waiting();
    for read in waiting {
        let failure = read.join().expect("no panic").expect_err("no budget");
        assert!(matches!(failure, Failure::RetryAfter(ms) if ms > 3_000_000), "{failure:?}");
    }
    let unlimited = egress.connect(&super::till(api(&server.url)), Some(&super::CANARY.into()));
    assert!(
        matches!(unlimited.read(&get("orders")), Err(Failure::RetryAfter(_))),
        "without a pause"
    );
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn who_waits_hears_of_each_answer() {
    use crate::egress::gate::Gate;
    use crate::egress::pace::Pace;
    // Here pauses are real: who heard of nothing would wait for an hour.
    let gate = Arc::new(Gate::new("the budget".to_owned(), Pace::new(Bench::new().clock)));
    gate.declare(Some(Allowance { requests: 1, window_ms: 3_600_000 }));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(async {
        let wait_max = Duration::from_secs(7200);
        let first = gate.pass(wait_max).await.expect("free");
        let waiting = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.pass(wait_max).await.is_ok() }
        });
        tokio::task::yield_now().await;
        first.settle(told(2, 1));
        let passed = tokio::time::timeout(Duration::from_secs(60), waiting).await;
        assert!(passed.expect("the raised limit is heard of").expect("no panic"));
    });
}
