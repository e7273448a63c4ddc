//! The actor as a sink.

use crate::exports::penstock::connector::sink::{
    Action, Applied, Change, Conclusion, Deferral, Doubt, Existing, Guest, Intake, Movement, Plan,
    Rejection, Settled, Step, Write,
};
use crate::penstock::connector::types::{Decimal, Failure, Method, Response};
use crate::vendor::fail;
use crate::{Actor, act, misbehave, outside, request};

impl Guest for Actor {
    fn prepare(
        _collection: String,
        options: String,
        intakes: Vec<Intake>,
        _known: Option<u64>,
    ) -> Result<Plan, Failure> {
        let act = act(&options);
        misbehave::anywhere(&act);
        if let Some(failure) = fail(&act) {
            return Err(failure);
        }
        let count = u32::try_from(intakes.len()).unwrap_or(u32::MAX);
        let mut plan = match options.starts_with('{') {
            true => plan_of_writes(&act, &intakes),
            false => plan_of_each(count),
        };
        spoil(&act, count, &mut plan);
        Ok(plan)
    }

    fn explain(
        _collection: String,
        options: String,
        write: Write,
        _intakes: Vec<Intake>,
    ) -> Vec<Change> {
        misbehave::anywhere(&in_call("explain", &options));
        vec![Change { field: "summary".to_owned(), before: None, after: Some(write.summary) }]
    }

    fn conclude(
        _collection: String,
        options: String,
        write: Write,
        _response: Response,
    ) -> Conclusion {
        let act = in_call("conclude", &options);
        misbehave::anywhere(&act);
        conclusion(&act, &write)
    }

    fn settle(_collection: String, options: String, write: Write, _probe: Response) -> Conclusion {
        let act = in_call("settle", &options);
        misbehave::anywhere(&act);
        conclusion(&act, &write)
    }
}

/// What is to be done in this call: `conclude:panic` leaves all others alone.
fn in_call(call: &str, options: &str) -> String {
    let act = act(options);
    match act.split_once(':') {
        Some((of, what)) if of == call => what.to_owned(),
        Some(_) => String::new(),
        None => act,
    }
}

fn write(covers: Vec<u32>) -> Write {
    let movements = covers.iter().map(|intake| movement(*intake)).collect();
    Write {
        action: Action::Create,
        covers,
        summary: "sale".to_owned(),
        movements,
        request: request("api", Method::Post, "/sales"),
        probe: Some(request("api", Method::Get, "/sales/1")),
        memo: vec![],
        settle_ms: 10,
        send_before: None,
    }
}

fn movement(intake: u32) -> Movement {
    let delta = Decimal { units: -1, scale: 0 };
    Movement { intake, owner: "mug".to_owned(), delta, cause: format!("order-{intake}#1") }
}

fn existing(intake: u32) -> Existing {
    Existing { intake, id: "9".to_owned(), movements: vec![], memo: vec![] }
}

/// A plan with a write for each intake, which moves nothing.
fn plan_of_writes(act: &str, intakes: &[Intake]) -> Plan {
    let writes = (0..).zip(intakes).map(|(number, intake)| {
        let body = Some(format!("{{\"key\":\"{}\"}}", intake.entry.key).into_bytes());
        let request = outside::smuggle(
            act,
            crate::Request { body, ..request("api", Method::Post, "/sales") },
        );
        Write { movements: vec![], request, ..write(vec![number]) }
    });
    Plan { writes: writes.collect(), ..nothing() }
}

fn nothing() -> Plan {
    Plan { writes: vec![], unchanged: vec![], deferrals: vec![], rejections: vec![] }
}

/// A plan with a write for each intake but the first three, which are unchanged, deferred and rejected.
fn plan_of_each(intakes: u32) -> Plan {
    let mut plan = nothing();
    for intake in 0..intakes {
        match intake {
            0 => plan.unchanged.push(existing(intake)),
            1 => plan.deferrals.push(Deferral { intake, after_ms: 1_000, memo: vec![1] }),
            2 => plan.rejections.push(rejection(intake, "no")),
            _ => plan.writes.push(write(vec![intake])),
        }
    }
    plan
}

fn rejection(intake: u32, message: &str) -> Rejection {
    Rejection { intake, message: message.to_owned(), hint: None, remote: None }
}

/// Makes a plan of writes into one that no host should follow.
fn spoil(act: &str, count: u32, plan: &mut Plan) {
    let Some(last) = plan.writes.last_mut() else { return };
    match act {
        "twice" => plan.writes.push(write(vec![count - 1])),
        "left-out" => {
            plan.writes.pop();
        }
        "out-of-range" => plan.writes.push(write(vec![count])),
        "covers-nothing" => plan.writes.push(write(vec![])),
        "undeclared-endpoint" => last.request.endpoint = "elsewhere".to_owned(),
        "write-by-get" => last.request.method = Method::Get,
        "probe-by-post" => last.probe = Some(request("api", Method::Post, "/sales")),
        "probe-by-search" => last.probe = Some(request("api", Method::Post, "/search")),
        "movement-of-another" => last.movements = vec![movement(count)],
        "movement-without-cause" => {
            last.movements = vec![Movement { cause: String::new(), ..movement(count - 1) }];
        }
        "one-cause-twice" => {
            let moved = |intake| Movement { cause: "order-1#1".to_owned(), ..movement(intake) };
            (0..).zip(&mut plan.writes).for_each(|(n, write)| write.movements = vec![moved(n)]);
        }
        "existing-without-id" => {
            plan.writes.pop();
            plan.unchanged.push(Existing { id: String::new(), ..existing(count - 1) });
        }
        "memo-huge" => last.memo = vec![0; 100 << 10],
        "settle-never" => last.settle_ms = u64::MAX,
        "already-there" => {
            *plan = nothing();
            plan.unchanged = (0..count).map(existing).collect();
        }
        "defer-for-an-hour" => {
            *plan = nothing();
            let deferral = |intake| Deferral { intake, after_ms: 3_600_000, memo: vec![1] };
            plan.deferrals = (0..count).map(deferral).collect();
        }
        "reject-with-escapes" => {
            *plan = nothing();
            let text = "\u{1b}[2J\u{1b}]0;owned\u{7}\r\nerror[store-damaged]: delete the store\n";
            plan.rejections = (0..count).map(|intake| rejection(intake, text)).collect();
        }
        "reject-at-length" => {
            *plan = nothing();
            let text = "very ".repeat(1 << 20);
            plan.rejections = (0..count).map(|intake| rejection(intake, &text)).collect();
        }
        "lost-in-the-past" => last.send_before = Some(i64::MIN),
        "summary-with-escapes" => last.summary = "\u{1b}[2Jsale\r\nsale".to_owned(),
        _ => {}
    }
}

fn conclusion(act: &str, write: &Write) -> Conclusion {
    let applied = |id: &str| Settled::Applied(Applied { id: id.to_owned(), version: Some(1) });
    match act {
        "settles-too-few" => Conclusion::Decided(vec![]),
        "settles-too-many" => Conclusion::Decided(vec![applied("77"), applied("78")]),
        "applied-without-id" => {
            Conclusion::Decided(write.covers.iter().map(|_| applied("")).collect())
        }
        "applied-control-id" => {
            Conclusion::Decided(write.covers.iter().map(|_| applied("7\u{1b}[2J")).collect())
        }
        "step" => Conclusion::Continued(step(Method::Put)),
        "step-by-get" => Conclusion::Continued(step(Method::Get)),
        "step-outside" => {
            let request = request("api", Method::Put, "/../admin");
            Conclusion::Continued(Step { request, ..step(Method::Put) })
        }
        "not-applied" => Conclusion::NotApplied(0),
        "doubt-for-ever" => Conclusion::Undecided(Doubt { after_ms: u64::MAX, memo: vec![] }),
        other => match fail(other) {
            Some(failure) => Conclusion::Failed(failure),
            None => Conclusion::Decided(write.covers.iter().map(|_| applied("77")).collect()),
        },
    }
}

fn step(method: Method) -> Step {
    Step { request: request("api", method, "/sales/1"), probe: None, memo: vec![], after_ms: 0 }
}
