//! What is written down of a revision: everything but its component's bytes and
//! the values of secrets.

use hospes_solution::secret::Vaults;
use hospes_solution::{Grants, SavedGrants};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The form of the files that this version writes, and the only one it reads.
const FORMAT: u32 = 1;

/// One revision of a node, or the fact that the node was removed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Manifest {
    /// The node's name.
    pub node: String,
    /// The revision's generation: rises with every manifest of the node.
    pub generation: u64,
    /// The component, as `sha256:...`.
    pub digest: String,
    /// The version that the component says it has. Defaults to nothing.
    pub version: String,
    /// What made this revision. Defaults to [`Change::Loaded`].
    pub change: Change,
    /// When. Defaults to now.
    pub at: Timestamp,
    /// Why, as the caller put it. Defaults to nothing.
    pub why: String,
    /// What the solution file said when this revision was published. Defaults
    /// to nothing.
    pub source: Source,
    /// What the node is granted. Its component's file is not part of it, nor is
    /// what a component has to do only before it serves.
    pub grants: Grants,
}

/// What made a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Change {
    /// The solution file, or a component's file that it names.
    Loaded,
    /// An operator uploaded a component.
    Uploaded,
    /// An earlier revision was taken back into service.
    RolledBack,
    /// A trial took the place of the revision beside it.
    Promoted,
    /// The node was removed: nothing of it serves.
    Removed,
}

/// What a solution file says about a node, as hashes: a host that starts again
/// compares them, and sees what was changed meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// [`Grants::fingerprint`] of the node.
    pub grants: String,
    /// The digest of the component's file.
    pub component: String,
}

impl Manifest {
    /// A revision published now.
    ///
    /// Files that the grants name are not part of it: signatures in a file have
    /// to be read before.
    pub fn new(
        node: impl Into<String>,
        generation: u64,
        digest: impl Into<String>,
        grants: Grants,
    ) -> Manifest {
        Manifest {
            node: node.into(),
            generation,
            grants: grants.settled(),
            digest: digest.into(),
            version: String::new(),
            change: Change::Loaded,
            at: Timestamp::now(),
            why: String::new(),
            source: Source::default(),
        }
    }

    pub(super) fn to_json(&self) -> String {
        let file = File {
            format: FORMAT,
            node: self.node.clone(),
            generation: self.generation,
            digest: self.digest.clone(),
            version: self.version.clone(),
            change: self.change,
            at: self.at.to_string(),
            why: self.why.clone(),
            source: self.source.clone(),
            grants: SavedGrants::of(&self.grants),
        };
        // Maps with text keys and nothing else that JSON lacks.
        serde_json::to_string_pretty(&file).unwrap_or_default()
    }

    pub(super) fn from_json(text: &str, vaults: &Vaults) -> Result<Manifest, String> {
        let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if file.format != FORMAT {
            let found = file.format;
            return Err(format!(
                "it has format {found}, and this version reads {FORMAT}"
            ));
        }
        let at = file.at.parse();
        Ok(Manifest {
            grants: file
                .grants
                .restore(vaults)
                .map_err(|error| error.to_string())?,
            node: file.node,
            generation: file.generation,
            digest: file.digest,
            version: file.version,
            change: file.change,
            at: at.map_err(|error: jiff::Error| error.to_string())?,
            why: file.why,
            source: file.source,
        })
    }
}

/// The file itself.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    node: String,
    generation: u64,
    digest: String,
    version: String,
    change: Change,
    at: String,
    why: String,
    source: Source,
    grants: SavedGrants,
}
