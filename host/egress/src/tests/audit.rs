//! The operator's records: one for each decision, whole, and nothing secret in them.

use super::*;

const RULES: &[&str] = &["POST https://api.example.com/v1"];
const ORIGIN: &str = "https://api.example.com";

fn post(url: &str) -> Request {
    Request {
        method: "POST".into(),
        url: url.into(),
        headers: vec![secret("authorization", "key", "Bearer ")],
        body: Some(b"body-sentinel".to_vec()).into(),
        ..Request::default()
    }
}

/// A record as JSON, without what no two runs share.
fn json(event: &EgressEvent) -> String {
    let event = EgressEvent {
        time: std::time::UNIX_EPOCH,
        elapsed: Duration::ZERO,
        ..event.clone()
    };
    serde_json::to_string(&event).unwrap()
}

#[tokio::test]
async fn a_record_says_who_asked_for_what_and_what_came_of_it() {
    let before = std::time::SystemTime::now();
    let house = house(RULES).secret("key", SECRET, &[ORIGIN]).build();
    assert!(
        house
            .send(post("https://api.example.com/v1/a?query-sentinel"))
            .await
            .is_ok()
    );
    let event = house.event();
    assert!(before <= event.time && event.time <= std::time::SystemTime::now());
    assert!(event.elapsed < Duration::from_secs(10));
    assert_eq!(
        json(&event),
        "{\"time\":\"1970-01-01T00:00:00.000Z\",\"node\":\"node\",\"revision\":{\"digest\":\"\",\"generation\":7,\"version\":\"\"},\"execution_id\":\"execution\",\
         \"method\":\"POST\",\"origin\":\"https://api.example.com\",\"path\":\"/v1/a\",\"verdict\":\"answered\",\
         \"error\":null,\"denied\":null,\"observed\":null,\"rule\":\"POST https://api.example.com/v1\",\
         \"address\":\"93.184.216.34:443\",\"status\":200,\"bytes_out\":13,\"bytes_in\":5,\"elapsed_us\":0}"
    );
}

#[tokio::test]
async fn a_url_that_is_none_leaves_nothing_of_itself_behind() {
    let house = house(RULES).build();
    let url = "https://query-sentinel@api.example.com/v1";
    assert!(house.send(post(url)).await.is_err());
    assert_eq!(
        json(&house.event()),
        "{\"time\":\"1970-01-01T00:00:00.000Z\",\"node\":\"node\",\"revision\":{\"digest\":\"\",\"generation\":7,\"version\":\"\"},\"execution_id\":\"execution\",\
         \"method\":\"POST\",\"origin\":\"\",\"path\":\"\",\"verdict\":\"denied\",\"error\":null,\
         \"denied\":{\"reason\":\"url\",\"message\":\"the URL is not accepted: it holds a user name or password \
         (`@`)\",\"remedy\":null},\"observed\":null,\"rule\":null,\"address\":null,\"status\":null,\
         \"bytes_out\":0,\"bytes_in\":0,\"elapsed_us\":0}"
    );
}

#[tokio::test]
async fn every_decision_leaves_one_record_and_none_holds_a_secret() {
    let with = |header| Request {
        headers: vec![secret("authorization", "key", "Bearer "), header],
        ..post("https://api.example.com/v1")
    };
    let requests = || {
        vec![
            post("https://api.example.com/v1?query-sentinel"),
            post("https://api.example.com/v2?query-sentinel"),
            post("https://other.example.com/?query-sentinel"),
            post("http://10.0.0.1/?query-sentinel"),
            post("https://api.example.com/v1?query-sentinel#"),
            Request {
                method: "GET".into(),
                ..post("https://api.example.com/v1?query-sentinel")
            },
            Request {
                method: "query-sentinel-longer-than-20".chars().rev().collect(),
                ..post("https://api.example.com/v1")
            },
            with(text("x-text", "header-sentinel\n")),
            with(text("host", "header-sentinel")),
            with(secret("x-other", "no-such", "header-sentinel")),
        ]
    };
    for observing in [false, true] {
        for addresses in [&["93.184.216.34"][..], &["10.0.0.1"]] {
            for request in requests() {
                let shown = format!("{request:?}");
                let house = house(RULES)
                    .observing(observing)
                    .resolving(addresses)
                    .secret("key", SECRET, &[ORIGIN])
                    .answering(|request| ready(Ok(ok(&request.headers()[0].1))))
                    .build();
                // Whatever comes of it.
                let _ = house.send(request).await;
                let event = house.event();
                for text in [json(&event), format!("{event:?}")] {
                    for hidden in [SECRET, "sentinel-9f8b", "-sentinel"] {
                        assert!(!text.contains(hidden), "{shown}: {text}");
                    }
                }
            }
        }
    }
}
