//! Doors to what is private here, for the properties that are fuzzed.

use super::checks::{self, Declared, Pulled};
use crate::contract::{
    Conclusion, Descriptor, Entry, Failure, Finding, Hint, OptionFault, Page, Plan, Standing,
    Verdict, Write,
};

/// The rule that was broken, in words; or that none was.
pub type Check = Result<(), String>;

/// What a descriptor declares, to which all other answers are held.
pub struct Wall(Declared);

impl Wall {
    /// A wall for answers of the connector that says this of itself.
    #[must_use]
    pub fn new(descriptor: &Descriptor) -> Self {
        Self(Declared::new(descriptor))
    }

    pub fn page(&self, collection: &str, after: Option<&[u8]>, limit: u32, page: &Page) -> Check {
        checks::page(&self.0, &Pulled { collection, after, limit }, page)
    }

    pub fn found(&self, collection: &str, asked: &[String], found: &[Vec<Entry>]) -> Check {
        checks::found(&self.0, collection, asked, found)
    }

    pub fn hints(&self, hints: &[Hint]) -> Check {
        checks::hints(&self.0, hints)
    }

    pub fn plan(&self, intakes: usize, plan: &Plan) -> Check {
        checks::plan(&self.0, intakes, plan)
    }

    pub fn conclusion(&self, write: &Write, conclusion: &Conclusion) -> Check {
        checks::conclusion(&self.0, write, conclusion)
    }

    pub fn verdicts(&self, asked: &[Entry], verdicts: &[Verdict], outputs_max: usize) -> Check {
        checks::verdicts(&self.0, asked, verdicts, outputs_max)
    }

    pub fn standings(&self, asked: usize, standings: &[Standing]) -> Check {
        checks::standings(&self.0, asked, standings)
    }
}

pub fn descriptor(descriptor: &Descriptor) -> Check {
    checks::descriptor(descriptor)
}

pub fn findings(findings: &[Finding]) -> Check {
    checks::findings(findings)
}

pub fn option_faults(faults: &[OptionFault]) -> Check {
    checks::option_faults(faults)
}

pub fn failure(failure: &Failure) -> Check {
    checks::failure(failure)
}
