//! What is stored of a revision: everything but its component's bytes and the
//! values of secrets.

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
    /// The version in the component's description. Defaults to nothing.
    pub version: String,
    /// What made this revision. Defaults to [`Change::Loaded`].
    pub change: Change,
    /// When it was made. Defaults to now.
    pub at: Timestamp,
    /// Why, in the caller's words. Empty by default.
    pub why: String,
    /// What the solution file said when this revision was published. Empty by
    /// default.
    pub source: Source,
    /// The node's grants, without the component's path and without requirements
    /// that apply only before it serves.
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
    /// A rollback to an earlier revision.
    RolledBack,
    /// A trial was promoted.
    Promoted,
    /// The node was removed.
    Removed,
}

/// What a solution file says about a node, as hashes. A restarted host compares
/// them to find out what has changed.
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
        // Maps have text keys, and everything else exists in JSON, too.
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
