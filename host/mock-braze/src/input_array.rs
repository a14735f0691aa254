//! The three arrays of a request, and how many objects of each there are.

use serde::Serialize;
use serde_json::Value;

/// The array of the request an object came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InputArray {
    /// `attributes`
    Attributes,
    /// `events`
    Events,
    /// `purchases`
    Purchases,
}

impl InputArray {
    /// All three, in the order Braze starts them.
    pub const ALL: [Self; 3] = [Self::Attributes, Self::Events, Self::Purchases];

    /// The name of the array in the request.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attributes => "attributes",
            Self::Events => "events",
            Self::Purchases => "purchases",
        }
    }
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
