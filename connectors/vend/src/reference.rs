//! What a sale refers to in the till: register, user, payment types, taxes, and what holds for the whole account.
//!
//! Read once per instance, side by side, and read anew when it has grown old. Everything is found by name or by id; a
//! name that is missing or borne twice is told, never guessed.

use penstock_connector_sdk::decimal::Decimal;
use penstock_connector_sdk::instant::Instant;
use penstock_connector_sdk::types::Failure;

use crate::api::{self, path};
use crate::options::ConnectionOptions;
use crate::read::{List, Reader};
use crate::refusal::Refusal;

/// The till's set-up, as far as sales need it.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) register: Register,
    pub(crate) user_id: String,
    /// ISO 4217.
    pub(crate) currency: String,
    pub(crate) payment_types: Vec<Named>,
    pub(crate) taxes: Vec<TillTax>,
    /// The till's own tax for lines without tax.
    pub(crate) no_tax_id: Option<String>,
    /// The product that discounts of a whole sale are booked on.
    pub(crate) discount_product_id: Option<String>,
}

/// The register that sales are booked on.
#[derive(Clone, Debug)]
pub(crate) struct Register {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Where stock leaves.
    pub(crate) outlet_id: String,
}

/// Something that is called by a name or an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// One of the till's taxes; a group of rates counts as their sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TillTax {
    pub(crate) id: String,
    pub(crate) name: String,
    /// In percent. Absent where the till does not tell a rate.
    pub(crate) rate_percent: Option<Decimal>,
}

/// What a name or id led to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<T> {
    One(T),
    Nothing,
    /// The name is borne by several; only an id tells which.
    Several,
}

/// What has an id, and names that people call it by.
pub(crate) trait Called {
    fn id(&self) -> &str;
    fn is_called(&self, name: &str) -> bool;
}

/// Finds by id first, then by the exact name.
pub(crate) fn by_id_or_name<'a, T: Called>(rows: &'a [T], wanted: &str) -> Found<&'a T> {
    if let Some(row) = rows.iter().find(|row| row.id() == wanted) {
        return Found::One(row);
    }
    let mut called = rows.iter().filter(|row| row.is_called(wanted));
    match (called.next(), called.next()) {
        (Some(row), None) => Found::One(row),
        (None, _) => Found::Nothing,
        (Some(_), Some(_)) => Found::Several,
    }
}

impl Called for Named {
    fn id(&self) -> &str {
        &self.id
    }
    fn is_called(&self, name: &str) -> bool {
        self.name == name
    }
}

impl Called for TillTax {
    fn id(&self) -> &str {
        &self.id
    }
    fn is_called(&self, name: &str) -> bool {
        self.name == name
    }
}

impl Called for api::Register {
    fn id(&self) -> &str {
        &self.id
    }
    fn is_called(&self, name: &str) -> bool {
        self.name == name && self.deleted_at.is_none()
    }
}

impl Called for api::User {
    fn id(&self) -> &str {
        &self.id
    }
    fn is_called(&self, name: &str) -> bool {
        let names = [self.username.as_deref(), self.display_name.as_deref()];
        names.contains(&Some(name)) && self.deleted_at.is_none()
    }
}

impl api::Register {
    /// The outlet that it stands in.
    pub(crate) fn outlet(&self) -> Result<&str, Failure> {
        let none = || Failure::unexpected(format!("register `{}` has no outlet", self.name));
        self.outlet_id.as_deref().ok_or_else(none)
    }
}

impl Reference {
    /// Reads the set-up, all of it side by side, and tells when.
    pub(crate) fn read(
        reader: Reader<'_>,
        options: &ConnectionOptions,
    ) -> Result<(Reference, Instant), Failure> {
        let user = if options.user.is_some() { USERS } else { USER };
        let [retailer, registers, payment_types, taxes, users] =
            reader.lists([RETAILER, REGISTERS, PAYMENT_TYPES, TAXES, user])?;
        let read_at = retailer.read_at.unwrap_or_default();
        let retailer: api::Retailer = retailer.one()?;
        let user_id = match &options.user {
            Some(wanted) => usable_user(&users.typed()?, wanted)?.id.clone(),
            None => users.one::<api::User>()?.id,
        };
        let registers: Vec<api::Register> = registers.typed()?;
        let register = usable_register(&registers, &options.register)?;
        let currency = retailer.currency.and_then(|currency| currency.code);
        let reference = Reference {
            register: Register {
                id: register.id.clone(),
                name: register.name.clone(),
                outlet_id: register.outlet()?.to_owned(),
            },
            user_id,
            currency: currency
                .ok_or_else(|| Failure::unexpected("the till does not tell its currency"))?,
            payment_types: live_payment_types(payment_types.typed()?),
            taxes: live_taxes(taxes.typed()?),
            no_tax_id: retailer.no_tax_group_id.filter(|id| !id.is_empty()),
            discount_product_id: retailer.discount_product_id.filter(|id| !id.is_empty()),
        };
        Ok((reference, read_at))
    }
}

pub(crate) const RETAILER: List = List::single(
    path::RETAILER,
    &["discount_product_id", "no_tax_group_id", "tax_exclusive", "currency"],
);
pub(crate) const REGISTERS: List =
    List::of(path::REGISTERS, &["id", "name", "outlet_id", "is_open", "deleted_at"]);
pub(crate) const OUTLETS: List = List::of(path::OUTLETS, &["id", "name", "deleted_at"]);
pub(crate) const PAYMENT_TYPES: List = List::of(path::PAYMENT_TYPES, &["id", "name", "deleted_at"]);
pub(crate) const TAXES: List = List::of(path::TAXES, &["id", "name", "rates", "deleted_at"]);
const USER_FIELDS: &[&str] = &["id", "username", "display_name", "enabled", "deleted_at"];
pub(crate) const USERS: List = List::of(path::USERS, USER_FIELDS);
pub(crate) const USER: List = List::single(path::USER, USER_FIELDS);

/// The register named in the options, if sales can be booked on it. Whether it is open is not asked here: that changes
/// every evening, and the till's own answer to a sale tells it.
pub(crate) fn usable_register<'a>(
    registers: &'a [api::Register],
    wanted: &str,
) -> Result<&'a api::Register, Refusal> {
    let fact = match by_id_or_name(registers, wanted) {
        Found::One(register) if register.deleted_at.is_none() => return Ok(register),
        Found::One(_) => format!("register `{wanted}` was deleted"),
        Found::Nothing => format!("the till has no register `{wanted}`"),
        Found::Several => format!("the till has several registers named `{wanted}`"),
    };
    Err(Refusal::new(fact, "set `register` to the name or id of one that is in use"))
}

/// The user named in the options, if sales can be booked under them.
pub(crate) fn usable_user<'a>(
    users: &'a [api::User],
    wanted: &str,
) -> Result<&'a api::User, Refusal> {
    let fact = match by_id_or_name(users, wanted) {
        Found::One(user) if user.deleted_at.is_some() => format!("user `{wanted}` was deleted"),
        Found::One(user) if user.enabled == Some(false) => {
            format!("user `{wanted}` is disabled in the till")
        }
        Found::One(user) => return Ok(user),
        Found::Nothing => format!("the till has no user `{wanted}`"),
        Found::Several => format!("the till has several users named `{wanted}`"),
    };
    let hint = "set `user` to the username, display name or id of one that is enabled";
    Err(Refusal::new(fact, hint))
}

/// Payment types in use.
pub(crate) fn live_payment_types(rows: Vec<api::PaymentType>) -> Vec<Named> {
    let live = rows.into_iter().filter(|row| row.deleted_at.is_none());
    live.map(|row| Named { id: row.id, name: row.name }).collect()
}

/// Taxes in use, with the sum of their rates in percent.
pub(crate) fn live_taxes(rows: Vec<api::Tax>) -> Vec<TillTax> {
    let percent = |tax: &api::Tax| {
        let mut sum = Decimal::ZERO;
        for rate in &tax.rates {
            sum = sum.checked_add(rate.rate?).ok()?;
        }
        sum.checked_mul(Decimal::new(100, 0)).ok().filter(|_| !tax.rates.is_empty())
    };
    let live = rows.into_iter().filter(|row| row.deleted_at.is_none());
    live.map(|row| TillTax { rate_percent: percent(&row), id: row.id, name: row.name }).collect()
}
