//! Faults that somebody could build into Penstock, each put in by a test to see whether the histories find it.
//!
//! Those of the rule of stock are guards that its own code can lack (`guardless`). The others are put in where the parts of
//! a process meet: between engine and store, engine and connectors, connectors and network. So the product has no code for
//! them, and the engine, the store and the components are the real ones with each of them too.

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutation {
    /// A commit does not check the fence of its lease, and what is sent not that the lease still lasts.
    FenceIgnored,
    /// What an order took goes to the till by its sale and by a change of stock: that it went the second way is forgotten,
    /// and a cause that has moved a counter moves it again.
    TwoCarriers,
    /// The movements of one counter do not wait for each other.
    TwoMovers,
    /// A counter of the shop is moved again before it has rested.
    RestSkipped,
    /// A rule is not told what our own writes moved.
    LedgerUntold,
    /// That a write is about to leave is not stored.
    IntentNotStored,
    /// The cursor is stored before what was read up to there.
    CursorEarly,
    /// What a rule remembers is not stored.
    StateNotStored,
    /// What waits is not stored.
    WaitingNotStored,
    /// What became of a write is not stored.
    OutcomeNotStored,
    /// An answer that was lost counts as a failure.
    DoubtIgnored,
    /// A write whose answer was lost is sent once more at once, as a read would be.
    WriteRetried,
    /// A write is sent once more when the answer was lost, and no probe is read before.
    ProbeSkipped,
    /// A write whose answer was lost counts as done.
    LostTakenForDone,
    /// A refusal counts as done.
    RefusalTakenForDone,
    /// An answer of 5xx counts as one that tells of no effect.
    FailureTakenForNoEffect,
    /// How often the account may be asked is not kept to.
    BudgetIgnored,
    /// Reads and writes have a budget each.
    BudgetNotShared,
    /// What the vendor's headers tell of its rate limit is not heeded.
    LimitUntold,
    /// The token of a key is another one each time.
    KeyRebuilt,
    /// Switches count when a run is planned, not when something is sent.
    SwitchIgnored,
    /// A plan sends what it shows.
    PlanSends,
    /// An order is not looked at again before its sale leaves.
    FreshLookSkipped,
    /// A sale does not wait for its customer.
    DependencyIgnored,
    /// Orders that await payment are read as paid.
    UnpaidTakenForPaid,
    /// One entry in some is left out of its page.
    EntryDropped,
    /// A source says that it has told everything up to ten minutes from now.
    HorizonTooFar,
    /// A level that is not counted is read as zero.
    AbsentTakenForZero,
    /// A sale is a cent too dear.
    CentOff,
    /// A sale is dated when it is made.
    DatedNow,
    /// A sale is made without its customer.
    CustomerLeftOut,
    /// Addresses are compared to the letter.
    CaseSensitiveEmail,
    /// With each sale the name of its customer is written.
    ProfileOverwritten,
    /// A delta of the shop is written as the level that it leads to.
    LevelWritten,
    /// A change of stock goes to the other side with the wrong sign.
    SignTurned,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 35] = [
        Self::FenceIgnored,
        Self::TwoCarriers,
        Self::TwoMovers,
        Self::RestSkipped,
        Self::LedgerUntold,
        Self::IntentNotStored,
        Self::CursorEarly,
        Self::StateNotStored,
        Self::WaitingNotStored,
        Self::OutcomeNotStored,
        Self::DoubtIgnored,
        Self::WriteRetried,
        Self::ProbeSkipped,
        Self::LostTakenForDone,
        Self::RefusalTakenForDone,
        Self::FailureTakenForNoEffect,
        Self::BudgetIgnored,
        Self::BudgetNotShared,
        Self::LimitUntold,
        Self::KeyRebuilt,
        Self::SwitchIgnored,
        Self::PlanSends,
        Self::FreshLookSkipped,
        Self::DependencyIgnored,
        Self::UnpaidTakenForPaid,
        Self::EntryDropped,
        Self::HorizonTooFar,
        Self::AbsentTakenForZero,
        Self::CentOff,
        Self::DatedNow,
        Self::CustomerLeftOut,
        Self::CaseSensitiveEmail,
        Self::ProfileOverwritten,
        Self::LevelWritten,
        Self::SignTurned,
    ];
}
