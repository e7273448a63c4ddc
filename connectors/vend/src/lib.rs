//! The Vend (Lightspeed Retail X-Series) connector: customers and products to look up, products and stock levels to
//! follow, customers, closed sales and stock adjustments to write, and a check of the till's set-up.
//!
//! `api` has the vendor's words; `reference`, `products` and `customers` read; `sales` plans; `stock` does both; `check`
//! tells what is missing. Nothing here writes: a sink gives requests as data, and the host sends them.

mod api;
mod check;
mod customers;
mod describe;
mod options;
mod products;
mod read;
mod reference;
mod refusal;
mod sales;
mod stock;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::rc::Rc;

use penstock_connector_sdk::commerce::Entry;
use penstock_connector_sdk::connector::{Connector, Descriptor, Finding, OptionFault, Usage};
use penstock_connector_sdk::directory::{Directory, Find};
use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::instant::Instant;
use penstock_connector_sdk::options::parse;
use penstock_connector_sdk::sink::{Answer, Change, Conclusion, Explain, Plan, Prepare, Sink};
use penstock_connector_sdk::source::{Page, Pull, Source};
use penstock_connector_sdk::types::Failure;

use customers::book::Book;
use options::ConnectionOptions;
use products::Products;
use read::{Reader, still_fresh};
use reference::{REGISTERS, Reference, usable_register};
use stock::catalogue::Catalogue;

/// One connection to a till. What it has read is only a cache.
#[derive(Debug)]
pub struct Vend {
    options: ConnectionOptions,
    products: Products,
    customers: RefCell<Book>,
    /// The till's set-up, and when it was read.
    reference: RefCell<Option<(Rc<Reference>, Instant)>>,
    /// The register's outlet, where nothing else of the set-up is needed, and when it was read.
    outlet: RefCell<Option<(String, Instant)>>,
    /// What the feed of levels knows of products.
    catalogue: Catalogue,
}

penstock_connector_sdk::export!(Vend: source, directory, sink);

impl Connector for Vend {
    fn describe() -> Descriptor {
        describe::descriptor()
    }

    fn open(options: &str) -> Result<Self, Vec<OptionFault>> {
        let options = parse(options)?;
        Ok(Vend {
            options,
            products: Products::default(),
            customers: RefCell::default(),
            reference: RefCell::default(),
            outlet: RefCell::default(),
            catalogue: Catalogue::default(),
        })
    }

    fn check(&self, usages: &[Usage], host: &impl VendorHost) -> Result<Vec<Finding>, Failure> {
        check::check(&self.options, usages, Reader::new(host))
    }
}

impl Source for Vend {
    fn pull(&self, call: &Pull<'_>, host: &impl VendorHost) -> Result<Page, Failure> {
        let reader = Reader::new(host);
        let outlet = || self.outlet(reader, call.now);
        match call.collection {
            "products" => products::listing::pull(reader, call, &outlet()?),
            stock::NAME => stock::feed::pull(reader, call, &outlet()?, &self.catalogue),
            other => Err(unknown_collection(other)),
        }
    }
}

impl Directory for Vend {
    fn find(&self, call: &Find<'_>, host: &impl VendorHost) -> Result<Vec<Vec<Entry>>, Failure> {
        let reader = Reader::new(host);
        match call.collection {
            "customers" => customers::find(reader, call, &self.customers),
            "products" => products::find(reader, call, || self.outlet(reader, Instant::MIN)),
            stock::NAME => stock::counter::find(reader, call, &self.outlet(reader, Instant::MIN)?),
            other => Err(unknown_collection(other)),
        }
    }
}

impl Sink for Vend {
    fn prepare(&self, call: Prepare<'_>, host: &impl VendorHost) -> Result<Plan, Failure> {
        match call.collection {
            "customers" => customers::plan::prepare(&self.options, &call, host),
            "sales" => sales::prepare(self, &call, host),
            stock::NAME => stock::plan::prepare(self, &call, host),
            other => Err(unknown_collection(other)),
        }
    }

    fn explain(&self, call: &Explain<'_>) -> Vec<Change> {
        match call.collection {
            "customers" => customers::plan::explain(call),
            "sales" => sales::explain::explain(call),
            stock::NAME => stock::plan::explain(call),
            _ => Vec::new(),
        }
    }

    fn conclude(&self, call: &Answer<'_>) -> Conclusion {
        match call.collection {
            "customers" => customers::answer::conclude(&self.options, call),
            "sales" => sales::conclude::conclude(&self.options, call),
            stock::NAME => stock::conclude::conclude(&self.options, call),
            other => Conclusion::Failed(unknown_collection(other)),
        }
    }

    fn settle(&self, call: &Answer<'_>, host: &impl VendorHost) -> Conclusion {
        match call.collection {
            "customers" => customers::answer::settle(&self.options, call, host),
            "sales" => sales::settle::settle(&self.options, call, host),
            stock::NAME => stock::settle::settle(&self.options, call, host),
            other => Conclusion::Failed(unknown_collection(other)),
        }
    }
}

impl Vend {
    /// The till's set-up, read once and again when it has grown old by the instants that entries bear.
    fn reference(&self, reader: Reader<'_>, now: Instant) -> Result<Rc<Reference>, Failure> {
        if let Some((reference, read_at)) = &*self.reference.borrow()
            && still_fresh(*read_at, now)
        {
            return Ok(Rc::clone(reference));
        }
        let (reference, read_at) = Reference::read(reader, &self.options)?;
        let reference = Rc::new(reference);
        *self.reference.borrow_mut() = Some((Rc::clone(&reference), read_at));
        Ok(reference)
    }

    /// The outlet of the register, whose counters all stock is: from the set-up where sales have read it, else from the
    /// registers alone, so that a connection that only follows stock needs no more.
    fn outlet(&self, reader: Reader<'_>, now: Instant) -> Result<String, Failure> {
        if let Some((reference, read_at)) = &*self.reference.borrow()
            && still_fresh(*read_at, now)
        {
            return Ok(reference.register.outlet_id.clone());
        }
        if let Some((outlet, read_at)) = &*self.outlet.borrow()
            && still_fresh(*read_at, now)
        {
            return Ok(outlet.clone());
        }
        let [registers] = reader.lists([REGISTERS])?;
        let read_at = registers.read_at.unwrap_or_default();
        let registers: Vec<api::Register> = registers.typed()?;
        let outlet = usable_register(&registers, &self.options.register)?.outlet()?.to_owned();
        *self.outlet.borrow_mut() = Some((outlet.clone(), read_at));
        Ok(outlet)
    }
}

fn unknown_collection(name: &str) -> Failure {
    Failure::Misconfigured(format!(
        "there is no collection `{name}` for this; there are `customers`, `products`, `sales` and `stock`"
    ))
}
