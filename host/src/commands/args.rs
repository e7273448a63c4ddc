//! What may be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Keeps commerce systems in step: connectors joined by pipeline files.
#[derive(Debug, Parser)]
#[command(name = "penstock", version, propagate_version = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
    /// Where connectors lie; may be given several times, the first that has one counts
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "PENSTOCK_CONNECTORS",
        value_delimiter = ':'
    )]
    pub(super) connectors: Vec<PathBuf>,
    /// A TOML file with further connections, or single keys of those that there are: other endpoints, other secrets
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) connections: Option<PathBuf>,
    /// The store: what was read, written and is waiting
    #[arg(long, global = true, value_name = "FILE", default_value = ".penstock/store.db")]
    pub(super) store: PathBuf,
    /// What to print
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// Whether to print in colour
    #[arg(long = "color", global = true, value_enum, default_value_t = When::Auto)]
    pub(super) colour: When,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// One JSON document on standard output
    Json,
}

/// Whether something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a project to start from: a pipeline file with its rules, cases that show them, and what to do next
    Init(InitArgs),
    /// Make a connector's crate to start from: a rule between systems, or a connector to a vendor's system
    New(NewArgs),
    /// Tell all faults of pipeline files, without changing or sending anything
    Check(CheckArgs),
    /// Put pipeline files into canonical form: spaces, blank lines, quotes of keys; never what they say
    Fmt(FmtArgs),
    /// Tell what a run would write, and write nothing
    Plan(PlanArgs),
    /// Deal with everything there is, and tell what was done
    Run(RunArgs),
    /// Run the cases beside pipeline files without a network, and show what their snapshots do not say
    Test(TestArgs),
    /// Make a test case of a recorded run, or of an entry that is held or dead
    Case(CaseArgs),
    /// Draw a picture of a pipeline, with what its last run did
    Graph(GraphArgs),
    /// Tell what a connector can do and wants
    Inspect(InspectArgs),
    /// Print the form of a pipeline file as a JSON Schema, with the options of the connectors that are there
    Schema,
    /// Print what completes commands and options in a shell
    Completions(CompletionsArgs),
    /// Write manual pages, one for each command
    Man(ManArgs),
    /// Tell which counter of one system is which of the other, and link them
    Links(LinksArgs),
    /// Tell which linked counters are not in step, and why; nothing is written
    Audit(AuditArgs),
    /// Tell the story of an order, a customer, a counter or a remote id
    Why(WhyArgs),
    /// Where sources stand and what rules remember; have a source read again
    #[command(subcommand)]
    State(StateCommand),
    /// Entries that wait for a person
    #[command(subcommand)]
    Held(HeldCommand),
    /// Entries that were refused for good
    #[command(subcommand)]
    Dead(DeadCommand),
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The folder; it is made where it is not there, and no file in it is overwritten
    #[arg(value_name = "DIR", default_value = ".")]
    pub(super) folder: PathBuf,
    /// What the pipeline is to be called: its file is `NAME.toml`, and its cases are in `NAME.tests`
    #[arg(long, value_name = "NAME", default_value = super::init::NAME, value_parser = file_name)]
    pub(super) pipeline: String,
}

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// What it is to be
    #[arg(value_enum, value_name = "KIND")]
    pub(super) kind: NewKind,
    /// What the connector is to be called, as in `large-orders`
    #[arg(value_name = "NAME", value_parser = connector_name)]
    pub(super) name: String,
    /// The folder; a new one of the connector's name where it is left out. No file in it is overwritten
    #[arg(value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
    /// Where the SDK is: a folder, or the URL of a git repository; else it is looked for above the new crate
    #[arg(long, value_name = "PATH|URL")]
    pub(super) sdk: Option<String>,
}

/// What a new connector is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum NewKind {
    /// A rule with an input, two outputs and an option
    Rule,
    /// A source of orders, and customers that are found and created
    Vendor,
}

/// A connector's name is the name of its file and of its crate.
fn connector_name(name: &str) -> Result<String, String> {
    let is_plain =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let begins = name.chars().next().is_some_and(|letter| letter.is_ascii_lowercase());
    match begins && name.len() <= 60 && name.chars().all(is_plain) {
        true => Ok(name.to_owned()),
        false => Err("small letters, digits and `-`, at most 60, the first a letter".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The pipeline files
    #[arg(required_unless_present = "explain", value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Tell what a code means, with an example and its cure; without a code, which there are
    #[arg(
        long,
        value_name = "CODE",
        num_args = 0..=1,
        value_delimiter = ',',
        conflicts_with_all = ["files", "online", "fix"]
    )]
    pub(super) explain: Option<Vec<String>>,
    /// Also ask each account whether it has what the pipeline needs
    #[arg(long)]
    pub(super) online: bool,
    /// Mend what is sure, such as a name that is misspelt and near to one only; show what was changed, then what is left
    #[arg(long)]
    pub(super) fix: bool,
}

#[derive(Debug, Args)]
pub(super) struct FmtArgs {
    /// Pipeline files and `penstock.toml`; `-` reads standard input and writes standard output; without any, all TOML
    /// files in `pipelines`
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Show what would be changed, change nothing, and end with exit code 1 if there is anything
    #[arg(long)]
    pub(super) check: bool,
}

#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    /// The pipeline file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// The pipeline file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Do what the plan of this hash says, and nothing else
    #[arg(long, value_name = "HASH")]
    pub(super) plan: Option<String>,
    /// Go on until ctrl-c: poll each source at its `every`, and take up changes of the file between two polls
    #[arg(long, conflicts_with = "plan")]
    pub(super) follow: bool,
    /// Keep what goes over the wire in this new folder, with stand-ins for texts that may name a person
    #[arg(long, value_name = "DIR", conflicts_with = "follow")]
    pub(super) record: Option<PathBuf>,
    /// Send nothing, and leave the store alone: answer everything from this recording
    #[arg(long, value_name = "DIR", conflicts_with_all = ["plan", "follow", "record"])]
    pub(super) replay: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// The pipeline files; without any, those here and in `pipelines/` that have cases: `NAME.tests` beside `NAME.toml`
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Only the case of this name
    #[arg(long, value_name = "NAME")]
    pub(super) case: Option<String>,
    /// Take everything as it is now for what it should be
    #[arg(long)]
    pub(super) accept: bool,
    /// Show what has changed case by case, and ask
    #[arg(long, conflicts_with = "accept")]
    pub(super) review: bool,
    /// Also write what came of it to this file, as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct CaseArgs {
    /// The pipeline file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// What the case is to be called
    #[arg(value_name = "NAME", value_parser = file_name)]
    pub(super) name: String,
    /// The folder of a recorded run; it is copied beside the case
    #[arg(long, value_name = "DIR", required_unless_present = "entry", conflicts_with = "entry")]
    pub(super) recording: Option<PathBuf>,
    /// Number, key or name of an entry that is held or dead; what is looked up for it is read now, and recorded
    #[arg(long, value_name = "ENTRY")]
    pub(super) entry: Option<String>,
    /// What the case shows, in a sentence
    #[arg(long, value_name = "TEXT")]
    pub(super) about: Option<String>,
}

/// A case or a pipeline is a file of its name, and nothing else.
fn file_name(name: &str) -> Result<String, String> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    match !name.is_empty() && name.len() <= 100 && name.chars().all(is_plain) {
        true => Ok(name.to_owned()),
        false => Err("letters, digits, `-` and `_`, at most 100 of them".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(super) struct GraphArgs {
    /// The pipeline file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// What to draw it with; else what the ending of `--output` tells, else mermaid
    #[arg(long = "as", value_enum, value_name = "PICTURE")]
    pub(super) picture: Option<Picture>,
    /// Where the picture goes instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

/// What a pipeline is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Picture {
    /// A flow chart that Mermaid draws, as in Markdown on many sites
    Mermaid,
    /// A graph that Graphviz draws
    Dot,
    /// A drawing that any browser shows, light or dark as the reader likes it
    Svg,
}

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// A connector's name, or a file that ends in `.wasm`
    #[arg(value_name = "CONNECTOR")]
    pub(super) connector: String,
    /// Tell what changes where it takes the place of this one; exit with 1 where a pipeline file may break
    #[arg(long, value_name = "OTHER")]
    pub(super) against: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(super) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// The folder; it is made where it is not there
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct LinksArgs {
    /// The pipeline file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// The transform, where the file has several that join counters
    #[arg(long, value_name = "ID")]
    pub(super) stage: Option<String>,
    /// Link what matches; links that there are stay
    #[arg(long, conflicts_with = "import")]
    pub(super) accept: bool,
    /// Write everything that was found to a CSV file
    #[arg(long, value_name = "CSV")]
    pub(super) export: Option<PathBuf>,
    /// Make exactly the pairs of a CSV file the links: what it leaves out is linked no more
    #[arg(long, value_name = "CSV")]
    pub(super) import: Option<PathBuf>,
    /// Let the next run write the first levels of links that have none, as `penstock plan` shows them
    #[arg(long)]
    pub(super) accept_levels: bool,
    /// Begin anew with links that have first levels: what waits of them is dropped, and new levels are to be accepted
    #[arg(long, conflicts_with_all = ["accept", "import", "accept_levels"])]
    pub(super) new_levels: bool,
    /// With `--new-levels`: only the link of this SKU; may be given several times
    #[arg(long, value_name = "SKU", requires = "new_levels")]
    pub(super) sku: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// The pipeline file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// The transform, where the file has several that join counters
    #[arg(long, value_name = "ID")]
    pub(super) stage: Option<String>,
    /// How long to look again at what cannot be told yet; then it counts as settling
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub(super) patience: u32,
}

#[derive(Debug, Args)]
pub(super) struct WhyArgs {
    /// An entry's key, an order's number, an e-mail address, a counter or the SKU it is linked by, or a remote id
    #[arg(value_name = "KEY")]
    pub(super) key: String,
    /// The pipeline file: also what each write changed, and what its stages make of the entry now. Nothing is written
    #[arg(value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum StateCommand {
    /// The sources that have been read, and the rules that remember something
    List(StateListArgs),
    /// Where the sources of a pipeline stand, and what its rules remember now
    Show(StateShowArgs),
    /// Where its sources have stood, newest first; the last 1,000 checkpoints of each source are kept
    Log(StateLogArgs),
    /// What was read between two checkpoints
    Diff(StateDiffArgs),
    /// Show what it means to have sources read again from where they stood; do it with `--confirm`
    Rewind(StateRewindArgs),
}

#[derive(Debug, Args)]
pub(super) struct StateListArgs {
    /// The pipeline file; without it, all pipelines of the store
    #[arg(value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct StateShowArgs {
    /// The pipeline file; only its name counts
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Only this stage
    #[arg(long, value_name = "ID")]
    pub(super) stage: Option<String>,
    /// Only what rules remember under this key, or, where it ends in `*`, under keys that begin so
    #[arg(long, value_name = "KEY")]
    pub(super) key: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct StateLogArgs {
    /// The pipeline file; only its name counts
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Only those of this source
    #[arg(long, value_name = "ID")]
    pub(super) stage: Option<String>,
    /// How many to show
    #[arg(long, value_name = "COUNT", default_value_t = 30)]
    pub(super) last: usize,
}

#[derive(Debug, Args)]
pub(super) struct StateDiffArgs {
    /// The pipeline file; only its name counts
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// The number of a checkpoint, or 0 for the beginning
    #[arg(value_name = "CHECKPOINT")]
    pub(super) from: i64,
    /// That of another; without it, the newest
    #[arg(value_name = "OTHER")]
    pub(super) to: Option<i64>,
}

#[derive(Debug, Args)]
pub(super) struct StateRewindArgs {
    /// The pipeline file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// The number of the checkpoint to go back to, or 0 for the beginning
    #[arg(long, value_name = "CHECKPOINT")]
    pub(super) to: i64,
    /// Only this source; without it, all that have moved since
    #[arg(long, value_name = "ID")]
    pub(super) stage: Option<String>,
    /// Do what was shown under this hash, and nothing else
    #[arg(long, value_name = "HASH")]
    pub(super) confirm: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum HeldCommand {
    /// All of them
    List,
    /// One, with the entry itself
    Show(Which),
    /// Plan it anew, or probe it again where it is not known whether it took effect
    Retry(RetryArgs),
    /// Give it up for good
    Skip(SkipArgs),
    /// Decide whether an undecided write took effect
    Settle(SettleArgs),
}

#[derive(Debug, Subcommand)]
pub(super) enum DeadCommand {
    /// All of them
    List,
    /// One, with the entry itself
    Show(Which),
    /// Plan it anew, and with it what depends on it
    Retry(RetryArgs),
    /// Give it up for good
    Skip(SkipArgs),
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// Its number, as `list` shows it, or its key
    #[arg(value_name = "ENTRY")]
    pub(super) entry: String,
    /// The pipeline, where several have one of this number
    #[arg(long, value_name = "NAME")]
    pub(super) pipeline: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct RetryArgs {
    #[command(flatten)]
    pub(super) which: OneOrAll,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(super) struct OneOrAll {
    /// Its number, as `list` shows it, or its key
    #[arg(value_name = "ENTRY", conflicts_with = "all")]
    pub(super) entry: Option<String>,
    /// All that `list` shows
    #[arg(long)]
    pub(super) all: bool,
    /// With `--all`: only those that wait before this stage
    #[arg(long, value_name = "ID", requires = "all")]
    pub(super) stage: Option<String>,
    /// The pipeline, where several have one of this number
    #[arg(long, value_name = "NAME")]
    pub(super) pipeline: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct SkipArgs {
    #[command(flatten)]
    pub(super) which: Which,
    /// Why; it is kept with the entry's story
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: String,
}

#[derive(Debug, Args)]
pub(super) struct SettleArgs {
    #[command(flatten)]
    pub(super) which: Which,
    #[command(flatten)]
    pub(super) verdict: SettleVerdict,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct SettleVerdict {
    /// It took effect, and this is its id there
    #[arg(long, value_name = "ID")]
    pub(super) applied: Option<String>,
    /// It did not take effect: it is planned anew
    #[arg(long)]
    pub(super) not_applied: bool,
}
