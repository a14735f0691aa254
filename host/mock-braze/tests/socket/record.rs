//! What the server remembers of each exchange, and how it starts, keeps and ends connections.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener};
use std::sync::{Arc, Mutex};

use crate::client::{
    PATIENCE, TRACK, authorization, connect, head, send, sound, start, track, user,
};
use hospes_mock_braze::{Ending, Exchange, MockBraze};

#[test]
fn the_headers_are_recorded_as_they_came() {
    let braze = start();
    let right = authorization(&braze);
    let headers = [
        ("Authorization", right.as_str()),
        ("X-Twice", "1"),
        ("Content-Type", "application/json"),
        ("X-Twice", "2"),
    ];
    send(&braze, TRACK, &headers, user("u").to_string().as_bytes());
    let exchanges = braze.exchanges();
    let exchange = &exchanges[0];
    assert_eq!(exchange.header_values("Host"), ["mock"]);
    assert_eq!(exchange.header_values("authorization"), [right.as_str()]);
    assert_eq!(exchange.header_values("x-twice"), ["1", "2"]);
    assert_eq!(
        (exchange.method.as_str(), exchange.path.as_str()),
        ("POST", "/users/track")
    );
    assert_eq!(exchange.body, user("u"));
    assert_eq!(
        (exchange.ending, exchange.scripted),
        (Ending::Answered, false)
    );
}

#[test]
fn the_hook_sees_every_exchange_once_and_no_line_of_it_has_the_key() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let hook = move |exchange: &Exchange| {
        sink.lock()
            .unwrap()
            .push(serde_json::to_string(exchange).unwrap())
    };
    let braze = MockBraze::builder()
        .key("s3cr3t-of-the-test")
        .on_exchange(hook)
        .start()
        .unwrap();
    track(&braze, &user("u"));
    send(&braze, TRACK, &sound("s3cr3t-of-the-test"), b"{}");
    send(&braze, TRACK, &sound("Bearer another-s3cr3t"), b"{}");
    let lines = lines.lock().unwrap();
    assert_eq!(lines.len(), 3);
    for (line, start) in lines
        .iter()
        .zip(["{\"request\":1,", "{\"request\":2,", "{\"request\":3,"])
    {
        assert!(
            line.starts_with(start) && !line.contains("s3cr3t"),
            "{line}"
        );
    }
    assert!(
        lines[0].contains(r#""authorization":"Bearer ***""#),
        "{}",
        lines[0]
    );
    assert!(lines[2].contains("Invalid API key: ***"), "{}", lines[2]);
}

#[test]
fn a_connection_serves_several_requests() {
    let braze = start();
    let body = user("u").to_string();
    let request = head(TRACK, &sound(&authorization(&braze)), body.len());
    let mut stream = connect(&braze);
    let kept = request.replace("Connection: close\r\n", "");
    stream
        .write_all(format!("{kept}{body}{request}{body}").as_bytes())
        .unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 201").count(), 2);
    assert_eq!(braze.accepted().len(), 2);
}

#[test]
fn a_client_that_leaves_in_the_middle_of_its_body_is_recorded() {
    let braze = start();
    let mut stream = connect(&braze);
    stream
        .write_all(head(TRACK, &sound(&authorization(&braze)), 1_000).as_bytes())
        .unwrap();
    stream.write_all(b"{\"attributes\":").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(braze.wait_for(1, PATIENCE));
    assert_eq!(braze.exchanges()[0].ending, Ending::Abandoned);
    assert!(braze.accepted().is_empty());
}

#[test]
fn dropping_the_server_frees_its_address_and_ends_open_connections() {
    let braze = start();
    let address = braze.url().strip_prefix("http://").unwrap().to_owned();
    let mut open = connect(&braze);
    open.write_all(b"POST /users/track HTTP/1.1\r\n").unwrap();
    drop(braze);
    let mut rest = Vec::new();
    let ended = open.read_to_end(&mut rest);
    assert!(
        rest.is_empty() && !matches!(&ended, Err(error) if error.kind() == ErrorKind::WouldBlock)
    );
    assert!(TcpListener::bind(&address).is_ok());
}

#[test]
fn settings_that_make_no_sense_do_not_start() {
    let error = MockBraze::builder().key("").start().unwrap_err();
    assert_eq!(error.to_string(), "the key of the mock is empty");
    let taken = start();
    let address = taken
        .url()
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    let error = MockBraze::builder().listen(address).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
}
