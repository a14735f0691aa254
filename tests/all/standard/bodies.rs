//! Request bodies that do not end as they should: nothing is ever sent.

use hospes_artifacts as guests;
use serde_json::json;

use super::{OK, allowed, code, each, run, sent, verdicts};
use crate::support::{over_each_transport, result};
use crate::upstream::Upstream;

#[track_caller]
fn ends(path: &str, wrong_length: &str) {
    for (how, error) in [
        ("silent", "ConnectionWriteTimeout"),
        ("flood", "HttpRequestBodySize(Some(1048576))"),
        ("given-up", "HttpProtocolError"),
        ("trailers", "HttpRequestTrailerSectionSize(Some(0))"),
        ("short", wrong_length),
        ("long", wrong_length),
    ] {
        let upstream = Upstream::canned(OK);
        let limits = [("request-timeout", "500ms"), ("cpu", "10s")];
        let config = allowed(path, &[upstream.origin()], &limits);
        let outcome = run(config, &json!([upstream.origin() + "/", how]));
        assert_eq!(result(&outcome), code(error), "{how}");
        assert_eq!(verdicts(&outcome), ["invalid"], "{how}");
        assert_eq!(upstream.connections(), 0, "{how}");
    }
}

#[test]
pub(crate) fn standard_bad_body() {
    // The guest was told of the length when it ended the body.
    over_each_transport(|| ends(guests::STANDARD_BAD_BODY, "HttpProtocolError"));
}

#[test]
pub(crate) fn standard_bad_body_async() {
    let wrong_length = "HttpRequestBodySize(None)";
    over_each_transport(|| ends(guests::STANDARD_BAD_BODY_ASYNC, wrong_length));
}

#[test]
fn a_body_within_its_limit_arrives_and_one_byte_more_does_not() {
    each(|path| {
        let upstream = Upstream::canned(OK);
        let limits = [("request-body", "100KiB")];
        let send = |bytes: usize| {
            let request = json!({
                "method": "POST", "url": upstream.origin() + "/", "body": "x".repeat(bytes),
            });
            sent(allowed(path, &[upstream.origin()], &limits), &request).0
        };
        assert_eq!(send(102_400)["status"], json!(200), "{path}");
        let too_long = code("HttpRequestBodySize(Some(102400))");
        assert_eq!(send(102_401), too_long, "{path}");
        let requests = upstream.requests();
        assert_eq!(requests.len(), 1);
        assert!(requests[0].ends_with(&"x".repeat(102_400)));
    });
}
