//! What the request line and the headers decide: 404, 401, 403, 415.

use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{HeaderMap, Method};

use super::Assessment;

/// The one path there is. Braze names a trailing slash as a cause of odd failures, so it does not match here.
const PATH: &str = "/users/track";

/// Checks everything up to the permission.
pub(crate) fn admit(
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    key: &str,
    forbidden: bool,
) -> Result<(), Assessment> {
    if method != Method::POST || path != PATH {
        return Err(Assessment::fatal(404, "Not Found"));
    }
    authorized(headers, key)?;
    if forbidden {
        return Err(Assessment::fatal(403, "Forbidden"));
    }
    Ok(())
}

/// Exactly one `Authorization: Bearer <key>`.
///
/// The answer repeats what was sent in place of the key, as Braze's does. That is unkind, and the reason why
/// a client must never log an answer whole; a stand-in that hid it would hide the leak too.
fn authorized(headers: &HeaderMap, key: &str) -> Result<(), Assessment> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Assessment::fatal(401, "Invalid API Key"));
    };
    let value = String::from_utf8_lossy(value.as_bytes());
    match value.strip_prefix("Bearer ") {
        Some(sent) if sent == key => Ok(()),
        sent => Err(Assessment::fatal(
            401,
            &format!("Invalid API key: {}", sent.unwrap_or(&value)),
        )),
    }
}

/// `application/json`, alone or with `charset=utf-8`.
pub(crate) fn content_type(headers: &HeaderMap) -> Result<(), Assessment> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let known = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().is_ok_and(is_json),
        _ => false,
    };
    if known {
        Ok(())
    } else {
        Err(Assessment::fatal(415, "Unsupported Media Type"))
    }
}

fn is_json(value: &str) -> bool {
    let (media, parameter) = match value.split_once(';') {
        Some((media, parameter)) => (media, Some(parameter)),
        None => (value, None),
    };
    media.trim().eq_ignore_ascii_case("application/json") && parameter.is_none_or(is_utf8_charset)
}

fn is_utf8_charset(parameter: &str) -> bool {
    parameter.split_once('=').is_some_and(|(name, value)| {
        name.trim().eq_ignore_ascii_case("charset")
            && value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    })
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};
    use serde_json::{Value, json};

    use super::*;

    fn headers(name: HeaderName, values: &[&'static str]) -> HeaderMap {
        values
            .iter()
            .map(|value| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_a_post_to_the_exact_path_is_found() {
        let headers = headers(AUTHORIZATION, &["Bearer k"]);
        for (method, path, found) in [
            (Method::POST, "/users/track", true),
            (Method::POST, "/users/track/", false),
            (Method::POST, "//users/track", false),
            (Method::POST, "/", false),
            (Method::POST, "/users/Track", false),
            (Method::GET, "/users/track", false),
            (Method::PUT, "/users/track", false),
        ] {
            let status = admit(&method, path, &headers, "k", false)
                .err()
                .map(|assessment| assessment.status);
            assert_eq!(status, (!found).then_some(404), "{method} {path}");
        }
    }

    #[test]
    fn a_wrong_key_is_repeated_in_the_answer() {
        let cases: [(&[&str], Option<&str>); 9] = [
            (&["Bearer right"], None),
            (&[], Some("Invalid API Key")),
            (&["Bearer right", "Bearer right"], Some("Invalid API Key")),
            (&["Bearer wrong"], Some("Invalid API key: wrong")),
            (&["Bearer \"right\""], Some("Invalid API key: \"right\"")),
            (&["Bearer 'right'"], Some("Invalid API key: 'right'")),
            (&["right"], Some("Invalid API key: right")),
            (&["bearer right"], Some("Invalid API key: bearer right")),
            (&["Bearer  right"], Some("Invalid API key:  right")),
        ];
        for (values, message) in cases {
            let answer = admit(
                &Method::POST,
                PATH,
                &headers(AUTHORIZATION, values),
                "right",
                false,
            )
            .err();
            let said = answer.map(|assessment| (assessment.status, assessment.body));
            assert_eq!(
                said,
                message.map(|text| (401, json!({ "message": text }))),
                "{values:?}"
            );
        }
    }

    #[test]
    fn a_key_without_the_permission_is_forbidden() {
        let answer = admit(
            &Method::POST,
            PATH,
            &headers(AUTHORIZATION, &["Bearer k"]),
            "k",
            true,
        )
        .err();
        let said: Option<(u16, Value)> =
            answer.map(|assessment| (assessment.status, assessment.body));
        assert_eq!(said, Some((403, json!({ "message": "Forbidden" }))));
    }

    #[test]
    fn the_content_type_is_json_in_utf8_and_nothing_else() {
        let cases: [(&[&str], bool); 10] = [
            (&["application/json"], true),
            (&["Application/JSON; Charset=UTF-8"], true),
            (&["application/json;charset=\"utf-8\""], true),
            (&["application/json; charset=latin-1"], false),
            (&["application/json; boundary=x"], false),
            (&["application/jsonp"], false),
            (&["text/plain"], false),
            (&["application/x-www-form-urlencoded"], false),
            (&["application/json", "application/json"], false),
            (&[], false),
        ];
        for (values, known) in cases {
            let status = content_type(&headers(CONTENT_TYPE, values))
                .err()
                .map(|assessment| assessment.status);
            assert_eq!(status, (!known).then_some(415), "{values:?}");
        }
    }
}
