//! What `check --online` finds in the account.

use penstock_connector_sdk::connector::{Finding, Usage};
use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::request;
use penstock_connector_sdk::types::Failure;

use crate::api::product::{READ_SCOPE, WRITE_SCOPE};
use crate::api::{ENDPOINT, profile, refusal};
use crate::options::{self, Stock};
use crate::{Ecwid, orders, products, stock};

/// Reads the profile and one row of each collection in use. A refusal is a finding, so that all are
/// told at once.
pub(crate) fn check(
    ecwid: &Ecwid,
    usages: &[Usage],
    host: &impl VendorHost,
) -> Result<Vec<Finding>, Failure> {
    let mut findings = vec![read_profile(ecwid, host)?];
    for usage in usages {
        findings.extend(options_fault(usage));
    }
    let uses = |collection: &str| usages.iter().any(|usage| usage.collection == collection);
    if uses(orders::NAME) {
        findings.extend(read_row("orders", orders::SCOPE, host)?);
    }
    let names_counters = usages.iter().any(|usage| {
        usage.collection == orders::NAME && options::counters(&usage.options) == Ok(true)
    });
    if uses(products::NAME) || uses(stock::NAME) || names_counters {
        findings.extend(read_row("products", READ_SCOPE, host)?);
    }
    if uses(stock::NAME) {
        findings.push(Finding::note(format!(
            "to write stock, the token needs the scope `{WRITE_SCOPE}`, which no read can show"
        )));
    }
    Ok(findings)
}

fn read_profile(ecwid: &Ecwid, host: &impl VendorHost) -> Result<Finding, Failure> {
    let store = ecwid.options.store_id;
    let response = host.read(&profile::request())?;
    match profile::read(&response) {
        Ok(money) => {
            let precision = money
                .precision
                .map_or_else(String::new, |digits| format!(" with {digits} decimals"));
            Ok(Finding::note(format!("store {store} sells in {}{precision}", money.currency)))
        }
        Err(failure) => as_finding(failure, "read_store_profile"),
    }
}

/// Reads how many rows a listing has, which needs the scope and costs least.
fn read_row(
    listing: &str,
    scope: &str,
    host: &impl VendorHost,
) -> Result<Option<Finding>, Failure> {
    let request =
        request::get(ENDPOINT).segment(listing).query("limit", 1).query("responseFields", "total");
    let response = host.read(&request.keep(&["total"]).build())?;
    match refusal::check(&response, scope) {
        Ok(()) => Ok(None),
        Err(failure) => as_finding(failure, scope).map(Some),
    }
}

fn options_fault(usage: &Usage) -> Option<Finding> {
    match usage.collection.as_str() {
        // A directory of orders has no start: only a source polls.
        orders::NAME if usage.options.trim().is_empty() || usage.options.trim() == "{}" => None,
        orders::NAME => {
            let hint = r#"write `start = "now"`, `start = "beginning"`, or a date such as `start = "2026-01-05"`"#;
            let fault = options::orders(&usage.options).err()?;
            Some(Finding::fault(told(fault), hint))
        }
        stock::NAME => {
            let hint = "leave them out: the defaults suit a shop as it is documented";
            let fault = Stock::read(&usage.options).err()?;
            Some(Finding::fault(told(fault), hint))
        }
        _ => None,
    }
}

/// What a person must mend is a finding; what only needs another try is not.
fn as_finding(failure: Failure, scope: &str) -> Result<Finding, Failure> {
    let hint = match &failure {
        Failure::Unauthorized(_) => {
            format!(
                "use a token of this store whose app has the scope `{scope}`, on a plan with the API"
            )
        }
        Failure::Misconfigured(_) => {
            "set `store_id` to the number at the foot of the Ecwid admin".to_owned()
        }
        Failure::RetryAfter(_) | Failure::Unexpected(_) => return Err(failure),
    };
    Ok(Finding::fault(told(failure), hint))
}

fn told(failure: Failure) -> String {
    match failure {
        Failure::RetryAfter(millis) => format!("Ecwid asks to be left alone for {millis} ms"),
        Failure::Unauthorized(text) | Failure::Misconfigured(text) | Failure::Unexpected(text) => {
            text
        }
    }
}

#[cfg(test)]
mod tests;
