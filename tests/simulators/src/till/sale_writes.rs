//! What a sale write does: checks, duplicates, numbers, stock.

use rust_decimal::Decimal;
use std::collections::BTreeMap;
use uuid::Uuid;

use super::refusal::{Dialect, Refusal};
use super::sale_form::{LineForm, PaymentForm, SaleForm};
use super::{Payment, Sale, SaleLine, SaleState, Till, TillCounter};
use crate::knobs::{
    Acceptance, ClosedRegister, DuplicateId, LegacyDuplicateId, RepeatedStock, ReplacedPayments,
    SourceIdUnique, VoidedStock,
};
use crate::movement::{Actor, Cause};

/// Longest invoice number; the rest is cut without a word.
const INVOICE_CHARS_MAX: usize = 20;

impl Till {
    /// Creates a sale, or does what the knob says where its id is known. Answers its position.
    pub(super) fn create_sale(
        &mut self,
        mut form: SaleForm,
        dialect: Dialect,
    ) -> Result<u32, Refusal> {
        let known = form.id.and_then(|id| self.sales.find(id)).map(|(position, _)| position);
        let Some(position) = known else {
            return self.insert_sale(form);
        };
        let duplicate = match (dialect, self.knobs.legacy_duplicate_id) {
            (Dialect::Legacy, LegacyDuplicateId::Replaced) => DuplicateId::Replaced,
            _ => self.knobs.duplicate_id,
        };
        match duplicate {
            DuplicateId::Refused409 => Err(Refusal::conflict("a sale with this id exists")),
            DuplicateId::Replaced => self.replace_sale(position, form),
            DuplicateId::Ignored => Ok(position),
            DuplicateId::Duplicated => {
                form.id = None;
                self.insert_sale(form)
            }
        }
    }

    fn insert_sale(&mut self, form: SaleForm) -> Result<u32, Refusal> {
        self.check_sale(&form)?;
        self.check_source(&form)?;
        let id = match form.id {
            Some(id) => id,
            None => self.new_id(),
        };
        let sale = self.sale_of(form, &[]);
        Ok(self.store_sale(id, sale, Actor::Api))
    }

    /// Stores a new sale and draws its stock.
    pub(super) fn store_sale(&mut self, id: Uuid, mut sale: Sale, by: Actor) -> u32 {
        sale.by = by;
        sale.drawn_at = if draws(&sale) { self.outlet_of(sale.register) } else { None };
        self.draw(&sale, Decimal::NEGATIVE_ONE, Cause::Sale(id));
        let stamp = self.stamp(self.knobs.sale_search_lag_ms);
        let position = self.sales.next_position();
        self.note_sale(position, &sale);
        self.sales.insert(id, sale, stamp)
    }

    /// Writes a whole sale over another one. What is not in the form is gone.
    pub(super) fn replace_sale(
        &mut self,
        position: u32,
        mut form: SaleForm,
    ) -> Result<u32, Refusal> {
        self.check_sale(&form)?;
        let Some(row) = self.sales.at(position) else {
            return Err(Refusal::unknown("Sale"));
        };
        let (id, before) = (row.id, row.value.clone());
        let reopens = before.state == SaleState::Closed
            && !matches!(form.state, SaleState::Closed | SaleState::Voided);
        if reopens && self.knobs.reopened_sale == Acceptance::Refused {
            return Err(Refusal::unprocessable("a closed sale may only be voided"));
        }
        form.date_ms = form.date_ms.or(Some(before.date_ms));
        let mut sale = self.sale_of(form, &before.payments);
        self.restock_for(id, &before, &mut sale);
        self.note_sale(position, &sale);
        let stamp = self.stamp(self.knobs.sale_search_lag_ms);
        self.sales.change(position, stamp, |value| *value = sale);
        Ok(position)
    }

    /// Calls a sale off by hand.
    pub(super) fn void_at(&mut self, position: u32, by: Actor) {
        let Some(row) = self.sales.at(position) else {
            return;
        };
        let (id, before) = (row.id, row.value.clone());
        let mut sale = before.clone();
        (sale.state, sale.status, sale.by) = (SaleState::Voided, "VOIDED".to_owned(), by);
        self.restock_for(id, &before, &mut sale);
        let stamp = self.stamp(self.knobs.sale_search_lag_ms);
        self.sales.change(position, stamp, |value| *value = sale);
    }

    /// Moves the stock that a changed sale is due, and notes in it what it has drawn now.
    fn restock_for(&mut self, id: Uuid, before: &Sale, after: &mut Sale) {
        match (before.drawn_at, draws(after)) {
            (None, true) => {
                after.drawn_at = self.outlet_of(after.register);
                self.draw(after, Decimal::NEGATIVE_ONE, Cause::Sale(id));
            }
            (Some(outlet), true) => {
                after.drawn_at = Some(outlet);
                match self.knobs.repeated_stock {
                    RepeatedStock::Kept => {}
                    RepeatedStock::Corrected => {
                        self.draw(before, Decimal::ONE, Cause::SaleRepeated(id));
                        self.draw(after, Decimal::NEGATIVE_ONE, Cause::SaleRepeated(id));
                    }
                    RepeatedStock::DrawnAgain => {
                        self.draw(after, Decimal::NEGATIVE_ONE, Cause::SaleRepeated(id));
                    }
                }
            }
            (Some(outlet), false) if self.knobs.voided_stock == VoidedStock::Kept => {
                after.drawn_at = Some(outlet);
            }
            (Some(_), false) => {
                after.drawn_at = None;
                self.draw(before, Decimal::ONE, Cause::SaleVoided(id));
            }
            (None, false) => after.drawn_at = None,
        }
    }

    /// Moves the stock of a sale at the outlet where it is drawn.
    fn draw(&mut self, sale: &Sale, sign: Decimal, cause: Cause) {
        let Some(outlet) = sale.drawn_at else { return };
        let mut pieces: BTreeMap<Uuid, Decimal> = BTreeMap::new();
        for line in &sale.lines {
            *pieces.entry(line.product).or_default() += line.quantity;
        }
        for (product, quantity) in pieces {
            self.move_stock(TillCounter { product, outlet }, sign * quantity, cause, sale.by);
        }
    }

    fn outlet_of(&self, register: Option<Uuid>) -> Option<Uuid> {
        self.registers.find(register?).map(|(_, row)| row.value.outlet)
    }

    /// Remembers under which numbers and source ids a sale is found.
    fn note_sale(&mut self, position: u32, sale: &Sale) {
        let invoices = self.sales_by_invoice.entry(sale.invoice_number.clone()).or_default();
        if !invoices.contains(&position) {
            invoices.push(position);
        }
        if let Some(source_id) = &sale.source_id {
            let sources = self.sales_by_source.entry(source_id.clone()).or_default();
            if !sources.contains(&position) {
                sources.push(position);
            }
        }
    }

    fn sale_of(&mut self, form: SaleForm, earlier: &[Payment]) -> Sale {
        let invoice_number = match form.invoice_number {
            Some(number) => number.chars().take(INVOICE_CHARS_MAX).collect(),
            None => self.next_invoice(form.register),
        };
        let date_ms = form.date_ms.unwrap_or(self.now_ms);
        let lines = form.lines.into_iter().map(|line| self.line_of(line)).collect();
        let payments =
            form.payments.into_iter().map(|it| self.payment_of(it, form.register)).collect();
        Sale {
            state: form.state,
            status: form.status,
            attributes: form.attributes,
            source: form.source,
            source_id: form.source_id,
            register: form.register,
            user: form.user,
            customer: form.customer,
            date_ms,
            note: form.note,
            invoice_number,
            lines,
            payments: self.payments_after(earlier, payments),
            return_for: None,
            drawn_at: None,
            by: Actor::Api,
        }
    }

    fn payments_after(&self, earlier: &[Payment], payments: Vec<Payment>) -> Vec<Payment> {
        let mut kept = match self.knobs.replaced_payments {
            ReplacedPayments::Replaced => Vec::new(),
            ReplacedPayments::Added => earlier.to_vec(),
            ReplacedPayments::MergedById => earlier
                .iter()
                .filter(|old| payments.iter().all(|payment| payment.id != old.id))
                .cloned()
                .collect(),
        };
        kept.extend(payments);
        kept
    }

    fn line_of(&mut self, line: LineForm) -> SaleLine {
        SaleLine {
            id: line.id.unwrap_or_else(|| self.new_id()),
            product: line.product,
            quantity: line.quantity,
            price: line.price,
            tax: line.tax,
            tax_id: line.tax_id,
            discount: line.discount,
            price_set: line.price_set,
            note: line.note,
        }
    }

    fn payment_of(&mut self, payment: PaymentForm, register: Option<Uuid>) -> Payment {
        Payment {
            id: payment.id.unwrap_or_else(|| self.new_id()),
            payment_type: payment.payment_type,
            amount: payment.amount,
            date_ms: payment.date_ms.unwrap_or(self.now_ms),
            register: payment.register.or(register),
        }
    }

    /// The next number of a register's sequence.
    pub(super) fn next_invoice(&mut self, register: Option<Uuid>) -> String {
        let found = register.and_then(|id| self.registers.find(id));
        let Some((position, row)) = found else {
            return String::new();
        };
        let number = format!("{}{}", row.value.invoice_prefix, row.value.invoice_sequence);
        let stamp = self.stamp(0);
        self.registers.change(position, stamp, |register| register.invoice_sequence += 1);
        number.chars().take(INVOICE_CHARS_MAX).collect()
    }

    fn check_source(&self, form: &SaleForm) -> Result<(), Refusal> {
        if self.knobs.source_id_unique == SourceIdUnique::No {
            return Ok(());
        }
        let Some(source_id) = &form.source_id else {
            return Ok(());
        };
        let clash = self.sales_of_source(source_id).iter().any(|position| {
            self.sales.at(*position).is_some_and(|row| {
                row.value.source == form.source && row.value.source_id == form.source_id
            })
        });
        if clash { Err(Refusal::conflict("a sale of this source id exists")) } else { Ok(()) }
    }

    fn check_sale(&self, form: &SaleForm) -> Result<(), Refusal> {
        self.check_people(form)?;
        self.check_register(form)?;
        self.check_rows(form)?;
        self.check_amounts(form)
    }

    fn check_people(&self, form: &SaleForm) -> Result<(), Refusal> {
        let user = self.users.get(form.user).ok_or_else(|| unknown("user", form.user))?;
        if !user.value.enabled && self.knobs.disabled_user == Acceptance::Refused {
            return Err(Refusal::unprocessable(format!("user {} is disabled", form.user)));
        }
        match form.customer {
            Some(id) if self.customers.get(id).is_none() => Err(unknown("customer", id)),
            _ => Ok(()),
        }
    }

    fn check_register(&self, form: &SaleForm) -> Result<(), Refusal> {
        let Some(id) = form.register else {
            return if form.payments.is_empty() {
                Ok(())
            } else {
                Err(Refusal::unprocessable("payments need a register"))
            };
        };
        let register = self.registers.get(id).ok_or_else(|| unknown("register", id))?;
        let refuses = self.knobs.closed_register == ClosedRegister::Refused409;
        if !register.value.is_open && !form.payments.is_empty() && refuses {
            let name = &register.value.name;
            return Err(Refusal::payment(format!("register {name} is closed")));
        }
        Ok(())
    }

    fn check_rows(&self, form: &SaleForm) -> Result<(), Refusal> {
        for line in &form.lines {
            let (_, row) =
                self.products.find(line.product).ok_or_else(|| unknown("product", line.product))?;
            let gone = row.deleted_ms.is_some() || !row.value.active;
            if gone && self.knobs.inactive_product == Acceptance::Refused {
                return Err(Refusal::unprocessable(format!(
                    "product {} is inactive",
                    line.product
                )));
            }
            if let Some(id) = line.tax_id
                && self.taxes.get(id).is_none()
            {
                return Err(unknown("tax", id));
            }
        }
        for payment in &form.payments {
            let id = payment.payment_type;
            self.payment_types.get(id).ok_or_else(|| unknown("payment type", id))?;
        }
        Ok(())
    }

    fn check_amounts(&self, form: &SaleForm) -> Result<(), Refusal> {
        if form.state != SaleState::Closed {
            return Ok(());
        }
        let line = |line: &LineForm| (line.price + line.tax) * line.quantity;
        let total = self.retailer.currency.round(form.lines.iter().map(line).sum());
        let paid: Decimal = form.payments.iter().map(|payment| payment.amount).sum();
        if total.is_zero() && self.knobs.zero_sale == Acceptance::Refused {
            return Err(Refusal::unprocessable("a closed sale can't be over nothing"));
        }
        if total != paid && self.knobs.unequal_payments == Acceptance::Refused {
            let message = format!("payments of {paid} do not equal the total of {total}");
            return Err(Refusal::unprocessable(message));
        }
        Ok(())
    }
}

/// Whether a sale takes its goods: when it is closed, or at once on account.
fn draws(sale: &Sale) -> bool {
    let on_account = || sale.attributes.iter().any(|attribute| attribute == "onaccount");
    sale.state == SaleState::Closed || (sale.state == SaleState::Pending && on_account())
}

fn unknown(what: &str, id: Uuid) -> Refusal {
    Refusal::unprocessable(format!("{what} {id} is unknown"))
}
