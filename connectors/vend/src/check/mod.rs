//! `check --online`: what the till's set-up lacks for the pipelines that use it.
//!
//! Everything is looked at, so that one run tells all; only what keeps the check itself from reading is a failure.

mod stock;

use std::collections::BTreeSet;

use penstock_connector_sdk::connector::{Finding, Usage};
use penstock_connector_sdk::instant::Instant;
use penstock_connector_sdk::options::parse_for;
use penstock_connector_sdk::types::{Failure, Request};
use serde::de::DeserializeOwned;

use crate::api::{self, get, path};
use crate::options::{ConnectionOptions, HOLD, SalesOptions};
use crate::products::{Match, Products, Wanted};
use crate::read::{Reader, Rows, refused, words_of};
use crate::reference::{
    Found, Named, OUTLETS, PAYMENT_TYPES, REGISTERS, RETAILER, TAXES, TillTax, USER, USERS,
    by_id_or_name, live_payment_types, live_taxes, usable_register, usable_user,
};
use crate::refusal::Refusal;
use crate::sales::lines::unmatched_line;

/// Checks the account for the collections in use.
pub(crate) fn check(
    options: &ConnectionOptions,
    usages: &[Usage],
    reader: Reader<'_>,
) -> Result<Vec<Finding>, Failure> {
    let user = if options.user.is_some() { USERS } else { USER };
    let [retailer, registers, outlets, payment_types, taxes, users] =
        reader.lists([RETAILER, REGISTERS, OUTLETS, PAYMENT_TYPES, TAXES, user])?;
    let mut findings = Findings::default();
    let retailer = findings.read_one::<api::Retailer>(&retailer)?;
    let registers = findings.rows::<api::Register>(&registers)?;
    let outlets = findings.rows::<api::Outlet>(&outlets)?;
    let till = Till {
        payment_types: findings.rows(&payment_types)?.map(live_payment_types),
        taxes: findings.rows(&taxes)?.map(live_taxes),
        retailer,
    };
    findings.account(options, till.retailer.as_ref());
    if let Some(registers) = registers {
        findings.register(options, &registers, outlets.as_deref());
    }
    if let Some(users) = findings.rows::<api::User>(&users)? {
        findings.user(options, &users);
    }
    findings.scopes(usages, reader)?;
    for usage in usages.iter().filter(|usage| usage.collection == "sales") {
        let sales: SalesOptions = parse_for(&usage.collection, &usage.options)?;
        findings.payments(&sales, till.payment_types.as_deref());
        findings.taxes(&sales, &till);
        findings.products(&sales, reader)?;
    }
    for usage in usages.iter().filter(|usage| usage.collection == crate::stock::NAME) {
        findings.stock(&parse_for(&usage.collection, &usage.options)?, reader)?;
    }
    Ok(findings.0)
}

/// What was read of the till; nothing where the token may not read it.
struct Till {
    retailer: Option<api::Retailer>,
    payment_types: Option<Vec<Named>>,
    taxes: Option<Vec<TillTax>>,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn fault(&mut self, message: impl Into<String>, hint: impl Into<String>) {
        self.0.push(Finding::fault(message, hint));
    }

    fn warning(&mut self, message: impl Into<String>, hint: impl Into<String>) {
        self.0.push(Finding::warning(message, hint));
    }

    fn refusal(&mut self, refusal: Refusal) {
        self.fault(refusal.message, refusal.hint);
    }

    /// Rows, or a finding that the token may not read them.
    fn rows<T: DeserializeOwned>(&mut self, rows: &Rows) -> Result<Option<Vec<T>>, Failure> {
        match rows.typed() {
            Ok(rows) => Ok(Some(rows)),
            Err(Failure::Unauthorized(message)) => {
                self.fault(message, "give the token this scope in the till, or make a new one");
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    fn read_one<T: DeserializeOwned>(&mut self, rows: &Rows) -> Result<Option<T>, Failure> {
        let rows = self.rows(rows)?;
        Ok(rows.and_then(|rows| rows.into_iter().next()))
    }

    fn account(&mut self, options: &ConnectionOptions, retailer: Option<&api::Retailer>) {
        let Some(retailer) = retailer else { return };
        let currency = retailer.currency.as_ref().and_then(|currency| currency.code.as_deref());
        let currency = currency.unwrap_or("an unknown currency");
        let taxes = match retailer.tax_exclusive {
            Some(true) => "prices without tax",
            Some(false) => "prices with tax",
            None => "prices of an unknown kind",
        };
        let till = &options.domain_prefix;
        self.0.push(Finding::note(format!("till `{till}` sells in {currency}, at {taxes}")));
        if retailer.discount_product_id.as_deref().is_none_or(str::is_empty) {
            self.warning(
                "the till names no product for discounts: orders with a discount of the whole are held",
                "ask the vendor's support for the account's discount product",
            );
        }
    }

    fn register(
        &mut self,
        options: &ConnectionOptions,
        registers: &[api::Register],
        outlets: Option<&[api::Outlet]>,
    ) {
        let register = match usable_register(registers, &options.register) {
            Ok(register) => register,
            Err(refusal) => return self.refusal(refusal),
        };
        let name = &register.name;
        if register.is_open == Some(false) {
            let fact = format!("register `{name}` is closed, and a closed register takes no sale");
            self.fault(fact, format!("open register `{name}` in the till, and keep it open"));
        }
        let Some(outlets) = outlets else { return };
        let of_register =
            |outlet: &&api::Outlet| register.outlet_id.as_deref() == Some(outlet.id.as_str());
        match outlets.iter().find(of_register) {
            Some(outlet) if outlet.deleted_at.is_none() => {
                let fact = format!("sales go to register `{name}` at outlet `{}`", outlet.name);
                self.0.push(Finding::note(fact));
            }
            _ => {
                let fact = format!("the outlet of register `{name}` was deleted");
                self.fault(fact, "set `register` to one of an outlet that is in use");
            }
        }
    }

    fn user(&mut self, options: &ConnectionOptions, users: &[api::User]) {
        match (&options.user, users.first()) {
            (Some(wanted), _) => {
                if let Err(refusal) = usable_user(users, wanted) {
                    self.refusal(refusal);
                }
            }
            (None, Some(user)) if user.enabled == Some(false) => self.fault(
                "the user of the token is disabled in the till",
                "set `user` to one that is enabled, or enable the token's own",
            ),
            (None, Some(_)) => {}
            (None, None) => self.fault("the till tells no user of the token", "set `user`"),
        }
    }

    /// Reads one row of what each collection needs. Scopes to write show only when something is written.
    fn scopes(&mut self, usages: &[Usage], reader: Reader<'_>) -> Result<(), Failure> {
        let mut paths = BTreeSet::new();
        for usage in usages {
            match usage.collection.as_str() {
                "sales" => paths.extend([path::SALES, path::PRODUCTS]),
                "customers" => paths.extend([path::CUSTOMERS]),
                "products" | crate::stock::NAME => paths.extend([path::PRODUCTS]),
                _ => {}
            }
        }
        let one_row = |path: &&str| get(path).query("page_size", 1).keep(&["data.*.id"]).build();
        let requests: Vec<Request> = paths.iter().map(one_row).collect();
        for (path, answer) in paths.iter().zip(reader.read_each(&requests)?) {
            if answer.is_success() {
                continue;
            }
            match refused(path, answer.status, &words_of(&answer.body)) {
                Failure::Unauthorized(message) => {
                    self.fault(message, "give the token this scope in the till, or make a new one");
                }
                failure => return Err(failure),
            }
        }
        Ok(())
    }

    fn payments(&mut self, sales: &SalesOptions, till: Option<&[Named]>) {
        let Some(till) = till else { return };
        if sales.payments.is_empty() && sales.other_payments == HOLD {
            self.fault(
                "no payment method of the shop is named, so every paid order is held",
                "name them: `payments = { \"Credit card\" = \"Online\" }`",
            );
        }
        let others = Some(&sales.other_payments).filter(|other| *other != HOLD);
        let named = sales.payments.iter().map(|(method, wanted)| (method.as_str(), wanted));
        for (method, wanted) in named.chain(others.map(|other| ("other_payments", other))) {
            match by_id_or_name(till, wanted) {
                Found::One(_) => {}
                Found::Nothing => self.fault(
                    format!("the till has no payment type `{wanted}`, named for `{method}`"),
                    format!("create `{wanted}` in the till, or name one of: {}", names(till)),
                ),
                Found::Several => self.fault(
                    format!("the till has several payment types named `{wanted}`"),
                    format!("name the one for `{method}` by its id"),
                ),
            }
        }
    }

    fn taxes(&mut self, sales: &SalesOptions, till: &Till) {
        let Some(taxes) = &till.taxes else { return };
        let mapped = sales.taxes.iter().map(|(shop, wanted)| (shop.as_str(), wanted));
        for (option, wanted) in mapped.chain(sales.no_tax.iter().map(|tax| ("no_tax", tax))) {
            match by_id_or_name(taxes, wanted) {
                Found::One(_) => {}
                Found::Nothing => self.fault(
                    format!("the till has no tax `{wanted}`, named for `{option}`"),
                    format!("create `{wanted}` in the till, or name another for `{option}`"),
                ),
                Found::Several => self.fault(
                    format!("the till has several taxes named `{wanted}`"),
                    format!("name the one for `{option}` by its id"),
                ),
            }
        }
        let own = till.retailer.as_ref().and_then(|retailer| retailer.no_tax_group_id.as_deref());
        if sales.no_tax.is_none() && own.is_none_or(str::is_empty) && till.retailer.is_some() {
            self.warning(
                "the till names no tax for lines without tax: orders with such lines are held",
                "set `no_tax` to the till's tax of 0 %",
            );
        }
        self.ambiguous_rates(sales, taxes);
    }

    /// Rates that a line's tax could not be told by.
    fn ambiguous_rates(&mut self, sales: &SalesOptions, taxes: &[TillTax]) {
        let rates: BTreeSet<_> = taxes.iter().filter_map(|tax| tax.rate_percent).collect();
        for rate in rates.into_iter().filter(|rate| rate.is_positive()) {
            let of_rate: Vec<&TillTax> =
                taxes.iter().filter(|tax| tax.rate_percent == Some(rate)).collect();
            let rate = rate.normalized();
            if let [first, _, ..] = of_rate.as_slice()
                && !sales.taxes.contains_key(&rate.to_string())
            {
                self.warning(
                    format!(
                        "the till has {} taxes of {rate} %: orders with such tax are held",
                        of_rate.len()
                    ),
                    format!("choose one: `taxes = {{ \"{rate}\" = \"{}\" }}`", first.name),
                );
            }
        }
    }

    fn products(&mut self, sales: &SalesOptions, reader: Reader<'_>) -> Result<(), Failure> {
        let named = sales.service_skus();
        let wanted = named.iter().filter_map(|(_, sku)| sku.and_then(Wanted::sku));
        let products = Products::default();
        let matches = products.find(reader, wanted, Instant::MIN)?;
        for (option, sku) in named {
            let Some(wanted) = sku.and_then(Wanted::sku) else {
                continue;
            };
            let place = format!("`{}` (`{option}`)", sku.unwrap_or_default());
            match matches.get(wanted) {
                Some(Match::One(item)) if item.counts_stock => self.fault(
                    format!("{place}: the till tracks stock of it, which is no goods"),
                    "turn stock tracking off for it in the till",
                ),
                Some(Match::One(_)) => {}
                found => self.refusal(unmatched_line(found).at(&place)),
            }
        }
        if sales.shipping_sku.is_none() {
            self.warning(
                "no product is named for shipping: orders with shipping are held",
                "create a service product in the till and set `shipping_sku` to its SKU",
            );
        }
        Ok(())
    }
}

fn names(till: &[Named]) -> String {
    let names: Vec<String> = till.iter().map(|named| format!("`{}`", named.name)).collect();
    names.join(", ")
}
