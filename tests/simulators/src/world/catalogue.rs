//! What both sides sell: ordinary goods, and one of everything that must not be posted by itself.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::to_decimal;
use crate::chance::Chance;
use crate::shop::order::{HoldReason, LineKind, Tax};
use crate::shop::{DraftLine, Product, Variation};
use crate::till::{Till, TillCounter, TillProduct};

/// From one product that the merchant types in to the next.
const BETWEEN_PRODUCTS_S: i64 = 29;

/// The shop's taxes by place, in thousandths of a percent.
const TAXES: [(&str, i64); 7] = [
    ("GST 10%", 10_000),
    ("GST 12.5%", 12_500),
    ("VAT 20%", 20_000),
    ("State 6%", 6_000),
    ("City 2.5%", 2_500),
    ("Levy 7.3%", 7_300),
    ("Zero rated", 0),
];
/// The taxes of ordinary goods, by place; `State` and `City` together are a group in the till.
const ORDINARY: [&[usize]; 6] = [&[0], &[1], &[2], &[2], &[], &[6]];
const TWO_TAXES: &[usize] = &[3, 4];
const UNKNOWN_TAX: &[usize] = &[5];

/// Services of the till, which carry what a sale has no field for.
pub(super) const SERVICES: [&str; 5] = ["SHIPPING", "HANDLING", "TIP", "SURCHARGE", "ROUNDING"];
/// What every counter shows at first.
const OPENING_PIECES: i64 = 1000;
const FIRST_PRODUCT_ID: u64 = 4401;

/// What both sides sell, as lines of a cart of one piece each.
pub(super) struct Catalogue {
    ordinary: Vec<DraftLine>,
    two_taxes: DraftLine,
    held: Vec<(HoldReason, DraftLine)>,
    products: Vec<Product>,
    taxes: Vec<Tax>,
}

impl Catalogue {
    pub(super) fn draw(seed: u64, count: u32) -> Self {
        let mut chance = Chance::new(&[seed, 50]);
        let mut catalogue = Self {
            ordinary: Vec::new(),
            two_taxes: DraftLine::default(),
            held: Vec::new(),
            products: Vec::new(),
            taxes: taxes(),
        };
        catalogue.add_varied("Mug", &[("MUG-BLU", "Blue"), ("MUG-RED", "Red")], 2000, &[1]);
        catalogue.add_varied(
            "T-shirt",
            &[("TEE-S", "S"), ("TEE-M", "M"), ("TEE-L", "L")],
            3490,
            &[2],
        );
        for index in 0..count {
            let taxes = *chance.pick(&ORDINARY);
            let price_minor = chance.between(95, 19_999);
            let line = catalogue.add(&format!("SKU-{index:04}"), "Thing", price_minor, taxes);
            catalogue.ordinary.push(line);
        }
        catalogue.two_taxes = catalogue.add("DUTY-1", "Thing with two taxes", 2599, TWO_TAXES);
        catalogue.add_special();
        catalogue
    }

    fn add_special(&mut self) {
        let unknown = self.add("SHOP-ONLY", "Thing that the till lacks", 1500, &[0]);
        let blank = self.add("", "Thing without a SKU", 1250, &[0]);
        let duplicate = self.add("DUP-1", "Thing that the till has twice", 1800, &[0]);
        let mut card = self.add("GIFT-50", "Gift card", 5000, &[]);
        let mut set = self.add("SET-1", "Set of two mugs", 3600, &[1]);
        let levied = self.add("LEVY-1", "Thing under a levy", 990, UNKNOWN_TAX);
        for (line, kind) in [(&mut card, LineKind::GiftCard), (&mut set, LineKind::Composite)] {
            line.kind = kind;
            let product = self.products.iter_mut().find(|it| Some(it.id) == line.product_id);
            if let Some(product) = product {
                (product.kind, product.stock) = (kind, None);
            }
        }
        let ad_hoc = DraftLine {
            name: "Repair as agreed".to_owned(),
            quantity: 1,
            price_minor: 4200,
            taxes: vec![0],
            ..DraftLine::default()
        };
        self.held = vec![
            (HoldReason::UnknownSku, unknown),
            (HoldReason::BlankSku, blank),
            (HoldReason::DuplicateSku, duplicate),
            (HoldReason::GiftCard, card),
            (HoldReason::Composite, set),
            (HoldReason::UnknownTax, levied),
            (HoldReason::AdHocLine, ad_hoc),
        ];
    }

    fn add(&mut self, sku: &str, name: &str, price_minor: i64, taxes: &[usize]) -> DraftLine {
        let id = FIRST_PRODUCT_ID + self.products.len() as u64;
        self.products.push(Product {
            id,
            sku: sku.to_owned(),
            name: name.to_owned(),
            price_minor,
            taxes: taxes.to_vec(),
            stock: Some(OPENING_PIECES),
            enabled: true,
            ..Product::default()
        });
        DraftLine {
            product_id: Some(id),
            sku: sku.to_owned(),
            name: name.to_owned(),
            quantity: 1,
            price_minor,
            taxes: taxes.to_vec(),
            ..DraftLine::default()
        }
    }

    /// A product with variations, of which the last bears the SKU of its product.
    fn add_varied(
        &mut self,
        name: &str,
        kinds: &[(&str, &str)],
        price_minor: i64,
        taxes: &[usize],
    ) {
        let last = kinds.last().map_or("", |(sku, _)| *sku);
        let line = self.add(last, name, price_minor, taxes);
        let Some(product) = self.products.last_mut() else {
            return;
        };
        let first_id = 80 + 10 * product.id;
        for (index, (sku, kind)) in kinds.iter().enumerate() {
            let (id, options) =
                (first_id + index as u64, vec![("Kind".to_owned(), (*kind).to_owned())]);
            let inherits = *sku == last;
            product.variations.push(Variation {
                id,
                sku: (!inherits).then(|| (*sku).to_owned()),
                options: options.clone(),
                price_minor,
                stock: (!inherits).then_some(OPENING_PIECES),
            });
            let sku = (*sku).to_owned();
            self.ordinary.push(DraftLine {
                combination_id: Some(id),
                sku,
                options,
                ..line.clone()
            });
        }
    }

    /// The shop's taxes.
    pub(super) fn taxes(&self) -> &[Tax] {
        &self.taxes
    }

    /// The shop's products, put there one after another until `created_s`, as a merchant types them in.
    pub(super) fn products(&self, created_s: i64) -> Vec<Product> {
        let first_s = created_s - BETWEEN_PRODUCTS_S * self.products.len() as i64;
        let dated = |(product, at): (&Product, i64)| {
            let created_s = first_s + BETWEEN_PRODUCTS_S * at;
            Product { created_s, updated_s: created_s, ..product.clone() }
        };
        self.products.iter().zip(1..).map(dated).collect()
    }

    /// Ordinary goods.
    pub(super) fn ordinary(&self) -> &[DraftLine] {
        &self.ordinary
    }

    /// A thing with two taxes.
    pub(super) fn two_taxes(&self) -> &DraftLine {
        &self.two_taxes
    }

    /// The line that makes an order be held for this reason, where it is a line that does.
    pub(super) fn held(&self, reason: HoldReason) -> Option<&DraftLine> {
        self.held.iter().find(|(known, _)| *known == reason).map(|(_, line)| line)
    }

    /// Puts taxes, goods, services and stock into the till.
    pub(super) fn stock_till(&self, till: &mut Till, outlets: [Uuid; 2], decimals: u32) {
        let fraction = |place: usize| Decimal::new(TAXES[place].1, 5);
        let none = till.add_tax("No Tax", &[("No Tax", Decimal::ZERO)], false);
        till.retailer.no_tax_id = none;
        for (place, (name, _)) in TAXES.iter().enumerate().take(3) {
            till.add_tax(name, &[(name, fraction(place))], place == 1);
        }
        let group = [("State", fraction(3)), ("City", fraction(4))];
        till.add_tax("State and City 8.5%", &group, false);
        let mut counted = Vec::new();
        for line in self.ordinary.iter().chain([&self.two_taxes]) {
            counted.push(till.add_product(till_product(line, decimals)));
        }
        for reason in [HoldReason::DuplicateSku, HoldReason::DuplicateSku, HoldReason::UnknownTax] {
            counted
                .extend(self.held(reason).map(|it| till.add_product(till_product(it, decimals))));
        }
        self.add_uncounted(till, &counted, decimals);
        for product in counted {
            for outlet in outlets {
                let amount = Decimal::from(OPENING_PIECES);
                till.open_level(TillCounter { product, outlet }, amount);
            }
        }
    }

    fn add_uncounted(&self, till: &mut Till, counted: &[Uuid], decimals: u32) {
        if let Some(card) = self.held(HoldReason::GiftCard) {
            till.add_product(TillProduct { has_inventory: false, ..till_product(card, decimals) });
        }
        if let Some(set) = self.held(HoldReason::Composite) {
            let parts = counted.iter().take(2).map(|part| (*part, Decimal::ONE)).collect();
            let product = till_product(set, decimals);
            till.add_product(TillProduct { has_inventory: false, composite_of: parts, ..product });
        }
        for sku in SERVICES {
            till.add_product(service(sku));
        }
        till.retailer.discount_product_id = till.add_product(service("vend-discount"));
    }
}

fn till_product(line: &DraftLine, decimals: u32) -> TillProduct {
    TillProduct {
        sku: line.sku.clone(),
        name: line.name.clone(),
        handle: line.sku.to_lowercase(),
        has_inventory: true,
        composite_of: Vec::new(),
        active: true,
        price_excluding_tax: to_decimal(line.price_minor, decimals),
        tax_id: None,
    }
}

fn service(sku: &str) -> TillProduct {
    TillProduct {
        sku: sku.to_owned(),
        name: sku.to_lowercase(),
        handle: sku.to_lowercase(),
        active: true,
        ..TillProduct::default()
    }
}

fn taxes() -> Vec<Tax> {
    let tax = |(index, (name, milli_percent)): (usize, &(&str, i64))| Tax {
        id: 31 + index as u64,
        name: (*name).to_owned(),
        milli_percent: *milli_percent,
    };
    TAXES.iter().enumerate().map(tax).collect()
}
