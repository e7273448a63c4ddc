//! Which counter of one catalogue is which of the other. A link is by the counters' own names; a SKU only proposes it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::contract::Product;
use crate::store::{LinkRow, Pair, Side};

/// What is found of one counter, or of one pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    /// Trimmed; empty where there is none.
    pub(super) sku: String,
    pub(super) left: Option<Item>,
    pub(super) right: Option<Item>,
}

/// A counter, and what people call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) owner: String,
    pub(super) name: String,
}

/// What becomes of a counter. In the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// A link that stands.
    Linked,
    /// A link that stands though the SKUs at its ends have become different.
    Renamed,
    /// A link of which an end is in the catalogue no more.
    Gone,
    /// A pair to be accepted.
    Matched,
    /// The other side has no such SKU.
    Missing,
    /// More than one counter of a side has this SKU.
    Duplicate,
    /// It has no SKU.
    Blank,
    /// It has no counter of its own: it shares its product's.
    SharedCounter,
    /// Its level is made of others'.
    Composite,
    /// Its system does not count it.
    Untracked,
}

impl Verdict {
    /// All of them, as they are told.
    pub(super) const ALL: [Self; 10] = [
        Self::Linked,
        Self::Renamed,
        Self::Gone,
        Self::Matched,
        Self::Missing,
        Self::Duplicate,
        Self::Blank,
        Self::SharedCounter,
        Self::Composite,
        Self::Untracked,
    ];

    /// The word on the screen and in files.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Renamed => "renamed",
            Self::Gone => "gone",
            Self::Matched => "matched",
            Self::Missing => "missing",
            Self::Duplicate => "duplicate",
            Self::Blank => "blank",
            Self::SharedCounter => "shared-counter",
            Self::Composite => "composite",
            Self::Untracked => "untracked",
        }
    }
}

/// Both catalogues against each other and against the links that there are.
pub(super) fn compare(left: &[Product], right: &[Product], links: &[LinkRow]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = links.iter().map(|link| of_link(link, left, right)).collect();
    let linked = |side: Side| -> HashSet<&str> {
        links
            .iter()
            .map(|link| if side == Side::Left { link.left.as_str() } else { link.right.as_str() })
            .collect()
    };
    let mut skus: BTreeMap<&str, [Vec<&Product>; 2]> = BTreeMap::new();
    for (side, products, linked) in
        [(Side::Left, left, linked(Side::Left)), (Side::Right, right, linked(Side::Right))]
    {
        for product in
            products.iter().filter(|product| !linked.contains(product.stock_owner.as_str()))
        {
            match unfit(product) {
                Some(verdict) => findings.push(one(verdict, product, side)),
                None => skus.entry(sku(product)).or_default()[side as usize].push(product),
            }
        }
    }
    for [of_left, of_right] in skus.values() {
        match (of_left.as_slice(), of_right.as_slice()) {
            ([left], [right]) => findings.push(Finding {
                verdict: Verdict::Matched,
                sku: sku(left).to_owned(),
                left: Some(item(left)),
                right: Some(item(right)),
            }),
            ([only], []) => findings.push(one(Verdict::Missing, only, Side::Left)),
            ([], [only]) => findings.push(one(Verdict::Missing, only, Side::Right)),
            (lefts, rights) => {
                findings.extend(
                    lefts.iter().map(|product| one(Verdict::Duplicate, product, Side::Left)),
                );
                findings.extend(
                    rights.iter().map(|product| one(Verdict::Duplicate, product, Side::Right)),
                );
            }
        }
    }
    findings.sort_by(|one, other| (one.verdict, &one.sku).cmp(&(other.verdict, &other.sku)));
    findings
}

/// The pairs that stand once everything proposed is accepted.
pub(super) fn accepted(findings: &[Finding]) -> Vec<Pair> {
    let stands = |finding: &&Finding| {
        matches!(
            finding.verdict,
            Verdict::Linked | Verdict::Renamed | Verdict::Gone | Verdict::Matched
        )
    };
    let pair = |finding: &Finding| {
        let (left, right) = (finding.left.as_ref()?, finding.right.as_ref()?);
        let label = if finding.sku.is_empty() { &left.name } else { &finding.sku };
        Some(Pair { left: left.owner.clone(), right: right.owner.clone(), label: label.clone() })
    };
    findings.iter().filter(stands).filter_map(pair).collect()
}

/// Why pairs cannot all be accepted: counters that stand in more than one, or that no catalogue has.
pub(super) fn refused(pairs: &[Pair], left: &[Product], right: &[Product]) -> Vec<String> {
    let mut reasons = Vec::new();
    for (name, side, products) in [("left", Side::Left, left), ("right", Side::Right, right)] {
        let there: HashSet<&str> =
            products.iter().map(|product| product.stock_owner.as_str()).collect();
        let mut taken = BTreeSet::new();
        for pair in pairs {
            let owner = if side == Side::Left { &pair.left } else { &pair.right };
            if !there.contains(owner.as_str()) {
                reasons.push(format!("there is no counter `{owner}` on the {name}"));
            }
            if !taken.insert(owner) {
                reasons
                    .push(format!("the counter `{owner}` on the {name} is in more than one pair"));
            }
        }
    }
    reasons
}

fn of_link(link: &LinkRow, left: &[Product], right: &[Product]) -> Finding {
    let at = |products: &[Product], owner: &str| {
        products
            .iter()
            .find(|product| product.stock_owner == owner && shared(product).is_none())
            .cloned()
    };
    let (left, right) = (at(left, &link.left), at(right, &link.right));
    let verdict = match (&left, &right) {
        (Some(left), Some(right)) if sku(left) == sku(right) => Verdict::Linked,
        (Some(_), Some(_)) => Verdict::Renamed,
        _ => Verdict::Gone,
    };
    let end = |product: Option<Product>, owner: &str| {
        let name = product.map_or_else(String::new, |product| product.name);
        Some(Item { owner: owner.to_owned(), name })
    };
    Finding {
        verdict,
        sku: link.label.clone(),
        left: end(left, &link.left),
        right: end(right, &link.right),
    }
}

fn one(verdict: Verdict, product: &Product, side: Side) -> Finding {
    let item = Some(item(product));
    let (left, right) = if side == Side::Left { (item, None) } else { (None, item) };
    Finding { verdict, sku: sku(product).to_owned(), left, right }
}

fn item(product: &Product) -> Item {
    Item { owner: product.stock_owner.clone(), name: product.name.clone() }
}

/// Why a counter is not to be linked, whatever the other side has.
fn unfit(product: &Product) -> Option<Verdict> {
    let composite = (attribute(product, "kind") == Some("composite")).then_some(Verdict::Composite);
    shared(product)
        .or(composite)
        .or_else(|| (!product.counts_stock).then_some(Verdict::Untracked))
        .or_else(|| sku(product).is_empty().then_some(Verdict::Blank))
}

fn shared(product: &Product) -> Option<Verdict> {
    (attribute(product, "shares_counter") == Some("true")).then_some(Verdict::SharedCounter)
}

fn attribute<'a>(product: &'a Product, name: &str) -> Option<&'a str> {
    product.attributes.iter().find(|pair| pair.name == name).map(|pair| pair.value.as_str())
}

fn sku(product: &Product) -> &str {
    product.sku.as_deref().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Pair as Attribute;

    fn product(owner: &str, sku: &str) -> Product {
        Product {
            id: owner.to_owned(),
            sku: Some(sku.to_owned()),
            name: format!("Thing {owner}"),
            stock_owner: owner.to_owned(),
            counts_stock: true,
            active: true,
            attributes: Vec::new(),
        }
    }

    fn link(left: &str, right: &str, label: &str) -> LinkRow {
        LinkRow {
            id: 1,
            left: left.to_owned(),
            right: right.to_owned(),
            label: label.to_owned(),
            made_at: 0,
            levels_at: None,
        }
    }

    fn told(findings: &[Finding]) -> Vec<String> {
        let end = |item: &Option<Item>| item.as_ref().map_or("-", |item| &item.owner).to_owned();
        let line = |finding: &Finding| {
            format!(
                "{} {} {} {}",
                finding.verdict.word(),
                finding.sku,
                end(&finding.left),
                end(&finding.right)
            )
        };
        findings.iter().map(line).collect()
    }

    /// Pattern 9: a blank SKU matches nobody, and one that two bear matches nobody either.
    #[test]
    fn only_a_sku_that_is_borne_once_on_each_side_proposes_a_pair() {
        let left = [
            product("1", "MUG"),
            product("2", " "),
            product("3", "CAP"),
            product("4", "CAP"),
            product("5", "PEN"),
        ];
        let right =
            [product("a", " MUG "), product("b", ""), product("c", "CAP"), product("d", "INK")];
        assert_eq!(
            told(&compare(&left, &right, &[])),
            [
                "matched MUG 1 a",
                "missing INK - d",
                "missing PEN 5 -",
                "duplicate CAP 3 -",
                "duplicate CAP 4 -",
                "duplicate CAP - c",
                "blank  2 -",
                "blank  - b",
            ]
        );
    }

    /// Pattern 43: what is made up of others has no counter that could be kept in step.
    #[test]
    fn what_has_no_counter_of_its_own_is_not_linked() {
        let with = |mut product: Product, name: &str, value: &str| {
            product.attributes.push(Attribute { name: name.to_owned(), value: value.to_owned() });
            product
        };
        let left = [
            product("1", "MUG"),
            with(product("1", "MUG-B"), "shares_counter", "true"),
            Product { counts_stock: false, ..product("2", "GIFT") },
        ];
        let right = [
            product("a", "MUG"),
            product("b", "MUG-B"),
            with(product("c", "SET"), "kind", "composite"),
        ];
        assert_eq!(
            told(&compare(&left, &right, &[])),
            [
                "matched MUG 1 a",
                "missing MUG-B - b",
                "shared-counter MUG-B 1 -",
                "composite SET - c",
                "untracked GIFT 2 -",
            ]
        );
    }

    /// Pattern 11: a SKU that is edited later changes no link. Pattern 8: a counter is in one pair at most.
    #[test]
    fn a_link_stands_whatever_becomes_of_its_skus() {
        let left = [product("1", "MUG-2"), product("2", "CAP")];
        let right = [product("a", "MUG"), product("b", "CAP")];
        let links = [link("1", "a", "MUG"), link("9", "b", "OLD")];
        let findings = compare(&left, &right, &links);
        assert_eq!(told(&findings), ["renamed MUG 1 a", "gone OLD 9 b", "missing CAP 2 -"]);
        assert_eq!(accepted(&findings).len(), 2);
    }

    #[test]
    fn an_imported_pair_has_to_be_there_and_alone() {
        let (left, right) = ([product("1", "A"), product("2", "B")], [product("a", "A")]);
        let pair = |left: &str, right: &str| Pair {
            left: left.to_owned(),
            right: right.to_owned(),
            label: String::new(),
        };
        assert_eq!(refused(&[pair("1", "a")], &left, &right), Vec::<String>::new());
        assert_eq!(
            refused(&[pair("1", "a"), pair("7", "a")], &left, &right),
            [
                "there is no counter `7` on the left",
                "the counter `a` on the right is in more than one pair"
            ]
        );
    }
}
