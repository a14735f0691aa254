//! Sends requests whose methods are meant to end the request line early.

use hospes_guest::http::Request;

test_guests::node!(|payload, _| {
    let url = payload.as_str().unwrap_or_default();
    let methods = [
        "GET / HTTP/1.1\r\nhost: elsewhere\r\n\r\nGET",
        "CONNECT",
        "TRACE",
        "get",
        "GET ",
        "\0",
        "",
        "PROPFIND",
    ];
    let answers = methods.map(|method| match Request::new(method, url).send() {
        Ok(response) => response.status.to_string(),
        Err(error) => format!("{error:?}"),
    });
    Ok(answers.to_vec().into())
});
