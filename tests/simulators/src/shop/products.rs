//! The catalogue of the shop and its counters.

use super::order::LineKind;
use crate::late::LateIndex;

/// A product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// The shop's id.
    pub id: u64,
    /// May be blank.
    pub sku: String,
    /// As the buyer sees it.
    pub name: String,
    /// Of one piece.
    pub price_minor: i64,
    /// Places among the shop's taxes.
    pub taxes: Vec<usize>,
    /// Pieces, `None` where it is not counted.
    pub stock: Option<i64>,
    /// Variations; the counters of those with an SKU of their own count, not the product's.
    pub variations: Vec<Variation>,
    /// What it is.
    pub kind: LineKind,
    /// Whether it is on sale.
    pub enabled: bool,
    /// Placement in the catalogue, in Unix seconds.
    pub created_s: i64,
    /// Last change, also of stock, in Unix seconds.
    pub updated_s: i64,
    /// Whether the merchant deleted it.
    pub deleted: bool,
}

/// A variation of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variation {
    /// The shop's id.
    pub id: u64,
    /// Absent where it bears the SKU of its product.
    pub sku: Option<String>,
    /// Name and value of each option.
    pub options: Vec<(String, String)>,
    /// Of one piece.
    pub price_minor: i64,
    /// Pieces, `None` where it is not counted. Without an SKU of its own its product's number counts instead.
    pub stock: Option<i64>,
}

/// A counter: of a product, or of one of its variations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShopCounter {
    /// The product.
    pub product_id: u64,
    /// The variation.
    pub combination_id: Option<u64>,
}

/// All products of a shop, by position.
#[derive(Clone, Debug, Default)]
pub struct Products {
    products: Vec<Product>,
    /// What the search sees.
    pub index: LateIndex<Product>,
    /// What a read of a product by its id sees: a replica that lags behind.
    pub replica: LateIndex<Product>,
}

impl Products {
    /// These products, known to the search.
    pub fn new(products: Vec<Product>) -> Self {
        Self { products, index: LateIndex::default(), replica: LateIndex::default() }
    }

    /// All, deleted ones too.
    pub fn all(&self) -> &[Product] {
        &self.products
    }

    /// A product that is not deleted.
    pub fn get(&self, id: u64) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id && !product.deleted)
    }

    /// A product as a read by its id sees it.
    pub fn read(&self, id: u64) -> Option<&Product> {
        let position = self.products.iter().position(|product| product.id == id)?;
        let seen = self.replica.seen(position as u32, &self.products[position])?;
        (!seen.deleted).then_some(seen)
    }

    /// What the search sees of each product.
    pub fn seen(&self) -> impl Iterator<Item = &Product> {
        self.products
            .iter()
            .enumerate()
            .filter_map(|(position, live)| self.index.seen(position as u32, live))
            .filter(|product| !product.deleted)
    }

    /// Product and variation of a SKU. A variation without one of its own bears that of its product.
    pub fn by_sku(&self, sku: &str) -> Option<(&Product, Option<&Variation>)> {
        let alive = self.products.iter().filter(|product| !product.deleted && !sku.is_empty());
        alive.into_iter().find_map(|product| {
            let bears = |it: &&Variation| it.sku.as_deref().unwrap_or(&product.sku) == sku;
            match product.variations.iter().find(bears) {
                Some(variation) => Some((product, Some(variation))),
                None => (product.sku == sku).then_some((product, None)),
            }
        })
    }

    /// Adds a product.
    pub fn add(&mut self, product: Product, known_at_ms: i64) {
        self.index.changed(self.products.len() as u32, None, product.clone(), known_at_ms);
        self.products.push(product);
    }

    /// Changes a product; answers whether there is one. Its `updated` moves with every change.
    pub fn change(
        &mut self,
        id: u64,
        when: super::orders::Changed,
        edit: impl FnOnce(&mut Product),
    ) -> bool {
        let found = self.products.iter().position(|product| product.id == id && !product.deleted);
        let Some(position) = found else { return false };
        let product = &mut self.products[position];
        let before = product.clone();
        edit(product);
        product.updated_s = product.updated_s.max(when.now_ms.div_euclid(1000));
        let after = product.clone();
        if when.read_at_ms > when.now_ms {
            let (before, after) = (before.clone(), after.clone());
            self.replica.changed(position as u32, Some(before), after, when.read_at_ms);
        }
        self.index.changed(position as u32, Some(before), after, when.known_at_ms);
        true
    }

    /// The counter that really moves: a variation without an SKU of its own shares its product's. `None` where there
    /// is no such product or variation.
    pub fn counter(&self, named: ShopCounter) -> Option<ShopCounter> {
        let product = self.get(named.product_id)?;
        Some(ShopCounter { combination_id: product.counter(named.combination_id)?, ..named })
    }

    /// The number on a counter, `None` where it is unknown or not counted.
    pub fn level(&self, counter: ShopCounter) -> Option<i64> {
        self.get(counter.product_id)?.stock_of(counter.combination_id)
    }

    /// All counters that are counted, with their numbers.
    pub fn levels(&self) -> impl Iterator<Item = (ShopCounter, &Product, &str, i64)> {
        self.products.iter().filter(|product| !product.deleted).flat_map(|product| {
            product.levels().map(move |(combination_id, sku, level)| {
                (ShopCounter { product_id: product.id, combination_id }, product, sku, level)
            })
        })
    }
}

impl Product {
    /// The variation whose counter a sale of this one moves; `Some(None)` is the product's own counter, which a
    /// variation without an SKU of its own shares. `None` where there is no such variation.
    pub fn counter(&self, combination_id: Option<u64>) -> Option<Option<u64>> {
        let Some(id) = combination_id else {
            return Some(None);
        };
        let variation = self.variations.iter().find(|it| it.id == id)?;
        Some(self.has_own_counter(variation).then_some(id))
    }

    fn has_own_counter(&self, variation: &Variation) -> bool {
        variation.sku.as_ref().is_some_and(|sku| !sku.is_empty() && *sku != self.sku)
    }

    /// The number of a variation, or of the product; `None` where it is unknown or not counted.
    pub fn stock_of(&self, combination_id: Option<u64>) -> Option<i64> {
        match self.counter(combination_id)? {
            None => self.stock,
            Some(id) => self.variations.iter().find(|it| it.id == id)?.stock,
        }
    }

    /// Its counters that are counted: variation, SKU and number.
    pub fn levels(&self) -> impl Iterator<Item = (Option<u64>, &str, i64)> {
        let own = (None, self.sku.as_str(), self.stock);
        let variations = self.variations.iter().filter(|it| self.has_own_counter(it));
        let variations =
            variations.map(|it| (Some(it.id), it.sku.as_deref().unwrap_or(""), it.stock));
        std::iter::once(own)
            .chain(variations)
            .filter_map(|(id, sku, stock)| Some((id, sku, stock?)))
    }

    /// The slot of a counter, `None` where there is no such variation.
    pub fn stock_mut(&mut self, combination_id: Option<u64>) -> Option<&mut Option<i64>> {
        match self.counter(combination_id)? {
            None => Some(&mut self.stock),
            Some(id) => self.variations.iter_mut().find(|it| it.id == id).map(|it| &mut it.stock),
        }
    }

    /// Whether any of its counters has something, or it is not counted.
    pub fn in_stock(&self) -> bool {
        let has = |stock: Option<i64>| stock.is_none_or(|pieces| pieces > 0);
        if self.variations.is_empty() {
            has(self.stock)
        } else {
            self.variations.iter().any(|it| has(self.stock_of(Some(it.id))))
        }
    }
}
