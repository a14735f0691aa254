//! How long Braze asks us to wait, from the headers of its answer.
//!
//! In this order: `X-Ratelimit-Retry-After` (seconds), `Retry-After` (seconds or
//! a date; not documented by Braze), `X-RateLimit-Reset`. The last one is an
//! epoch in seconds in one of Braze's contracts and the seconds that are left in
//! another; no wait is as long as a thousand million seconds, so the size tells.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hospes_guest::http::Response;

use crate::time::http_date;

/// From here on a number is an epoch.
const LEAST_EPOCH: u64 = 1_000_000_000;

/// A wait of zero, or until a time in the past, must not become a hot loop.
const LEAST: Duration = Duration::from_secs(1);

/// Braze's windows end within the hour. More than a day is not a wait.
const MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// The wait that goes with a 429. None if no header says.
pub(crate) fn rate_limit(response: &Response, now: SystemTime) -> Option<Duration> {
    header(response, "x-ratelimit-retry-after", seconds)
        .or_else(|| retry_after(response, now))
        .or_else(|| header(response, "x-ratelimit-reset", |text| reset(text, now)))
}

/// The wait that a `Retry-After` header asks for.
pub(crate) fn retry_after(response: &Response, now: SystemTime) -> Option<Duration> {
    header(response, "retry-after", |text| {
        seconds(text).or_else(|| http_date(text).map(|at| until(at, now)))
    })
}

fn header(
    response: &Response,
    name: &str,
    read: impl FnOnce(&str) -> Option<Duration>,
) -> Option<Duration> {
    let wait = read(response.header(name)?.trim())?;
    (wait <= MOST).then(|| wait.max(LEAST))
}

fn seconds(text: &str) -> Option<Duration> {
    text.parse().ok().map(Duration::from_secs)
}

fn reset(text: &str, now: SystemTime) -> Option<Duration> {
    match text.parse().ok()? {
        epoch @ LEAST_EPOCH.. => Some(until(Duration::from_secs(epoch), now)),
        left => Some(Duration::from_secs(left)),
    }
}

fn until(epoch: Duration, now: SystemTime) -> Duration {
    epoch.saturating_sub(now.duration_since(UNIX_EPOCH).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&str, &str)], seconds: Option<u64>) {
        let now = UNIX_EPOCH + Duration::from_secs(1_772_357_400);
        let response = headers
            .iter()
            .fold(Response::new(429), |response, (name, value)| {
                response.with_header(name, *value)
            });
        assert_eq!(
            rate_limit(&response, now).map(|wait| wait.as_secs()),
            seconds,
            "{headers:?}"
        );
    }

    #[test]
    fn each_style_of_header_is_read() {
        check(&[], None);
        check(&[("X-Ratelimit-Retry-After", "7")], Some(7));
        check(&[("Retry-After", "7")], Some(7));
        check(&[("Retry-After", "Sun, 01 Mar 2026 09:30:07 GMT")], Some(7));
        check(&[("X-RateLimit-Reset", "7")], Some(7));
        check(&[("X-RateLimit-Reset", "1772357407")], Some(7));
        check(&[("x-ratelimit-reset", " 7 ")], Some(7));
    }

    #[test]
    fn the_most_specific_header_wins() {
        let reset = ("X-RateLimit-Reset", "3");
        check(
            &[
                reset,
                ("Retry-After", "2"),
                ("X-Ratelimit-Retry-After", "1"),
            ],
            Some(1),
        );
        check(&[reset, ("Retry-After", "2")], Some(2));
        check(
            &[
                ("X-Ratelimit-Retry-After", "soon"),
                ("Retry-After", "?"),
                reset,
            ],
            Some(3),
        );
    }

    #[test]
    fn no_wait_is_nothing_or_forever() {
        check(&[("X-Ratelimit-Retry-After", "0")], Some(1));
        check(&[("X-RateLimit-Reset", "1772357000")], Some(1));
        check(&[("Retry-After", "Sun, 01 Mar 2020 09:30:07 GMT")], Some(1));
        check(&[("X-Ratelimit-Retry-After", "-7")], None);
        check(&[("X-RateLimit-Reset", "1772357407000")], None);
        check(
            &[
                ("X-Ratelimit-Retry-After", "99999999"),
                ("Retry-After", "2"),
            ],
            Some(2),
        );
    }
}
