//! A credential that the host attaches: it reaches its origin and nothing else
//! does, whichever interface the node speaks.

use std::io::Write;

use hospes::egress::Secret;
use hospes::policy::Origin;
use hospes::{NodeConfig, SecretGrant};
use hospes_artifacts as guests;
use serde_json::{Value, json};

use super::{FETCH, OK, allowed, code, get, sent, verdicts};
use crate::support::over_each_transport;
use crate::upstream::Upstream;

const KEY: &str = "k3y-0f-the-realm/+";

fn attached(path: &str, origins: &[String]) -> NodeConfig {
    allowed(path, origins, &[]).secret(
        SecretGrant::new("key", Secret::new(KEY).unwrap())
            .to([Origin::parse(&origins[0]).unwrap()])
            .header("Authorization", "Bearer "),
    )
}

/// The nodes on either interface.
fn nodes() -> [&'static str; 3] {
    [FETCH[0], FETCH[1], guests::FETCH]
}

#[test]
fn a_credential_is_attached_at_its_origin_and_nowhere_else() {
    over_each_transport(|| {
        for path in nodes() {
            let (home, elsewhere) = (Upstream::canned(OK), Upstream::canned(OK));
            let origins = [home.origin(), elsewhere.origin()];
            for upstream in [&home, &elsewhere] {
                let config = attached(path, &origins);
                let (answer, _) = sent(config, &get(upstream.origin() + "/"));
                assert_eq!(answer["status"], json!(200), "{path}");
            }
            let request = home.requests()[0].to_ascii_lowercase();
            let expected = format!("\r\nauthorization: bearer {KEY}\r\n");
            assert_eq!(request.matches(&expected).count(), 1, "{request}");
            assert_eq!(request.matches("authorization").count(), 1, "{request}");
            let request = elsewhere.requests()[0].to_ascii_lowercase();
            assert!(!request.contains("authorization"), "{request}");
        }
    });
}

#[test]
fn a_node_that_sets_the_header_of_a_credential_is_refused_at_its_origin() {
    over_each_transport(|| {
        for path in nodes() {
            let (home, elsewhere) = (Upstream::canned(OK), Upstream::canned(OK));
            let origins = [home.origin(), elsewhere.origin()];
            let send = |upstream: &Upstream| {
                let request = json!({
                    "method": "GET", "url": upstream.origin() + "/",
                    "headers": [["authorization", "mine"]],
                });
                sent(attached(path, &origins), &request)
            };
            let (answer, outcome) = send(&home);
            if path == guests::FETCH {
                let why = format!(
                    "the header `authorization` of requests to {} is the host's to set",
                    home.origin()
                );
                assert_eq!(answer["error"], json!(format!("Invalid({why:?})")));
            } else {
                assert_eq!(answer, code("HttpRequestDenied"), "{path}");
                assert_eq!(verdicts(&outcome), ["header"], "{path}");
            }
            assert_eq!(home.connections(), 0);
            assert_eq!(send(&elsewhere).0["status"], json!(200), "{path}");
            assert!(elsewhere.requests()[0].contains("authorization: mine\r\n"));
        }
    });
}

#[test]
fn an_echo_of_a_credential_reaches_nobody() {
    over_each_transport(|| {
        for path in nodes() {
            let upstream = Upstream::new(|request, stream| {
                let sent = request.split("Bearer ").nth(1).unwrap();
                let sent = sent.split("\r\n").next().unwrap();
                let body = format!("you sent {sent}");
                write!(
                    stream,
                    "HTTP/1.1 401 No\r\nx-echo: {sent}\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                )
                .is_ok()
            });
            let config = attached(path, &[upstream.origin()]);
            let (answer, outcome) = sent(config, &get(upstream.origin() + "/"));
            assert_eq!(answer["body"], json!("you sent ***"), "{path}");
            let echoes = |header: &&Value| header[0] == "x-echo";
            let headers = answer["headers"].as_array().unwrap();
            let echo = headers.iter().find(echoes).unwrap();
            assert_eq!(echo[1], json!("***"), "{path}");
            let everything = format!("{outcome:?} {:?}", super::records(&outcome));
            assert!(!everything.contains(KEY), "{everything}");
        }
    });
}
