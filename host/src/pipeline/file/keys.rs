//! The keys that each table may have. What one takes is told by `file_schema`, for editors.

type Keys = &'static [&'static str];

/// A pipeline file itself.
pub(in crate::pipeline) const FILE: Keys =
    &["connections", "sink", "source", "switches", "transform"];

/// `penstock.toml`, and a file of overrides.
pub(super) const SHARED: Keys = &["connections"];

/// `[[source]]`.
pub(in crate::pipeline) const SOURCE: Keys =
    &["collection", "connection", "enabled", "every", "id", "options"];

/// `[[transform]]`.
pub(in crate::pipeline) const TRANSFORM: Keys =
    &["connector", "directories", "enabled", "id", "inputs", "options", "switch", "unused"];

/// `[[sink]]`.
pub(in crate::pipeline) const SINK: Keys = &[
    "ask_when_on",
    "collection",
    "connection",
    "enabled",
    "fresh",
    "id",
    "inputs",
    "options",
    "switch",
];

/// A directory of a transform.
pub(in crate::pipeline) const DIRECTORY: Keys = &["collection", "connection", "options"];

/// `[connections.X]`.
pub(in crate::pipeline) const CONNECTION: Keys = &["connector", "endpoints", "options", "secret"];

/// An endpoint of a connection.
pub(in crate::pipeline) const ENDPOINT: Keys = &["allow_private", "reads_by_post", "url"];

/// The reference to a secret.
pub(in crate::pipeline) const SECRET: Keys = &["env", "file"];

/// All of them.
#[cfg(test)]
pub(in crate::pipeline) const ALL: [Keys; 9] =
    [FILE, SHARED, SOURCE, TRANSFORM, SINK, DIRECTORY, CONNECTION, ENDPOINT, SECRET];
