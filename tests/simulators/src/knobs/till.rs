//! What Vend's documents leave open.

use super::{LagSpread, knob};
use serde::{Deserialize, Serialize};

/// The till's knobs. Numbers in milliseconds end in `-ms`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct TillKnobs {
    /// What does a dated `POST /sales` with a known id do?
    pub duplicate_id: DuplicateId,
    /// The same for a 0.9 `POST /register_sales`, which is documented as a replacement.
    pub legacy_duplicate_id: LegacyDuplicateId,
    /// Does a repeated sale that is closed already move stock again?
    pub repeated_stock: RepeatedStock,
    /// What becomes of the payments of a replaced sale?
    pub replaced_payments: ReplacedPayments,
    /// Is the pair of `source` and `source_id` held unique?
    pub source_id_unique: SourceIdUnique,
    /// May a closed sale be opened again? Documented is that it may only be voided.
    pub reopened_sale: Acceptance,
    /// Is a closed sale refused whose payments are not its total?
    pub unequal_payments: Acceptance,
    /// Is a closed sale over nothing refused?
    pub zero_sale: Acceptance,
    /// Does a closed register refuse payments?
    pub closed_register: ClosedRegister,
    /// May a sale name a product that is inactive or deleted?
    pub inactive_product: Acceptance,
    /// May a sale name a user who was disabled?
    pub disabled_user: Acceptance,
    /// Does voiding a sale give its stock back?
    pub voided_stock: VoidedStock,
    /// A status that 0.9 does not know; in 2014 it was stored as it came.
    pub unknown_status: UnknownStatus,
    /// What does a sale write answer?
    pub sale_answer: SaleAnswer,
    /// What does `GET /products?sku=` answer?
    pub products_by_sku: ProductsBySku,
    /// How does the customer search compare e-mail addresses?
    pub email_search: EmailSearch,
    /// How long does a new or changed customer stay unseen by the search?
    pub customer_search_lag_ms: u64,
    /// How long does a new or changed sale stay unseen by the search?
    pub sale_search_lag_ms: u64,
    /// How long does a new or changed product stay unseen by the search?
    pub product_search_lag_ms: u64,
    /// Whether a lag is the same for each change or drawn up to it.
    pub search_lag_spread: LagSpread,
    /// What does a second customer with the same `customer_code` answer?
    pub duplicate_customer_code: DuplicateCustomerCode,
    /// Does `PUT /customers/{id}` clear what it does not name?
    pub customer_put: CustomerPut,
    /// Is `after` exclusive? The documents say "included", clients treat it as exclusive.
    pub after_bound: AfterBound,
    /// How many rows does a list give at most, whatever `page_size` asks? 200 is documented, 5000 was seen.
    pub page_size_cap: u64,
    /// For how long may a lower version still be unseen in a list when a higher one is shown? Every other write lags.
    pub version_gap_ms: u64,
    /// What becomes of the good rows of stock adjustments when one is bad?
    pub adjustment_batch: AdjustmentBatch,
    /// In which form does 429 say when to come again?
    pub retry_after: RetryAfter,
    /// How is the window of 300 requests a register in five minutes counted?
    pub rate_window: crate::limiter::Window,
    /// How many requests does a window hold? 0 for 300 a register and 50 more, as documented.
    pub rate_requests: u64,
}

impl Default for TillKnobs {
    fn default() -> Self {
        Self {
            duplicate_id: DuplicateId::default(),
            legacy_duplicate_id: LegacyDuplicateId::default(),
            repeated_stock: RepeatedStock::default(),
            replaced_payments: ReplacedPayments::default(),
            source_id_unique: SourceIdUnique::default(),
            reopened_sale: Acceptance::Refused,
            unequal_payments: Acceptance::Accepted,
            zero_sale: Acceptance::Accepted,
            closed_register: ClosedRegister::default(),
            inactive_product: Acceptance::Accepted,
            disabled_user: Acceptance::Refused,
            voided_stock: VoidedStock::default(),
            unknown_status: UnknownStatus::default(),
            sale_answer: SaleAnswer::default(),
            products_by_sku: ProductsBySku::default(),
            email_search: EmailSearch::default(),
            customer_search_lag_ms: 3_000,
            sale_search_lag_ms: 3_000,
            product_search_lag_ms: 3_000,
            search_lag_spread: LagSpread::default(),
            duplicate_customer_code: DuplicateCustomerCode::default(),
            customer_put: CustomerPut::default(),
            after_bound: AfterBound::default(),
            page_size_cap: 200,
            version_gap_ms: 0,
            adjustment_batch: AdjustmentBatch::default(),
            retry_after: RetryAfter::default(),
            rate_window: crate::limiter::Window::default(),
            rate_requests: 0,
        }
    }
}

knob! {
    /// A second create under a known id.
    DuplicateId {
        /// 409, and nothing changes.
        #[serde(rename = "refused-409")]
        Refused409,
        /// The whole sale is replaced.
        Replaced,
        /// 200 with the sale as it is.
        Ignored,
        /// 200, and a second sale under another id.
        Duplicated,
    }
}

knob! {
    /// A second 0.9 post under a known id.
    LegacyDuplicateId {
        /// The whole sale is replaced, as documented.
        Replaced,
        /// As `duplicate-id` says for the dated form.
        AsDated,
    }
}

knob! {
    /// Stock of a closed sale that is written again.
    RepeatedStock {
        /// It stays as it is.
        Kept,
        /// The difference of the lines is moved.
        Corrected,
        /// It is drawn a second time: the punishment of whoever posts twice.
        DrawnAgain,
    }
}

knob! {
    /// Payments of a replaced sale.
    ReplacedPayments {
        /// One with a known id replaces it, others are added.
        MergedById,
        /// Only the new ones stay.
        Replaced,
        /// All new ones are added.
        Added,
    }
}

knob! {
    /// Two sales of one source id.
    SourceIdUnique {
        /// Nobody minds.
        No,
        /// The second is refused with 409.
        #[serde(rename = "refused-409")]
        Refused409,
    }
}

knob! {
    /// Whether something is taken.
    Acceptance {
        /// It is.
        Accepted,
        /// 422.
        Refused,
    }
}

knob! {
    /// Payments on a closed register.
    ClosedRegister {
        /// 409 with the body of a payment error.
        #[serde(rename = "refused-409")]
        Refused409,
        /// They land in the next closure.
        Accepted,
    }
}

knob! {
    /// Stock of a voided sale.
    VoidedStock {
        /// It comes back.
        Restored,
        /// It does not.
        Kept,
    }
}

knob! {
    /// An unknown status in 0.9.
    UnknownStatus {
        /// It is stored as it came and does nothing.
        Stored,
        /// 400.
        Refused,
    }
}

knob! {
    /// The answer to a sale write.
    SaleAnswer {
        /// The whole sale.
        WholeSale,
        /// Only its id.
        IdOnly,
    }
}

knob! {
    /// The answer to a product read by SKU.
    ProductsBySku {
        /// One hit is an object, none or several a list.
        SingleObject,
        /// The first hit is an object, however many there are; none is a list.
        FirstObject,
        /// Always a list.
        List,
    }
}

knob! {
    /// How e-mail addresses are compared.
    EmailSearch {
        /// Without regard to case.
        CaseFolding,
        /// To the letter.
        Exact,
        /// A part is enough, without regard to case.
        Substring,
    }
}

knob! {
    /// A customer code that is taken.
    DuplicateCustomerCode {
        /// 422.
        #[serde(rename = "refused-422")]
        Refused422,
        /// 409.
        #[serde(rename = "refused-409")]
        Refused409,
        /// A second customer bears it.
        Accepted,
    }
}

knob! {
    /// A partial customer update.
    CustomerPut {
        /// What is not named is cleared.
        Replaces,
        /// What is not named stays.
        Merges,
    }
}

knob! {
    /// Whether a list begins after its bound.
    AfterBound {
        /// It does.
        Exclusive,
        /// It begins with it.
        Inclusive,
    }
}

knob! {
    /// A batch of adjustments with a bad row.
    AdjustmentBatch {
        /// Nothing is applied.
        AllOrNothing,
        /// The good rows are applied and answered.
        GoodRows,
    }
}

knob! {
    /// `Retry-After`.
    RetryAfter {
        /// An HTTP date, as documented.
        HttpDate,
        /// Seconds.
        Seconds,
        /// No header.
        Absent,
    }
}
