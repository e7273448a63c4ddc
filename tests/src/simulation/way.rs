//! A process's way out: the budgets of its accounts, as egress keeps them, in virtual time.

use penstock::contract::RateLimit;
use penstock::egress::Purpose;
use penstock::egress::decisions::{Allowance, Budget, Permit, Ticket, Told};
use penstock::pipeline::Pipeline;

use super::exchange::Vendor;
use super::mutation::Mutation;

/// The way out of one process.
#[derive(Debug)]
pub(super) struct Way {
    shop: Account,
    till: Account,
    mutation: Option<Mutation>,
}

/// One account's budget, and what its connector's descriptor says of the rate limit.
#[derive(Debug)]
struct Account {
    budget: Budget,
    /// That of writes, where they have one of their own, as they should not.
    of_writes: Budget,
    limit: Option<RateLimit>,
}

impl Way {
    /// A process of this pipeline has begun, and knows nothing of what earlier ones have used up.
    pub(super) fn of(pipeline: &Pipeline, mutation: Option<Mutation>) -> Self {
        let account = |connection: usize| {
            let mut endpoints = pipeline.connections[connection].endpoints.iter();
            let limit = endpoints.find_map(|endpoint| endpoint.rate_limit.clone());
            let allowance = limit
                .as_ref()
                .map(|limit| Allowance { requests: limit.requests, window_ms: limit.window_ms });
            let allowance = allowance.filter(|_| mutation != Some(Mutation::BudgetIgnored));
            let (budget, of_writes) = (Budget::new(allowance), Budget::new(allowance));
            Account { budget, of_writes, limit }
        };
        Self { shop: account(0), till: account(1), mutation }
    }

    pub(super) fn ask(&mut self, vendor: Vendor, purpose: Purpose, now_ms: i64) -> Permit {
        self.budget(vendor, purpose).ask(now_ms)
    }

    pub(super) fn settle(
        &mut self,
        (vendor, purpose): (Vendor, Purpose),
        ticket: Ticket,
        now_ms: i64,
        told: Told,
    ) {
        self.budget(vendor, purpose).settle(ticket, now_ms, told);
    }

    /// The headers in which the vendor tells its limit, and what is left of it.
    pub(super) fn limit_headers(&self, vendor: Vendor) -> (Option<&str>, Option<&str>) {
        let account = match vendor {
            Vendor::Shop => &self.shop,
            Vendor::Till => &self.till,
        };
        let is_heeded = self.mutation != Some(Mutation::LimitUntold);
        let limit = account.limit.as_ref().filter(|_| is_heeded);
        let named = |header: fn(&RateLimit) -> Option<&str>| limit.and_then(header);
        (
            named(|limit| limit.limit_header.as_deref()),
            named(|limit| limit.remaining_header.as_deref()),
        )
    }

    fn budget(&mut self, vendor: Vendor, purpose: Purpose) -> &mut Budget {
        let account = match vendor {
            Vendor::Shop => &mut self.shop,
            Vendor::Till => &mut self.till,
        };
        let is_apart = self.mutation == Some(Mutation::BudgetNotShared);
        if is_apart && purpose == Purpose::Write {
            &mut account.of_writes
        } else {
            &mut account.budget
        }
    }
}
