//! What wit-bindgen makes of `wit/`, and nothing else.
//!
//! One world holds the shared types and every import, and each role has a small world of its own
//! that refers to them. A connector exports the roles it has; the component linker merges their
//! worlds and drops the imports that no code calls, so that a component asks for no more than it
//! uses.

#![allow(
    missing_docs,
    reason = "generated; the doc comments of the WIT come along where there are any"
)]
#![allow(unsafe_code, reason = "generated: values cross the wall by the canonical ABI")]
#![allow(unreachable_pub, clippy::all, reason = "generated")]

/// The shared types and the imports.
pub mod base {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: r"
            package penstock:sdk;
            world base {
                import penstock:connector/types@0.1.0;
                import penstock:connector/commerce@0.1.0;
                import penstock:connector/http@0.1.0;
                import penstock:connector/lookup@0.1.0;
                import penstock:connector/state@0.1.0;
                import penstock:connector/ledger@0.1.0;
                import penstock:connector/links@0.1.0;
                import penstock:connector/log@0.1.0;
            }
        ",
        world: "penstock:sdk/base",
        generate_all,
        generate_unused_types: true,
        additional_derives: [PartialEq, Eq, Hash],
        // `Decimal` compares by value (12.5 is 12.50), so its comparison is written by hand.
        additional_derives_ignore: ["decimal"],
    });
}

/// Generates the module of one exported role, which shares the interfaces named in brackets with
/// `base`.
macro_rules! role {
    ($role:ident, [$($shared:literal => $path:path),*], $wit:literal) => {
        #[doc = concat!("The exported interface `", stringify!($role), "`.")]
        pub mod $role {
            wit_bindgen::generate!({
                path: "../../wit",
                inline: $wit,
                with: { $($shared: $path),* },
                generate_all,
                generate_unused_types: true,
                additional_derives: [PartialEq, Eq, Hash],
                pub_export_macro: true,
            });
        }
    };
}

role!(
    connector,
    ["penstock:connector/types@0.1.0" => crate::bindings::base::penstock::connector::types],
    "package penstock:sdk; world connector-role { export penstock:connector/connector@0.1.0; }"
);
role!(
    source,
    [
        "penstock:connector/types@0.1.0" => crate::bindings::base::penstock::connector::types,
        "penstock:connector/commerce@0.1.0" => crate::bindings::base::penstock::connector::commerce
    ],
    "package penstock:sdk; world source-role { export penstock:connector/source@0.1.0; }"
);
role!(
    directory,
    [
        "penstock:connector/types@0.1.0" => crate::bindings::base::penstock::connector::types,
        "penstock:connector/commerce@0.1.0" => crate::bindings::base::penstock::connector::commerce
    ],
    "package penstock:sdk; world directory-role { export penstock:connector/directory@0.1.0; }"
);
role!(
    sink,
    [
        "penstock:connector/types@0.1.0" => crate::bindings::base::penstock::connector::types,
        "penstock:connector/commerce@0.1.0" => crate::bindings::base::penstock::connector::commerce
    ],
    "package penstock:sdk; world sink-role { export penstock:connector/sink@0.1.0; }"
);
role!(
    transform,
    [
        "penstock:connector/types@0.1.0" => crate::bindings::base::penstock::connector::types,
        "penstock:connector/commerce@0.1.0" => crate::bindings::base::penstock::connector::commerce
    ],
    "package penstock:sdk; world transform-role { export penstock:connector/transform@0.1.0; }"
);
role!(
    audit,
    [
        "penstock:connector/types@0.1.0" => crate::bindings::base::penstock::connector::types,
        "penstock:connector/commerce@0.1.0" => crate::bindings::base::penstock::connector::commerce
    ],
    "package penstock:sdk; world audit-role { export penstock:connector/audit@0.1.0; }"
);
role!(
    webhook,
    ["penstock:connector/types@0.1.0" => crate::bindings::base::penstock::connector::types],
    "package penstock:sdk; world webhook-role { export penstock:connector/webhook@0.1.0; }"
);
