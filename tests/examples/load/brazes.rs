//! Two strict Brazes, one for each variant of the node, and what arrived at them.

use std::collections::HashMap;
use std::io;

use hospes_mock_braze::MockBraze;
use serde_json::{Value, json};

/// The node as the command line ships it.
const BRAZE_TRACK: &[u8] = include_bytes!("../../../host/cli/nodes/braze-track.wasm");

/// Which of the two revisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Variant {
    A,
    B,
}

impl Variant {
    pub(crate) const ALL: [Variant; 2] = [Variant::A, Variant::B];

    pub(crate) fn other(self) -> Variant {
        match self {
            Variant::A => Variant::B,
            Variant::B => Variant::A,
        }
    }

    /// The node's component with a custom section that makes its digest its own.
    pub(crate) fn component(self) -> Vec<u8> {
        let mut component = BRAZE_TRACK.to_vec();
        let name = match self {
            Variant::A => b'a',
            Variant::B => b'b',
        };
        component.extend([0, 2, 1, name]);
        component
    }
}

/// Both of them.
pub(crate) struct Brazes {
    a: MockBraze,
    b: MockBraze,
}

impl Brazes {
    pub(crate) fn start() -> io::Result<Brazes> {
        let start = |key| MockBraze::builder().key(key).start();
        Ok(Brazes {
            a: start("load-key-of-variant-a-0123456789")?,
            b: start("load-key-of-variant-b-9876543210")?,
        })
    }

    pub(crate) fn of(&self, variant: Variant) -> &MockBraze {
        match variant {
            Variant::A => &self.a,
            Variant::B => &self.b,
        }
    }

    /// How often each user id arrived at either.
    pub(crate) fn arrivals(&self) -> HashMap<String, Arrivals> {
        let mut arrivals: HashMap<String, Arrivals> = HashMap::new();
        for variant in Variant::ALL {
            for entry in self.of(variant).accepted().attributes {
                let id = entry.object.get("external_id").and_then(Value::as_str);
                let arrived = arrivals.entry(id.unwrap_or_default().to_owned());
                match variant {
                    Variant::A => arrived.or_default().a += 1,
                    Variant::B => arrived.or_default().b += 1,
                }
            }
        }
        arrivals
    }
}

/// How often something arrived at each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arrivals {
    pub(crate) a: u64,
    pub(crate) b: u64,
}

impl Arrivals {
    pub(crate) fn total(self) -> u64 {
        self.a + self.b
    }

    pub(crate) fn at(self, variant: Variant) -> u64 {
        match variant {
            Variant::A => self.a,
            Variant::B => self.b,
        }
    }
}

/// How many users an execution brings: every tenth has too many for one
/// request, so that a swap can come between its two.
fn users(number: u64) -> u64 {
    if number.is_multiple_of(10) { 80 } else { 1 }
}

/// The ids of the users that an execution brings.
pub(crate) fn user_ids(number: u64) -> impl Iterator<Item = String> {
    (0..users(number)).map(move |user| format!("e{number}-u{user}"))
}

/// The payload of an execution.
pub(crate) fn payload(number: u64) -> String {
    let attributes: Vec<Value> = user_ids(number)
        .map(|id| json!({"external_id": id, "first_name": "Ada", "home_city": "London"}))
        .collect();
    json!({ "attributes": attributes }).to_string()
}
