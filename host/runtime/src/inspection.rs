//! What can be found out about a component without loading it.

use serde::Serialize;

use crate::description::Description;
use crate::revision::{ActionExport, CONTRACT, Inspected};

/// What a component is, imports and exports.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// `sha256:` and the digest in lower-case hexadecimal.
    pub digest: String,
    /// The file's size in bytes.
    pub size: u64,
    /// The contract it was built for, such as `hospes:node@0.1.0`.
    pub contract: &'static str,
    /// `node` or `node-async`.
    pub world: &'static str,
    /// Every interface that it imports, in the component's order.
    pub imports: Vec<String>,
    /// Imports that this host does not have.
    pub foreign: Vec<String>,
    /// Every interface that it exports, in the component's order.
    pub exports: Vec<String>,
    /// The component's description.
    pub description: Description,
}

impl Inspection {
    pub(crate) fn new(engine: &wasmtime::Engine, inspected: Inspected) -> Inspection {
        let ty = inspected.code.component.component_type();
        Inspection {
            contract: CONTRACT,
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
