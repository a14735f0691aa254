//! The objects of a payload, and how the caller finds them again.

use std::borrow::Cow;

use serde::Serialize;

/// One of the three arrays of a request, in the order in which Braze starts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Array {
    Attributes,
    Events,
    Purchases,
}

impl Array {
    pub(crate) const ALL: [Array; 3] = [Array::Attributes, Array::Events, Array::Purchases];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Array::Attributes => "attributes",
            Array::Events => "events",
            Array::Purchases => "purchases",
        }
    }
}

/// A place in one of the caller's arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Slot {
    pub(crate) array: Array,
    pub(crate) index: usize,
}

/// One object to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object<'a> {
    pub(crate) slot: Slot,
    /// The object as JSON, exactly as it is sent.
    pub(crate) text: Cow<'a, str>,
}

/// How many objects of each array.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub(crate) attributes: usize,
    pub(crate) events: usize,
    pub(crate) purchases: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, array: Array) {
        match array {
            Array::Attributes => self.attributes += 1,
            Array::Events => self.events += 1,
            Array::Purchases => self.purchases += 1,
        }
    }

    pub(crate) fn add_all(&mut self, others: Counts) {
        self.attributes += others.attributes;
        self.events += others.events;
        self.purchases += others.purchases;
    }

    pub(crate) fn of(self, array: Array) -> usize {
        match array {
            Array::Attributes => self.attributes,
            Array::Events => self.events,
            Array::Purchases => self.purchases,
        }
    }

    pub(crate) fn total(self) -> usize {
        self.attributes + self.events + self.purchases
    }
}

/// An object that is not delivered, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Refusal {
    /// None when Braze did not say, or the fault belongs to no object.
    pub(crate) array: Option<Array>,
    /// The caller's index in that array. None as above.
    pub(crate) index: Option<usize>,
    /// Where in the payload, as a JSON pointer. Only for faults found before
    /// sending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pointer: Option<String>,
    /// What is wrong, in Braze's words where Braze has some.
    #[serde(rename = "type")]
    pub(crate) reason: Cow<'static, str>,
}

impl Refusal {
    /// A fault that belongs to no single object.
    pub(crate) fn of_payload(pointer: &str, reason: impl Into<Cow<'static, str>>) -> Self {
        Refusal {
            array: None,
            index: None,
            pointer: Some(pointer.to_owned()),
            reason: reason.into(),
        }
    }
}
