//! The objects a real workspace would have queued.

use serde::Serialize;
use serde_json::Value;

use crate::input_array::{Counts, InputArray};

/// What was taken so far; within each array, in order of arrival.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AcceptedObjects {
    /// The attribute objects.
    pub attributes: Vec<AcceptedObject>,
    /// The event objects.
    pub events: Vec<AcceptedObject>,
    /// The purchase objects.
    pub purchases: Vec<AcceptedObject>,
}

/// One object in the [`AcceptedObjects`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AcceptedObject {
    /// The number of the request that brought it; the first request is number 1.
    pub request: u64,
    /// The object exactly as it was sent.
    pub object: Value,
}

impl AcceptedObjects {
    /// How many objects of each kind were taken.
    pub fn counts(&self) -> Counts {
        Counts {
            attributes: self.attributes.len(),
            events: self.events.len(),
            purchases: self.purchases.len(),
        }
    }

    /// How many objects were taken in all.
    pub fn len(&self) -> usize {
        self.counts().total()
    }

    /// Whether nothing was taken.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn take(&mut self, request: u64, objects: &[(InputArray, Value)]) {
        for (array, object) in objects {
            let entry = AcceptedObject {
                request,
                object: object.clone(),
            };
            match array {
                InputArray::Attributes => self.attributes.push(entry),
                InputArray::Events => self.events.push(entry),
                InputArray::Purchases => self.purchases.push(entry),
            }
        }
    }
}
