//! The calls that the contract knows, what each may do, and the roles they belong to.

use std::fmt;

/// A role that a component may take: one exported interface of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Gives pages of entries.
    Source,
    /// Finds entries by a field.
    Directory,
    /// Plans writes and reads their answers.
    Sink,
    /// A rule between systems.
    Transform,
    /// Tells whether linked counters are in step.
    Audit,
    /// Reads a vendor's webhooks.
    Webhook,
}

impl Role {
    /// All roles, in the order of the contract.
    pub const ALL: [Self; 6] =
        [Self::Source, Self::Directory, Self::Sink, Self::Transform, Self::Audit, Self::Webhook];

    /// Name of the interface that a component of this role exports.
    pub fn interface(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Directory => "directory",
            Self::Sink => "sink",
            Self::Transform => "transform",
            Self::Audit => "audit",
            Self::Webhook => "webhook",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.interface())
    }
}

/// A call into a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// Not a function of the contract: the code that runs when an instance is made.
    Start,
    /// `connector.describe`
    Describe,
    /// `connector.open`
    Open,
    /// `connector.check`
    Check,
    /// `source.pull`
    Pull,
    /// `directory.find`
    Find,
    /// `sink.prepare`
    Prepare,
    /// `sink.explain`
    Explain,
    /// `sink.conclude`
    Conclude,
    /// `sink.settle`
    Settle,
    /// `transform.apply`
    Apply,
    /// `audit.examine`
    Examine,
    /// `webhook.receive`
    Receive,
}

/// What a guest may ask of the host, beside writing to its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Power {
    Read,
    LookUp,
    /// Reading what a transform remembers.
    State,
    /// Staging what it remembers from now on.
    Remember,
    Ledger,
    Links,
}

impl Call {
    /// The name of the function, as in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Describe => "describe",
            Self::Open => "open",
            Self::Check => "check",
            Self::Pull => "pull",
            Self::Find => "find",
            Self::Prepare => "prepare",
            Self::Explain => "explain",
            Self::Conclude => "conclude",
            Self::Settle => "settle",
            Self::Apply => "apply",
            Self::Examine => "examine",
            Self::Receive => "receive",
        }
    }

    /// The role that the call belongs to; none for what every connector has.
    pub fn role(self) -> Option<Role> {
        match self {
            Self::Start | Self::Describe | Self::Open | Self::Check => None,
            Self::Pull => Some(Role::Source),
            Self::Find => Some(Role::Directory),
            Self::Prepare | Self::Explain | Self::Conclude | Self::Settle => Some(Role::Sink),
            Self::Apply => Some(Role::Transform),
            Self::Examine => Some(Role::Audit),
            Self::Receive => Some(Role::Webhook),
        }
    }

    /// Whether a guest may use this power while it is in this call, whatever it imports.
    ///
    /// A directory reads and never looks up, so look-ups don't nest: at most two guests stand on one stack.
    pub(super) fn may(self, power: Power) -> bool {
        match self {
            Self::Start
            | Self::Describe
            | Self::Open
            | Self::Explain
            | Self::Conclude
            | Self::Receive => false,
            Self::Check | Self::Pull | Self::Find | Self::Prepare | Self::Settle => {
                power == Power::Read
            }
            Self::Apply => power != Power::Read,
            Self::Examine => matches!(power, Power::State | Power::Ledger | Power::Links),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Power {
    /// The import that gives this power.
    pub(super) fn import(self) -> &'static str {
        match self {
            Self::Read => "http",
            Self::LookUp => "lookup",
            Self::State => "state",
            Self::Remember => "state.put",
            Self::Ledger => "ledger",
            Self::Links => "links",
        }
    }
}
