//! All codes that a report may have, each explained on a page of its own in `pages/`.
//!
//! A code is stable: people search for it, and programs decide by it. The text of a message may be improved at any
//! time.

/// The kind of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// In kebab case: `unknown-key`.
    pub name: &'static str,
    /// What it means, what is wrong and what is right, as Markdown, for someone who looks it up.
    pub page: &'static str,
}

impl Code {
    /// What it means in one line, the first of its page.
    pub fn title(&self) -> &'static str {
        self.page.lines().next().unwrap_or_default().trim_start_matches("# ")
    }
}

/// The code of this name.
pub fn find(name: &str) -> Option<Code> {
    ALL.iter().copied().find(|code| code.name == name)
}

macro_rules! codes {
    ($($constant:ident = $name:literal;)*) => {
        $(
            #[doc = include_str!(concat!("pages/", $name, ".md"))]
            pub const $constant: Code =
                Code { name: $name, page: include_str!(concat!("pages/", $name, ".md")) };
        )*

        /// Every code there is.
        pub const ALL: &[Code] = &[$($constant),*];
    };
}

codes! {
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
