//! What the host takes for granted of what a connector gives.

use penstock_connector_sdk::commerce::Entry;
use penstock_connector_sdk::source::Page;
use penstock_connector_sdk::types::{Decimal, Failure};

/// A page comes forward, fits, and what is on it has names.
pub(crate) fn page(page: &Page, after: Option<&[u8]>, limit: u32) {
    assert!(page.entries.len() <= limit as usize);
    assert!(!page.more || after != Some(page.next.as_slice()), "pulling would never end");
    assert!(!page.more || page.complete_to.is_none());
    entries(&page.entries);
}

pub(crate) fn entries(entries: &[Entry]) {
    for entry in entries {
        assert!(!entry.key.is_empty() && !entry.revision.is_empty(), "{entry:?}");
    }
}

/// A failure says something, and asks for a wait that somebody would wait.
pub(crate) fn failure(failure: &Failure) {
    match failure {
        Failure::RetryAfter(ms) => assert!(*ms <= 3_600_000),
        Failure::Unauthorized(said) | Failure::Misconfigured(said) | Failure::Unexpected(said) => {
            assert!(!said.is_empty());
        }
    }
}

/// Roughly.
pub(crate) fn amount(decimal: Decimal) -> f64 {
    decimal.to_string().parse().unwrap_or(f64::NAN)
}
