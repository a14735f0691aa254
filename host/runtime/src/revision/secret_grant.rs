//! A secret that an operator grants to a node.

use std::fmt;
use std::sync::Arc;

use hospes_egress::policy::Origin;
use hospes_egress::{AttachedHeader, AttachedHeaderError, SecretSource};

/// A secret that a node may use but never sees: its name, the source of its
/// value, and the origins that it may be sent to.
///
/// The node names it in the header `authorization`, alone or after the name of
/// a scheme, such as `Bearer `. Only nodes that use `hospes:node/http` can name
/// a secret. With [`SecretGrant::header`], the host puts it into every request
/// to these origins. In both cases, other headers that hold a credential are
/// refused there.
///
/// ```
/// use hospes::egress::Secret;
/// use hospes::policy::Origin;
/// use hospes::{NodeConfig, SecretGrant};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = SecretGrant::new("key", Secret::new("from a vault")?)
///     .to([Origin::parse("https://crm.example.com")?])
///     .header("authorization", "Bearer ");
/// let config = NodeConfig::from_file("crm.wasm").secret(key);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SecretGrant {
    pub(crate) name: String,
    pub(crate) source: Arc<dyn SecretSource>,
    pub(crate) to: Vec<Origin>,
    /// The header that the host puts it into; `None` if the node names it.
    pub(crate) attached: Option<AttachedHeader>,
    /// Why that header is not valid. Reported when the node is loaded.
    pub(crate) wrong: Option<AttachedHeaderError>,
    /// Whether a response that repeats it is withheld.
    pub(crate) withhold: bool,
}

impl SecretGrant {
    /// A secret with this name. The source is called when the node is loaded.
    pub fn new(name: impl Into<String>, source: impl SecretSource + 'static) -> SecretGrant {
        SecretGrant {
            name: name.into(),
            source: Arc::new(source),
            to: Vec::new(),
            attached: None,
            wrong: None,
            withhold: false,
        }
    }

    /// Lets it be sent to these origins too. Defaults to none; a secret without
    /// an origin is refused when the node is loaded.
    pub fn to(mut self, origins: impl IntoIterator<Item = Origin>) -> SecretGrant {
        self.to.extend(origins);
        self
    }

    /// Puts it into the header `name` of every request to its origins, after
    /// `prefix`, both for `hospes:node/http` and for `wasi:http`. The node need
    /// not name it then. If it does, it has to use this header and this prefix,
    /// and it may not set the header to anything else. A header that can't be
    /// attached is refused when the node is loaded. Defaults to none: the node
    /// names the secret.
    pub fn header(mut self, name: impl Into<String>, prefix: impl Into<String>) -> SecretGrant {
        match AttachedHeader::new(name, prefix) {
            Ok(header) => self.attached = Some(header),
            Err(error) => self.wrong = Some(error),
        }
        self
    }

    /// As [`SecretGrant::header`], with a header that has been checked already.
    pub fn attached(mut self, header: AttachedHeader) -> SecretGrant {
        self.attached = Some(header);
        self
    }

    /// Withholds every response that repeats the secret: the node gets the
    /// error `interrupted`. By default the secret is only blanked out.
    pub fn withhold_echoes(mut self) -> SecretGrant {
        self.withhold = true;
        self
    }
}

impl fmt::Debug for SecretGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretGrant")
            .field("name", &self.name)
            .field("to", &self.to)
            .field("attached", &self.attached)
            .field("withhold", &self.withhold)
            .finish_non_exhaustive()
    }
}
