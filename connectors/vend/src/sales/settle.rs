//! What the probe of a sale shows: the sale is there and is adopted, or it is not and is sent again.

use penstock_connector_sdk::host::{Level, VendorHost};
use penstock_connector_sdk::sink::{Answer, Conclusion};

use super::conclude::{applied, other_total, rejected, undecided};
use super::found::sale_of;
use super::memo::Memo;
use crate::api::{Sale, SaleState};
use crate::options::ConnectionOptions;

/// Reads the answer to the read by id that a sale's write carries as its probe.
pub(crate) fn settle(
    options: &ConnectionOptions,
    call: &Answer<'_>,
    host: &dyn VendorHost,
) -> Conclusion {
    let warn = |message: &str| host.write(Level::Warn, message, None);
    let Some(memo) = Memo::from_bytes(&call.write.memo) else {
        warn(&format!("{}: what was remembered of it can't be read", call.write.summary));
        return undecided(options, call.write.memo.clone());
    };
    match sale_of(options.api_version, call.response) {
        Ok(Some(sale)) => there(options, &memo, &sale, &call.write.summary, host),
        Ok(None) => absent(&memo, &call.write.summary, host),
        Err(failure) => {
            warn(&format!("{}: the probe tells nothing: {failure:?}", call.write.summary));
            undecided(options, memo.to_bytes())
        }
    }
}

fn there(
    options: &ConnectionOptions,
    memo: &Memo<'_>,
    sale: &Sale,
    summary: &str,
    host: &dyn VendorHost,
) -> Conclusion {
    let warn = |message: &str| host.write(Level::Warn, message, None);
    let id = sale.id.clone().filter(|id| id.eq_ignore_ascii_case(&memo.id));
    let Some(id) = id else {
        warn(&format!("{summary}: the till answered with another sale"));
        return undecided(options, memo.to_bytes());
    };
    match sale.state() {
        SaleState::Closed => {
            if let Some(shown) = other_total(sale, memo) {
                warn(&total_differs(summary, memo, shown));
            }
            applied(id, sale.version())
        }
        SaleState::Voided | SaleState::Other | SaleState::Untold => {
            let state = sale.state.as_deref().or(sale.status.as_deref()).unwrap_or("untold");
            warn(&format!("{summary}: the till has it, but not closed: {state}"));
            undecided(options, memo.to_bytes())
        }
    }
}

/// Not there. A till that objected before ("duplicate") then objected to something else, and would again.
fn absent(memo: &Memo<'_>, summary: &str, host: &dyn VendorHost) -> Conclusion {
    if let Some(id) = &memo.answered_id {
        let message = format!("{summary}: the till keeps it under another id, `{id}`");
        host.write(Level::Warn, &message, None);
        return applied(id.clone(), None);
    }
    match &memo.objection {
        Some(words) => rejected(words.clone()),
        None => Conclusion::NotApplied(0),
    }
}

/// For the operator: the money is in the till, and a person must see.
pub(crate) fn total_differs(
    summary: &str,
    memo: &Memo<'_>,
    shown: penstock_connector_sdk::decimal::Decimal,
) -> String {
    let Memo { total, currency, .. } = memo;
    format!("{summary}: the till shows {shown} {currency}, the order's total is {total} {currency}")
}
