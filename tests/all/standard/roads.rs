//! There are two roads to the network, both lead through one gate, and there is
//! no third.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use hospes::{Context, LoadError, NodeConfig, Runtime};
use hospes_artifacts as guests;
use serde_json::json;

use super::{OK, allowed, code, each, get, records, run, runtime, verdicts};
use crate::http::Counting;
use crate::support::{guest, over_each_transport, result};
use crate::upstream::Upstream;

#[test]
fn every_request_on_every_road_has_a_record() {
    over_each_transport(|| {
        let upstream = Upstream::canned(OK);
        let url = |path: &str| format!("{}/{path}", upstream.origin());
        let mut recorded = Vec::new();
        for (path, payload) in [
            (guests::FETCH, json!([get(url("1")), get(url("2"))])),
            (guests::FETCH_ASYNC, json!([url("3"), url("4")])),
            (
                guests::STANDARD_FETCH,
                json!([get(url("5")), get(url("6"))]),
            ),
            (
                guests::STANDARD_FETCH_ASYNC,
                json!([get(url("7")), get(url("8"))]),
            ),
            // Looks for sockets, by way of the standard library.
            (guests::PROBE, json!(null)),
        ] {
            let outcome = run(allowed(path, &[upstream.origin()], &[]), &payload);
            result(&outcome);
            assert!(verdicts(&outcome).iter().all(|word| *word == "answered"));
            recorded.extend(records(&outcome).into_iter().map(|event| event.path));
        }
        let arrived = upstream.requests();
        let mut arrived: Vec<&str> = arrived
            .iter()
            .map(|request| request.split(' ').nth(1).unwrap())
            .collect();
        arrived.sort_unstable();
        recorded.sort_unstable();
        assert_eq!(arrived, recorded);
        assert_eq!(arrived.len(), 8);
    });
}

/// What a name resolves to is judged on either road, before anything is dialled.
#[test]
fn a_name_opens_no_private_address_on_the_standard_road() {
    each(|path| {
        let (resolved, sent) = (Arc::default(), Arc::new(AtomicUsize::new(0)));
        let count = sent.clone();
        let runtime = Runtime::builder()
            .executions(2)
            .transport(move |_limits| {
                let (resolved, sent) = (Arc::clone(&resolved), count.clone());
                let resolves_to = vec![
                    IpAddr::from([93, 184, 216, 34]),
                    IpAddr::from([10, 0, 0, 7]),
                ];
                Arc::new(Counting {
                    resolves_to,
                    resolved,
                    sent,
                })
            })
            .build()
            .unwrap();
        let config = allowed(path, &["https://example.com".to_owned()], &[]);
        runtime.load("fetch", config).unwrap();
        let payload = json!([get("https://example.com/".to_owned())]).to_string();
        let outcome = runtime.execute_blocking("fetch", &payload, &Context::new());
        let answer = result(&outcome.unwrap())[0].take();
        assert_eq!(answer, code("DestinationIpProhibited"), "{path}");
        assert_eq!(sent.load(SeqCst), 0);
    });
}

/// With no rule, each road is closed, and nothing is dialled.
#[test]
fn without_a_rule_every_road_is_closed() {
    over_each_transport(|| {
        let upstream = Upstream::canned(OK);
        let url = upstream.origin() + "/";
        for (path, payload) in [
            (guests::FETCH, json!([get(url.clone())])),
            (guests::STANDARD_FETCH, json!([get(url.clone())])),
            (guests::STANDARD_FETCH_ASYNC, json!([get(url.clone())])),
        ] {
            let outcome = run(guest(path, &[]), &payload);
            assert_eq!(verdicts(&outcome), ["forbidden-address"], "{path}");
        }
        assert_eq!(upstream.connections(), 0);
    });
}

/// What could open or accept a connection and is no part of the two roads.
#[test]
fn no_other_interface_of_the_network_is_there() {
    for (name, function) in [
        ("wasi:http/incoming-handler@0.2.0", "handle"),
        ("wasi:http/incoming-handler@0.2.12", "handle"),
        ("wasi:http/handler@0.3.0", "handle"),
        ("wasi:tls/client@0.3.0-draft", "connect"),
        ("wasi:keyvalue/store@0.2.0-draft", "open"),
        ("wasi:messaging/producer@0.2.0-draft", "send"),
        ("wasi:config/store@0.2.0-rc.1", "get"),
        ("wasi:blobstore/blobstore@0.2.0-draft", "get-container"),
    ] {
        let component =
            format!(r#"(component (import "{name}" (instance (export "{function}" (func)))))"#);
        let bytes = wat::parse_str(component).unwrap();
        match runtime().load("refused", NodeConfig::from_bytes(bytes)) {
            Err(LoadError::Import(names)) => assert_eq!(names, [name]),
            other => panic!("{name}: {other:?}"),
        }
    }
}
