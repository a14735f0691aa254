//! Solution files and flows: environments, secrets, nodes, grants and
//! conversations, checked before anything runs.
//!
//! A solution file says what an operator has (environments with their params
//! and secrets), and what each node gets of it:
//!
//! ```
//! use std::path::Path;
//!
//! use hospes_solution::{Overrides, Solution};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let text = r#"
//!     name = "acme"
//!
//!     [env.sandbox]
//!     crm_url = "https://crm.example.com"
//!     [env.sandbox.secrets]
//!     crm_key = { from = "env:CRM_KEY", to = ["https://crm.example.com"] }
//!
//!     [node.crm]
//!     component = "nodes/crm.wasm"
//!     params = ["crm_url"]
//!     secrets = ["crm_key"]
//!     allow = ["POST {crm_url}/contacts"]
//!     [node.crm.limits]
//!     deadline = "5s"
//! "#;
//! let solution = Solution::parse(Path::new("hospes.toml"), text)?;
//! let grants = solution.grants("crm", None, &Overrides::default())?;
//! assert_eq!(grants.env, "sandbox");
//! assert_eq!(grants.rules[0].as_str(), "POST https://crm.example.com/contacts");
//! # Ok(())
//! # }
//! ```
//!
//! Nothing is guessed or ignored: an unknown key, an invalid rule or an unused
//! param makes the whole file invalid. All faults are found at once
//! ([`Findings`]), with file, line, column, key and the nearest known name.
//!
//! A solution names flows, which have their own files: see [`Flow`], and [`Session`] for
//! a conversation. [`Loader`] reads all of it, and checks it against the nodes'
//! descriptions.
//!
//! This crate prints nothing and reads no arguments. It reads the solution file
//! on request, and a secret's variable or file when a node is loaded.

mod about;
mod admission;
pub mod callers;
mod check;
mod document;
mod environment;
mod error;
mod finding;
pub mod flow;
mod grants;
mod key;
mod loader;
mod narrow;
mod node;
mod rule_template;
mod saved_grants;
pub mod schema;
pub mod secret;
pub mod session;
mod solution;
mod solution_file;
mod trusted;

pub use admission::Admission;
pub use environment::{BoundSecret, Environment};
pub use error::{GrantError, ReadError};
pub use finding::{Finding, Findings};
pub use flow::Flow;
pub use grants::{Grants, Missing, Overrides};
pub use key::is_bare as is_name;
pub use loader::Loader;
pub use node::Node;
pub use rule_template::{RuleTemplate, TemplateError};
pub use saved_grants::SavedGrants;
pub use secret::SecretFrom;
pub use session::Session;
pub use solution::Solution;
