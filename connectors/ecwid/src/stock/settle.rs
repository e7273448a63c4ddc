//! What the probe of a change shows, when its answer was lost.
//!
//! The delta call has no key by which the shop would know it again, so the counter itself must tell.
//! A verdict is taken only from a counter that rests: two equal readings, one settle time apart. What
//! the shop's own orders moved since the reading before the write is taken off, and what they may
//! have moved where that reading may not show it; what is left is the change, or nothing. Else it is
//! read again, and in the end a person decides. Of our own changes that reading shows all: the host
//! lets the counter rest before it has one planned.

use penstock_connector_sdk::host::{Level, VendorHost};
use penstock_connector_sdk::sink::{Answer, Conclusion, Doubt, Step};
use penstock_connector_sdk::types::{Decimal, Failure, Instant};

use super::answer::{applied, rejected, undecided};
use super::change::{GONE, level_of};
use super::memo::{Memo, Quantity, Reading};
use super::since::{self, Span};
use crate::Ecwid;
use crate::api::product::{self, Product};
use crate::counters::{self, Owner};

/// How often a change is sent again that was found not to have taken effect. Then a person decides.
const SENT_AGAIN_MAX: u32 = 5;

/// Reads the answer to the read of the product that a change's write carries as its probe.
pub(crate) fn settle(ecwid: &Ecwid, call: &Answer<'_>, host: &impl VendorHost) -> Conclusion {
    let warn = |message: String| {
        host.write(Level::Warn, &format!("{}: {message}", call.write.summary), None);
    };
    let Some(memo) = Memo::from_bytes(&call.write.memo) else {
        warn("what was remembered of it can't be read".to_owned());
        return undecided(call, call.write.memo.clone());
    };
    judge(ecwid, call, &memo, host).unwrap_or_else(|failure| {
        warn(format!("the shop tells nothing of what became of it: {failure:?}"));
        undecided(call, memo.to_bytes())
    })
}

fn judge(
    ecwid: &Ecwid,
    call: &Answer<'_>,
    memo: &Memo,
    host: &impl VendorHost,
) -> Result<Conclusion, Failure> {
    let owner = Owner::parse(&memo.owner)
        .ok_or_else(|| Failure::unexpected("what was remembered names no counter"))?;
    let Some(product) = product::read(call.response, owner.product)? else {
        return Ok(rejected(GONE.message.to_owned()));
    };
    let level = match level_of(counters::find(&product, owner)?.as_ref()) {
        Ok(level) => level,
        // Whatever became of it, this counter counts no more.
        Err(refusal) => return Ok(rejected(refusal.message.to_owned())),
    };
    match memo.quantity {
        // To set it twice does no harm.
        Quantity::To(target) if target == level => Ok(applied(memo.owner.clone())),
        Quantity::To(_) => Ok(Conclusion::NotApplied(0)),
        Quantity::By(delta) => {
            let now = Reading { level, at: call.response.sent_at };
            Moved { call, memo, delta, now }.judge(ecwid, &product, host)
        }
    }
}

/// A change by a delta whose answer was lost, and the counter as it is now.
struct Moved<'a> {
    call: &'a Answer<'a>,
    memo: &'a Memo,
    delta: Decimal,
    now: Reading,
}

impl Moved<'_> {
    fn judge(
        self,
        ecwid: &Ecwid,
        product: &Product<'_>,
        host: &impl VendorHost,
    ) -> Result<Conclusion, Failure> {
        let Self { call, memo, delta, now } = self;
        let Some(last) = memo.last.filter(|last| last.level == now.level) else {
            return Ok(self.read_again(now, call.write.settle_ms));
        };
        let rested = now.at.saturating_sub(last.at);
        let wanted = Instant::try_from(call.write.settle_ms).unwrap_or(Instant::MAX);
        if rested < wanted {
            let left = wanted.saturating_sub(rested).unsigned_abs();
            return Ok(self.read_again(last, left.min(call.write.settle_ms)));
        }
        let span = Span { from: memo.before.at, to: last.at, lag_ms: wanted };
        let known = since::movements(ecwid, product, &memo.owner, span, host)?;
        let moved = now.level.checked_sub(memo.before.level)?;
        // Where the orders explain what the counter shows both with the change and without it, or
        // neither way, there is no verdict.
        let with_it = known.contains(&moved.checked_sub(delta)?);
        let without_it = known.contains(&moved);
        match (with_it, without_it) {
            (true, false) => Ok(applied(memo.owner.clone())),
            (false, true) if memo.sent_again < SENT_AGAIN_MAX => Ok(self.send_again()),
            _ => {
                let Memo { before, .. } = memo;
                let message = format!(
                    "{}: the counter showed {} before and {} now, which does not decide whether {delta} took effect",
                    call.write.summary, before.level, now.level,
                );
                host.write(Level::Warn, &message, None);
                Ok(self.read_again(now, call.write.settle_ms))
            }
        }
    }

    /// The first of the equal readings is kept: between it and the next one nothing moved.
    fn read_again(&self, last: Reading, after_ms: u64) -> Conclusion {
        let memo = Memo { last: Some(last), ..self.memo.clone() };
        Conclusion::Undecided(Doubt { after_ms, memo: memo.to_bytes() })
    }

    /// It did not take effect. What was read to find that out is the reading before the next
    /// sending, and the readings after it begin anew: one from before it would speak against it.
    fn send_again(&self) -> Conclusion {
        let memo = Memo {
            before: self.now,
            last: None,
            sent_again: self.memo.sent_again + 1,
            ..self.memo.clone()
        };
        let write = self.call.write;
        Conclusion::Continued(Step {
            request: write.request.clone(),
            probe: write.probe.clone(),
            memo: memo.to_bytes(),
            after_ms: 0,
        })
    }
}
