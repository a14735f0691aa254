//! Sends user attributes, events and purchases to the Braze `users/track`
//! endpoint.
//!
//! # Payload
//!
//! Either the body of `users/track` itself, or one user of a conversation and
//! perhaps one event:
//!
//! ```json
//! {"attributes": [{"external_id": "u1", "first_name": "Ada"}],
//!  "events": [{"external_id": "u1", "name": "signed up", "time": "2026-03-01T09:30:00Z"}]}
//! ```
//!
//! ```json
//! {"user": {"external_id": "u1", "first_name": "Ada"}, "event": {"name": "signed up"}}
//! ```
//!
//! Every object is checked before anything is sent. By default, one object that
//! Braze is known to refuse makes the whole payload `invalid-payload`, so that
//! you can correct and send it without any event arriving twice. With
//! `on_invalid = "send-valid"` the others are sent.
//!
//! # Outcome
//!
//! | what happened | outcome |
//! |---|---|
//! | Braze took everything | success, `queued` during maintenance |
//! | it refused some, or took some before a request failed | `partial` |
//! | it refused all, or the request itself | `rejected` |
//! | it did not accept the key | `unauthorized` |
//! | it asks to slow down | `rate-limited`, with the wait if it says |
//! | it is down, or out of reach | `unavailable` |
//! | no answer came to a request that may have arrived | `unknown` |
//! | the answer was outside its contract | `protocol` |
//! | a fault of the payload, found before sending | `invalid-payload` |
//!
//! Nothing more is sent after a request that was not accepted. If an earlier one
//! was accepted, the kind is `partial`, whatever stopped the rest, even a request
//! whose fate is unknown: `partial` is the only kind that forbids repeating the
//! whole. The details list every object, by the caller's index, in exactly one of
//! `delivered` (counted), `refused`, `unknown` and `undelivered`.

mod answer;
mod chunk;
mod conversation;
mod deliver;
mod describe;
mod json;
mod object;
mod params;
mod payload;
mod reader;
mod report;
#[cfg(test)]
mod tests;
mod time;
mod validate;
mod wait;

use hospes_guest::{Action, Context, Description, Failure, log};
use serde_json::value::RawValue;

use crate::chunk::Envelope;
use crate::deliver::{Delivery, KEY};
use crate::params::OnInvalid;
use crate::report::Report;
use crate::validate::Faults;

pub use crate::params::Params;
pub use crate::report::Delivered;

/// The action.
pub struct BrazeTrack;

impl Action for BrazeTrack {
    type Payload = Box<RawValue>;
    type Params = Params;
    type Output = Delivered;

    fn describe() -> Description {
        describe::description()
    }

    fn execute(text: Box<RawValue>, ctx: Context<Params>) -> Result<Delivered, Failure> {
        let params = &ctx.params;
        let (url, limits) = (params.url()?, params.limits()?);
        if !ctx.has_secret(KEY) {
            return Err(Failure::invalid_params(format!(
                "the secret {KEY} is missing"
            )));
        }

        let mut report = Report::default();
        let payload = match reader::read(text.get()) {
            Ok(payload) => payload,
            Err(faults) => {
                report.faults(faults.into(), 0);
                return Err(report.invalid_payload(&[]));
            }
        };
        for (name, _) in payload.others.iter().filter(|(name, _)| name != "group_id") {
            log::warn_with(
                "Braze ignores this member of the payload",
                &[("name", name)],
            );
        }

        let (form, mut objects) = (payload.form, payload.objects);
        let total = objects.len();
        let mut faults = Faults::default();
        objects.retain(|object| validate::check(form, object, &mut faults));
        let refuse_all = !faults.is_empty() && params.on_invalid == OnInvalid::RefuseAll;

        let partner = payload.partner.as_deref().unwrap_or(&params.partner);
        let others = payload.others.iter().map(|(name, value)| (&**name, *value));
        let envelope = Envelope::new(Some(partner).filter(|partner| !partner.is_empty()), others);
        if !refuse_all {
            objects.retain(|object| {
                let fits = envelope.fits(object, limits);
                if !fits {
                    validate::too_large(form, object, &mut faults);
                }
                fits
            });
        }
        report.faults(faults, total - objects.len());
        if refuse_all || objects.is_empty() {
            return Err(report.invalid_payload(&objects));
        }
        Delivery {
            url: &url,
            envelope,
            limits,
            remaining: ctx.remaining(),
        }
        .run(&objects, report)
    }
}
