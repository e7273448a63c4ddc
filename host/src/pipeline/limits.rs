//! Bounds of pipeline files and of what they refer to.

/// Most bytes of a pipeline file or a file of connections. The largest one that makes sense has some 50 stages and
/// some 20 KB; a file beyond this is another file that was named by mistake.
pub const FILE_BYTES_MAX: u64 = 256 * 1024;

/// Most stages of a pipeline. The checks of the graph grow with their square, and nobody can survey more.
pub const STAGES_MAX: usize = 200;

/// Most connections of a pipeline, all its files together.
pub const CONNECTIONS_MAX: usize = 100;

/// Most characters of an id or a name: they become file names, metric labels and columns of tables.
pub const NAME_CHARS_MAX: usize = 64;

/// Most characters of two names that are compared for likeness, which costs their product.
pub const NEAR_NAME_CHARS_MAX: usize = 64;

/// Shortest wait between two pulls of a source, in milliseconds. Below it a source is asked without a pause.
pub const EVERY_MS_MIN: u64 = 1_000;

/// Longest wait between two pulls of a source, in milliseconds: 30 days.
pub const EVERY_MS_MAX: u64 = 30 * 86_400_000;

/// The wait between two pulls where a source does not say, in milliseconds: 1 minute.
pub const EVERY_MS_DEFAULT: u64 = 60_000;

/// Shortest `fresh` of a sink, in milliseconds. Below it each entry would be read twice.
pub const FRESH_MS_MIN: u64 = 10_000;

/// Longest `fresh` of a sink, in milliseconds: 30 days.
pub const FRESH_MS_MAX: u64 = 30 * 86_400_000;

/// Most faults that are mended in one go, and most attempts at it: each is tried by reading the files once more.
pub const FIX_ATTEMPTS_MAX: usize = 200;

/// Most bytes of a connector's JSON Schema.
pub const SCHEMA_BYTES_MAX: usize = 256 * 1024;

/// Most parts of a JSON Schema once all its references are written out. A schema of a hundred references, each of
/// which has two of the next, would take longer to apply than anybody waits.
pub const SCHEMA_PARTS_MAX: usize = 20_000;

/// Most bytes of the compiled form of one pattern in a JSON Schema: 1 MiB.
pub const SCHEMA_PATTERN_BYTES_MAX: usize = 1024 * 1024;

/// Most faults of one table of options that are told, and most that a connector may tell.
pub const OPTION_FAULTS_MAX: usize = 20;

/// Most characters of a base URL.
pub const URL_CHARS_MAX: usize = 2_000;

/// Most characters of a filled host label, as DNS has it.
pub const HOST_LABEL_CHARS_MAX: usize = 63;

/// Most characters of a filled path segment.
pub const PATH_SEGMENT_CHARS_MAX: usize = 200;

/// Most bytes of a secret. The longest in use are signed tokens and keys of some 4 KB.
pub const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// How far back a table around a value is looked for when secrets are hidden, in bytes. A reference to a secret is
/// shorter, and without a bound the search would cost the square of the file's size.
pub const HIDE_LOOK_BACK_BYTES: usize = 4 * 1024;

/// Fewest letters and digits in a row, of both kinds, that look like a token. The longest row in a UUID has 12.
pub const TOKEN_CHARS_MIN: usize = 20;
