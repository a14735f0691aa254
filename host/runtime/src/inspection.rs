//! What can be seen of a component without running it for real.

use serde::Serialize;

use crate::description::Description;
use crate::revision::{ActionExport, Inspected};

/// What a component is, wants and offers.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// `sha256:` and the digest in lower-case hexadecimal.
    pub digest: String,
    /// The file's bytes.
    pub size: u64,
    /// The contract it was built for, such as `hospes:node@0.1.0`.
    pub contract: &'static str,
    /// `node` or `node-async`.
    pub world: &'static str,
    /// Every interface it imports, in its own order.
    pub imports: Vec<String>,
    /// Those of them that only another host has.
    pub foreign: Vec<String>,
    /// Every interface it exports, in its own order.
    pub exports: Vec<String>,
    /// What it says about itself.
    pub description: Description,
}

impl Inspection {
    pub(crate) fn new(engine: &wasmtime::Engine, inspected: Inspected) -> Inspection {
        let ty = inspected.component.component_type();
        Inspection {
            contract: "hospes:node@0.1.0",
            world: match inspected.entry {
                ActionExport::Sync(_) => "node",
                ActionExport::Async(_) => "node-async",
            },
            imports: ty
                .imports(engine)
                .map(|(name, _)| name.to_owned())
                .collect(),
            exports: ty
                .exports(engine)
                .map(|(name, _)| name.to_owned())
                .collect(),
            foreign: inspected.linked.stubs,
            digest: inspected.digest,
            size: inspected.size,
            description: inspected.description,
        }
    }
}
