//! A project with two pipelines: one in which a hostile connector sits beside good ones, and one without any.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::witness::Witness;
use crate::BINARY;

/// The secret of all connections. It may be seen in the header of a request, and nowhere else.
const CANARY: &str = "canary-4f0c1b7e-of-the-mill";

/// A guest that computes for ever has this long here, in milliseconds: much longer than any good call takes, also on a
/// machine that does other things.
const COMPUTING_MS: &str = "700";

/// What a connector does that does nothing amiss.
const MENDED: &str = "plain";

/// Where in the pipeline the hostile connector sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat {
    Source,
    Rule,
    Sink,
    /// The directory that a good rule looks things up in.
    LookUp,
    /// A component of its own, in the place of a rule.
    Other(&'static str),
    /// A component of its own, in the place of a source.
    OtherSource(&'static str),
}

/// Where the guests are, built once.
pub fn guests() -> &'static PathBuf {
    static GUESTS: OnceLock<PathBuf> = OnceLock::new();
    GUESTS.get_or_init(|| xtask::build_components(&xtask::root().join("tests/guests")).unwrap())
}

/// A project in a folder of its own, with the servers that it may and may not reach.
pub struct Stand {
    folder: TempDir,
    pub witness: Witness,
    seat: Seat,
}

/// What a run of a pipeline came to.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    /// What it said to people, with what differs between two runs taken out.
    pub said: String,
    /// The most memory that the process ever had, in MiB, where the system tells.
    pub peak_mib: Option<u64>,
}

impl Stand {
    pub fn new(seat: Seat, act: &str) -> Self {
        let stand = Self { folder: tempfile::tempdir().unwrap(), witness: Witness::start(), seat };
        stand.write("hostile.toml", &stand.hostile(act));
        stand.write("good.toml", &stand.good());
        stand
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn connection(&self, name: &str, connector: &str) -> String {
        format!(
            "[connections.{name}]\nconnector = \"{connector}\"\noptions = {{ shop = \"{name}\" }}\n\
             secret = {{ env = \"ACME_TOKEN\" }}\n\
             endpoints = {{ api = {{ url = \"{}/{name}\", allow_private = true }} }}\n\n",
            self.witness.url
        )
    }

    /// A pipeline of good stages alone.
    fn good(&self) -> String {
        let rest = "[[source]]\nid = \"parcels\"\nconnection = \"barn\"\ncollection = \"orders\"\nevery = \"1m\"\n\n\
             [[transform]]\nid = \"sorted\"\nconnector = \"actor\"\ninputs = [\"parcels\"]\n\n\
             [[sink]]\nid = \"posted\"\nconnection = \"barn\"\ncollection = \"orders\"\ninputs = [\"sorted.out\"]\n";
        self.connection("barn", "actor") + rest
    }

    /// A pipeline in which `orders` go to `sales`, both good, and the hostile connector sits beside that way: as `bad`,
    /// with what follows it at `spoils`.
    pub fn hostile(&self, act: &str) -> String {
        let is_mended = act == MENDED;
        let trap = match self.seat {
            Seat::OtherSource(name) if !is_mended => name,
            _ => "actor",
        };
        let mut text = self.connection("mill", "actor") + &self.connection("trap", trap);
        text.push_str(
            "[[source]]\nid = \"orders\"\nconnection = \"mill\"\ncollection = \"orders\"\nevery = \"1m\"\n\n\
             [[sink]]\nid = \"sales\"\nconnection = \"mill\"\ncollection = \"orders\"\ninputs = [\"orders\"]\n\n",
        );
        let options = format!("options = {{ act = {} }}", toml(act));
        let spoils = |from: &str| {
            format!(
                "[[sink]]\nid = \"spoils\"\nconnection = \"trap\"\ncollection = \"orders\"\ninputs = [\"{from}\"]\n"
            )
        };
        text.push_str(&match self.seat {
            Seat::Source | Seat::OtherSource(_) => format!(
                "[[source]]\nid = \"bad\"\nconnection = \"trap\"\ncollection = \"orders\"\nevery = \"1m\"\n{options}\n\n{}",
                spoils("bad")
            ),
            Seat::Rule => format!(
                "[[transform]]\nid = \"bad\"\nconnector = \"actor\"\ninputs = [\"orders\"]\n{options}\n\n{}",
                spoils("bad.out")
            ),
            Seat::Other(name) => format!(
                "[[transform]]\nid = \"bad\"\nconnector = \"{}\"\ninputs = [\"orders\"]\n\n{}",
                if is_mended { "actor" } else { name },
                spoils("bad.out")
            ),
            Seat::Sink => format!(
                "[[sink]]\nid = \"bad\"\nconnection = \"trap\"\ncollection = \"orders\"\ninputs = [\"orders\"]\n{options}\n"
            ),
            Seat::LookUp => format!(
                "[[transform]]\nid = \"asks\"\nconnector = \"actor\"\ninputs = [\"orders\"]\n\
                 options = {{ act = \"ask\" }}\n\
                 directories.customers = {{ connection = \"trap\", collection = \"orders\", {options} }}\n\n{}",
                spoils("asks.out")
            ),
        });
        text
    }

    /// Puts a good connector in the place of the hostile one.
    pub fn mend(&self) {
        self.write("hostile.toml", &self.hostile(MENDED));
    }

    /// A command of the binary in the project, not yet started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .arg("--connectors")
            .arg(guests())
            .env("ACME_TOKEN", CANARY)
            .env("PENSTOCK_COMPUTING_MS", COMPUTING_MS)
            .env("PENSTOCK_PEAK", self.peak_of(arguments))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn peak_of(&self, arguments: &[&str]) -> PathBuf {
        self.folder.path().join(format!("{}.peak", arguments.join("-")))
    }

    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// Waits for a command's end.
    pub fn end(&self, arguments: &[&str], child: Child) -> Ran {
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        let text = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        let peak = std::fs::read_to_string(self.peak_of(arguments)).ok();
        let kib = peak.and_then(|peak| peak.split_whitespace().nth(1)?.parse::<u64>().ok());
        Ran { code: status.code(), said: self.plain(&text), peak_mib: kib.map(|kib| kib >> 10) }
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.end(arguments, self.start(arguments))
    }

    /// The text without what differs between two runs, and what a terminal would not show.
    fn plain(&self, text: &str) -> String {
        let host = self.witness.url.trim_start_matches("http://");
        let folder = guests().display().to_string();
        let text = text.replace(host, "GRANTED").replace(&self.witness.elsewhere, "ELSEWHERE");
        text.replace(&folder, "GUESTS")
    }

    /// Whether the secret is in anything that was said or stored.
    pub fn tells_the_secret(&self, said: &str) -> bool {
        let stored = |name: &str| std::fs::read(self.folder.path().join(".penstock").join(name));
        let files = ["store.db", "store.db-wal"].map(|name| stored(name).unwrap_or_default());
        let mut all = files.iter().map(Vec::as_slice).chain([said.as_bytes()]);
        all.any(|bytes| bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()))
    }
}

/// A TOML string.
fn toml(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            letter if letter.is_control() => {
                out.push_str(&format!("\\u{:04X}", u32::from(letter)));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}
