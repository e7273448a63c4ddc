//! The two searches of the shop, which see what their index sees.

use std::collections::HashSet;

use super::order::{FulfillmentStatus, OrderRow, PaymentStatus};
use super::orders::Version;
use super::{Product, Shop, error, internal_id, public_id, render};
use crate::chance::mix;
use crate::clock;
use crate::http::{Reply, Request};
use crate::json;
use crate::knobs::{Bound, IncompleteOrders, OffsetBound, OrderSort, ShopKnobs};
use crate::money;
use crate::shop::answers::fields_of;

/// Most rows that one page has.
const PAGE_MAX: usize = 100;
/// How far `offset` reaches where it is bounded.
const OFFSET_BOUND: usize = 10_000;

/// The hits of the last search: a walk asks for them again and again, page by page.
#[derive(Default)]
pub(super) struct SearchCache {
    filter: Vec<(String, String)>,
    generation: Option<u64>,
    hits: Vec<u32>,
}

/// Which part of the hits is asked for.
pub(super) struct Page {
    pub offset: usize,
    pub limit: usize,
}

impl Page {
    /// Reads `offset` and `limit`; a larger limit than 100 is cut.
    pub(super) fn of(request: &Request, knobs: &ShopKnobs) -> Result<Self, Reply> {
        let number = |name: &str, absent: usize| match request.param(name) {
            None => Ok(absent),
            Some(text) => text.parse().map_err(|_| wrong_parameter(name)),
        };
        let (offset, limit) = (number("offset", 0)?, number("limit", PAGE_MAX)?);
        if knobs.offset_bound == OffsetBound::TenThousand && offset > OFFSET_BOUND {
            return Err(wrong_parameter("offset"));
        }
        let cap = usize::try_from(knobs.page_size_cap).unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
        Ok(Self { offset, limit: limit.min(cap) })
    }
}

fn wrong_parameter(name: &str) -> Reply {
    error(400, "WRONG_PARAMETER", &format!("Parameter {name} is wrong"))
}

/// A span of time in whole seconds, both ends included.
#[derive(Clone, Copy)]
struct Span {
    from_s: i64,
    to_s: i64,
}

impl Span {
    fn holds(self, at_s: i64) -> bool {
        self.from_s <= at_s && at_s <= self.to_s
    }
}

/// What a search of orders asks for.
struct OrderFilter {
    created: Span,
    updated: Span,
    ids: Option<HashSet<u32>>,
    payment: Option<Vec<PaymentStatus>>,
    fulfillment: Option<Vec<FulfillmentStatus>>,
    incomplete: bool,
}

impl OrderFilter {
    fn admits(&self, position: u32, row: &OrderRow) -> bool {
        !row.deleted
            && self.updated.holds(row.updated_s)
            && self.created.holds(row.created_s)
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&position))
            && self.payment.as_ref().is_none_or(|wanted| wanted.contains(&row.payment))
            && self.fulfillment.as_ref().is_none_or(|wanted| wanted.contains(&row.fulfillment))
            && (self.incomplete || row.payment != PaymentStatus::Incomplete)
    }
}

impl Shop {
    pub(super) fn search_orders(&mut self, request: &Request) -> Reply {
        let page = match Page::of(request, &self.knobs) {
            Ok(page) => page,
            Err(reply) => return reply,
        };
        if let Err(reply) = self.find_orders(request) {
            return reply;
        }
        let hits = &self.search.hits;
        let fields = fields_of(request);
        let items: Vec<u32> = hits.iter().copied().skip(page.offset).take(page.limit).collect();
        let mut out = String::with_capacity(items.len() * 2048 + 128);
        json::object(&mut out, &fields, |object| {
            object.int("total", hits.len() as i64);
            object.int("count", items.len() as i64);
            object.int("offset", page.offset as i64);
            object.int("limit", page.limit as i64);
            object.objects("items", items, |item, position| self.seen_order(item, position));
        });
        Reply::text(200, out)
    }

    /// Writes an order as the search sees it.
    fn seen_order(&self, item: &mut json::Object<'_>, position: u32) {
        let orders = &self.parts.orders;
        let stale: Option<&Version> = orders.index.stale(position).flatten();
        let detail = match stale {
            Some(version) => orders.detail_of(position, version),
            None => orders.detail(position),
        };
        if let Some(row) = stale.map(|version| &version.row).or_else(|| orders.row(position)) {
            render::order(item, self, render::OrderView { position, row, detail: &detail });
        }
    }

    /// Fills the cache with the hits of this request, in the shop's order.
    fn find_orders(&mut self, request: &Request) -> Result<(), Reply> {
        let paging = ["offset", "limit", "responseFields", "token"];
        let filter: Vec<_> = request
            .query
            .iter()
            .filter(|(name, _)| !paging.contains(&name.as_str()))
            .cloned()
            .collect();
        let generation = self.parts.orders.index.generation;
        let drawn = self.knobs.from_bound == Bound::Either || self.knobs.to_bound == Bound::Either;
        if self.search.filter == filter && self.search.generation == Some(generation) && !drawn {
            return Ok(());
        }
        let wanted = self.order_filter(request)?;
        let mut hits = self.order_hits(&wanted);
        if let Some(text) = self.text_filter(request)? {
            hits.retain(|position| text.admits(self, *position));
        }
        self.sort_orders(&mut hits);
        self.search = SearchCache { filter, generation: Some(generation), hits };
        Ok(())
    }

    fn order_hits(&self, wanted: &OrderFilter) -> Vec<u32> {
        let orders = &self.parts.orders;
        let seen = |position: u32| match orders.index.stale(position) {
            Some(stale) => stale.map(|version| &version.row),
            None => orders.row(position),
        };
        let admits =
            |position: &u32| seen(*position).is_some_and(|row| wanted.admits(*position, row));
        let mut hits: Vec<u32> = match (&wanted.ids, wanted.updated.from_s) {
            (Some(ids), _) => ids.iter().copied().filter(admits).collect(),
            (None, i64::MIN) => (0..orders.len()).filter(admits).collect(),
            (None, from_s) => orders.candidates(from_s).into_iter().filter(admits).collect(),
        };
        hits.sort_unstable();
        hits.dedup();
        hits
    }

    fn sort_orders(&self, hits: &mut [u32]) {
        let row = |position: u32| self.parts.orders.row(position);
        match self.knobs.order_default_sort {
            OrderSort::Shuffled => {
                hits.sort_by_cached_key(|position| {
                    mix(&[self.parts.seed, 5, u64::from(*position)])
                });
            }
            OrderSort::NewestFirst => hits.reverse(),
            OrderSort::OldestFirst => {}
            OrderSort::UpdatedFirst => {
                hits.sort_by_key(|position| {
                    std::cmp::Reverse(row(*position).map(|row| row.updated_s))
                });
            }
        }
    }

    fn order_filter(&self, request: &Request) -> Result<OrderFilter, Reply> {
        let ids = request.param("ids").map(|ids| {
            ids.split(',').filter_map(|id| self.order_named(id.trim())).collect::<HashSet<u32>>()
        });
        Ok(OrderFilter {
            created: self.span(request, "created")?,
            updated: self.span(request, "updated")?,
            ids,
            payment: words(request, "paymentStatus", PaymentStatus::parse)?,
            fulfillment: words(request, "fulfillmentStatus", FulfillmentStatus::parse)?,
            incomplete: self.knobs.incomplete_orders == IncompleteOrders::Shown,
        })
    }

    /// An order by public or internal id.
    fn order_named(&self, id: &str) -> Option<u32> {
        let orders = &self.parts.orders;
        orders.by_id(id).or_else(|| orders.by_internal_id(id.parse().ok()?))
    }

    fn span(&self, request: &Request, what: &str) -> Result<Span, Reply> {
        let bound = |end: &str| {
            let name = format!("{what}{end}");
            match request.param(&name) {
                None => Ok(None),
                Some(text) => {
                    let at_ms = clock::parse(text).ok_or_else(|| wrong_parameter(&name))?;
                    Ok(Some(at_ms.div_euclid(1000)))
                }
            }
        };
        let (from_s, to_s) = (bound("From")?, bound("To")?);
        let (skip_from, skip_to) =
            (self.skips(self.knobs.from_bound, 1), self.skips(self.knobs.to_bound, 2));
        Ok(Span {
            from_s: from_s.map_or(i64::MIN, |from_s| from_s.saturating_add(skip_from)),
            to_s: to_s.map_or(i64::MAX, |to_s| to_s.saturating_sub(skip_to)),
        })
    }

    /// How many seconds a bound leaves out: one where it excludes its own instant.
    fn skips(&self, bound: Bound, salt: u64) -> i64 {
        match bound {
            Bound::Inclusive => 0,
            Bound::Exclusive => 1,
            Bound::Either => {
                (mix(&[self.parts.seed, salt, self.traffic.sequence]) % 2).cast_signed()
            }
        }
    }
}

/// The filters that look into an order, and so cost more.
struct TextFilter {
    email: Option<String>,
    keywords: Option<String>,
    payment_method: Option<String>,
    product_ids: Option<Vec<u64>>,
    total_from: Option<i64>,
    total_to: Option<i64>,
}

impl TextFilter {
    fn admits(&self, shop: &Shop, position: u32) -> bool {
        let detail = shop.parts.orders.detail(position);
        let holds = |text: &str, part: &str| text.to_lowercase().contains(part);
        self.email.as_ref().is_none_or(|email| detail.email.trim().to_lowercase() == *email)
            && self.payment_method.as_ref().is_none_or(|method| detail.payment_method == *method)
            && self.keywords.as_ref().is_none_or(|part| {
                holds(&detail.email, part)
                    || holds(&public_id(position), part)
                    || internal_id(position).to_string() == *part
                    || detail
                        .lines
                        .iter()
                        .any(|line| holds(&line.sku, part) || holds(&line.name, part))
            })
            && self.product_ids.as_ref().is_none_or(|ids| {
                detail.lines.iter().any(|line| line.product_id.is_some_and(|id| ids.contains(&id)))
            })
            && self.total_from.is_none_or(|from| detail.total_minor >= from)
            && self.total_to.is_none_or(|to| detail.total_minor <= to)
    }
}

impl Shop {
    fn text_filter(&self, request: &Request) -> Result<Option<TextFilter>, Reply> {
        let lower = |name| request.param(name).map(str::to_lowercase);
        let amount = |name: &str| match request.param(name) {
            None => Ok(None),
            Some(text) => {
                let value = serde_json::Value::String(text.to_owned());
                let minor = money::read(&value, true).and_then(|amount| self.minor(amount));
                minor.map(Some).ok_or_else(|| wrong_parameter(name))
            }
        };
        let product_ids = request
            .param("productId")
            .map(|ids| ids.split(',').filter_map(|id| id.trim().parse().ok()).collect());
        let filter = TextFilter {
            email: lower("email"),
            keywords: lower("keywords"),
            payment_method: request.param("paymentMethod").map(str::to_owned),
            product_ids,
            total_from: amount("totalFrom")?,
            total_to: amount("totalTo")?,
        };
        let idle = filter.email.is_none()
            && filter.keywords.is_none()
            && filter.payment_method.is_none()
            && filter.product_ids.is_none()
            && filter.total_from.is_none()
            && filter.total_to.is_none();
        Ok((!idle).then_some(filter))
    }

    fn minor(&self, amount: rust_decimal::Decimal) -> Option<i64> {
        use rust_decimal::prelude::ToPrimitive;
        let scale = 10_i64.checked_pow(self.parts.currency.decimals)?;
        amount.checked_mul(scale.into())?.to_i64()
    }

    pub(super) fn search_products(&self, request: &Request) -> Reply {
        let page = match Page::of(request, &self.knobs) {
            Ok(page) => page,
            Err(reply) => return reply,
        };
        let mut hits = match self.product_hits(request) {
            Ok(hits) => hits,
            Err(reply) => return reply,
        };
        let sort = request.param("sortBy").unwrap_or("RELEVANCE");
        let by = |key: fn(&Product) -> i64| move |product: &&Product| (key(product), product.id);
        match sort {
            "UPDATED_TIME_ASC" | "UPDATED_TIME_DESC" => hits.sort_by_key(by(|it| it.updated_s)),
            "ADDED_TIME_ASC" | "ADDED_TIME_DESC" => hits.sort_by_key(by(|it| it.created_s)),
            "PRICE_ASC" | "PRICE_DESC" => hits.sort_by_key(by(|it| it.price_minor)),
            "NAME_ASC" | "NAME_DESC" => hits.sort_by(|a, b| a.name.cmp(&b.name)),
            _ => hits.sort_by_cached_key(|it| mix(&[self.parts.seed, 6, it.id])),
        }
        if sort.ends_with("_DESC") {
            hits.reverse();
        }
        let total = hits.len();
        let items: Vec<_> = hits.into_iter().skip(page.offset).take(page.limit).collect();
        let mut out = String::new();
        json::object(&mut out, &fields_of(request), |object| {
            object.int("total", total as i64);
            object.int("count", items.len() as i64);
            object.int("offset", page.offset as i64);
            object.int("limit", page.limit as i64);
            object.objects("items", items, |item, product| render::product(item, self, product));
        });
        Reply::text(200, out)
    }

    /// `productId` overrides `sku`, and `sku` everything else.
    fn product_hits(&self, request: &Request) -> Result<Vec<&Product>, Reply> {
        if let Some(ids) = request.param("productId") {
            let ids: Vec<u64> = ids.split(',').filter_map(|id| id.trim().parse().ok()).collect();
            return Ok(self.products.seen().filter(|it| ids.contains(&it.id)).collect());
        }
        if let Some(sku) = request.param("sku") {
            let bears = |it: &&Product| {
                it.sku == sku || it.variations.iter().any(|it| it.sku.as_deref() == Some(sku))
            };
            return Ok(self.products.seen().filter(bears).collect());
        }
        let (created, updated) = (self.span(request, "created")?, self.span(request, "updated")?);
        let truth = |name| request.param(name).map(|text| text == "true");
        let (enabled, in_stock) = (truth("enabled"), truth("inStock"));
        let keyword = request.param("keyword").map(|it| it.trim_end_matches('*').to_lowercase());
        let admits = |it: &&Product| {
            created.holds(it.created_s)
                && updated.holds(it.updated_s)
                && enabled.is_none_or(|enabled| it.enabled == enabled)
                && in_stock.is_none_or(|in_stock| it.in_stock() == in_stock)
                && keyword.as_ref().is_none_or(|part| {
                    it.name.to_lowercase().contains(part) || it.sku.to_lowercase().contains(part)
                })
        };
        Ok(self.products.seen().filter(admits).collect())
    }
}

/// Reads a comma list of the vendor's words.
fn words<T>(
    request: &Request,
    name: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<Vec<T>>, Reply> {
    let Some(list) = request.param(name) else {
        return Ok(None);
    };
    let words: Option<Vec<T>> = list.split(',').map(|word| parse(word.trim())).collect();
    words.map(Some).ok_or_else(|| wrong_parameter(name))
}
