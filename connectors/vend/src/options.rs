//! What the pipeline file says: of the connection, and of each collection. The schemas beside this say the same to the
//! host, which shows faults at their place in the file; a test holds the two together.

use std::collections::BTreeMap;

use serde::Deserialize;

/// JSON Schema of [`ConnectionOptions`].
pub(crate) const CONNECTION_SCHEMA: &str = include_str!("../schema/connection.json");
/// JSON Schema of [`SalesOptions`].
pub(crate) const SALES_SCHEMA: &str = include_str!("../schema/sales.json");
/// JSON Schema of [`CustomersOptions`].
pub(crate) const CUSTOMERS_SCHEMA: &str = include_str!("../schema/customers.json");
/// JSON Schema of [`StockOptions`].
pub(crate) const STOCK_SCHEMA: &str = include_str!("../schema/stock.json");
/// JSON Schema of the options of `products`, of which there are none.
pub(crate) const PRODUCTS_SCHEMA: &str = include_str!("../schema/products.json");

/// Options of a connection: which till, and on which register, under which user.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectionOptions {
    /// The till's name in its web address. The host fills the endpoint and the account with it.
    pub(crate) domain_prefix: String,
    #[serde(default)]
    pub(crate) api_version: Generation,
    /// Name or id.
    pub(crate) register: String,
    /// Username, display name or id; the token's own user where absent.
    pub(crate) user: Option<String>,
    /// How long the till's reads may lag behind its writes, in milliseconds.
    #[serde(default = "default_settle_ms")]
    pub(crate) settle_ms: u64,
}

/// The generation of the API that writes go to. Reads use the dated one: the older is no longer served for products.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) enum Generation {
    #[default]
    #[serde(rename = "2026-07")]
    Dated,
    #[serde(rename = "0.9")]
    Classic,
}

fn default_settle_ms() -> u64 {
    15_000
}

/// Options of the collection `sales`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SalesOptions {
    /// The shop's payment method, and the till's payment type by name or id.
    pub(crate) payments: BTreeMap<String, String>,
    /// [`HOLD`], or the payment type for methods that `payments` does not name.
    pub(crate) other_payments: String,
    /// The shop's tax by name or by rate in percent, and the till's tax by name or id.
    pub(crate) taxes: BTreeMap<String, String>,
    pub(crate) no_tax: Option<String>,
    pub(crate) unmatched_line: UnmatchedLine,
    pub(crate) placeholder_sku: Option<String>,
    pub(crate) shipping_sku: Option<String>,
    pub(crate) handling_sku: Option<String>,
    pub(crate) surcharge_sku: Option<String>,
    pub(crate) tip_sku: Option<String>,
    pub(crate) rounding_sku: Option<String>,
    pub(crate) number_prefix: String,
    pub(crate) note: String,
    pub(crate) zero_total: ZeroTotal,
    pub(crate) sale_date: SaleDate,
    pub(crate) source_name: String,
}

/// The value of `other_payments` that holds the order.
pub(crate) const HOLD: &str = "hold";

/// What becomes of a line that the till has no product for.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum UnmatchedLine {
    #[default]
    Hold,
    Placeholder,
}

/// What becomes of an order of nothing to pay.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ZeroTotal {
    #[default]
    Post,
    Hold,
}

/// Which instant of the order dates the sale.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SaleDate {
    #[default]
    Placed,
    Paid,
}

impl Default for SalesOptions {
    fn default() -> Self {
        SalesOptions {
            payments: BTreeMap::new(),
            other_payments: HOLD.to_owned(),
            taxes: BTreeMap::new(),
            no_tax: None,
            unmatched_line: UnmatchedLine::default(),
            placeholder_sku: None,
            shipping_sku: None,
            handling_sku: None,
            surcharge_sku: None,
            tip_sku: None,
            rounding_sku: None,
            number_prefix: "EC-".to_owned(),
            note: "{source} order {number}".to_owned(),
            zero_total: ZeroTotal::default(),
            sale_date: SaleDate::default(),
            source_name: "Ecwid".to_owned(),
        }
    }
}

impl SalesOptions {
    /// The service products that the options name, each with the option's own name.
    pub(crate) fn service_skus(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("placeholder_sku", self.placeholder_sku.as_deref()),
            ("shipping_sku", self.shipping_sku.as_deref()),
            ("handling_sku", self.handling_sku.as_deref()),
            ("surcharge_sku", self.surcharge_sku.as_deref()),
            ("tip_sku", self.tip_sku.as_deref()),
            ("rounding_sku", self.rounding_sku.as_deref()),
        ]
    }
}

/// Options of the collection `customers`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CustomersOptions {
    pub(crate) do_not_email: bool,
}

impl Default for CustomersOptions {
    fn default() -> Self {
        CustomersOptions { do_not_email: true }
    }
}

/// Options of the collection `stock`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StockOptions {
    /// The till's own reason for what is added. Created where it is missing, so that no one else uses it.
    pub(crate) reason_up: String,
    /// The same for what is taken off.
    pub(crate) reason_down: String,
}

impl Default for StockOptions {
    fn default() -> Self {
        StockOptions {
            reason_up: "Web stock up".to_owned(),
            reason_down: "Web stock down".to_owned(),
        }
    }
}
