//! All codes that a report may have, each explained in a paragraph.
//!
//! A code is stable: people search for it, and programs decide by it. The text of a message may be improved at any
//! time.

/// The kind of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// In kebab case: `unknown-key`.
    pub name: &'static str,
    /// What it means and why it is a fault, for someone who looks it up.
    pub explanation: &'static str,
}

/// The code of this name.
pub fn find(name: &str) -> Option<Code> {
    ALL.iter().copied().find(|code| code.name == name)
}

macro_rules! codes {
    ($($constant:ident = $name:literal: $explanation:literal;)*) => {
        $(
            #[doc = $explanation]
            pub const $constant: Code = Code { name: $name, explanation: $explanation };
        )*

        /// Every code there is.
        pub const ALL: &[Code] = &[$($constant),*];
    };
}

codes! {
    TOML_SYNTAX = "toml-syntax":
        "The file is not TOML, so nothing else of it was checked. The caret stands where the reader stopped \
        understanding, which for something that was never closed is behind its beginning. A string needs \
        quotes, a list needs commas, and a table in braces stands on one line or has commas too.";
    KEY_TWICE = "key-twice":
        "One table sets one key twice, or has two headers. TOML does not say which of them counts, so neither \
        does. Keep one.";
    FILE_UNREADABLE = "file-unreadable":
        "A file that was named on the command line cannot be read. Paths count from the directory in which \
        the command runs.";
    FILE_TOO_LARGE = "file-too-large":
        "The file is far larger than any pipeline file: most likely another file was named by mistake.";
    FILE_NOT_TEXT = "file-not-text":
        "TOML is UTF-8 text, and this file is not. An editor that saves in an old encoding can be told to \
        save as UTF-8.";
    UNKNOWN_KEY = "unknown-key":
        "A table has a key that means nothing there. Unknown keys are faults, not decoration: a slip in \
        `enabled` or `switch` would otherwise change what is posted, and nobody would see it.";
    MISSING_KEY = "missing-key":
        "A table lacks a key without which it has no meaning.";
    WRONG_TYPE = "wrong-type":
        "A value has another type than its key wants: a string where a list is wanted, `\"true\"` where \
        `true` is wanted, a table in single brackets where several may stand.";
    NAME_FORM = "name-form":
        "An id or a name has a form that names must not have. They become file names, labels of metrics and \
        parts of other names (`stage.port`), so they are lower case, begin with a letter, and hold letters, \
        digits, `_` and `-` only.";
    TOO_MANY = "too-many":
        "There are more stages or connections than a pipeline may have.";
    NO_STAGES = "no-stages":
        "A pipeline without stages does nothing. It needs at least a source and a sink that takes its input \
        from it.";
    NUMBER_FORM = "number-form":
        "A number in options has no form in JSON, in which options are handed to the connector: `inf`, `nan`, \
        or a whole number of more than 128 bits.";
    DURATION_FORM = "duration-form":
        "A duration is one whole number and one unit: `30s`, `1m`, `2h`, `1d`.";
    DURATION_RANGE = "duration-range":
        "A duration is shorter or longer than makes sense for its key.";
    UNKNOWN_CONNECTION = "unknown-connection":
        "A stage, a directory or a file of overrides names a connection that is in none of the files. An \
        override of nothing is a fault, because the true endpoint would stay in use.";
    CONNECTION_TWICE = "connection-twice":
        "One connection stands in the pipeline file and in `penstock.toml`. Which of them counts would depend \
        on who reads it; single keys can be set from outside by the file that `--connections` names.";
    CONNECTION_UNUSED = "connection-unused":
        "A warning: no stage and no directory uses this connection of the pipeline file.";
    CONNECTOR_UNKNOWN = "connector-unknown":
        "No connector has this name. Names are looked up in the directory of `--connectors`, then in that of \
        `PENSTOCK_CONNECTORS`, then beside the project and the program; a name that ends in `.wasm` is a \
        path that counts from the file that names it.";
    CONNECTOR_BROKEN = "connector-broken":
        "The connector was found and cannot be used: it is no component, fails as it describes itself, or \
        says of itself what cannot be true. No pipeline file can mend it; its maker can.";
    INTERFACE_UNSUPPORTED = "interface-unsupported":
        "The connector was built for a version of the contract that this host does not speak. Either of the \
        two must be brought to the other's version.";
    WRONG_ROLE = "wrong-role":
        "A connector is used as what it is not: a rule as a connection, or a connector to a system as a \
        transform. What a component can do is told by the interfaces that it exports.";
    OPTION_UNKNOWN = "option-unknown":
        "The connector's schema has no option of this name.";
    OPTION_MISSING = "option-missing":
        "The connector's schema demands an option that is not given.";
    OPTION_VALUE = "option-value":
        "The connector's schema does not accept this value. What it wants stands beside the caret.";
    OPTION_IN_URL = "option-in-url":
        "An option becomes a part of a URL or of the account's name, where it must be one label of a host or \
        one segment of a path. So no option can lead a request, and the secret with it, to another host or \
        path. Labels are lower case, because a host is the same in both cases and an account would not be.";
    OPTIONS_REJECTED = "options-rejected":
        "The options have the right form, and the connector itself does not accept them. Reason and hint are \
        its own.";
    SECRET_IN_OPTIONS = "secret-in-options":
        "A warning: an option looks like a secret. Options reach the connector, logs and recordings; a secret \
        reaches none of them. The value is made unreadable wherever the line is shown.";
    SECRET_IN_CLEAR = "secret-in-clear":
        "A secret is named by where it is kept, `{ env = \"…\" }` or `{ file = \"…\" }`, and never stands in \
        the file itself: files are copied, shown and put under version control.";
    SECRET_FORM = "secret-form":
        "A secret is named by one key, `env` with the name of an environment variable or `file` with a path \
        that counts from the directory of the file that names it.";
    SECRET_NEEDED = "secret-needed":
        "An endpoint of the connector asks for a secret, and the connection names none.";
    SECRET_UNNEEDED = "secret-unneeded":
        "A warning: the connection names a secret that no endpoint of its connector asks for. It is never \
        read.";
    SECRET_MISSING = "secret-missing":
        "What keeps the secret is not there: the environment variable is not set, or the file cannot be read. \
        `check` does not look for it; a run needs it.";
    SECRET_EMPTY = "secret-empty":
        "The environment variable or the file is there and holds nothing, which no vendor accepts.";
    SECRET_MALFORMED = "secret-malformed":
        "What was found cannot be a secret: it holds a line break within, is no text, or is far too large. \
        Most likely another file was named by mistake.";
    UNKNOWN_ENDPOINT = "unknown-endpoint":
        "The file grants or redirects an endpoint that the connector does not have.";
    ENDPOINT_URL = "endpoint-url":
        "A base URL is absolute, has a host, and has no user, query or fragment.";
    ENDPOINT_INSECURE = "endpoint-insecure":
        "The URL begins with `http`, so whoever is on the way reads the secret. It is accepted beside \
        `allow_private = true` only, which is meant for a simulator on one's own machine.";
    POST_UNDECLARED = "post-undeclared":
        "`reads_by_post` grants a path that the connector does not declare as one at which its vendor reads \
        by POST. Only what both sides name is allowed.";
    STAGE_ID_TWICE = "stage-id-twice":
        "Two stages have one id. Cursors, state and parked entries are kept under it, so that it must be \
        unique in its pipeline.";
    UNKNOWN_STAGE = "unknown-stage":
        "`inputs` names a stage that does not exist.";
    UNKNOWN_PORT = "unknown-port":
        "A port is named that the stage does not have. Ports are told by the connector; a source has one way \
        out and a sink one way in, both without a name.";
    PORT_NEEDED = "port-needed":
        "A stage has several ports and the file does not say which is meant. Outputs are written \
        `stage.port`, inputs as a table: `inputs = { port = \"stage\" }`.";
    PORT_MISSING = "port-missing":
        "A rule cannot work without one of its inputs, and nothing feeds it.";
    PORT_UNREAD = "port-unread":
        "A rule gives entries by an output that no stage reads, so they would be lost without a word. Read \
        it, or list it under `unused`.";
    UNUSED_BUT_READ = "unused-but-read":
        "An output is listed as unused, and a stage reads it. One of the two is not meant.";
    STAGE_UNREAD = "stage-unread":
        "Entries are read from a vendor, or worked out, and nothing becomes of them.";
    STAGE_CYCLE = "stage-cycle":
        "Stages feed each other in a circle, so that none of them can be first. The circle is shown whole.";
    INPUT_FROM_SINK = "input-from-sink":
        "Nothing comes out of a sink, so that no stage can take its input from one.";
    INPUT_TWICE = "input-twice":
        "One output is named twice for one input. Each entry would arrive twice.";
    INPUTS_EMPTY = "inputs-empty":
        "`inputs` is there and names no stage.";
    KIND_MISMATCH = "kind-mismatch":
        "A stage is given a kind of payload that it does not take: customers where sales are written, say. \
        What an output gives and an input takes is told by the connectors; of a rule that only chooses, an \
        output gives the kinds that arrive.";
    UNKNOWN_COLLECTION = "unknown-collection":
        "The connection's connector has no collection of this name.";
    COLLECTION_UNREADABLE = "collection-unreadable":
        "A source names a collection that can only be written to or searched.";
    COLLECTION_UNWRITABLE = "collection-unwritable":
        "A sink names a collection that can only be read.";
    UNKNOWN_DIRECTORY = "unknown-directory":
        "A transform is given a directory that its connector does not know.";
    DIRECTORY_MISSING = "directory-missing":
        "A rule looks things up in a directory that the file does not give it.";
    DIRECTORY_UNFIT = "directory-unfit":
        "A collection cannot serve as the directory it is given as: it holds another kind, or does not find \
        by what the rule searches for.";
    FRESH_UNFIT = "fresh-unfit":
        "With `fresh` an entry that was read too long ago is read anew by its key before its write is sent. A \
        source that feeds this sink cannot do that.";
    UNKNOWN_SWITCH = "unknown-switch":
        "A stage hangs on a switch that `[switches]` does not declare. A slip here would leave a stage that \
        nobody can switch off.";
    SWITCH_UNUSED = "switch-unused":
        "A warning: no stage hangs on this switch, so that turning it changes nothing.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_kebab_case() {
        for (index, code) in ALL.iter().enumerate() {
            assert!(
                code.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
                "{}",
                code.name
            );
            assert!(
                ALL[index + 1..].iter().all(|other| other.name != code.name),
                "{} is there twice",
                code.name
            );
            assert!(code.explanation.ends_with('.'), "{} is not explained in sentences", code.name);
        }
    }

    #[test]
    fn codes_are_found_by_name() {
        assert_eq!(find("unknown-key"), Some(UNKNOWN_KEY));
        assert_eq!(find("Unknown-Key"), None);
    }
}
