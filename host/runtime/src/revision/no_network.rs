//! A transport for components that are asked for their description.

use std::net::IpAddr;
use std::time::Duration;

use hospes_egress::transport::{Body, BoxFuture, Dial, Transport, TransportError, http};

/// Reaches nothing.
#[derive(Debug)]
pub(super) struct NoNetwork;

impl Transport for NoNetwork {
    fn resolve<'a>(
        &'a self,
        _host: &'a str,
        _timeout: Duration,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, TransportError>> {
        Box::pin(async { Err(unreachable()) })
    }

    fn send(
        &self,
        _request: http::Request<Body>,
        _dial: Dial,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async { Err(unreachable()) })
    }
}

fn unreachable() -> TransportError {
    TransportError::Unreachable("nothing is sent while a component is described".to_owned())
}
