//! Connectors with a fault of [`Mutation`] in them.

use penstock::contract::{
    Applied as Done, Change, Conclusion, Entry, Horizon, Intake, Page, Payload, PaymentStatus,
    Plan, Response, Settled, Verdict, Write,
};
use penstock::engine::Fault;
use penstock::engine::driver::{Applied, Connectors};
use penstock::store::NoteRow;
use serde_json::{Value, json};
use uuid::Uuid;

use super::OPENING_PIECES;
use super::mutation::Mutation;

/// A page lacks one entry of so many.
const DROPPED_ONE_IN: u64 = 4;
/// So far beyond what was read a source says that it has told everything, in milliseconds.
const TOO_FAR_MS: i64 = 600_000;

/// Connectors, and the fault that they have, if any.
pub(super) struct Faulty<C> {
    inner: C,
    fault: Option<Mutation>,
    /// Entries that were read, keys that were asked for: whatever is counted.
    count: u64,
}

impl<C> Faulty<C> {
    pub(super) fn new(inner: C, fault: Option<Mutation>) -> Self {
        Self { inner, fault, count: 0 }
    }

    fn has(&self, fault: Mutation) -> bool {
        self.fault == Some(fault)
    }

    fn misread(&mut self, page: &mut Page) {
        for entry in &mut page.entries {
            match &mut entry.payload {
                Payload::Order(order)
                    if self.fault == Some(Mutation::UnpaidTakenForPaid)
                        && order.payment_status == PaymentStatus::AwaitingPayment =>
                {
                    order.payment_status = PaymentStatus::Paid;
                }
                Payload::StockLevel(level)
                    if self.fault == Some(Mutation::AbsentTakenForZero)
                        && level.on_hand.is_none() =>
                {
                    level.on_hand = Some(penstock::contract::Decimal { units: 0, scale: 0 });
                }
                _ => {}
            }
        }
        if self.has(Mutation::EntryDropped) {
            page.entries.retain(|_| {
                self.count += 1;
                !self.count.is_multiple_of(DROPPED_ONE_IN)
            });
        }
        if self.has(Mutation::HorizonTooFar) {
            page.complete_to = page.complete_to.map(|at| at + TOO_FAR_MS);
        }
    }

    fn misplan(&self, plan: &mut Plan) {
        for write in &mut plan.writes {
            let path = write.request.path.clone();
            let body =
                write.request.body.as_deref().and_then(|body| serde_json::from_slice(body).ok());
            let Some(mut body) = body else { continue };
            match self.fault {
                Some(Mutation::CentOff) if path.ends_with("/sales") => too_dear(&mut body),
                Some(Mutation::DatedNow) if path.ends_with("/sales") => {
                    body["date"] = json!("2026-03-01T00:00:00Z");
                }
                Some(Mutation::CustomerLeftOut) if path.ends_with("/sales") => {
                    body.as_object_mut().map(|sale| sale.remove("customer_id"));
                }
                Some(Mutation::LevelWritten) => level_for_delta(write, &mut body),
                Some(Mutation::SignTurned) => turn(&mut body),
                _ => continue,
            }
            write.request.body = Some(body.to_string().into_bytes());
        }
    }
}

fn too_dear(sale: &mut Value) {
    for price in [&["line_items", "pricing", "price"][..], &["payments", "amount"]] {
        let mut at = &mut sale[price[0]][0];
        for name in &price[1..] {
            at = &mut at[*name];
        }
        // The prices of a story are whole.
        if let Some(whole) = at.as_i64() {
            *at = serde_json::from_str(&format!("{whole}.01")).unwrap_or_default();
        }
    }
}

fn level_for_delta(write: &mut Write, body: &mut Value) {
    if let Some(delta) = body.get("quantityDelta").and_then(Value::as_i64) {
        *body = json!({ "quantity": OPENING_PIECES + delta });
        write.request.path = write.request.path.trim_end_matches("/inventory").to_owned();
    }
}

fn turn(body: &mut Value) {
    if let Some(delta) = body.get("quantityDelta").and_then(Value::as_i64) {
        body["quantityDelta"] = json!(-delta);
    }
}

/// Everything that a write covers is done.
fn done(write: &Write) -> Conclusion {
    let done = || Settled::Applied(Done { id: "unread".to_owned(), version: None });
    Conclusion::Decided(write.covers.iter().map(|_| done()).collect())
}

impl<C: Connectors> Connectors for Faulty<C> {
    fn pull(
        &mut self,
        stage: usize,
        after: Option<Vec<u8>>,
        limit: u32,
        now: i64,
    ) -> Result<Page, Fault> {
        let mut page = self.inner.pull(stage, after, limit, now)?;
        self.misread(&mut page);
        Ok(page)
    }

    fn apply(
        &mut self,
        stage: usize,
        input: &str,
        entries: &[Entry],
        horizons: &[Horizon],
    ) -> Result<Applied, Fault> {
        let (mut verdicts, state) = self.inner.apply(stage, input, entries, horizons)?;
        if self.has(Mutation::DependencyIgnored) {
            for verdict in &mut verdicts {
                match verdict {
                    Verdict::Matched(matched) => matched.after.clear(),
                    Verdict::Forward(outputs) => outputs.iter_mut().for_each(|it| it.after.clear()),
                    _ => {}
                }
            }
        }
        Ok((verdicts, state))
    }

    fn prepare(
        &mut self,
        stage: usize,
        intakes: &[Intake],
        known: Option<u64>,
    ) -> Result<Plan, Fault> {
        let mut intakes = intakes.to_vec();
        if self.has(Mutation::KeyRebuilt) {
            for intake in &mut intakes {
                self.count += 1;
                let name = format!("{} {}", intake.token, self.count);
                intake.token = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string();
            }
        }
        let mut plan = self.inner.prepare(stage, &intakes, known)?;
        self.misplan(&mut plan);
        Ok(plan)
    }

    fn explain(
        &mut self,
        stage: usize,
        component: &str,
        write: &Write,
        intakes: &[Intake],
    ) -> Result<Vec<Change>, Fault> {
        self.inner.explain(stage, component, write, intakes)
    }

    fn conclude(
        &mut self,
        stage: usize,
        component: &str,
        write: &Write,
        response: &Response,
    ) -> Result<Conclusion, Fault> {
        if self.has(Mutation::RefusalTakenForDone) && response.status >= 400 {
            return Ok(done(write));
        }
        self.inner.conclude(stage, component, write, response)
    }

    fn settle(
        &mut self,
        stage: usize,
        component: &str,
        write: &Write,
        response: &Response,
    ) -> Result<Conclusion, Fault> {
        match self.fault {
            Some(Mutation::ProbeSkipped) => Ok(Conclusion::NotApplied(0)),
            Some(Mutation::LostTakenForDone) => Ok(done(write)),
            _ => self.inner.settle(stage, component, write, response),
        }
    }

    fn find_by_key(&mut self, stage: usize, ids: Vec<String>) -> Result<Vec<Vec<Entry>>, Fault> {
        self.inner.find_by_key(stage, ids)
    }

    fn digest(&self, stage: usize) -> String {
        self.inner.digest(stage)
    }

    fn notes(&mut self) -> Vec<NoteRow> {
        self.inner.notes()
    }

    fn forget_staged(&mut self) {
        self.inner.forget_staged();
    }
}
