//! All codes that a person can meet, each explained on a page of its own in `pages/`. None is made elsewhere.
//!
//! A code is stable: people search for it, and programs decide by it. The text of a message may be improved at any
//! time.

use std::fmt;

/// The kind of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    name: &'static str,
    page: &'static str,
}

impl Code {
    /// In kebab case: `unknown-key`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it means, what it looks like and how it is mended, as Markdown, for someone who looks it up.
    pub fn page(&self) -> &'static str {
        self.page
    }

    /// What it means in one line, the first of its page.
    pub fn title(&self) -> &'static str {
        self.page.lines().next().unwrap_or_default().trim_start_matches("# ")
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The code of this name.
pub fn find(name: &str) -> Option<Code> {
    ALL.iter().copied().find(|code| code.name == name)
}

macro_rules! codes {
    ($($(#[$about:meta])* $list:ident { $($constant:ident = $name:literal;)* })*) => {
        $($(
            #[doc = include_str!(concat!("pages/", $name, ".md"))]
            pub const $constant: Code =
                Code { name: $name, page: include_str!(concat!("pages/", $name, ".md")) };
        )*)*

        $(
            $(#[$about])*
            pub const $list: &[Code] = &[$($constant),*];
        )*

        /// Every code there is.
        pub const ALL: &[Code] = &[$($($constant,)*)*];
    };
}

codes! {
    /// What can be wrong with a pipeline file and what it names: the codes of reports.
    OF_FILES {
        TOML_SYNTAX = "toml-syntax";
        KEY_TWICE = "key-twice";
        FILE_UNREADABLE = "file-unreadable";
        FILE_UNWRITABLE = "file-unwritable";
        FILE_TOO_LARGE = "file-too-large";
        FILE_NOT_TEXT = "file-not-text";
        UNKNOWN_KEY = "unknown-key";
        MISSING_KEY = "missing-key";
        WRONG_TYPE = "wrong-type";
        NAME_FORM = "name-form";
        TOO_MANY = "too-many";
        NO_STAGES = "no-stages";
        NUMBER_FORM = "number-form";
        DURATION_FORM = "duration-form";
        DURATION_RANGE = "duration-range";
        UNKNOWN_CONNECTION = "unknown-connection";
        CONNECTION_TWICE = "connection-twice";
        CONNECTION_UNUSED = "connection-unused";
        CONNECTOR_UNKNOWN = "connector-unknown";
        CONNECTOR_BROKEN = "connector-broken";
        INTERFACE_UNSUPPORTED = "interface-unsupported";
        WRONG_ROLE = "wrong-role";
        OPTION_UNKNOWN = "option-unknown";
        OPTION_MISSING = "option-missing";
        OPTION_VALUE = "option-value";
        OPTION_IN_URL = "option-in-url";
        OPTIONS_REJECTED = "options-rejected";
        SECRET_IN_OPTIONS = "secret-in-options";
        SECRET_IN_CLEAR = "secret-in-clear";
        SECRET_FORM = "secret-form";
        SECRET_NEEDED = "secret-needed";
        SECRET_UNNEEDED = "secret-unneeded";
        SECRET_MISSING = "secret-missing";
        SECRET_EMPTY = "secret-empty";
        SECRET_MALFORMED = "secret-malformed";
        UNKNOWN_ENDPOINT = "unknown-endpoint";
        ENDPOINT_URL = "endpoint-url";
        ENDPOINT_INSECURE = "endpoint-insecure";
        POST_UNDECLARED = "post-undeclared";
        STAGE_ID_TWICE = "stage-id-twice";
        UNKNOWN_STAGE = "unknown-stage";
        UNKNOWN_PORT = "unknown-port";
        PORT_NEEDED = "port-needed";
        PORT_MISSING = "port-missing";
        PORT_UNREAD = "port-unread";
        UNUSED_BUT_READ = "unused-but-read";
        STAGE_UNREAD = "stage-unread";
        STAGE_CYCLE = "stage-cycle";
        INPUT_FROM_SINK = "input-from-sink";
        INPUT_TWICE = "input-twice";
        INPUTS_EMPTY = "inputs-empty";
        KIND_MISMATCH = "kind-mismatch";
        UNKNOWN_COLLECTION = "unknown-collection";
        COLLECTION_UNREADABLE = "collection-unreadable";
        COLLECTION_UNWRITABLE = "collection-unwritable";
        UNKNOWN_DIRECTORY = "unknown-directory";
        DIRECTORY_MISSING = "directory-missing";
        DIRECTORY_UNFIT = "directory-unfit";
        FRESH_UNFIT = "fresh-unfit";
        UNKNOWN_SWITCH = "unknown-switch";
        SWITCH_UNUSED = "switch-unused";
    }

    /// What else can keep a command from doing what it was asked to.
    OF_COMMANDS {
        STORE_MISSING = "store-missing";
        STORE_FOREIGN = "store-foreign";
        STORE_DAMAGED = "store-damaged";
        STORE_NEWER = "store-newer";
        STORE_OLDER = "store-older";
        STORE_FULL = "store-full";
        STORE_UNUSABLE = "store-unusable";
        STORE_LEASED = "store-leased";
        STORE_PUT_BACK = "store-put-back";
        SOURCE_ELSEWHERE = "source-elsewhere";
        LEASE_LOST = "lease-lost";
        COMPONENTS_NOT_KEPT = "components-not-kept";
        COMPONENT_UNREADABLE = "component-unreadable";
        COMPONENT_TOO_LARGE = "component-too-large";
        COMPONENT_MALFORMED = "component-malformed";
        COMPONENT_UNFIT = "component-unfit";
        NOT_WASM = "not-wasm";
        CORE_MODULE = "core-module";
        NOT_A_CONNECTOR = "not-a-connector";
        CONNECTOR_INTERFACE_MISSING = "connector-interface-missing";
        IMPORT_UNKNOWN = "import-unknown";
        CODE_CACHE = "code-cache";
        ENGINE = "engine";
        CONNECTOR_TRAPPED = "connector-trapped";
        CONNECTOR_LIMIT = "connector-limit";
        CONNECTOR_DEAD = "connector-dead";
        CONNECTOR_FAULTY = "connector-faulty";
        CONNECTOR_RETRY_AFTER = "connector-retry-after";
        CONNECTOR_UNAUTHORIZED = "connector-unauthorized";
        CONNECTOR_MISCONFIGURED = "connector-misconfigured";
        CONNECTOR_UNEXPECTED = "connector-unexpected";
        ROLE_MISSING = "role-missing";
        HOST_STOPPED = "host-stopped";
        EGRESS_UNAVAILABLE = "egress-unavailable";
        CONNECTION_UNUSABLE = "connection-unusable";
        ACCOUNT_MISCONFIGURED = "account-misconfigured";
        ANSWER_UNEXPECTED = "answer-unexpected";
        PLAN_DIFFERS = "plan-differs";
        INTERRUPTED = "interrupted";
        RECORDING_UNREADABLE = "recording-unreadable";
        RECORDING_UNWRITABLE = "recording-unwritable";
        RECORDING_EXISTS = "recording-exists";
        RECORDING_MALFORMED = "recording-malformed";
        RECORDING_FORM = "recording-form";
        NOT_RECORDED = "not-recorded";
        CASE_MALFORMED = "case-malformed";
        CASE_EXISTS = "case-exists";
        CASE_IMPOSSIBLE = "case-impossible";
        UNKNOWN_PIPELINE = "unknown-pipeline";
        UNKNOWN_CHECKPOINT = "unknown-checkpoint";
        CHECKPOINT_FORGOTTEN = "checkpoint-forgotten";
        NOTHING_TO_REWIND = "nothing-to-rewind";
        REWIND_DIFFERS = "rewind-differs";
        REWIND_UNSAFE = "rewind-unsafe";
        REWIND_AHEAD = "rewind-ahead";
        UNKNOWN_ENTRY = "unknown-entry";
        ENTRY_AMBIGUOUS = "entry-ambiguous";
        NOT_UNDECIDED = "not-undecided";
        NOTHING_KNOWN = "nothing-known";
        LINKS_STAGE = "links-stage";
        LINKS_FILE = "links-file";
        LINKS_REFUSED = "links-refused";
        LINKS_NO_CATALOGUE = "links-no-catalogue";
        LINKS_UNREAD = "links-unread";
        AUDIT_UNREAD = "audit-unread";
        UNKNOWN_CODE = "unknown-code";
        NO_FILES = "no-files";
        FILE_EXISTS = "file-exists";
        SDK_UNKNOWN = "sdk-unknown";
    }
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
        }
    }

    #[test]
    fn codes_are_found_by_name() {
        assert_eq!(find("unknown-key"), Some(UNKNOWN_KEY));
        assert_eq!(find("Unknown-Key"), None);
    }
}
