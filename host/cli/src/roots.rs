//! `--roots`: the authorities that upstreams' certificates are checked against.

use std::path::Path;

use anyhow::{Context, anyhow};
use hospes::egress::UreqTransport;
use hospes::{Limits, files};

/// Mozilla's authorities, or those of a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roots(Option<hospes::egress::Roots>);

impl Roots {
    /// Reads the file, if there is one.
    pub(crate) fn read(file: Option<&Path>) -> anyhow::Result<Roots> {
        let Some(file) = file else {
            return Ok(Roots(None));
        };
        let pem = files::read(file, files::TEXT)
            .with_context(|| format!("can't read {}", file.display()))?;
        let roots = hospes::egress::Roots::from_pem(&pem);
        let roots = roots.map_err(|error| anyhow!("{}: {error}", file.display()))?;
        Ok(Roots(Some(roots)))
    }

    /// A transport that trusts them.
    pub(crate) fn transport(&self, limits: &Limits) -> UreqTransport {
        match &self.0 {
            Some(roots) => UreqTransport::with_roots(limits, roots),
            None => UreqTransport::new(limits),
        }
    }
}
