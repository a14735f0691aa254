//! The objects a real workspace would have queued.

use serde::Serialize;
use serde_json::Value;

use crate::check::InputArray;

/// What was taken so far; within each array, in order of arrival.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ledger {
    /// The attribute objects.
    pub attributes: Vec<Entry>,
    /// The event objects.
    pub events: Vec<Entry>,
    /// The purchase objects.
    pub purchases: Vec<Entry>,
}

/// One object in the [`Ledger`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// The number of the request that brought it; the first request is number 1.
    pub request: u64,
    /// The object exactly as it was sent.
    pub object: Value,
}

/// How many objects of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Attribute objects.
    pub attributes: usize,
    /// Event objects.
    pub events: usize,
    /// Purchase objects.
    pub purchases: usize,
}

impl Ledger {
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

    /// The entries of one array.
    pub fn array(&self, array: InputArray) -> &[Entry] {
        match array {
            InputArray::Attributes => &self.attributes,
            InputArray::Events => &self.events,
            InputArray::Purchases => &self.purchases,
        }
    }

    pub(crate) fn take(&mut self, request: u64, objects: &[(InputArray, Value)]) {
        for (array, object) in objects {
            let entry = Entry {
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

impl Counts {
    /// All kinds together.
    pub fn total(self) -> usize {
        self.attributes + self.events + self.purchases
    }

    /// The count of one array.
    pub fn of(self, array: InputArray) -> usize {
        match array {
            InputArray::Attributes => self.attributes,
            InputArray::Events => self.events,
            InputArray::Purchases => self.purchases,
        }
    }

    pub(crate) fn count(objects: &[(InputArray, Value)]) -> Self {
        let of = |wanted| objects.iter().filter(|(array, _)| *array == wanted).count();
        Self {
            attributes: of(InputArray::Attributes),
            events: of(InputArray::Events),
            purchases: of(InputArray::Purchases),
        }
    }
}
