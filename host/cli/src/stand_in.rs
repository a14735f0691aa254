//! Loading a node without its secrets.

use hospes::egress::Secret;
use hospes::{NodeConfig, SecretGrant};
use hospes_solution::Grants;

/// The node's configuration with stand-ins for its secrets: golden cases
/// contain the responses, so nothing is sent. `None` if a file that it names
/// can't be used, or a grant is wrong.
pub(crate) fn config(grants: &Grants) -> Option<NodeConfig> {
    let mut grants = grants.clone();
    let secrets = std::mem::take(&mut grants.secrets);
    let mut config = grants.config().ok()?;
    let value = Secret::new("a-stand-in-for-the-secret").ok()?;
    for (name, secret) in secrets {
        let mut grant = SecretGrant::new(name, value.clone()).to(secret.to);
        if let Some(header) = secret.header {
            grant = grant.attached(header);
        }
        config = config.secret(grant);
    }
    Some(config)
}
