//! Orders that are not sold at the till: what they took in the shop is taken off the till's counters by changes of stock.
//!
//! Such a change has the cause that the sale would have. So the ledger keeps a line from being carried twice, and what is
//! reserved, or goes back after a cancellation, is reckoned as if it had been sold.

use penstock_connector_sdk::commerce::{Entry, Payload, StockChange, StockMove};
use penstock_connector_sdk::host::{Effect, EffectStatus, RuleHost};
use penstock_connector_sdk::transform::{Output, Verdict};
use penstock_connector_sdk::types::{Failure, Pair as Attribute};

use crate::cell::{Mode, Side};
use crate::orders::{self, Line};
use crate::rule::{Batch, filter, order_of};
use crate::{SHOP, TO_TILL};

/// An order comes again after this while first levels are not accepted, or a person has to look at a pair.
const NOT_YET_MS: u64 = 600_000;

/// What becomes of a line.
enum Fate {
    /// It moves no counter of the till's, or has moved it.
    Nothing,
    /// Its pair is not in step.
    NotYet,
    Move(Box<Output>),
}

impl<H: RuleHost> Batch<'_, H> {
    pub(crate) fn unsold(&mut self, entries: &[Entry]) -> Result<Vec<Verdict>, Failure> {
        self.memory.orders.load(entries.iter().map(|entry| entry.key.as_str()), self.host)?;
        let lines = entries.iter().filter_map(order_of).flat_map(|order| &order.lines);
        let owners = lines.flat_map(|line| [line.stock_owner.clone(), line.product.clone()]);
        self.find_links(SHOP, owners.flatten().collect())?;
        entries.iter().map(|entry| self.carry(entry)).collect()
    }

    fn carry(&mut self, entry: &Entry) -> Result<Verdict, Failure> {
        let Some(order) = order_of(entry) else {
            return Ok(Verdict::Reject("the input `unsold` takes orders, and this is none".into()));
        };
        let (mut noted, _) = match self.noted(order, entry.read_at) {
            Ok(noted) => noted,
            Err(reason) => return Ok(Verdict::Reject(reason)),
        };
        let known = self.memory.orders.get(&entry.key, self.host)?.unwrap_or_default();
        if let Err(error) =
            noted.keep_taken(order, &known).and_then(|()| noted.keep_restocked(&known))
        {
            return Ok(Verdict::Reject(format!("what it takes is {error}")));
        }
        let mut outputs = Vec::new();
        for (id, line) in &noted.lines {
            match self.line(entry, &order.number, (id, line))? {
                Fate::Nothing => {}
                Fate::NotYet => return Ok(Verdict::Wait(NOT_YET_MS)),
                Fate::Move(output) => outputs.push(*output),
            }
        }
        Ok(if outputs.is_empty() {
            filter("takes nothing more")
        } else {
            Verdict::Forward(outputs)
        })
    }

    fn line(
        &mut self,
        entry: &Entry,
        order: &str,
        (id, line): (&str, &Line),
    ) -> Result<Fate, Failure> {
        let Some(link) = self.links.get(&line.owner).cloned() else { return Ok(Fate::Nothing) };
        if !line.taken.is_positive() {
            return Ok(Fate::Nothing);
        }
        let cause = orders::cause(&entry.key, id);
        let effects = self.host.effects(Side::Till.name(), &link.other, 0);
        let is_carried =
            |effect: &Effect| effect.cause == cause && effect.status != EffectStatus::Void;
        if effects.iter().any(is_carried) {
            return Ok(Fate::Nothing);
        }
        let cell = self.memory.cells.get(&line.owner, self.host)?;
        let Some(cell) = cell.filter(|cell| cell.link == link.id) else { return Ok(Fate::NotYet) };
        match cell.mode {
            Mode::TillUntracked => return Ok(Fate::Nothing),
            Mode::NeedsBaseline | Mode::Quarantined { .. } => return Ok(Fate::NotYet),
            Mode::Tracked | Mode::ShopUnlimited => {}
        }
        let taken = line.taken.normalized();
        let by = taken.checked_neg().map_err(|error| Failure::unexpected(error.to_string()))?;
        let key = format!("stock:{cause}");
        let change = StockChange {
            owner: link.other,
            location: cell.till.location,
            quantity: StockMove::By(by),
            reason: format!("order {order} of the shop, which is not sold at the till"),
            attributes: vec![Attribute::new("link", link.id.to_string())],
            cause,
        };
        let payload = Payload::StockChange(change);
        let revision = taken.to_string();
        let entry = Entry { key, revision, read_at: entry.read_at, payload };
        Ok(Fate::Move(Box::new(Output { port: TO_TILL.to_owned(), entry, after: Vec::new() })))
    }
}
