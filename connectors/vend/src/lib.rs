//! The Vend (Lightspeed Retail X-Series) connector: customers and products to look up, customers and closed sales to
//! write, and a check of the till's set-up.
//!
//! `api` has the vendor's words; `reference`, `products` and `customers` read; `sales` plans; `check` tells what is
//! missing. Nothing here writes: a sink gives requests as data, and the host sends them.

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
use penstock_connector_sdk::sink::{Answer, Conclusion, Plan, Prepare, Sink};
use penstock_connector_sdk::types::Failure;

use options::ConnectionOptions;
use products::Products;
use read::{Reader, still_fresh};
use reference::Reference;

/// One connection to a till. What it has read is only a cache.
#[derive(Debug)]
pub struct Vend {
    options: ConnectionOptions,
    products: Products,
    /// The till's set-up, and when it was read.
    reference: RefCell<Option<(Rc<Reference>, Instant)>>,
}

penstock_connector_sdk::export!(Vend: directory, sink);

impl Connector for Vend {
    fn describe() -> Descriptor {
        describe::descriptor()
    }

    fn open(options: &str) -> Result<Self, Vec<OptionFault>> {
        let options = parse(options)?;
        Ok(Vend { options, products: Products::default(), reference: RefCell::default() })
    }

    fn check(&self, usages: &[Usage], host: &impl VendorHost) -> Result<Vec<Finding>, Failure> {
        check::check(&self.options, usages, Reader::new(host))
    }
}

impl Directory for Vend {
    fn find(&self, call: &Find<'_>, host: &impl VendorHost) -> Result<Vec<Vec<Entry>>, Failure> {
        let reader = Reader::new(host);
        match call.collection {
            "customers" => customers::find(reader, call),
            "products" => products::find(reader, call, || {
                Ok(self.reference(reader, Instant::MIN)?.register.outlet_id.clone())
            }),
            other => Err(unknown_collection(other)),
        }
    }
}

impl Sink for Vend {
    fn prepare(&self, call: Prepare<'_>, host: &impl VendorHost) -> Result<Plan, Failure> {
        match call.collection {
            "customers" => customers::plan::prepare(&self.options, &call, host),
            "sales" => sales::prepare(self, &call, host),
            other => Err(unknown_collection(other)),
        }
    }

    fn conclude(&self, call: &Answer<'_>) -> Conclusion {
        match call.collection {
            "customers" => customers::answer::conclude(&self.options, call),
            "sales" => sales::conclude::conclude(&self.options, call),
            other => Conclusion::Failed(unknown_collection(other)),
        }
    }

    fn settle(&self, call: &Answer<'_>, host: &impl VendorHost) -> Conclusion {
        match call.collection {
            "customers" => customers::answer::settle(&self.options, call, host),
            "sales" => sales::settle::settle(&self.options, call, host),
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
}

fn unknown_collection(name: &str) -> Failure {
    Failure::Misconfigured(format!(
        "there is no collection `{name}` for this; there are `customers`, `products` and `sales`"
    ))
}
