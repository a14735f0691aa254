//! What goes back: status, headers and body of the honest answer, and what a step changes in it.

use hyper::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::check::Assessment;
use crate::quota::Quota;
use crate::script::{Echo, ScriptStep};

/// Which rate-limit headers a contract's answers carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RateLimitStyle {
    /// Every answer has `X-RateLimit-Limit`, `-Remaining` and `-Reset`, a 429 too; the reset is in epoch seconds.
    #[default]
    Reset,
    /// A 429 has none of the three but `X-Ratelimit-Retry-After` in seconds; elsewhere the reset is in seconds
    /// from now.
    RetryAfter,
}

/// An answer as it is sent; the HTTP layer adds `date` and `content-length`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MockResponse {
    /// The status code.
    pub status: u16,
    /// The headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body: JSON, or a string that is sent as it is.
    pub body: Value,
}

const LIMIT: &str = "x-ratelimit-limit";
const REMAINING: &str = "x-ratelimit-remaining";
const RESET: &str = "x-ratelimit-reset";
const RETRY_AFTER: &str = "x-ratelimit-retry-after";
const STANDARD_RETRY_AFTER: &str = "retry-after";

impl MockResponse {
    /// The honest answer with what `step` replaces in it.
    ///
    /// A scripted status brings the usual words for it, because the honest body beside it would be a lie no
    /// server tells. `authorization` is what was received, for the echo.
    pub(crate) fn new(
        assessment: &Assessment,
        step: &ScriptStep,
        style: RateLimitStyle,
        quota: &Quota,
        authorization: &str,
    ) -> Self {
        let status = step.status.unwrap_or(assessment.status);
        let body = match (&step.body, step.echo) {
            (Some(body), _) => body.clone(),
            (None, Some(Echo::Body)) => authorization.into(),
            (None, _) => usual_body(status, assessment),
        };
        let mut answer = Self {
            status,
            headers: Vec::new(),
            body,
        };
        let media = if answer.body.is_string() {
            "text/plain; charset=utf-8"
        } else {
            "application/json"
        };
        answer.add("content-type", media);
        if status != 429 || !gives_its_own_wait(step) {
            answer.rate_limit(style, quota);
        }
        answer.headers.retain(|(name, _)| {
            !step
                .headers
                .iter()
                .any(|(given, _)| given.eq_ignore_ascii_case(name))
        });
        for (name, value) in &step.headers {
            answer.add(&name.to_ascii_lowercase(), value);
        }
        match step.echo {
            Some(Echo::Header) => answer.add("x-echo-authorization", authorization),
            Some(Echo::Location) => answer.add("location", authorization),
            Some(Echo::Body) | None => {}
        }
        answer
    }

    /// The bytes of the body.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match &self.body {
            Value::String(text) => text.clone().into_bytes(),
            json => json.to_string().into_bytes(),
        }
    }

    fn add(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    fn rate_limit(&mut self, style: RateLimitStyle, quota: &Quota) {
        let reset = match style {
            RateLimitStyle::RetryAfter if self.status == 429 => {
                return self.add(RETRY_AFTER, &quota.reset_in.to_string());
            }
            RateLimitStyle::RetryAfter => quota.reset_in,
            RateLimitStyle::Reset => quota.reset_at,
        };
        // A 429 that leaves requests over would contradict itself.
        let remaining = if self.status == 429 {
            0
        } else {
            quota.remaining
        };
        self.add(LIMIT, &quota.limit.to_string());
        self.add(REMAINING, &remaining.to_string());
        self.add(RESET, &reset.to_string());
    }
}

/// Whether the script says itself how long to wait after a 429.
fn gives_its_own_wait(step: &ScriptStep) -> bool {
    let own = [LIMIT, REMAINING, RESET, RETRY_AFTER, STANDARD_RETRY_AFTER];
    step.headers
        .iter()
        .any(|(name, _)| own.contains(&name.to_ascii_lowercase().as_str()))
}

fn usual_body(status: u16, assessment: &Assessment) -> Value {
    if status == assessment.status {
        return assessment.body.clone();
    }
    let words = match status {
        202 => "queued",
        200..300 if (200..300).contains(&assessment.status) => return assessment.body.clone(),
        200..300 => "success",
        401 => "Invalid API Key",
        429 => "Rate limit exceeded",
        _ => StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("Error"),
    };
    json!({ "message": words })
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota {
        allowed: true,
        limit: 10,
        remaining: 4,
        reset_in: 3,
        reset_at: 1_900_000_000,
    };

    fn honest() -> Assessment {
        Assessment::with_body(201, json!({ "message": "success", "events_processed": 1 }))
    }

    fn answer(step: &ScriptStep, style: RateLimitStyle) -> MockResponse {
        MockResponse::new(&honest(), step, style, &QUOTA, "Bearer k")
    }

    fn header<'a>(answer: &'a MockResponse, name: &str) -> Vec<&'a str> {
        answer
            .headers
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    #[test]
    fn an_answer_that_is_no_429_counts_down() {
        for (style, reset) in [
            (RateLimitStyle::Reset, "1900000000"),
            (RateLimitStyle::RetryAfter, "3"),
        ] {
            for step in [
                ScriptStep::honest(),
                ScriptStep::status(500),
                ScriptStep::status(401),
            ] {
                let answer = answer(&step, style);
                assert_eq!(header(&answer, LIMIT), ["10"]);
                assert_eq!(header(&answer, REMAINING), ["4"]);
                assert_eq!(header(&answer, RESET), [reset]);
                assert!(header(&answer, RETRY_AFTER).is_empty());
            }
        }
    }

    #[test]
    fn a_429_says_how_long_to_wait_in_one_style_only() {
        let reset = answer(&ScriptStep::status(429), RateLimitStyle::Reset);
        assert_eq!(
            (header(&reset, RESET), header(&reset, REMAINING)),
            (vec!["1900000000"], vec!["0"])
        );
        assert!(header(&reset, RETRY_AFTER).is_empty());

        let retry = answer(&ScriptStep::status(429), RateLimitStyle::RetryAfter);
        assert_eq!(header(&retry, RETRY_AFTER), ["3"]);
        assert!(
            [LIMIT, REMAINING, RESET]
                .iter()
                .all(|name| header(&retry, name).is_empty())
        );
    }

    #[test]
    fn a_429_with_a_wait_of_its_own_gets_no_other() {
        for name in [
            "X-Ratelimit-Retry-After",
            "Retry-After",
            "X-RateLimit-Reset",
        ] {
            let answer = answer(
                &ScriptStep::status(429).header(name, "7"),
                RateLimitStyle::Reset,
            );
            let expected = [
                ("content-type".to_owned(), "application/json".to_owned()),
                (name.to_lowercase(), "7".into()),
            ];
            assert_eq!(answer.headers, expected);
        }
    }

    #[test]
    fn a_status_without_a_body_brings_its_own_words() {
        for (status, body) in [
            (201, json!({ "message": "success", "events_processed": 1 })),
            (200, json!({ "message": "success", "events_processed": 1 })),
            (202, json!({ "message": "queued" })),
            (401, json!({ "message": "Invalid API Key" })),
            (403, json!({ "message": "Forbidden" })),
            (413, json!({ "message": "Payload Too Large" })),
            (429, json!({ "message": "Rate limit exceeded" })),
            (503, json!({ "message": "Service Unavailable" })),
            (599, json!({ "message": "Error" })),
        ] {
            assert_eq!(
                answer(&ScriptStep::status(status), RateLimitStyle::Reset).body,
                body,
                "{status}"
            );
        }
    }

    #[test]
    fn a_step_replaces_only_what_it_names() {
        let step = ScriptStep::honest()
            .header("Content-Type", "application/problem+json")
            .header("x-b", "1")
            .header("X-B", "2");
        let answer = answer(&step, RateLimitStyle::Reset);
        assert_eq!((answer.status, &answer.body), (201, &honest().body));
        assert_eq!(
            header(&answer, "content-type"),
            ["application/problem+json"]
        );
        assert_eq!(header(&answer, "x-b"), ["1", "2"]);
    }

    #[test]
    fn the_credential_comes_back_where_the_step_says() {
        let body = answer(
            &ScriptStep::status(500).echo(Echo::Body),
            RateLimitStyle::Reset,
        );
        assert_eq!(body.bytes(), b"Bearer k");
        let in_header = answer(
            &ScriptStep::honest().echo(Echo::Header),
            RateLimitStyle::Reset,
        );
        assert_eq!(header(&in_header, "x-echo-authorization"), ["Bearer k"]);
        let location = answer(
            &ScriptStep::status(307).echo(Echo::Location),
            RateLimitStyle::Reset,
        );
        assert_eq!(header(&location, "location"), ["Bearer k"]);
    }
}
