//! Which request means what, and what the reads answer.

use serde_json::json;

use super::order::PaymentStatus;
use super::{Shop, error, render};
use crate::clock;
use crate::http::{Reply, Request};
use crate::json::{self, Fields};
use crate::knobs::InternalIdInPath;

/// A request that was understood.
pub(super) struct Endpoint<'r> {
    pub store_id: &'r str,
    kind: Kind,
    id: &'r str,
    below: &'r str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Profile,
    LatestStats,
    Orders,
    LastOrder,
    DeletedOrders,
    Order,
    PutOrder,
    DeleteOrder,
    Products,
    Product,
    PutProduct,
    ProductInventory,
    Combinations,
    Combination,
    PutCombination,
    CombinationInventory,
}

impl<'r> Endpoint<'r> {
    /// Reads method and path: `/api/v3/{store}/…`.
    pub(super) fn of(request: &'r Request) -> Option<Self> {
        let segments = request.segments();
        let ["api", "v3", store_id, path @ ..] = segments.as_slice() else {
            return None;
        };
        let (kind, id, below) = match (request.method.as_str(), path) {
            ("GET", ["profile"]) => (Kind::Profile, "", ""),
            ("GET", ["latest-stats"]) => (Kind::LatestStats, "", ""),
            ("GET", ["orders"]) => (Kind::Orders, "", ""),
            ("GET", ["orders", "last"]) => (Kind::LastOrder, "", ""),
            ("GET", ["orders", "deleted"]) => (Kind::DeletedOrders, "", ""),
            ("GET", ["orders", id]) => (Kind::Order, *id, ""),
            ("PUT", ["orders", id]) => (Kind::PutOrder, *id, ""),
            ("DELETE", ["orders", id]) => (Kind::DeleteOrder, *id, ""),
            ("GET", ["products"]) => (Kind::Products, "", ""),
            ("GET", ["products", id]) => (Kind::Product, *id, ""),
            ("PUT", ["products", id]) => (Kind::PutProduct, *id, ""),
            ("PUT", ["products", id, "inventory"]) => (Kind::ProductInventory, *id, ""),
            ("GET", ["products", id, "combinations"]) => (Kind::Combinations, *id, ""),
            ("GET", ["products", id, "combinations", below]) => (Kind::Combination, *id, *below),
            ("PUT", ["products", id, "combinations", below]) => (Kind::PutCombination, *id, *below),
            ("PUT", ["products", id, "combinations", below, "inventory"]) => {
                (Kind::CombinationInventory, *id, *below)
            }
            _ => return None,
        };
        Some(Self { store_id, kind, id, below })
    }

    /// The name under which it is counted and under which faults are appointed.
    pub(super) fn name(&self) -> &'static str {
        match self.kind {
            Kind::Profile => "GET /profile",
            Kind::LatestStats => "GET /latest-stats",
            Kind::Orders => "GET /orders",
            Kind::LastOrder => "GET /orders/last",
            Kind::DeletedOrders => "GET /orders/deleted",
            Kind::Order => "GET /orders/{id}",
            Kind::PutOrder => "PUT /orders/{id}",
            Kind::DeleteOrder => "DELETE /orders/{id}",
            Kind::Products => "GET /products",
            Kind::Product => "GET /products/{id}",
            Kind::PutProduct => "PUT /products/{id}",
            Kind::ProductInventory => "PUT /products/{id}/inventory",
            Kind::Combinations => "GET /products/{id}/combinations",
            Kind::Combination => "GET /products/{id}/combinations/{id}",
            Kind::PutCombination => "PUT /products/{id}/combinations/{id}",
            Kind::CombinationInventory => "PUT /products/{id}/combinations/{id}/inventory",
        }
    }

    /// The scopes that a token needs for it.
    pub(super) fn scopes(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Profile | Kind::LatestStats => &["read_store_profile"],
            Kind::Orders | Kind::LastOrder | Kind::DeletedOrders | Kind::Order => &["read_orders"],
            Kind::PutOrder | Kind::DeleteOrder => &["update_orders"],
            Kind::Products | Kind::Product | Kind::Combinations | Kind::Combination => {
                &["read_catalog"]
            }
            Kind::PutProduct | Kind::ProductInventory | Kind::PutCombination => &["update_catalog"],
            Kind::CombinationInventory => &["read_catalog", "update_catalog"],
        }
    }
}

impl Shop {
    pub(super) fn answer(&mut self, endpoint: &Endpoint<'_>, request: &Request) -> Reply {
        match endpoint.kind {
            Kind::Profile => self.profile(),
            Kind::LatestStats => self.latest_stats(),
            Kind::Orders => self.search_orders(request),
            Kind::LastOrder => self.last_order(request),
            Kind::DeletedOrders => self.deleted_orders(request),
            Kind::Order => self.order(endpoint.id, request),
            Kind::PutOrder => self.put_order(endpoint.id, request),
            Kind::DeleteOrder => self.api_delete_order(endpoint.id),
            Kind::Products => self.search_products(request),
            Kind::Product => self.product(endpoint.id, request),
            Kind::PutProduct => self.put_product(endpoint.id, None, request),
            Kind::ProductInventory => self.put_inventory(endpoint.id, None, request),
            Kind::Combinations => self.combinations(endpoint.id),
            Kind::Combination => self.combination(endpoint.id, endpoint.below),
            Kind::PutCombination => self.put_product(endpoint.id, Some(endpoint.below), request),
            Kind::CombinationInventory => {
                self.put_inventory(endpoint.id, Some(endpoint.below), request)
            }
        }
    }

    fn profile(&self) -> Reply {
        let taxes: Vec<_> = self
            .parts
            .taxes
            .iter()
            .map(|tax| json!({ "id": tax.id, "name": tax.name, "enabled": true }))
            .collect();
        Reply::json(
            200,
            &json!({
                "generalInfo": { "storeId": self.parts.store_id, "storeUrl": "https://shop.example" },
                "formatsAndUnits": {
                    "currency": self.parts.currency.code,
                    "currencyPrecision": self.parts.currency.decimals,
                    "timezone": "Pacific/Auckland",
                    "orderNumberPrefix": "",
                    "orderNumberSuffix": "",
                },
                "taxSettings": {
                    "automaticTaxEnabled": false, "pricesIncludeTax": false, "taxes": taxes,
                },
            }),
        )
    }

    fn latest_stats(&self) -> Reply {
        let orders = self.parts.orders.last_updated_s();
        let products = self.products.all().iter().map(|it| it.updated_s).max().unwrap_or(0);
        Reply::json(
            200,
            &json!({
                "productsUpdated": clock::shop_text(products),
                "ordersUpdated": clock::shop_text(orders),
                "profileUpdated": clock::shop_text(0),
            }),
        )
    }

    /// The position of an order that is named in a path.
    pub(super) fn order_in_path(&self, id: &str) -> Option<u32> {
        let by_internal = || {
            let taken = self.knobs.internal_id_in_path == InternalIdInPath::Accepted;
            taken.then(|| self.parts.orders.by_internal_id(id.parse().ok()?)).flatten()
        };
        self.parts
            .orders
            .by_id(id)
            .or_else(by_internal)
            .filter(|position| self.parts.orders.row(*position).is_some_and(|row| !row.deleted))
    }

    fn order(&self, id: &str, request: &Request) -> Reply {
        match self.order_in_path(id) {
            Some(position) => self.one_order(position, request),
            None => error(404, "ORDER_NOT_FOUND", &format!("Order {id} not found")),
        }
    }

    fn last_order(&self, request: &Request) -> Reply {
        let finished = |status| status != PaymentStatus::Incomplete;
        let rows =
            self.parts.orders.rows().filter(|(_, row)| !row.deleted && finished(row.payment));
        match rows.max_by_key(|(position, row)| (row.created_s, *position)) {
            Some((position, _)) => self.one_order(position, request),
            None => error(404, "ORDER_NOT_FOUND", "There is no order"),
        }
    }

    fn one_order(&self, position: u32, request: &Request) -> Reply {
        let Some(row) = self.parts.orders.row(position) else {
            return error(404, "ORDER_NOT_FOUND", "There is no order");
        };
        let fields = fields_of(request);
        let detail = self.parts.orders.detail(position);
        let mut out = String::with_capacity(4096);
        json::object(&mut out, &fields, |object| {
            render::order(object, self, render::OrderView { position, row, detail: &detail });
        });
        Reply::text(200, out)
    }

    fn deleted_orders(&self, request: &Request) -> Reply {
        let bound = |name| request.param(name).and_then(clock::parse);
        let (from, to) = (bound("from_date"), bound("to_date"));
        let rows: Vec<_> = self
            .deleted
            .iter()
            .filter(|(_, at_ms)| from.is_none_or(|from| *at_ms >= from))
            .filter(|(_, at_ms)| to.is_none_or(|to| *at_ms <= to))
            .collect();
        let page = match super::search::Page::of(request, &self.knobs) {
            Ok(page) => page,
            Err(reply) => return reply,
        };
        let items: Vec<_> = rows
            .iter()
            .skip(page.offset)
            .take(page.limit)
            .map(|(position, at_ms)| {
                json!({ "id": super::public_id(*position), "date": clock::shop_text(at_ms / 1000) })
            })
            .collect();
        Reply::json(
            200,
            &json!({
                "total": rows.len(), "count": items.len(), "offset": page.offset, "limit": page.limit,
                "items": items,
            }),
        )
    }

    fn product(&self, id: &str, request: &Request) -> Reply {
        let Some(product) = id.parse().ok().and_then(|id| self.products.read(id)) else {
            return error(404, "PRODUCT_NOT_FOUND", &format!("Product {id} not found"));
        };
        let mut out = String::new();
        json::object(&mut out, &fields_of(request), |object| {
            render::product(object, self, product)
        });
        Reply::text(200, out)
    }

    fn combinations(&self, id: &str) -> Reply {
        let Some(product) = id.parse().ok().and_then(|id| self.products.get(id)) else {
            return error(404, "PRODUCT_NOT_FOUND", &format!("Product {id} not found"));
        };
        let mut out = String::new();
        json::objects(
            &mut out,
            Fields::ALL,
            product.variations.iter().enumerate(),
            &mut |object, it| {
                render::variation(object, self, product, it);
            },
        );
        Reply::text(200, out)
    }

    fn combination(&self, id: &str, below: &str) -> Reply {
        let product = id.parse().ok().and_then(|id| self.products.get(id));
        let below: Option<u64> = below.parse().ok();
        let found = product.and_then(|product| {
            let mut all = product.variations.iter().enumerate();
            Some((product, all.find(|(_, it)| Some(it.id) == below)?))
        });
        let Some((product, found)) = found else {
            return error(404, "COMBINATION_NOT_FOUND", "There is no such variation");
        };
        let mut out = String::new();
        json::object(&mut out, Fields::ALL, |object| {
            render::variation(object, self, product, found)
        });
        Reply::text(200, out)
    }
}

/// The sparse read that a request asks for.
pub(super) fn fields_of(request: &Request) -> Fields {
    request.param("responseFields").map(Fields::parse).unwrap_or_default()
}
