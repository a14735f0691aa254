//! A node of the async world that asks several upstreams at once.

use std::io::Write;
use std::sync::Barrier;

use hospes::egress::Secret;
use hospes::policy::Origin;
use hospes::{Policy, SecretGrant};
use hospes_artifacts as guests;
use serde_json::json;

use crate::support::{guest, json as json_of, over_each_transport, result, run};
use crate::upstream::Upstream;

#[test]
fn an_async_node_waits_for_several_upstreams_at_once() {
    over_each_transport(|| {
        // No answer leaves before all three requests have arrived.
        let together = Barrier::new(3);
        let upstream = Upstream::new(move |request, stream| {
            together.wait();
            let path = request.split(' ').nth(1).unwrap();
            let body = json!({ "asked": path }).to_string();
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}"
            )
            .is_ok()
        });
        let origin = upstream.origin();
        let params = json!({"crm_url": origin, "shop_url": origin, "desk_url": origin});
        let key = SecretGrant::new("crm_key", Secret::new("a-key-for-tests").unwrap())
            .to([Origin::parse(&origin).unwrap()]);
        let config = guest(guests::ENRICH, &[])
            .policy(Policy::parse([&origin]).unwrap())
            .env("test", json_of(&params))
            .secret(key);
        assert_eq!(
            result(&run(config, r#"{"user": "u-1"}"#)),
            json!({
                "contact": {"asked": "/contacts/u-1"},
                "orders": {"asked": "/orders?user=u-1"},
                "tickets": {"asked": "/tickets?user=u-1"},
            })
        );
        for request in upstream.requests() {
            let is_contact = request.starts_with("GET /contacts/u-1 ");
            let has_key = request.contains("Bearer a-key-for-tests");
            assert_eq!(has_key, is_contact, "{request}");
        }
    });
}
