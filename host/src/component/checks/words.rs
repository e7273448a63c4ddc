//! What a connector says to people: in one line, and of a length that a person reads.
//!
//! It stands in reports beside the host's own words, and is stored. So it may neither look like one of them, nor drive
//! the terminal, nor fill the disk. It is cut and not refused: whatever is wrong with a reason, it is one.

use crate::component::limits::TEXT_BYTES_MAX;
use crate::contract::{
    Accord, Change, Conclusion, Failure, Finding, OptionFault, Plan, Settled, Standing, Verdict,
};
use crate::record::one_line;

/// An answer with words for people in it.
pub(in crate::component) trait Words {
    /// Makes them plain.
    fn plain(&mut self);
}

impl Words for String {
    fn plain(&mut self) {
        let is_plain = self.len() <= TEXT_BYTES_MAX && *self == one_line(self, TEXT_BYTES_MAX);
        if !is_plain {
            let lines = self.lines().map(|line| one_line(line, TEXT_BYTES_MAX).trim().to_owned());
            let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
            *self = one_line(&lines.join("; "), TEXT_BYTES_MAX);
        }
    }
}

impl<T: Words> Words for Option<T> {
    fn plain(&mut self) {
        self.iter_mut().for_each(Words::plain);
    }
}

impl<T: Words> Words for Vec<T> {
    fn plain(&mut self) {
        self.iter_mut().for_each(Words::plain);
    }
}

impl Words for Failure {
    fn plain(&mut self) {
        match self {
            Self::RetryAfter(_) => {}
            Self::Unauthorized(reason) | Self::Misconfigured(reason) | Self::Unexpected(reason) => {
                reason.plain();
            }
        }
    }
}

impl Words for Finding {
    fn plain(&mut self) {
        self.message.plain();
        self.hint.plain();
    }
}

impl Words for OptionFault {
    fn plain(&mut self) {
        self.pointer.plain();
        self.message.plain();
        self.hint.plain();
    }
}

impl Words for Verdict {
    fn plain(&mut self) {
        if let Self::Filter(reason) | Self::Reject(reason) = self {
            reason.plain();
        }
    }
}

impl Words for Plan {
    fn plain(&mut self) {
        self.writes.iter_mut().for_each(|write| write.summary.plain());
        for rejection in &mut self.rejections {
            rejection.message.plain();
            rejection.hint.plain();
            rejection.remote.plain();
        }
    }
}

impl Words for Conclusion {
    fn plain(&mut self) {
        match self {
            Self::Decided(settled) => settled.plain(),
            Self::Failed(failure) => failure.plain(),
            Self::NotApplied(_) | Self::Continued(_) | Self::Undecided(_) => {}
        }
    }
}

impl Words for Settled {
    fn plain(&mut self) {
        if let Self::Rejected(reason) = self {
            reason.plain();
        }
    }
}

impl Words for Change {
    fn plain(&mut self) {
        self.field.plain();
        self.before.plain();
        self.after.plain();
    }
}

impl Words for Standing {
    fn plain(&mut self) {
        match &mut self.accord {
            Accord::Settling(reason) => reason.plain(),
            Accord::Wait(pause) | Accord::Reread(pause) => pause.reason.plain(),
            Accord::NotFollowed(remark) | Accord::Quarantined(remark) => {
                remark.reason.plain();
                remark.hint.plain();
            }
            Accord::Differing(difference) => {
                difference.remark.reason.plain();
                difference.remark.hint.plain();
            }
            Accord::InStep => {}
        }
    }
}
