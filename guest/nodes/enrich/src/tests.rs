//! The node against a scripted host.

use std::fs;

use hospes_guest::http::{Error, HeaderValue, Response};
use hospes_guest::testing::{Host, check_case_async};
use hospes_guest::{AsyncAction, FailureKind};
use serde_json::{Value, json};

use crate::Enrich;

const CONTACT: &str = "https://crm.example.com/contacts/u-1";
const ORDERS: &str = "https://shop.example.com/orders?user=u-1";
const TICKETS: &str = "https://desk.example.com/tickets?user=u-1";

fn host() -> Host {
    let urls = json!({
        "crm_url": "https://crm.example.com",
        "shop_url": "https://shop.example.com",
        "desk_url": "https://desk.example.com",
    });
    Host::new().params(urls).secret("crm_key")
}

fn json(value: &Value) -> Response {
    Response::new(200).with_json(value)
}

#[test]
fn three_systems_are_asked_at_once_and_one_may_be_silent() {
    let host = host()
        .answer("GET", TICKETS, json(&json!([])))
        .fail("GET", ORDERS, Error::Timeout)
        .answer("GET", CONTACT, json(&json!({"name": "Ada"})));
    assert_eq!(
        host.run_async::<Enrich>(json!({"user": "u-1"})),
        Ok(json!({"contact": {"name": "Ada"}, "orders": null, "tickets": []}))
    );
    assert_eq!(host.most_at_once(), 3);
    assert_eq!(host.unused(), [""; 0]);

    let key = HeaderValue::Secret {
        name: "crm_key".to_owned(),
        prefix: "Bearer ".to_owned(),
    };
    for request in host.requests() {
        let expected = (request.url == CONTACT).then_some(&key);
        assert_eq!(request.find_header("authorization"), expected);
    }
    let [record] = &host.logs()[..] else {
        panic!("one record");
    };
    assert_eq!(record.fields[0], ("system".to_owned(), "shop".to_owned()));
}

#[test]
fn a_user_that_would_be_another_url_is_refused() {
    for user in ["", "../orders", "u?x", "u 1", "é"] {
        let host = host();
        let failure = host
            .run_async::<Enrich>(json!({ "user": user }))
            .unwrap_err();
        assert_eq!(failure.kind, FailureKind::InvalidPayload);
        assert_eq!(host.requests(), []);
    }
}

#[test]
fn every_golden_case_holds_natively() {
    let mut cases = 0;
    for file in fs::read_dir("golden").unwrap() {
        let file = file.unwrap().path();
        if file
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            check_case_async::<Enrich>(&file, host()).unwrap();
            cases += 1;
        }
    }
    assert_eq!(cases, 8);
}

#[test]
fn the_description_comes_from_the_types() {
    let description = Enrich::describe();
    let params: Vec<_> = description.params.iter().collect();
    let names: Vec<_> = params.iter().map(|param| &*param.name).collect();
    assert_eq!(names, ["crm_url", "desk_url", "shop_url"]);
    assert!(params.iter().all(|param| param.required));
    assert_eq!(params[2].summary, "Where orders are.");
    let result: Value = serde_json::from_str(&description.result_schema.unwrap()).unwrap();
    assert_eq!(result["required"], json!(["contact", "orders", "tickets"]));
}
