//! A server that was built without an exporter of spans.

use tracing_subscriber::layer::Identity;

use crate::options::Options;

/// There is no such exporter.
pub(crate) enum Exporter {}

impl Exporter {
    pub(crate) fn of(_: &Options) -> anyhow::Result<Option<Exporter>> {
        Ok(None)
    }

    pub(crate) fn layer(&self) -> Identity {
        match *self {}
    }

    pub(crate) fn flush(&self) {
        match *self {}
    }
}
