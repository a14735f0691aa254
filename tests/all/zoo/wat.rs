//! Guests by hand: `tests/guests/wat/NAME.wat` holds what a guest does wrong,
//! and a frame around it makes it a component.
//!
//! A guest is a core module `$guest`, instantiated as `$node`, with the exports
//! `memory`, `realloc`, `execute` and perhaps `post`. A guest with an export
//! `callback` is of the async world. A guest that exports to the host itself
//! needs nothing but the types.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hospes::NodeConfig;

use crate::support::limits_of;
use crate::zoo::{contained, end};
use crate::zoo::{contract, endless, greed, lies, tasks, wasi};

const FRAME: &str = include_str!("frame.wat");

const LIFT: &str = r#"
  (func $execute (type $execute) (canon lift (core func $node "execute")
    (memory (core memory $node "memory")) (realloc (core func $node "realloc")) POST))
  (instance $action (export "execute" (func $execute)))
  (export "hospes:node/action@0.1.0" (instance $action))"#;

const LIFT_ASYNC: &str = r#"
  (core module $lib
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $lib (instantiate $lib))
  (core func $return (canon task.return (result $answer) (memory (core memory $lib "memory"))))
  (core func $set (canon waitable-set.new))
  (core instance $host (export "return" (func $return)) (export "set" (func $set)))
  (core instance $node (instantiate $guest
    (with "host" (instance $host)) (with "memory" (instance $lib))))
  (func $execute (type $execute-async) (canon lift (core func $node "execute") async
    (memory (core memory $lib "memory")) (realloc (core func $lib "realloc")) (callback (core func $node "callback"))))
  (instance $action (export "execute" (func $execute)))
  (export "hospes:node/action-async@0.1.0" (instance $action))"#;

fn dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/wat")
}

/// The component of a guest of that name.
#[track_caller]
pub(crate) fn component(name: &str) -> NodeConfig {
    let guest = fs::read_to_string(dir().join(name).with_extension("wat")).unwrap();
    let lift = if guest.contains(r#"(export "hospes:node/"#) {
        String::new()
    } else if guest.contains(r#"(export "callback")"#) {
        LIFT_ASYNC.to_owned()
    } else if guest.contains(r#"(export "post")"#) {
        LIFT.replace("POST", r#"(post-return (core func $node "post"))"#)
    } else {
        LIFT.replace("POST", "")
    };
    let text = FRAME.replace("{guest}", &guest).replace("{lift}", &lift);
    match wat::parse_str(&text) {
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
        tasks::TESTED,
        wasi::TESTED,
    ]
    .into_iter()
    .flatten()
    .map(|name| (*name).to_owned())
    .collect();
    let there: BTreeSet<String> = fs::read_dir(dir())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(tested, there);
}
