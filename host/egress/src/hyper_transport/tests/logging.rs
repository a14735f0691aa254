//! What hyper and h2 tell a subscriber: they are not heard.

use std::fmt;
use std::io::Write as _;

use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

use super::*;
use crate::Request;
use crate::tests::transports::{SECRET, request, secret};

/// Takes down everything.
#[derive(Clone, Default)]
struct Capture(Arc<Mutex<String>>);

impl Visit for Capture {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let line = format!("{field}={value:?}\n");
        self.0.lock().unwrap().push_str(&line);
    }
}

impl Subscriber for Capture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        span.record(&mut self.clone());
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[test]
fn a_secret_that_goes_out_or_comes_back_is_not_logged() {
    let http1 = Upstream::start(|stream| {
        crate::tests::transports::read_request(stream)?;
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nx-echo: {SECRET}\r\n\r\n{SECRET}"
        )
    });
    let http2 = upstream(|peer| {
        let stream = peer.request()?;
        peer.answer(stream, SECRET)?;
        let second = peer.request()?;
        peer.go_away(second, 2, SECRET)?;
        peer.drain()
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let capture = Capture::default();
    tracing::subscriber::with_default(capture.clone(), || {
        tracing::trace!("it is heard");
        for (upstream, url) in [(&http1, http1.url("/")), (&http2, https(&http2, "/"))] {
            let roots = roots();
            let house = house_over(url.trim_end_matches('/'), &[], |limits| {
                Arc::new(HyperTransport::with_roots(limits, &roots))
            });
            let ask = || {
                let asked = Request {
                    headers: vec![secret("authorization", "key", "Key ")],
                    ..request("GET", &url)
                };
                runtime.block_on(house.send(asked))
            };
            ask().unwrap();
            // The second one on a connection of HTTP/2 is turned away.
            assert_eq!(ask().is_ok(), upstream.port == http1.port);
        }
    });
    let heard = capture.0.lock().unwrap();
    assert!(heard.contains("it is heard"), "{heard}");
    assert!(!heard.contains("sentinel"), "{heard}");
}
