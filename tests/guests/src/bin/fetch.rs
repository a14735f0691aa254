//! Sends the payload's requests side by side and answers with what came back.
//! `[{"method", "url", "headers": [[name, value]], "secret": [header, name, prefix], "body"}]`

use hospes_guest::http::{Request, send_all};
use serde_json::{Value, json};

fn request(spec: &Value) -> Request {
    let text = |key: &str| spec.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut request = Request::new(text("method"), text("url"));
    for header in spec
        .get("headers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if let [Value::String(name), Value::String(value)] =
            header.as_array().map_or(&[][..], |h| h)
        {
            request = request.header(name, value);
        }
    }
    if let Some(
        [
            Value::String(header),
            Value::String(name),
            Value::String(prefix),
        ],
    ) = spec
        .get("secret")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        request = request.secret(header, name, prefix);
    }
    match spec.get("body").and_then(Value::as_str) {
        Some(body) => request.body(body),
        None => request,
    }
}

test_guests::node!(|payload, _| {
    let requests = payload
        .as_array()
        .into_iter()
        .flatten()
        .map(request)
        .collect();
    let answers = send_all(requests).into_iter().map(|answer| match answer {
        Ok(response) => json!({
            "status": response.status,
            "headers": response.headers,
            "body": response.text(),
        }),
        Err(error) => {
            json!({"error": format!("{error:?}"), "may_have_arrived": error.may_have_arrived()})
        }
    });
    Ok(answers.collect())
});
