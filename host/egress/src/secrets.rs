//! Secrets that a node may use but never read.
//!
//! A node names a secret in a header; the gate replaces it by the value after
//! the policy has allowed the request, and only if the request goes to an
//! origin that the secret is bound to. A secret can only stand in a header:
//! text in a body or a query tends to come back in error messages and logs. Nor
//! can it stand in every header: `x-request-id`, for example, comes back as
//! well. A secret is bound to `authorization`, unless the operator names
//! another header.
//!
//! If the operator names a header, the gate sets it in every request to those
//! origins, and the node need not know. This keeps the key out of reach of a
//! node that uses `wasi:http`, where a header can only be text. A node that
//! names such a secret may only do so in that header, after that prefix.
//!
//! At the origins of a secret, only the operator sets credentials; nodes can't.

use std::fmt;

use crate::attached_header::AttachedHeader;
use crate::policy::{Denial, Origin, Reason, Target};
use crate::secret::Secret;

/// The shortest value, in bytes. Responses are searched for the values of
/// secrets. A shorter value could not be told from ordinary text, and a node
/// could find it by testing what gets blanked out.
pub const MIN_SECRET: usize = 8;

/// The longest value, in bytes.
pub const MAX_SECRET: usize = 8192;

/// The header of a secret for which the operator names none.
const AUTHORIZATION: &str = "authorization";

/// A secret that a node may use, and where it may be sent.
#[derive(Clone, Debug)]
pub struct BoundSecret {
    /// The node's name for the secret.
    pub name: String,
    /// The origins it may be sent to.
    pub to: Vec<Origin>,
    /// The value.
    pub value: Secret,
    /// The header that the host puts the secret into. If there is none, the
    /// node names the secret in `authorization`.
    pub attached: Option<AttachedHeader>,
    /// Whether a response that repeats it is withheld from the node.
    pub withhold: bool,
}

impl BoundSecret {
    fn goes_to(&self, target: &Target) -> bool {
        self.to.iter().any(|origin| origin.covers(target))
    }
}

/// Why secrets were refused. Holds no part of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrantError {
    /// Two secrets have the same name.
    Twice {
        /// The name.
        name: String,
    },
    /// It is bound to no origin, so it could never be used.
    Unbound {
        /// The name.
        name: String,
    },
    /// The value is shorter than [`MIN_SECRET`] or longer than [`MAX_SECRET`].
    Length {
        /// The name.
        name: String,
    },
    /// Two secrets would be attached in the same header to requests to the same
    /// origin.
    SameHeader {
        /// The name.
        name: String,
        /// The other secret's name.
        other: String,
        /// The header.
        header: String,
        /// The origin.
        origin: Origin,
    },
}

impl fmt::Display for GrantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GrantError::Twice { name } => write!(f, "secret `{name}`: it is granted twice"),
            GrantError::Unbound { name } => {
                write!(
                    f,
                    "secret `{name}`: it is bound to no origin, so it could never be used"
                )
            }
            GrantError::Length { name } => write!(
                f,
                "secret `{name}`: its value is not between {MIN_SECRET} and {MAX_SECRET} bytes long; a \
                 shorter one can't be told from ordinary text in an answer"
            ),
            GrantError::SameHeader {
                name,
                other,
                header,
                origin,
            } => write!(
                f,
                "secret `{name}`: the header `{header}` of requests to {origin} carries the secret `{other}` already"
            ),
        }
    }
}

impl std::error::Error for GrantError {}

/// The secrets of a revision.
pub(crate) struct Secrets(Vec<BoundSecret>);

impl Secrets {
    pub(crate) fn new(grants: Vec<BoundSecret>) -> Result<Secrets, GrantError> {
        for (at, grant) in grants.iter().enumerate() {
            let name = || grant.name.clone();
            if grants.iter().take(at).any(|other| other.name == grant.name) {
                return Err(GrantError::Twice { name: name() });
            }
            if grant.to.is_empty() {
                return Err(GrantError::Unbound { name: name() });
            }
            if !(MIN_SECRET..=MAX_SECRET).contains(&grant.value.expose().len()) {
                return Err(GrantError::Length { name: name() });
            }
            let before = grants.iter().take(at);
            if let Some(error) = before.filter_map(|other| clash(grant, other)).next() {
                return Err(error);
            }
        }
        Ok(Secrets(grants))
    }

    pub(crate) fn grants(&self) -> &[BoundSecret] {
        &self.0
    }

    /// The secrets that the host attaches to requests to `target`.
    pub(crate) fn attached(
        &self,
        target: &Target,
    ) -> impl Iterator<Item = (&AttachedHeader, &BoundSecret)> {
        self.0
            .iter()
            .filter(|grant| grant.goes_to(target))
            .filter_map(|grant| Some((grant.attached.as_ref()?, grant)))
    }

    /// Whether any secret is bound to the target of a request.
    pub(crate) fn any(&self, target: &Target) -> bool {
        self.0.iter().any(|grant| grant.goes_to(target))
    }

    /// Whether the host attaches a secret other than `other` in that header to
    /// requests to `target`.
    pub(crate) fn attaches(&self, header: &str, other: Option<&str>, target: &Target) -> bool {
        self.attached(target)
            .any(|(attached, grant)| attached.is(header) && other != Some(&*grant.name))
    }

    /// The secret of that name, if it may be sent to the target in this header
    /// after this prefix.
    pub(crate) fn bound(
        &self,
        name: &str,
        header: &str,
        prefix: &str,
        target: &Target,
    ) -> Result<&Secret, Denial> {
        let refuse = |why: String| Err(Denial::new(Reason::Secret, why));
        let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
        let Some(grant) = self.0.iter().find(|grant| grant.name == name) else {
            return refuse(format!("The node has no secret `{shown}`."));
        };
        if !grant.goes_to(target) {
            let origin = target.origin();
            return refuse(format!("The secret `{shown}` is not bound to {origin}."));
        }
        let Some(place) = &grant.attached else {
            if !header.eq_ignore_ascii_case(AUTHORIZATION) {
                let header = header.to_ascii_lowercase();
                return refuse(format!(
                    "The secret `{shown}` is bound to the header `{AUTHORIZATION}`. For another, the operator \
                     has to name it: header = \"{header}\"."
                ));
            }
            if !is_scheme(prefix) {
                return refuse(format!(
                    "Before the secret `{shown}` stands more than the name of a scheme. For such a prefix, the \
                     operator has to name it: `header` and `prefix`."
                ));
            }
            return Ok(&grant.value);
        };
        if !header.eq_ignore_ascii_case(place.name()) || prefix != place.prefix() {
            return refuse(format!(
                "The secret `{shown}` is bound to the header `{}` with the prefix `{}`.",
                place.name(),
                place.prefix()
            ));
        }
        Ok(&grant.value)
    }
}

/// Whether a prefix is empty, or the name of a scheme and a space.
fn is_scheme(prefix: &str) -> bool {
    prefix.is_empty()
        || prefix.strip_suffix(' ').is_some_and(|scheme| {
            !scheme.is_empty()
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        })
}

/// Whether two secrets would be attached in the same header of one request.
fn clash(grant: &BoundSecret, other: &BoundSecret) -> Option<GrantError> {
    let (header, others) = (grant.attached.as_ref()?, other.attached.as_ref()?);
    let origin = grant.to.iter().find(|origin| other.to.contains(origin))?;
    header.is(others.name()).then(|| GrantError::SameHeader {
        name: grant.name.clone(),
        other: other.name.clone(),
        header: header.name().to_owned(),
        origin: origin.clone(),
    })
}
