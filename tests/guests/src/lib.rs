//! Guests that only the tests need: one file each in `src/bin`, named like the
//! test that runs it. Most misbehave, some probe the sandbox, some are honest.
//!
//! This library holds what a guest needs to step outside the SDK.

pub mod conformance;
pub mod standard;
pub mod standard_async;

/// Answers with text that the SDK would not let out: not even JSON. A second
/// function answers for `about.describe`.
///
/// `raw!(|payload: String| -> Result<String, Failure> { ... })`
#[macro_export]
macro_rules! raw {
    ($execute:expr) => {
        $crate::raw!($execute, describe: nothing);
    };
    ($execute:expr, describe: $describe:expr) => {
        #[cfg(target_family = "wasm")]
        mod raw {
            use super::*;

            wit_bindgen::generate!({ path: "../../wit", world: "node", generate_all });
            use exports::hospes::node::{about, action};

            /// A description that says nothing.
            fn nothing() -> about::Description {
                about::Description {
                    name: String::new(),
                    version: String::new(),
                    summary: String::new(),
                    egress: Vec::new(),
                    params: Vec::new(),
                    secrets: Vec::new(),
                    payload_schema: None,
                    result_schema: None,
                    params_schema: None,
                }
            }

            struct Raw;

            impl action::Guest for Raw {
                fn execute(
                    payload: String,
                    _: action::Context,
                ) -> Result<String, action::Failure> {
                    let execute: fn(String) -> Result<String, action::Failure> = $execute;
                    execute(payload)
                }
            }

            impl about::Guest for Raw {
                fn describe() -> about::Description {
                    let describe: fn() -> about::Description = $describe;
                    describe()
                }
            }

            export!(Raw);
        }
    };
}

/// A node from a function of the payload and the context, both as JSON.
#[macro_export]
macro_rules! node {
    ($execute:expr) => {
        struct Node;

        impl hospes_guest::Action for Node {
            type Payload = serde_json::Value;
            type Params = serde_json::Value;
            type Output = serde_json::Value;

            fn execute(
                payload: serde_json::Value,
                context: hospes_guest::Context<serde_json::Value>,
            ) -> Result<serde_json::Value, hospes_guest::Failure> {
                let execute: fn(
                    serde_json::Value,
                    hospes_guest::Context<serde_json::Value>,
                ) -> Result<serde_json::Value, hospes_guest::Failure> = $execute;
                execute(payload, context)
            }
        }

        hospes_guest::export!(Node);

        fn main() {}
    };
}
