//! Guests by hand, one `.wat` file each, and how each of them ends.

use std::collections::BTreeSet;

use hospes::NodeConfig;
use hospes_tests::{guest_by_hand, guests_by_hand};

use crate::support::limits_of;
use crate::zoo::{contained, end};
use crate::zoo::{contract, endless, greed, lies, multiplied, tasks, wasi};

/// The component of a guest of that name.
#[track_caller]
pub(crate) fn component(name: &str) -> NodeConfig {
    match guest_by_hand(name) {
        Ok(bytes) => NodeConfig::from_bytes(bytes),
        Err(error) => panic!("{name}: {error}"),
    }
}

/// Runs a guest with 300 ms, and checks how it ends.
#[track_caller]
pub(crate) fn check(name: &str, how: &str, sentence: &str) {
    let limits = limits_of(&[("deadline", "300ms")]);
    let (found, said) = end(contained(component(name), &limits, r#"{"a": 1}"#));
    // Where in the bytes depends on the frame.
    let said = said.split(" (at offset").next().unwrap_or_default();
    assert_eq!((found, said), (how, sentence));
}

/// One test for each guest, of the same name: how it ends, and the sentence
/// that says so.
macro_rules! guests {
    ($($name:ident: $how:literal, $sentence:literal;)*) => {
        $(
            #[test]
            fn $name() {
                crate::zoo::wat::check(stringify!($name), $how, $sentence);
            }
        )*

        /// The guests that have a test here.
        pub(super) const TESTED: &[&str] = &[$(stringify!($name)),*];
    };
}
pub(crate) use guests;

#[test]
fn every_guest_by_hand_has_a_test_of_its_name() {
    let tested: BTreeSet<String> = [
        contract::TESTED,
        endless::TESTED,
        greed::TESTED,
        lies::TESTED,
        multiplied::TESTED,
        tasks::TESTED,
        wasi::TESTED,
    ]
    .into_iter()
    .flatten()
    .map(|name| (*name).to_owned())
    .collect();
    let there = guests_by_hand().unwrap();
    assert_eq!(tested, there.into_iter().collect());
}
