//! What people do at the till and in its back office, and what the generator puts there.
//!
//! Records are named by id. An unknown one changes nothing.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    Customer, Level, Outlet, Payment, PaymentType, Register, Sale, SaleLine, SaleState, Table,
    Till, TillCounter, TillProduct, TillTax, User,
};
use crate::movement::{Actor, Cause};

impl Till {
    /// Lets time pass, so that what people do next happens then.
    pub fn advance_to(&mut self, now_ms: i64) {
        self.tick(now_ms);
    }

    /// Lets this many milliseconds pass.
    pub fn pass(&mut self, elapsed_ms: i64) {
        self.tick(self.now_ms + elapsed_ms);
    }

    /// Adds an outlet.
    pub fn add_outlet(&mut self, name: &str) -> Uuid {
        let outlet = Outlet { name: name.to_owned() };
        self.add(|till| &mut till.outlets, outlet)
    }

    /// Adds an open register.
    pub fn add_register(&mut self, name: &str, outlet: Uuid, invoice_prefix: &str) -> Uuid {
        let register = Register {
            name: name.to_owned(),
            outlet,
            is_open: true,
            invoice_prefix: invoice_prefix.to_owned(),
            invoice_sequence: 1,
            turned_ms: self.now_ms,
        };
        self.add(|till| &mut till.registers, register)
    }

    /// Adds a payment type.
    pub fn add_payment_type(&mut self, name: &str, type_id: u32) -> Uuid {
        let payment_type = PaymentType { name: name.to_owned(), type_id };
        self.add(|till| &mut till.payment_types, payment_type)
    }

    /// Adds a tax of one or several rates (fractions).
    pub fn add_tax(&mut self, name: &str, rates: &[(&str, Decimal)], is_default: bool) -> Uuid {
        let rates = rates.iter().map(|(name, rate)| ((*name).to_owned(), *rate)).collect();
        let tax = TillTax { name: name.to_owned(), is_default, rates };
        self.add(|till| &mut till.taxes, tax)
    }

    /// Adds a user.
    pub fn add_user(&mut self, username: &str, display_name: &str, account_type: &str) -> Uuid {
        let user = User {
            username: username.to_owned(),
            display_name: display_name.to_owned(),
            account_type: account_type.to_owned(),
            enabled: true,
        };
        self.add(|till| &mut till.users, user)
    }

    fn add<T: Clone>(&mut self, table: fn(&mut Self) -> &mut Table<T>, value: T) -> Uuid {
        let (id, stamp) = (self.new_id(), self.stamp(0));
        table(self).insert(id, value, stamp);
        id
    }

    /// Adds a product.
    pub fn add_product(&mut self, product: TillProduct) -> Uuid {
        let id = self.new_id();
        let stamp = self.stamp(self.knobs.product_search_lag_ms);
        let sku = product.sku.to_lowercase();
        let position = self.products.insert(id, product, stamp);
        self.products_by_sku.entry(sku).or_default().push(position);
        id
    }

    /// Counts a product for the first time: its stock from then on is told by movements.
    pub fn open_level(&mut self, counter: TillCounter, amount: Decimal) {
        let (id, stamp) = (self.new_id(), self.stamp(0));
        let position = self.levels.insert(id, Level { counter, amount }, stamp);
        self.level_of.insert(counter, position);
        self.opening.insert(counter, amount);
    }

    /// Somebody types a customer in. Without a code one is drawn.
    pub fn add_customer(&mut self, mut customer: Customer, by: Actor) -> Uuid {
        customer.created_by = Some(by);
        if customer.customer_code.is_empty() {
            customer.customer_code = self.draw_code(&customer);
        }
        let position = self.store_customer(customer);
        self.customers.at(position).map(|row| row.id).unwrap_or_default()
    }

    /// Somebody corrects a customer.
    pub fn edit_customer(&mut self, id: Uuid, edit: impl FnOnce(&mut Customer)) {
        let Some((position, row)) = self.customers.find(id) else {
            return;
        };
        let mut customer = row.value.clone();
        edit(&mut customer);
        customer.changed_by.push(Actor::Merchant);
        self.note_customer(position, &customer);
        let stamp = self.stamp(self.knobs.customer_search_lag_ms);
        self.customers.change(position, stamp, |value| *value = customer);
    }

    /// Somebody deletes a customer.
    pub fn remove_customer(&mut self, id: Uuid) {
        let Some((position, _)) = self.customers.find(id) else {
            return;
        };
        let stamp = self.stamp(self.knobs.customer_search_lag_ms);
        self.customers.delete(position, stamp);
    }

    /// Somebody changes a product. A new SKU is found as the old one was.
    pub fn edit_product(&mut self, id: Uuid, edit: impl FnOnce(&mut TillProduct)) {
        let Some((position, row)) = self.products.find(id) else {
            return;
        };
        let mut product = row.value.clone();
        edit(&mut product);
        let sku = product.sku.to_lowercase();
        let positions = self.products_by_sku.entry(sku).or_default();
        if !positions.contains(&position) {
            positions.push(position);
        }
        let stamp = self.stamp(self.knobs.product_search_lag_ms);
        self.products.change(position, stamp, |value| *value = product);
    }

    /// Somebody deletes a product.
    pub fn delete_product(&mut self, id: Uuid) {
        let Some((position, _)) = self.products.find(id) else {
            return;
        };
        let stamp = self.stamp(self.knobs.product_search_lag_ms);
        self.products.delete(position, stamp);
    }

    /// Opens or closes a register.
    pub fn set_register_open(&mut self, id: Uuid, is_open: bool) {
        let Some((position, _)) = self.registers.find(id) else {
            return;
        };
        let stamp = self.stamp(0);
        self.registers.change(position, stamp, |register| {
            (register.is_open, register.turned_ms) = (is_open, stamp.now_ms);
        });
    }

    /// Lets a user sell, or no longer.
    pub fn set_user_enabled(&mut self, id: Uuid, enabled: bool) {
        let Some((position, _)) = self.users.find(id) else {
            return;
        };
        let stamp = self.stamp(0);
        self.users.change(position, stamp, |user| user.enabled = enabled);
    }

    /// Deletes a payment type.
    pub fn delete_payment_type(&mut self, id: Uuid) {
        let Some((position, _)) = self.payment_types.find(id) else {
            return;
        };
        let stamp = self.stamp(0);
        self.payment_types.delete(position, stamp);
    }

    /// Somebody counts the shelf.
    pub fn count_stock(&mut self, counter: TillCounter, amount: Decimal) {
        let delta = amount - self.level(counter).unwrap_or_default();
        self.move_stock(counter, delta, Cause::Counted, Actor::Merchant);
    }

    /// A customer pays in cash at a register. Answers the sale, `None` where the register or the user is missing.
    pub fn cash_sale(&mut self, register: Uuid, product: Uuid, quantity: Decimal) -> Option<Uuid> {
        let price = self.products.get(product)?.value.price_excluding_tax;
        let user = self.users.rows().first()?.id;
        let payment_type = self.payment_types.rows().first()?.id;
        self.registers.get(register)?;
        let (id, line_id, payment_id) = (self.new_id(), self.new_id(), self.new_id());
        let line = SaleLine {
            id: line_id,
            product,
            quantity,
            price,
            tax: Decimal::ZERO,
            tax_id: Some(self.retailer.no_tax_id),
            discount: Decimal::ZERO,
            price_set: false,
            note: None,
        };
        let payment = Payment {
            id: payment_id,
            payment_type,
            amount: price * quantity,
            date_ms: self.now_ms,
            register: Some(register),
        };
        let sale = Sale {
            state: SaleState::Closed,
            status: "CLOSED".to_owned(),
            attributes: Vec::new(),
            source: Some("USER".to_owned()),
            source_id: None,
            register: Some(register),
            user,
            customer: None,
            date_ms: self.now_ms,
            note: None,
            invoice_number: self.next_invoice(Some(register)),
            lines: vec![line],
            payments: vec![payment],
            return_for: None,
            drawn_at: None,
            by: Actor::Cashier,
        };
        self.store_sale(id, sale, Actor::Cashier);
        Some(id)
    }

    /// Somebody voids a sale.
    pub fn void_sale(&mut self, id: Uuid) {
        if let Some((position, _)) = self.sales.find(id) {
            self.void_at(position, Actor::Cashier);
        }
    }
}
