//! A listener that was built without TLS.

use std::io;

use crate::options::Options;

/// There is no such listener.
#[derive(Clone)]
pub(crate) enum Tls {}

impl Tls {
    pub(crate) fn of(_: &Options) -> anyhow::Result<Option<Tls>> {
        Ok(None)
    }

    pub(crate) async fn accept<S>(&self, _: S) -> io::Result<S> {
        match *self {}
    }

    pub(crate) async fn follow(self) {
        match self {}
    }
}
