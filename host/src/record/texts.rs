//! The texts of a payload, for those who replace what may name a person.

use crate::contract::{Customer, CustomerLink, Order, OrderLine, Pair, Payload, Tax};

/// What a text of a payload is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// A person.
    Person,
    /// Nobody knows what.
    Unknown,
    /// A thing of the shop's, as people call it: a number, the name of an item.
    Thing,
    /// A name that programs compare: an id, a counter.
    Key,
    /// A whole JSON document.
    Document,
}

/// Gives each text of a payload to `replace`, and puts what it gives back in its place. Names of attributes stay.
pub fn replace_texts(payload: &mut Payload, replace: &mut dyn FnMut(Text, &str) -> String) {
    let mut replace = Replace { with: replace };
    match payload {
        Payload::Order(order) => replace.order(order),
        Payload::Customer(customer) => replace.customer(customer),
        Payload::StockLevel(level) => {
            replace.keys([&mut level.owner, &mut level.location]);
            replace.things(&mut level.sku);
            replace.pairs(Text::Unknown, &mut level.attributes);
        }
        Payload::StockChange(change) => {
            replace.keys([&mut change.owner, &mut change.location, &mut change.cause]);
            replace.things([&mut change.reason]);
            replace.pairs(Text::Key, &mut change.attributes);
        }
        Payload::Product(product) => {
            replace.keys([&mut product.id, &mut product.stock_owner]);
            replace.things([&mut product.name].into_iter().chain(&mut product.sku));
            replace.pairs(Text::Unknown, &mut product.attributes);
        }
        Payload::Document(document) => {
            document.json = (replace.with)(Text::Document, &document.json);
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

    fn keys<'t>(&mut self, texts: impl IntoIterator<Item = &'t mut String>) {
        self.texts(Text::Key, texts);
    }

    fn pairs(&mut self, of: Text, pairs: &mut [Pair]) {
        self.texts(of, pairs.iter_mut().map(|pair| &mut pair.value));
    }

    fn customer(&mut self, customer: &mut Customer) {
        let Customer { id, email, name, phone, attributes } = customer;
        self.keys(id);
        self.texts(Text::Person, [email, name, phone].into_iter().flatten());
        self.pairs(Text::Unknown, attributes);
    }

    fn order(&mut self, order: &mut Order) {
        self.keys([&mut order.id]);
        self.things([&mut order.number]);
        self.texts(Text::Unknown, &mut order.note);
        self.pairs(Text::Unknown, &mut order.attributes);
        if let Some(customer) = &mut order.customer {
            self.customer(customer);
        }
        if let Some(CustomerLink::Id(text) | CustomerLink::Entry(text)) =
            &mut order.matched_customer
        {
            self.keys([text]);
        }
        order.lines.iter_mut().for_each(|line| self.line(line));
        for charge in &mut order.charges {
            self.things([&mut charge.name]);
            self.taxes(&mut charge.taxes);
        }
        for tender in &mut order.tenders {
            self.things([&mut tender.method]);
            self.pairs(Text::Unknown, &mut tender.attributes);
        }
    }

    fn line(&mut self, line: &mut OrderLine) {
        let OrderLine { id, product, stock_owner, matched_product, sku, name, .. } = line;
        self.keys([id]);
        self.keys([product, stock_owner, matched_product].into_iter().flatten());
        self.things([name].into_iter().chain(sku));
        self.taxes(&mut line.taxes);
        self.things(line.options.iter_mut().map(|pair| &mut pair.name));
        self.pairs(Text::Unknown, &mut line.options);
        self.pairs(Text::Unknown, &mut line.attributes);
    }

    fn taxes(&mut self, taxes: &mut [Tax]) {
        self.things(taxes.iter_mut().map(|tax| &mut tax.name));
    }
}
