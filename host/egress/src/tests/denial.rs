//! What is refused: with which word, and before anything was resolved or sent.

use super::*;

const RULES: &[&str] = &[
    "GET https://api.example.com/v1",
    "POST http://127.0.0.1:9000",
];

#[tokio::test]
async fn a_denied_request_reaches_nobody_and_is_recorded_once() {
    for (request, word) in [
        (get("https://other.example.com/v1"), "no-rule"),
        (get("http://api.example.com/v1"), "scheme"),
        (get("https://api.example.com:8443/v1"), "port"),
        (get("https://api.example.com/v2"), "path"),
        (get("https://api.example.com/v1/../v2"), "path"),
        (
            Request {
                method: "POST".into(),
                ..get("https://api.example.com/v1")
            },
            "method",
        ),
        (
            Request {
                method: "TRACE".into(),
                ..get("https://api.example.com/v1")
            },
            "method",
        ),
        (
            Request {
                method: "get".into(),
                ..get("https://api.example.com/v1")
            },
            "method",
        ),
        (
            get("http://169.254.169.254/latest/meta-data"),
            "forbidden-address",
        ),
        (get("http://10.0.0.1/"), "forbidden-address"),
        (get("http://[::1]/"), "forbidden-address"),
        (get("http://127.0.0.1:9000/"), "method"),
    ] {
        let house = house(RULES).build();
        let shown = format!("{} {}", request.method, request.url);
        assert_eq!(
            house.send(request).await,
            Err(SendError::Denied(word.parse().unwrap())),
            "{shown}"
        );
        assert_eq!(house.calls(), (0, 0), "{shown}");
        assert_eq!(house.budget.spent(), Default::default(), "{shown}");
        assert_eq!(reason(&house.event()), word, "{shown}");
    }
}

#[tokio::test]
async fn a_malformed_request_says_what_is_wrong_with_it() {
    let with = |header| Request {
        headers: vec![header],
        ..get("https://api.example.com/v1")
    };
    for (request, word, message) in [
        (
            get("https://user@api.example.com/v1"),
            "url",
            "the URL is not accepted: it holds a user name or password (`@`)",
        ),
        (
            get("http://127.1/"),
            "url",
            "the URL is not accepted: its host ends in a number but is not an IPv4 address like `192.0.2.1`",
        ),
        (
            with(text("Host", "evil.example")),
            "header",
            "the header `host` is the host's to set",
        ),
        (
            with(text("Transfer_Encoding", "chunked")),
            "header",
            "the header `transfer_encoding` is the host's to set",
        ),
        (
            with(text("x-a", "1\r\nhost: evil")),
            "header",
            "the value of the header `x-a` is not printable ASCII",
        ),
        (
            with(text("x a", "1")),
            "header",
            "`x a` is not a header's name",
        ),
    ] {
        let house = house(RULES).build();
        let error = match word {
            "url" => SendError::Url(message.into()),
            _ => SendError::Invalid(message.into()),
        };
        assert_eq!(house.send(request).await, Err(error));
        assert_eq!(house.calls(), (0, 0));
        let event = house.event();
        assert_eq!(reason(&event), word);
        let Verdict::Denied(denial) = event.verdict else {
            panic!()
        };
        assert_eq!(denial.to_string(), message);
    }
}

#[tokio::test]
async fn the_policy_is_asked_before_headers_are_looked_at() {
    let house = house(RULES).build();
    let request = Request {
        headers: vec![text("host", "x")],
        ..get("https://other.example.com/")
    };
    assert_eq!(
        house.send(request).await,
        Err(SendError::Denied(Reason::NoRule))
    );
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_after_resolving_and_before_sending() {
    for addresses in [
        &["127.0.0.1"][..],
        &["93.184.216.34", "10.0.0.7"],
        &["::1"],
        &["::ffff:93.184.216.34"],
        &["169.254.169.254"],
        &["93.184.216.34", "2606:4700::1", "64:ff9b::5db8:d822"],
    ] {
        let house = house(RULES).resolving(addresses).build();
        let refused = house.send(get("https://api.example.com/v1")).await;
        assert_eq!(
            refused,
            Err(SendError::Denied(Reason::ForbiddenAddress)),
            "{addresses:?}"
        );
        assert_eq!(house.calls(), (1, 0), "{addresses:?}");
        let event = house.event();
        assert_eq!(reason(&event), "forbidden-address");
        assert_eq!(event.address, None);
    }
}

#[tokio::test]
async fn each_request_is_judged_by_its_own_lookup() {
    let flip = |time| {
        Ok(vec![ip(if time % 2 == 1 {
            "93.184.216.34"
        } else {
            "127.0.0.1"
        })])
    };
    let house = house(RULES).resolving_with(flip).build();
    let url = "https://api.example.com/v1";
    assert!(house.send(get(url)).await.is_ok());
    assert_eq!(
        house.send(get(url)).await,
        Err(SendError::Denied(Reason::ForbiddenAddress))
    );
    assert!(house.send(get(url)).await.is_ok());
    assert_eq!(house.calls(), (3, 2));
    for sent in house.fake.sent.lock().unwrap().iter() {
        assert_eq!(sent.dial.addresses, ["93.184.216.34:443".parse().unwrap()]);
    }
}

#[tokio::test]
async fn a_literal_is_dialled_as_it_stands_and_never_resolved() {
    let house = house(RULES).build();
    let request = Request {
        method: "POST".into(),
        ..get("http://127.0.0.1:9000/x")
    };
    assert!(house.send(request).await.is_ok());
    assert_eq!(house.calls(), (0, 1));
    let event = house.event();
    assert_eq!(event.address, Some("127.0.0.1:9000".parse().unwrap()));
    assert_eq!(event.rule.as_deref(), Some("POST http://127.0.0.1:9000"));
}

#[tokio::test]
async fn what_goes_out_is_what_was_decided_about() {
    let house = house(RULES)
        .resolving(&["93.184.216.34", "2606:4700::1"])
        .build();
    let headers = vec![text("Accept", "a/b"), text("x-a", "1"), text("x-a", "2")];
    let request = Request {
        headers,
        ..get("HTTPS://API.example.com:443/v1/x?q=1")
    };
    assert!(house.send(request).await.is_ok());
    let sent = house.fake.sent.lock().unwrap();
    assert_eq!(sent[0].url, "https://api.example.com/v1/x?q=1");
    assert_eq!(
        sent[0].dial.addresses,
        [
            "93.184.216.34:443".parse().unwrap(),
            "[2606:4700::1]:443".parse().unwrap()
        ]
    );
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned(), false);
    assert_eq!(
        sent[0].headers(),
        [
            header("accept", "a/b"),
            header("x-a", "1"),
            header("x-a", "2")
        ]
    );
    assert_eq!(*house.fake.resolved.lock().unwrap(), ["api.example.com"]);
    let event = house.event();
    assert_eq!(
        (event.origin.as_str(), event.path.as_str()),
        ("https://api.example.com", "/v1/x")
    );
    assert_eq!(
        (event.verdict, event.status),
        (Verdict::Answered, Some(200))
    );
    assert_eq!(
        (
            &*event.node,
            event.revision.generation,
            &*event.execution_id
        ),
        ("node", 7, "execution")
    );
}

#[tokio::test]
async fn a_flood_of_addresses_is_judged_whole_and_dialled_in_part() {
    let many = |_| {
        Ok((0..=255)
            .map(|last| ip(&format!("93.184.216.{last}")))
            .collect())
    };
    let house = house(RULES).resolving_with(many).build();
    assert!(house.send(get("https://api.example.com/v1")).await.is_ok());
    assert_eq!(house.fake.sent.lock().unwrap()[0].dial.addresses.len(), 8);

    let late = |_| {
        let mut all: Vec<_> = (0..=255)
            .map(|last| ip(&format!("93.184.216.{last}")))
            .collect();
        all.push(ip("10.0.0.1"));
        Ok(all)
    };
    let house = super::house(RULES).resolving_with(late).build();
    let refused = house.send(get("https://api.example.com/v1")).await;
    assert_eq!(refused, Err(SendError::Denied(Reason::ForbiddenAddress)));
}

#[tokio::test]
async fn headers_are_bounded_in_number_and_size() {
    let request = |headers| Request {
        headers,
        ..get("https://api.example.com/v1")
    };
    let many = |count| {
        (0..count)
            .map(|at| text(&format!("x-{at}"), ""))
            .collect::<Vec<_>>()
    };
    let house = house(RULES)
        .limit("request-headers", "3")
        .limit("request-header-bytes", "20")
        .build();
    assert!(house.send(request(many(3))).await.is_ok());
    let error = "the headers are more than the limit `request-headers` of 3";
    assert_eq!(
        house.send(request(many(4))).await,
        Err(SendError::Invalid(error.into()))
    );
    assert!(
        house
            .send(request(vec![text("x", &"a".repeat(19))]))
            .await
            .is_ok()
    );
    let error = "the headers are more than the limit `request-header-bytes` of 20";
    let long = vec![text("x", &"a".repeat(20))];
    assert_eq!(
        house.send(request(long)).await,
        Err(SendError::Invalid(error.into()))
    );
}

#[tokio::test]
async fn a_sentence_for_a_node_names_no_address_and_no_rule() {
    let house = house(RULES).resolving(&["10.0.0.7"]).build();
    let error = house
        .send(get("https://api.example.com/v1"))
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "denied: forbidden-address");
    let Verdict::Denied(denial) = house.event().verdict else {
        panic!()
    };
    assert!(denial.message.contains("10.0.0.7"));
}

#[tokio::test]
async fn a_name_never_opens_an_address_of_this_machine_however_public() {
    const RULES: &[&str] = &["GET https://api.example.com", "GET https://93.184.216.34"];
    let own = || vec![ip("10.1.2.3"), ip("93.184.216.34"), ip("2606:4700::7")];
    for (addresses, passes) in [
        (&["93.184.216.34"][..], false),
        (&["2606:4700::7"], false),
        // One is enough.
        (&["93.184.216.35", "93.184.216.34"], false),
        (&["93.184.216.35"], true),
    ] {
        let mut house = house(RULES).resolving(addresses).build();
        house.gate = house.gate.on(own());
        let sent = house.send(get("https://api.example.com/v1")).await;
        assert_eq!(sent.is_ok(), passes, "{addresses:?}: {sent:?}");
        if !passes {
            assert_eq!(reason(&house.event()), "forbidden-address", "{addresses:?}");
        }
    }
    // A rule for that very address is the operator's consent.
    let mut house = house(RULES).build();
    house.gate = house.gate.on(own());
    assert!(house.send(get("https://93.184.216.34/")).await.is_ok());
}
