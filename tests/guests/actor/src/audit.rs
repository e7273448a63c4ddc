//! The actor as a rule that joins counters.

use crate::exports::penstock::connector::audit::{
    Accord, Difference, Guest, KnownTo, LinkedPair, Pause, Remark, Standing,
};
use crate::penstock::connector::types::{Decimal, Failure};
use crate::penstock::connector::{ledger, links, lookup, state};
use crate::{Actor, misbehave, options};

const ZERO: Decimal = Decimal { units: 0, scale: 0 };

impl Guest for Actor {
    fn examine(pairs: Vec<LinkedPair>, _known: Vec<KnownTo>) -> Result<Vec<Standing>, Failure> {
        let options = options();
        misbehave::anywhere(&options);
        match options.as_str() {
            "audit-asks" => {
                state::get(&["a".to_owned()]);
                ledger::effects("in", "owner", 7);
                links::find("in", &[]);
            }
            "audit-stages" => state::put(&[("a".to_owned(), None)]),
            "audit-looks-up" => {
                lookup::find("customers", "customers", "email", &[], None)?;
            }
            "audit-too-few" => return Ok(vec![]),
            _ => {}
        }
        Ok(pairs.iter().map(|_| standing(accord(&options))).collect())
    }
}

fn accord(options: &str) -> Accord {
    let remark = || Remark { reason: "it was moved".to_owned(), hint: None };
    let at = |input: &str| {
        let input = input.to_owned();
        Accord::Differing(Difference { input, expected: ZERO, shown: ZERO, remark: remark() })
    };
    match options {
        "audit-differing" => at("in"),
        "audit-undeclared" => at("elsewhere"),
        "audit-wait-for-ever" => {
            Accord::Wait(Pause { after_ms: u64::MAX, reason: "soon".to_owned() })
        }
        _ => Accord::InStep,
    }
}

fn standing(accord: Accord) -> Standing {
    Standing { accord, reserved: ZERO, deficit: ZERO, fraction: ZERO }
}
