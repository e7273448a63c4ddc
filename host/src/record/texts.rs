//! The texts of a payload, for those who replace what may name a person.

use crate::contract::{Customer, CustomerLink, Order, OrderLine, Pair, Payload, Tax};

/// What a text of a payload is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// A person, or nobody knows what.
    Person,
    /// A thing of the shop's: an id, a number, the name of an item.
    Thing,
}

/// Gives each text of a payload to `replace`, and puts what it gives back in its place. Names of attributes stay.
pub fn replace_texts(payload: &mut Payload, replace: &mut dyn FnMut(Text, &str) -> String) {
    let mut replace = Replace { with: replace };
    match payload {
        Payload::Order(order) => replace.order(order),
        Payload::Customer(customer) => replace.customer(customer),
        Payload::StockLevel(level) => {
            replace.things([&mut level.owner, &mut level.location]);
            replace.things(&mut level.sku);
            replace.pairs(Text::Person, &mut level.attributes);
        }
        Payload::StockChange(change) => {
            replace.things([&mut change.owner, &mut change.location, &mut change.cause]);
            replace.things([&mut change.reason]);
            replace.pairs(Text::Thing, &mut change.attributes);
        }
        Payload::Product(product) => {
            replace.things([&mut product.id, &mut product.name, &mut product.stock_owner]);
            replace.things(&mut product.sku);
            replace.pairs(Text::Person, &mut product.attributes);
        }
        Payload::Document(document) => {
            document.json = match serde_json::from_str::<serde_json::Value>(&document.json) {
                Ok(mut value) => {
                    replace.json(&mut value);
                    value.to_string()
                }
                Err(_) => (replace.with)(Text::Person, &document.json),
            };
        }
    }
}

struct Replace<'a> {
    with: &'a mut dyn FnMut(Text, &str) -> String,
}

impl Replace<'_> {
    fn texts<'t>(&mut self, of: Text, texts: impl IntoIterator<Item = &'t mut String>) {
        for text in texts {
            *text = (self.with)(of, text);
        }
    }

    fn things<'t>(&mut self, texts: impl IntoIterator<Item = &'t mut String>) {
        self.texts(Text::Thing, texts);
    }

    fn pairs(&mut self, of: Text, pairs: &mut [Pair]) {
        self.texts(of, pairs.iter_mut().map(|pair| &mut pair.value));
    }

    fn customer(&mut self, customer: &mut Customer) {
        let Customer { id, email, name, phone, attributes } = customer;
        self.things(id);
        self.texts(Text::Person, [email, name, phone].into_iter().flatten());
        self.pairs(Text::Person, attributes);
    }

    fn order(&mut self, order: &mut Order) {
        self.things([&mut order.id, &mut order.number]);
        self.texts(Text::Person, &mut order.note);
        self.pairs(Text::Person, &mut order.attributes);
        if let Some(customer) = &mut order.customer {
            self.customer(customer);
        }
        if let Some(CustomerLink::Id(text) | CustomerLink::Entry(text)) =
            &mut order.matched_customer
        {
            self.things([text]);
        }
        order.lines.iter_mut().for_each(|line| self.line(line));
        for charge in &mut order.charges {
            self.things([&mut charge.name]);
            self.taxes(&mut charge.taxes);
        }
        for tender in &mut order.tenders {
            self.things([&mut tender.method]);
            self.pairs(Text::Person, &mut tender.attributes);
        }
    }

    fn line(&mut self, line: &mut OrderLine) {
        self.things([&mut line.id, &mut line.name]);
        let OrderLine { product, stock_owner, matched_product, sku, .. } = line;
        self.things([product, stock_owner, matched_product, sku].into_iter().flatten());
        self.taxes(&mut line.taxes);
        self.texts(Text::Person, line.options.iter_mut().map(|pair| &mut pair.name));
        self.pairs(Text::Person, &mut line.options);
        self.pairs(Text::Person, &mut line.attributes);
    }

    fn taxes(&mut self, taxes: &mut [Tax]) {
        self.things(taxes.iter_mut().map(|tax| &mut tax.name));
    }

    fn json(&mut self, value: &mut serde_json::Value) {
        use serde_json::Value;
        match value {
            Value::String(text) => *text = (self.with)(Text::Person, text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.json(member)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}
