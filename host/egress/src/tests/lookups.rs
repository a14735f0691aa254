//! What names lead to is judged at each dial, whether it was kept or not.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Recorder, TransportResult, get, ip, ok};
use crate::lookup::Lookups;
use crate::lookup::tests::scripted;
use crate::policy::{Policy, Reason};
use crate::transport::{Body, BoxFuture, Dial, Transport, TransportError};
use crate::{Gate, Limits, RequestBudget, Response, SendError};

const LONG: Duration = Duration::from_secs(3600);

/// Looks up as the transports do, and dials nobody.
struct Dialling {
    lookups: Lookups,
    dialled: Mutex<Vec<IpAddr>>,
}

impl Transport for Dialling {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, TransportError>> {
        Box::pin(self.lookups.resolve(host, timeout))
    }

    fn send(&self, _: http::Request<Body>, dial: Dial) -> BoxFuture<'_, TransportResult> {
        let addresses = dial.addresses.iter().map(|address| address.ip());
        self.dialled.lock().unwrap().extend(addresses);
        Box::pin(async { Ok(ok("hello")) })
    }
}

/// A gate in front of a resolver, and how often that was asked.
struct Judged {
    gate: Gate,
    transport: Arc<Dialling>,
    asked: Arc<AtomicUsize>,
}

fn judged(keep: Duration, addresses: &'static [&'static str]) -> Judged {
    let (lookups, asked) = scripted(keep, move |_, time| {
        Ok(vec![ip(addresses[(time - 1) % addresses.len()])])
    });
    let transport = Arc::new(Dialling {
        lookups,
        dialled: Mutex::default(),
    });
    let gate = Gate::new(
        "node".into(),
        Arc::default(),
        Policy::parse(["https://api.example.com"]).unwrap(),
        Vec::new(),
        &Limits::default(),
        Arc::clone(&transport) as Arc<dyn Transport>,
        Arc::new(Recorder::default()),
    );
    Judged {
        gate: gate.unwrap(),
        transport,
        asked,
    }
}

impl Judged {
    async fn send(&self) -> Result<Response, SendError> {
        let deadline = Instant::now() + Duration::from_secs(10);
        let budget = RequestBudget::new("execution".into(), &Limits::default(), deadline);
        let request = get("https://api.example.com/v1");
        self.gate.send(&budget, request).await
    }

    fn dialled(&self) -> Vec<IpAddr> {
        self.transport.dialled.lock().unwrap().clone()
    }
}

const PUBLIC: &str = "93.184.216.34";
const PRIVATE: &str = "10.0.0.7";

#[tokio::test]
async fn a_private_address_that_is_kept_is_refused_at_each_dial() {
    let judged = judged(LONG, &[PRIVATE]);
    for _ in 0..3 {
        let refused = judged.send().await;
        assert_eq!(refused, Err(SendError::Denied(Reason::ForbiddenAddress)));
    }
    assert_eq!((judged.asked.load(SeqCst), judged.dialled().len()), (1, 0));
}

#[tokio::test]
async fn a_public_address_that_is_kept_is_dialled_again() {
    let judged = judged(LONG, &[PUBLIC]);
    for _ in 0..3 {
        assert!(judged.send().await.is_ok());
    }
    assert_eq!(judged.asked.load(SeqCst), 1);
    assert_eq!(judged.dialled(), [ip(PUBLIC); 3]);
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_at_the_second_dial_is_judged_anew() {
    let judged = judged(Duration::ZERO, &[PUBLIC, PRIVATE]);
    for time in 0..4 {
        let sent = judged.send().await;
        match time % 2 {
            0 => assert!(sent.is_ok()),
            _ => assert_eq!(sent, Err(SendError::Denied(Reason::ForbiddenAddress))),
        }
    }
    assert_eq!(judged.asked.load(SeqCst), 4);
    assert_eq!(judged.dialled(), [ip(PUBLIC); 2]);
}

#[tokio::test]
async fn a_name_that_moves_to_another_public_address_is_followed() {
    let judged = judged(Duration::ZERO, &[PUBLIC, "93.184.216.35"]);
    for _ in 0..2 {
        assert!(judged.send().await.is_ok());
    }
    assert_eq!(judged.dialled(), [ip(PUBLIC), ip("93.184.216.35")]);
}
