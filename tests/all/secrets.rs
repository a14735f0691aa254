//! Secrets: named by a node, inserted by the host, seen by neither the node nor a log.

use std::io::Write;

use hospes::egress::Secret;
use hospes::policy::Origin;
use hospes::{NodeConfig, Policy, SecretGrant};
use hospes_artifacts as guests;
use serde_json::json;

use crate::support::{guest, result, run};
use crate::upstream::Upstream;

const KEY: &str = "k3y-0f-the-realm/+";

fn config(upstream: &Upstream, to: &str) -> NodeConfig {
    guest(guests::FETCH, &[])
        .policy(Policy::parse([upstream.origin()]).unwrap())
        .secret(SecretGrant::new("key", Secret::new(KEY).unwrap()).to([Origin::parse(to).unwrap()]))
}

#[test]
fn a_secret_reaches_the_upstream_and_an_echo_of_it_reaches_nobody() {
    let upstream = Upstream::new(|request, stream| {
        let sent = request
            .lines()
            .find_map(|line| line.split_once("Bearer "))
            .unwrap()
            .1;
        let body = format!("you sent {sent}");
        write!(
            stream,
            "HTTP/1.1 302 Found\r\nlocation: /?key={sent}\r\nx-echo: {sent}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .is_ok()
    });
    let request = json!([{
        "method": "GET",
        "url": upstream.origin() + "/",
        "secret": ["authorization", "key", "Bearer "],
    }]);
    let outcome = run(config(&upstream, &upstream.origin()), &request.to_string());
    let sent = upstream.requests();
    assert!(
        sent[0].contains(&format!("uthorization: Bearer {KEY}\r\n")),
        "{sent:?}"
    );
    let answer = &result(&outcome)[0];
    assert_eq!(answer["body"], json!("you sent ***"));
    assert_eq!(answer["status"], json!(302));
    let everything = format!("{outcome:?} {}", serde_json::to_string(&outcome).unwrap());
    assert!(!everything.contains(KEY), "{everything}");
}

#[test]
fn a_secret_goes_nowhere_but_where_the_operator_bound_it() {
    let upstream = Upstream::canned("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let elsewhere = Upstream::canned("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let both = Policy::parse([upstream.origin(), elsewhere.origin()]).unwrap();
    let send = |to: &Upstream, secret: &str| {
        let request = json!([{
            "method": "GET", "url": to.origin() + "/", "secret": ["authorization", secret, ""],
        }]);
        let config = config(&upstream, &upstream.origin()).policy(both.clone());
        result(&run(config, &request.to_string()))[0].take()
    };
    assert_eq!(send(&upstream, "key")["status"], json!(200));
    assert_eq!(
        send(&elsewhere, "key")["error"],
        json!(r#"Denied("secret")"#)
    );
    assert_eq!(
        send(&upstream, "other")["error"],
        json!(r#"Denied("secret")"#)
    );
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn no_text_can_stand_for_a_secret() {
    let upstream = Upstream::canned("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    for text in ["key", "${key}", "{{key}}", "secret:key"] {
        let request = json!([{
            "method": "GET", "url": upstream.origin() + "/", "headers": [["x-text", text]],
        }]);
        run(config(&upstream, &upstream.origin()), &request.to_string());
    }
    assert_eq!(upstream.requests().len(), 4);
    assert!(
        upstream
            .requests()
            .iter()
            .all(|request| !request.contains(KEY))
    );
}
