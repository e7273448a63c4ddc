//! What is told of a pair: to someone who has to decide something, perhaps at night.

use penstock_connector_sdk::audit::{Pause, Remark};
use penstock_connector_sdk::commerce::StockLevel;
use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::host::Effect;
use penstock_connector_sdk::instant;
use penstock_connector_sdk::types::{Decimal, Instant};

use super::balance::{Balance, Coming};
use super::remark;
use crate::cell::{Cell, Side, Trip};
use crate::delta::signed;
use crate::options::{ManualEdits, Options};

/// How a pair is brought in step by hand.
const ANEW: &str = "begin anew with the pair: `penstock links FILE --new-levels --sku SKU`, then `--accept-levels`";

pub(super) fn too_large(error: DecimalError) -> Remark {
    let hint = "correct the count: no shelf holds as many";
    remark(format!("one of its counts is {error}"), hint)
}

pub(super) fn gone(side: Side, owner: &str) -> Remark {
    let hint = "link what took its place, or end the link: `penstock links` with `--export`, then `--import`";
    remark(format!("the {} has no counter `{owner}` any more", side.name()), hint)
}

pub(super) fn not_accepted(shop: &StockLevel, till: &StockLevel, reserved: Decimal) -> Remark {
    let shown = |level: &StockLevel| {
        level.on_hand.map_or_else(|| "no count".to_owned(), |count| count.normalized().to_string())
    };
    let reason = format!(
        "its first levels are not accepted yet: the shop has {}, the till {}, and orders have reserved {}",
        shown(shop),
        shown(till),
        reserved.normalized()
    );
    let hint = "`penstock plan` shows what they would be, `penstock links` with `--accept-levels` accepts them";
    remark(reason, hint)
}

pub(super) fn unread() -> Remark {
    remark("no reading of it was taken up yet".to_owned(), "`penstock run` takes its levels up")
}

pub(super) fn quarantined(reason: &str, trip: &Trip) -> Remark {
    let hint = match trip {
        Trip::Jump(size) => format!(
            "if the count is right, set `jump_max` to {} or more, and run; if not, correct it, then {ANEW}",
            size.normalized()
        ),
        Trip::Zeros(count) => format!(
            "if the counts are right, set `zeros_max` to {count} or more, and run; if not, correct them, then {ANEW}"
        ),
        Trip::SameEdit { apart_ms } => format!(
            "if both changes are meant, set `same_edit_ms` to {apart_ms} or less, and run; if it was one, correct a count, then {ANEW}"
        ),
        Trip::Unequal => {
            format!(
                "correct one of the counts, then {ANEW}; or set `first_levels` to the side that is right"
            )
        }
        Trip::Restless => {
            format!("see that nothing else sets this counter, then {ANEW}")
        }
    };
    remark(reason.to_owned(), hint)
}

pub(super) fn uncounted(side: Side) -> Remark {
    let (reason, hint) = match side {
        Side::Shop => ("unlimited in the shop", "count it there if it is to be kept in step"),
        Side::Till => ("not tracked in the till", "track it there if it is to be kept in step"),
    };
    remark(reason.to_owned(), hint)
}

pub(super) fn first_level() -> String {
    "its first level is to be written".to_owned()
}

pub(super) fn needs_levels() -> Remark {
    let hint = "`penstock run` writes them from readings of both counters";
    remark("it needs first levels".to_owned(), hint)
}

/// A write of ours without an outcome.
pub(super) fn under_way(side: Side, effect: &Effect) -> String {
    format!(
        "whether {} was made in the {} is not known yet ({})",
        signed(effect.delta),
        side.name(),
        effect.cause
    )
}

pub(super) fn just_moved(side: Side, after_ms: u64) -> Pause {
    let reason = format!("the {}'s count was moved just now", side.name());
    Pause { after_ms, reason }
}

pub(super) fn orders_unknown(after_ms: u64) -> Pause {
    let reason = "the orders around its reading are not known yet".to_owned();
    Pause { after_ms, reason }
}

/// Somebody moved a counter since it was read for the rule.
pub(super) fn moved(side: Side, by: Decimal) -> String {
    format!("the {}'s count went {} beside orders, and is to be carried", side.name(), signed(by))
}

/// The source of a side was silent of a change.
pub(super) fn missed(
    side: Side,
    expected: Decimal,
    shown: Decimal,
    told_to: Option<Instant>,
) -> Result<Remark, DecimalError> {
    let by = signed(shown.checked_sub(expected)?);
    let until =
        told_to.map_or_else(String::new, |at| format!(" up to {}", instant::to_rfc3339(at)));
    let name = side.name();
    let reason = format!(
        "the {name}'s count went {by}, and its list of what changed{until} says nothing of it"
    );
    let hint = match side {
        Side::Shop => "save the product once in the shop, so that it counts as changed, and run",
        Side::Till => {
            "count the product once in the till, so that its counter has a new version, and run"
        }
    };
    Ok(remark(reason, hint))
}

/// What is still to be made; nothing where nothing is.
pub(super) fn coming(changes: &[Coming]) -> Option<String> {
    let told = |change: &Coming| {
        format!("{} in the {} ({})", signed(change.delta), change.to.name(), change.cause)
    };
    let told: Vec<String> = changes.iter().map(told).collect();
    (!told.is_empty()).then(|| format!("to be made: {}", told.join(", ")))
}

/// Why shop and till do not agree, though both were read and nothing is under way.
pub(super) fn unbalanced(options: &Options, cell: &Cell, balance: &Balance) -> Remark {
    if let Some((change, stuck)) = balance.refused.first() {
        let why = stuck.as_ref().map_or_else(String::new, |stuck| format!(": {}", stuck.reason));
        let hint = stuck.as_ref().and_then(|stuck| stuck.hint.clone()).unwrap_or_else(|| {
            format!(
                "`penstock held list` and `penstock dead list` show it: cure its cause and retry it; or {ANEW}"
            )
        });
        let reason = format!(
            "a change of {} in the {} was not made ({}){why}",
            signed(change.delta),
            change.to.name(),
            change.cause
        );
        return remark(reason, hint);
    }
    let ignored = options.manual_edits_from_shop == ManualEdits::Ignore;
    if let Some(edit) = cell.shop.outside.filter(|_| ignored) {
        let reason = format!(
            "the shop's count was edited, last by {}, and `manual_edits_from_shop` is `ignore`",
            signed(edit.amount)
        );
        let hint = format!("set the shop's count to {}", balance.expected.normalized());
        return remark(reason, hint);
    }
    let reason = "nothing that is known explains it: a change may have been refused, or the outcome of a lost answer taken for another".to_owned();
    remark(reason, format!("`penstock why` tells what moved it; count the shelf, then {ANEW}"))
}
