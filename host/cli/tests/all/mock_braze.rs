//! `hospes mock braze`.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use crate::dir::Dir;
use crate::mock::Mock;

/// Sends one request and reads the answer to its end.
fn post(url: &str, key: &str, body: &str) -> String {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST /users/track HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn each_request_is_a_line_with_its_answer_and_without_the_key() {
    let dir = Dir::new();
    let mut mock = Mock::start(&dir, &json!([{"status": 503}]), &[]);
    let body = json!({"attributes": [{"external_id": "a"}]}).to_string();
    let key = mock.key.clone();
    post(&mock.url, &key, &body);
    assert!(post(&mock.url, &key, &body).starts_with("HTTP/1.1 201 "));
    assert!(post(&mock.url, "wrong-key-wrong-key", &body).starts_with("HTTP/1.1 401 "));
    for (request, status, scripted, attributes) in
        [(1, 503, true, 0), (2, 201, false, 1), (3, 401, false, 0)]
    {
        let line = mock.line();
        assert_eq!(line["request"], request);
        assert_eq!(line["answer"]["status"], status);
        assert_eq!(line["scripted"], scripted);
        assert_eq!(line["accepted"]["attributes"], attributes);
        assert_eq!(line["headers"]["authorization"], "Bearer ***");
        let line = line.to_string();
        assert!(
            !line.contains(&key) && !line.contains("wrong-key"),
            "{line}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_well() {
    for signal in ["INT", "TERM"] {
        let dir = Dir::new();
        assert_eq!(
            Mock::start(&dir, &json!([]), &[]).end(signal),
            Some(0),
            "{signal}"
        );
    }
}

#[test]
fn a_closed_output_ends_it_well() {
    let dir = Dir::new();
    let mock = Mock::start(&dir, &json!([]), &[]);
    assert_eq!(mock.close(|url| _ = post(url, "x", "{}")), Some(0));
}

#[test]
fn a_wrong_script_names_file_step_and_field() {
    for (script, message) in [
        (
            "[",
            "script.json: the script is not JSON: EOF while parsing a list at line 1 column 1",
        ),
        ("{}", "script.json: the script is not an array of steps"),
        (
            r#"["honest", {"status": 99}]"#,
            "script.json: step 2, field \"status\": a final status is between 200 and 599",
        ),
    ] {
        let dir = Dir::new();
        dir.file("script.json", script);
        let ended = dir
            .hospes(["mock", "braze", "--script", "script.json"])
            .run();
        ended.is(2, "", &format!("error: {message}\n"));
    }
    let dir = Dir::new();
    dir.hospes(["mock", "braze", "--script", "none.json"])
        .run()
        .is(
            2,
            "",
            "error: can't read none.json: No such file or directory (os error 2)\n",
        );
}

#[test]
fn an_address_in_use_is_named() {
    let dir = Dir::new();
    let mock = Mock::start(&dir, &json!([]), &[]);
    let address = mock.url.strip_prefix("http://").unwrap();
    let ended = dir.hospes(["mock", "braze", "--listen", address]).run();
    let message =
        format!("error: can't serve on {address}: Address already in use (os error 98)\n");
    if cfg!(target_os = "linux") {
        ended.is(2, "", &message);
    } else {
        ended.code(2);
    }
}
