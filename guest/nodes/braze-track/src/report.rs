//! What happened to every object, and how the caller learns it.
//!
//! In the end each object is in exactly one place: delivered, refused, unknown
//! or undelivered. Indexes are the caller's, never those of a request.

use std::borrow::Cow;

use hospes_guest::{Failure, FailureKind, log};
use serde::Serialize;

use crate::answer::{ItemError, Stop};
use crate::object::{Array, Counts, Object, Refusal, Slot};
use crate::validate::Faults;

/// The most entries of a list in the details. A result has its limits too.
const MAX_LISTED: usize = 10_000;

/// The result of a delivery that left nothing out.
#[derive(Debug, Serialize)]
pub struct Delivered {
    /// Always `true`, as a text.
    success: &'static str,
    message: String,
    requests: usize,
    processed: Counts,
    /// Whether Braze has only queued some of it, as it does during maintenance.
    queued: bool,
}

/// What happened to the objects so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    requests: usize,
    delivered: Counts,
    queued: bool,
    refused: Vec<Refusal>,
    /// How many objects that is: one object can have several faults.
    refused_objects: usize,
    /// How many faults there are beside `refused`.
    unlisted_faults: usize,
    /// Perhaps delivered.
    unknown: Vec<Slot>,
    undelivered: Vec<Slot>,
}

/// The details of a failure.
#[derive(Serialize)]
struct Details<'r> {
    requests: usize,
    delivered: Counts,
    refused: &'r [Refusal],
    unknown: &'r [Slot],
    undelivered: &'r [Slot],
    /// How many entries the lists lack at their ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    omitted: Option<Omitted>,
    /// The answer after which nothing more was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<LastAnswer<'r>>,
}

#[derive(PartialEq, Serialize)]
struct Omitted {
    refused: usize,
    unknown: usize,
    undelivered: usize,
}

#[derive(Serialize)]
struct LastAnswer<'r> {
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'r str>,
}

/// What an answer says of one object of its request.
#[derive(Clone, Copy, PartialEq)]
enum Said {
    Nothing,
    Refused,
    /// An error that may be this object's.
    Doubt,
}

impl Report {
    /// Takes over what was found before sending, about that many objects.
    pub(crate) fn faults(&mut self, faults: Faults, objects: usize) {
        self.refused.extend(faults.list);
        self.refused_objects += objects;
        self.unlisted_faults += faults.omitted;
    }

    /// Notes a request that may have reached Braze.
    pub(crate) fn request(&mut self) {
        self.requests += 1;
    }

    /// Notes that Braze has taken a request, but for the objects it names.
    pub(crate) fn taken(
        &mut self,
        sent: &[Object<'_>],
        queued: bool,
        errors: Vec<ItemError>,
        theirs: [Option<i64>; 3],
    ) {
        self.queued |= queued;
        let mut ours = Counts::default();
        if errors.is_empty() {
            sent.iter().for_each(|object| ours.add(object.slot.array));
        } else {
            for (object, said) in sent.iter().zip(self.place(sent, errors)) {
                match said {
                    Said::Nothing => ours.add(object.slot.array),
                    Said::Refused => {}
                    Said::Doubt => self.unknown.push(object.slot),
                }
            }
        }
        // Braze counts loosely: a difference is worth a look, and no failure.
        for (array, theirs) in Array::ALL.into_iter().zip(theirs) {
            let ours = ours.of(array);
            if let Some(theirs) = theirs.filter(|theirs| usize::try_from(*theirs) != Ok(ours)) {
                let (ours, theirs) = (ours.to_string(), theirs.to_string());
                log::warn_with(
                    "Braze counts other than we do",
                    &[
                        ("array", array.name()),
                        ("ours", &ours),
                        ("theirs", &theirs),
                    ],
                );
            }
        }
        self.delivered.add_all(ours);
    }

    /// The failure of a delivery that was stopped at the request that holds
    /// `sent`, before `rest` was sent.
    pub(crate) fn stopped(
        mut self,
        sent: &[Object<'_>],
        rest: &[Object<'_>],
        mut stop: Stop,
    ) -> Failure {
        let is_anything_taken = self.delivered.total() > 0 || !self.unknown.is_empty();
        if stop.may_be_taken() {
            self.unknown.extend(sent.iter().map(|object| object.slot));
        } else {
            let errors = std::mem::take(&mut stop.errors);
            for (object, said) in sent.iter().zip(self.place(sent, errors)) {
                match said {
                    Said::Refused => {}
                    _ if stop.all_refused => {
                        let reason = stop.text.clone().unwrap_or_default();
                        self.refused.push(refusal(Some(object.slot), reason.into()));
                        self.refused_objects += 1;
                    }
                    _ => self.undelivered.push(object.slot),
                }
            }
        }
        self.undelivered
            .extend(rest.iter().map(|object| object.slot));
        let (kind, message) = if is_anything_taken {
            (
                FailureKind::Partial,
                format!("{}. Stopped: {}", self.tally(), stop.message),
            )
        } else {
            (stop.kind, stop.message)
        };
        let answer = stop.status.map(|status| LastAnswer {
            status,
            text: stop.text.as_deref(),
        });
        let mut failure = self.failure(kind, message, answer);
        failure.retry_after = stop.retry_after;
        failure
    }

    /// The failure of a payload of which nothing is sent, not even the objects
    /// in `valid`.
    pub(crate) fn invalid_payload(mut self, valid: &[Object<'_>]) -> Failure {
        self.undelivered = valid.iter().map(|object| object.slot).collect();
        let mut message = String::from("refused before sending");
        if self.refused_objects > 0 {
            message += &format!(": {} of {}", self.refused_objects, objects(self.total()));
        }
        if let Some(first) = self.refused.first() {
            match first.pointer.as_deref() {
                None | Some("") => message += &format!(": {}", first.reason),
                Some(pointer) => {
                    message += &format!(". First fault at {pointer}: {}", first.reason);
                }
            }
        }
        self.failure(FailureKind::InvalidPayload, message, None)
    }

    /// The outcome of a delivery that was not stopped.
    pub(crate) fn finish(self) -> Result<Delivered, Failure> {
        if self.refused.is_empty() && self.unknown.is_empty() {
            let delivered = objects(self.delivered.total());
            return Ok(Delivered {
                success: "true",
                message: match self.requests {
                    1 => format!("{delivered} delivered in 1 request"),
                    requests => format!("{delivered} delivered in {requests} requests"),
                },
                requests: self.requests,
                processed: self.delivered,
                queued: self.queued,
            });
        }
        let kind = if self.delivered.total() > 0 || !self.unknown.is_empty() {
            FailureKind::Partial
        } else {
            FailureKind::Rejected
        };
        let message = self.tally();
        Err(self.failure(kind, message, None))
    }

    /// Finds the objects of a request that Braze names.
    ///
    /// An entry that names an array but none of its objects casts doubt on all
    /// of them, one that names nothing on the whole request.
    fn place(&mut self, sent: &[Object<'_>], errors: Vec<ItemError>) -> Vec<Said> {
        let mut said = vec![Said::Nothing; sent.len()];
        for error in errors {
            // The objects are in the order of their arrays.
            let first = |array| sent.partition_point(|object| object.slot.array < array);
            let place = error.array.zip(error.index).and_then(|(array, index)| {
                let place = first(array).checked_add(index)?;
                sent.get(place)
                    .filter(|object| object.slot.array == array)
                    .map(|_| place)
            });
            let found = place.and_then(|place| sent.get(place).zip(said.get_mut(place)));
            if let Some((object, said)) = found {
                self.refused_objects += usize::from(*said != Said::Refused);
                *said = Said::Refused;
                self.refused.push(refusal(Some(object.slot), error.reason));
                continue;
            }
            let array = error
                .array
                .filter(|array| sent.iter().any(|o| o.slot.array == *array));
            for (object, said) in sent.iter().zip(&mut said) {
                let may_be_meant = array.is_none_or(|array| array == object.slot.array);
                if may_be_meant && *said == Said::Nothing {
                    *said = Said::Doubt;
                }
            }
            self.refused.push(Refusal {
                array,
                ..refusal(None, error.reason)
            });
        }
        said
    }

    fn total(&self) -> usize {
        self.delivered.total() + self.refused_objects + self.unknown.len() + self.undelivered.len()
    }

    /// Such as `2 of 5 objects delivered, 1 refused, 2 not delivered`.
    fn tally(&self) -> String {
        let mut tally = format!(
            "{} of {} delivered",
            self.delivered.total(),
            objects(self.total())
        );
        for (count, what) in [
            (self.refused_objects, "refused"),
            (self.unknown.len(), "perhaps delivered"),
            (self.undelivered.len(), "not delivered"),
        ] {
            if count > 0 {
                tally += &format!(", {count} {what}");
            }
        }
        tally
    }

    fn failure(
        &self,
        kind: FailureKind,
        message: String,
        answer: Option<LastAnswer<'_>>,
    ) -> Failure {
        let (refused, more_refused) = listed(&self.refused);
        let (unknown, more_unknown) = listed(&self.unknown);
        let (undelivered, more_undelivered) = listed(&self.undelivered);
        let omitted = Omitted {
            refused: more_refused + self.unlisted_faults,
            unknown: more_unknown,
            undelivered: more_undelivered,
        };
        let nothing = Omitted {
            refused: 0,
            unknown: 0,
            undelivered: 0,
        };
        Failure::new(kind, message).details(&Details {
            requests: self.requests,
            delivered: self.delivered,
            refused,
            unknown,
            undelivered,
            omitted: (omitted != nothing).then_some(omitted),
            answer,
        })
    }
}

/// What of a list is shown, and how many entries are not.
fn listed<T>(list: &[T]) -> (&[T], usize) {
    list.split_at_checked(MAX_LISTED)
        .map_or((list, 0), |(shown, rest)| (shown, rest.len()))
}

fn refusal(slot: Option<Slot>, reason: Cow<'static, str>) -> Refusal {
    Refusal {
        array: slot.map(|slot| slot.array),
        index: slot.map(|slot| slot.index),
        pointer: None,
        reason,
    }
}

fn objects(count: usize) -> String {
    if count == 1 {
        "1 object".to_owned()
    } else {
        format!("{count} objects")
    }
}
