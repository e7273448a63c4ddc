//! The options of the stage. The schema says what each means.

use penstock_connector_sdk::types::Decimal;
use serde::Deserialize;

pub(crate) const SCHEMA: &str = include_str!("../schema/options.json");

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Options {
    pub(crate) first_levels: FirstLevels,
    pub(crate) manual_edits_from_shop: ManualEdits,
    pub(crate) allow_negative: bool,
    /// Units of the till's that the shop is not told of.
    pub(crate) buffer: Decimal,
    /// How far a count of the shop may be from the instant that it is told for.
    pub(crate) shop_settle_ms: u32,
    /// Units.
    pub(crate) jump_max: Decimal,
    /// Counts in one batch.
    pub(crate) zeros_max: u32,
    /// 0 is off.
    pub(crate) same_edit_ms: u32,
    /// A guard to be left out, so that tests see what it is for.
    #[cfg(any(test, feature = "guards-off"))]
    #[serde(skip)]
    pub(crate) without: Option<Guard>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            first_levels: FirstLevels::default(),
            manual_edits_from_shop: ManualEdits::default(),
            allow_negative: false,
            buffer: Decimal::ZERO,
            shop_settle_ms: 45_000,
            jump_max: Decimal::new(1_000, 0),
            zeros_max: 20,
            same_edit_ms: 0,
            #[cfg(any(test, feature = "guards-off"))]
            without: None,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FirstLevels {
    #[default]
    TillWins,
    ShopWins,
    MustBeEqual,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ManualEdits {
    #[default]
    Propagate,
    Ignore,
}

/// What keeps a reading from being taken for something that it is not, and a unit from being lost or invented.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(
    not(feature = "guards-off"),
    expect(unreachable_pub, reason = "only a build without guards shows them")
)]
pub enum Guard {
    /// Orders are known before a count of the shop is interpreted.
    OrderRefresh,
    /// No count is interpreted while a write of ours is under way.
    OpenEffectStop,
    /// A count proves nothing of a write that was settled after it was asked for.
    Evidence,
    /// What the shop cannot give is remembered, and paid first by a later rise.
    Deficit,
    /// What a sale has taken and the shop has back goes back to the till.
    GiveBack,
    /// Goods of refunded orders that were never sold are not new when they come back.
    TakeBack,
    /// Nothing is written before a person has accepted the first levels.
    AcceptedLevels,
    /// First levels leave what orders have taken and no sale has yet.
    Reserved,
    /// First levels leave what orders may have taken before the shop stopped to count the item.
    CountAgain,
    /// What is remembered under another link counts for nothing.
    Epoch,
    /// A count that is absent is not zero.
    Absent,
    /// A change that is too large to be one, and too many counts that fall to zero, wait for a person.
    Bounds,
    /// Part of a piece is remembered until it is a whole one.
    Fraction,
    /// A cause is used once.
    FreshCause,
}

impl Options {
    /// Whether a guard stands: always, but for tests of what it is for.
    #[cfg_attr(
        not(any(test, feature = "guards-off")),
        expect(clippy::unused_self, reason = "only tests take guards away")
    )]
    pub(crate) fn guards(&self, guard: Guard) -> bool {
        #[cfg(any(test, feature = "guards-off"))]
        if self.without == Some(guard) {
            return false;
        }
        let _ = guard;
        true
    }
}
