//! The options of the stage. The schema says what each means.

use serde::Deserialize;

pub(crate) const SCHEMA: &str = include_str!("../schema/options.json");

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Options {
    by: By,
    pub(crate) when_unknown: WhenUnknown,
    pub(crate) when_nameless: WhenNameless,
    pub(crate) when_names_differ: WhenNamesDiffer,
    pub(crate) when_several: WhenSeveral,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum By {
    #[default]
    Email,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WhenUnknown {
    #[default]
    Create,
    None,
    Hold,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WhenNameless {
    #[default]
    Email,
    Hold,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WhenNamesDiffer {
    #[default]
    Keep,
    Hold,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WhenSeveral {
    #[default]
    Oldest,
    Hold,
}
