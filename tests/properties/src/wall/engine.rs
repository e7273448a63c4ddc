//! What the engine takes for granted of plans, conclusions and verdicts.

use penstock::contract::{
    Conclusion, CustomerLink, Descriptor, Entry, Method, Movement, Output, Payload, Plan, Request,
    Settled, Verdict, Write,
};

use super::answers::{assert_delay, assert_failure, assert_key, kind};

/// Each intake is dealt with once, and what is to be sent can be sent and stored.
pub(super) fn plan(descriptor: &Descriptor, intakes: usize, plan: &Plan) {
    let mut dealt_with: Vec<u32> =
        plan.writes.iter().flat_map(|write| write.covers.clone()).collect();
    dealt_with.extend(plan.unchanged.iter().map(|existing| existing.intake));
    dealt_with.extend(plan.deferrals.iter().map(|deferral| deferral.intake));
    dealt_with.extend(plan.rejections.iter().map(|rejection| rejection.intake));
    dealt_with.sort_unstable();
    let each: Vec<u32> = (0..).take(intakes).collect();
    assert_eq!(dealt_with, each);
    for Write { covers, request, probe, memo, settle_ms, movements, .. } in &plan.writes {
        assert!(!covers.is_empty());
        assert_sendable(descriptor, request, probe.as_ref());
        assert_memo(memo);
        assert_delay(*settle_ms);
        movements.iter().for_each(|movement| assert_moves(movement, covers));
    }
    for existing in &plan.unchanged {
        assert_key(&existing.id);
        assert_memo(&existing.memo);
        existing.movements.iter().for_each(|movement| assert_moves(movement, &[existing.intake]));
    }
    for deferral in &plan.deferrals {
        assert_delay(deferral.after_ms);
        assert_memo(&deferral.memo);
    }
}

/// It decides each intake of the write, or asks for what can be done.
pub(super) fn conclusion(descriptor: &Descriptor, write: &Write, conclusion: &Conclusion) {
    match conclusion {
        Conclusion::Decided(settled) => {
            assert_eq!(settled.len(), write.covers.len());
            for one in settled {
                match one {
                    Settled::Applied(applied) => assert_key(&applied.id),
                    Settled::Rejected(_) => {}
                    Settled::Again(ms) => assert_delay(*ms),
                }
            }
        }
        Conclusion::NotApplied(ms) => assert_delay(*ms),
        Conclusion::Failed(failed) => assert_failure(failed),
        Conclusion::Continued(step) => {
            assert_sendable(descriptor, &step.request, step.probe.as_ref());
            assert_memo(&step.memo);
            assert_delay(step.after_ms);
        }
        Conclusion::Undecided(doubt) => {
            assert_memo(&doubt.memo);
            assert_delay(doubt.after_ms);
        }
    }
}

/// One for each entry; what goes on goes by a port that takes it, under a key, and not after itself.
pub(super) fn verdicts(
    descriptor: &Descriptor,
    asked: &[Entry],
    verdicts: &[Verdict],
    outputs_max: usize,
) {
    assert_eq!(asked.len(), verdicts.len());
    let mut outputs = 0;
    for (given, verdict) in asked.iter().zip(verdicts) {
        match verdict {
            Verdict::Pass(port) => assert_goes_by(descriptor, port, &given.payload),
            Verdict::Matched(matching) => {
                assert!(matches!(given.payload, Payload::Order(_)));
                let (CustomerLink::Id(known) | CustomerLink::Entry(known)) = &matching.customer;
                assert_key(known);
                assert_goes_by(descriptor, &matching.port, &given.payload);
                assert_after(&given.key, &matching.after);
                matching.beside.iter().for_each(|output| assert_output(descriptor, output));
                outputs += matching.beside.len();
            }
            Verdict::Forward(forwarded) => {
                assert!(!forwarded.is_empty(), "an entry would be gone without a word");
                forwarded.iter().for_each(|output| assert_output(descriptor, output));
                outputs += forwarded.len();
            }
            Verdict::Filter(_) | Verdict::Reject(_) => {}
            Verdict::Wait(ms) | Verdict::Reread(ms) => assert_delay(*ms),
            Verdict::WaitFor(horizon) => {
                assert!(descriptor.inputs.iter().any(|input| input.name == horizon.input));
            }
        }
    }
    assert!(outputs <= outputs_max);
}

fn assert_output(descriptor: &Descriptor, output: &Output) {
    assert_key(&output.entry.key);
    assert_key(&output.entry.revision);
    assert_after(&output.entry.key, &output.after);
    assert_goes_by(descriptor, &output.port, &output.entry.payload);
}

fn assert_after(key: &str, after: &[String]) {
    assert!(after.iter().all(|other| other != key), "it would wait for itself for ever");
    after.iter().for_each(|other| assert_key(other));
}

fn assert_goes_by(descriptor: &Descriptor, port: &str, payload: &Payload) {
    let port = descriptor.outputs.iter().find(|output| output.name == port);
    assert!(port.is_some_and(|port| port.kinds.contains(&kind(payload))));
}

/// A write is sent by a method that writes, and its probe by one that reads.
fn assert_sendable(descriptor: &Descriptor, request: &Request, probe: Option<&Request>) {
    let endpoint = |request: &Request| {
        descriptor.endpoints.iter().find(|endpoint| endpoint.name == request.endpoint)
    };
    assert!(endpoint(request).is_some());
    assert!(!matches!(request.method, Method::Get | Method::Query));
    if let Some(probe) = probe {
        let by_post = endpoint(probe).map(|endpoint| &endpoint.reads_by_post);
        let listed = by_post.is_some_and(|paths| paths.contains(&probe.path));
        let reads = matches!(probe.method, Method::Get | Method::Query);
        assert!(by_post.is_some() && (reads || (probe.method == Method::Post && listed)));
    }
}

fn assert_moves(movement: &Movement, covers: &[u32]) {
    assert!(covers.contains(&movement.intake));
    assert_key(&movement.owner);
    assert!((1..=1_025).contains(&movement.cause.len()));
}

fn assert_memo(memo: &[u8]) {
    assert!(memo.len() <= 64 << 10);
}
