//! Sends the objects, request after request.
//!
//! Each request waits for the response to the one before, since Braze keeps no
//! order between requests in flight. No request is ever repeated: events and
//! purchases have no identity, so Braze would count them twice.

use std::time::{Duration, Instant, SystemTime};

use hospes_guest::http::Request;
use hospes_guest::{Failure, FailureKind};

use crate::answer::{self, Answer, Stop};
use crate::chunk::{Envelope, Limits};
use crate::object::Object;
use crate::report::{Delivered, Report};

/// The name of the secret that holds Braze's API key.
pub(crate) const KEY: &str = "braze_api_key";

/// No further request starts with less time than this.
const LEAST_TIME: Duration = Duration::from_millis(100);

/// The maximum time that is reserved to report what happened.
const MOST_MARGIN: Duration = Duration::from_millis(500);

/// Where and how requests are sent.
pub(crate) struct Delivery<'d> {
    pub(crate) url: &'d str,
    pub(crate) envelope: Envelope,
    pub(crate) limits: Limits,
    /// How long the execution may go on.
    pub(crate) remaining: Duration,
}

impl Delivery<'_> {
    /// Sends the objects until all are sent or an answer forbids to go on.
    pub(crate) fn run(
        &self,
        objects: &[Object<'_>],
        mut report: Report,
    ) -> Result<Delivered, Failure> {
        let mut rest = objects;
        let mut started = None;
        while !rest.is_empty() {
            let (count, size) = self.envelope.next(rest, self.limits);
            let (sent, later) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            // The clock is only needed when there is a second request.
            let elapsed = match started {
                None if later.is_empty() => Duration::ZERO,
                _ => started.get_or_insert_with(Instant::now).elapsed(),
            };
            let left = self.remaining.saturating_sub(elapsed);
            if left < LEAST_TIME && started.is_some() {
                let stop = Stop::new(FailureKind::Unavailable, "no time is left for a request");
                return Err(report.stopped(sent, later, stop));
            }
            // Whatever happens to the request, there must be time to say so.
            let timeout = left - (left / 10).min(MOST_MARGIN);
            let outcome = Request::post(self.url)
                .secret("authorization", KEY, "Bearer ")
                .header("content-type", "application/json")
                .body(self.envelope.body(sent, size))
                .timeout(timeout)
                .send();
            if outcome
                .as_ref()
                .map_or_else(|error| error.may_have_arrived(), |_| true)
            {
                report.request();
            }
            match answer::read(outcome, SystemTime::now) {
                Answer::Taken {
                    queued,
                    errors,
                    counts,
                } => {
                    report.taken(sent, queued, errors, counts);
                }
                Answer::Stopped(stop) => return Err(report.stopped(sent, later, stop)),
            }
            rest = later;
        }
        report.finish()
    }
}
