//! `--roots`: the certificate authorities that are trusted for upstreams.

use std::path::Path;

use anyhow::{Context, anyhow};
use hospes::egress::Roots;
use hospes::files;

/// Reads the file, if there is one.
pub(crate) fn read(file: Option<&Path>) -> anyhow::Result<Option<Roots>> {
    let Some(file) = file else {
        return Ok(None);
    };
    let pem =
        files::read(file, files::TEXT).with_context(|| format!("can't read {}", file.display()))?;
    let roots = Roots::from_pem(&pem);
    let roots = roots.map_err(|error| anyhow!("{}: {error}", file.display()))?;
    Ok(Some(roots))
}
