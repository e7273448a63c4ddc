//! A process's way out: the budgets of its accounts, as egress keeps them, in virtual time.

use penstock::contract::RateLimit;
use penstock::egress::Purpose;
use penstock::egress::decisions::{Allowance, Budget, Permit, Ticket, Told};
use penstock::pipeline::Pipeline;

use super::exchange::Vendor;

/// The way out of one process.
#[derive(Debug)]
pub(super) struct Way {
    shop: Account,
    till: Account,
}

/// One account's budget, and what its connector's descriptor says of the rate limit.
#[derive(Debug)]
struct Account {
    budget: Budget,
    limit: Option<RateLimit>,
}

impl Way {
    /// A process of this pipeline has begun, and knows nothing of what earlier ones have used up.
    pub(super) fn of(pipeline: &Pipeline) -> Self {
        let account = |connection: usize| {
            let mut endpoints = pipeline.connections[connection].endpoints.iter();
            let limit = endpoints.find_map(|endpoint| endpoint.rate_limit.clone());
            let allowance = limit
                .as_ref()
                .map(|limit| Allowance { requests: limit.requests, window_ms: limit.window_ms });
            Account { budget: Budget::new(allowance), limit }
        };
        Self { shop: account(0), till: account(1) }
    }

    pub(super) fn ask(&mut self, vendor: Vendor, _purpose: Purpose, now_ms: i64) -> Permit {
        self.account(vendor).budget.ask(now_ms)
    }

    pub(super) fn settle(
        &mut self,
        (vendor, _purpose): (Vendor, Purpose),
        ticket: Ticket,
        now_ms: i64,
        told: Told,
    ) {
        self.account(vendor).budget.settle(ticket, now_ms, told);
    }

    /// The headers in which the vendor tells its limit, and what is left of it.
    pub(super) fn limit_headers(&self, vendor: Vendor) -> (Option<&str>, Option<&str>) {
        let account = match vendor {
            Vendor::Shop => &self.shop,
            Vendor::Till => &self.till,
        };
        let limit = account.limit.as_ref();
        let named = |header: fn(&RateLimit) -> Option<&str>| limit.and_then(header);
        (
            named(|limit| limit.limit_header.as_deref()),
            named(|limit| limit.remaining_header.as_deref()),
        )
    }

    fn account(&mut self, vendor: Vendor) -> &mut Account {
        match vendor {
            Vendor::Shop => &mut self.shop,
            Vendor::Till => &mut self.till,
        }
    }
}
