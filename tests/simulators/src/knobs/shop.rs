//! What Ecwid's documents leave open.

use super::knob;
use serde::{Deserialize, Serialize};

/// The shop's knobs. Numbers in milliseconds end in `-ms`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct ShopKnobs {
    /// In which order does `GET /orders` answer? No sort parameter exists.
    pub order_default_sort: OrderSort,
    /// Is the instant of `createdFrom` and `updatedFrom` itself included?
    pub from_bound: Bound,
    /// Is the instant of `createdTo` and `updatedTo` itself included?
    pub to_bound: Bound,
    /// How long does a changed order stay unseen by the search? The vendor's own tests wait up to 15 s.
    pub order_search_lag_ms: u64,
    /// How long does a changed product stay unseen by the search?
    pub product_search_lag_ms: u64,
    /// How long may a read of a product by its id still show it as it was before a change?
    pub product_read_lag_ms: u64,
    /// Whether the lag is the same for each change or drawn up to it.
    pub search_lag_spread: LagSpread,
    /// Does `/orders/{id}` take an internal id?
    pub internal_id_in_path: InternalIdInPath,
    /// Do unfinished orders appear in the search?
    pub incomplete_orders: IncompleteOrders,
    /// How far may `offset` reach? No bound is documented.
    pub offset_bound: OffsetBound,
    /// How many rows does a search give at most, whatever `limit` asks? 100 is documented.
    pub page_size_cap: u64,
    /// What does a stock delta on a product that is not counted answer?
    pub delta_on_unlimited: DeltaOnUnlimited,
    /// What does a stock delta without a variation do to a product that has variations?
    pub delta_on_parent: DeltaOnParent,
    /// Does going on under a blocked token lengthen the block?
    pub escalated_block: EscalatedBlock,
    /// How is the window of 600 requests a minute counted?
    pub rate_window: crate::limiter::Window,
    /// By which id does a tip appear among the surcharges?
    pub tip_surcharge_id: TipSurchargeId,
    /// `taxesOnShipping` of an order without shipping tax.
    pub no_shipping_tax: NoShippingTax,
    /// `productId` of a line that the merchant typed in.
    pub ad_hoc_product_id: AdHocProductId,
}

impl Default for ShopKnobs {
    fn default() -> Self {
        Self {
            order_default_sort: OrderSort::default(),
            from_bound: Bound::default(),
            to_bound: Bound::default(),
            order_search_lag_ms: 3_000,
            product_search_lag_ms: 3_000,
            product_read_lag_ms: 0,
            search_lag_spread: LagSpread::default(),
            internal_id_in_path: InternalIdInPath::default(),
            incomplete_orders: IncompleteOrders::default(),
            offset_bound: OffsetBound::default(),
            page_size_cap: 100,
            delta_on_unlimited: DeltaOnUnlimited::default(),
            delta_on_parent: DeltaOnParent::default(),
            escalated_block: EscalatedBlock::default(),
            rate_window: crate::limiter::Window::default(),
            tip_surcharge_id: TipSurchargeId::default(),
            no_shipping_tax: NoShippingTax::default(),
            ad_hoc_product_id: AdHocProductId::default(),
        }
    }
}

knob! {
    /// The order of a search without a sort parameter.
    OrderSort {
        /// In no order, always the same for one seed: nobody may depend on one.
        Shuffled,
        /// Newest placed first, as commonly observed.
        NewestFirst,
        /// Oldest placed first.
        OldestFirst,
        /// Last changed first, so that a change during a walk moves rows.
        UpdatedFirst,
    }
}

knob! {
    /// Whether a bound of time includes its own instant.
    Bound {
        /// It does.
        Inclusive,
        /// It does not.
        Exclusive,
        /// Drawn at each request.
        Either,
    }
}

knob! {
    /// How the lag of an index is drawn.
    LagSpread {
        /// Each change waits exactly as long.
        Fixed,
        /// Each change waits up to as long, so that a later one may be seen earlier.
        Drawn,
    }
}

knob! {
    /// An internal id where an order id belongs.
    InternalIdInPath {
        /// 404, as a third party reports.
        NotFound,
        /// It is taken.
        Accepted,
    }
}

knob! {
    /// Orders of status `INCOMPLETE` in the search.
    IncompleteOrders {
        /// They appear.
        Shown,
        /// They do not.
        Hidden,
    }
}

knob! {
    /// The bound of `offset`.
    OffsetBound {
        /// None.
        Unbounded,
        /// Above 10 000 the search answers 400.
        TenThousand,
    }
}

knob! {
    /// A delta on `unlimited` stock.
    DeltaOnUnlimited {
        /// `{"updateCount":0}`.
        CountsZero,
        /// `{"updateCount":1}`, and nothing moves.
        CountsOne,
    }
}

knob! {
    /// A delta on a product whose variations are counted.
    DeltaOnParent {
        /// The product's own number moves, the variations do not.
        MovesBase,
        /// 409.
        Refused409,
    }
}

knob! {
    /// Requests during a block.
    EscalatedBlock {
        /// They change nothing.
        Off,
        /// After 20 of them the block lasts ten minutes more.
        On,
    }
}

knob! {
    /// The id of a tip among the surcharges.
    TipSurchargeId {
        /// `tips`.
        Tips,
        /// `tip`.
        Tip,
        /// A number that says nothing; the description says `Tip`.
        Opaque,
    }
}

knob! {
    /// `taxesOnShipping` without shipping tax.
    NoShippingTax {
        /// `[]`.
        Empty,
        /// `null`, as on old orders.
        Null,
    }
}

knob! {
    /// `productId` without a product.
    AdHocProductId {
        /// The field is missing.
        Missing,
        /// It is 0.
        Zero,
    }
}
