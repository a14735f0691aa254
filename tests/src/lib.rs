//! End-to-end tests of hospes: real components, real sockets, real files. The
//! tests are in `all/`; this library holds what they share with the soak
//! command and the load driver.
//!
//! # Guests by hand
//!
//! `tests/guests/wat/NAME.wat` holds what a guest does wrong, and a frame
//! around it makes it a component. A guest is a core module `$guest`,
//! instantiated as `$node`, with the exports `memory`, `realloc`, `execute` and
//! perhaps `post`. A guest with an export `callback` is of the async world. A
//! guest that exports to the host itself needs nothing but the types.

mod held;
mod large;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use held::Held;
pub use hospes_bench::{Latencies, Summary};
pub use large::large_component;

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

/// The names of all guests by hand, sorted.
///
/// # Errors
///
/// If the folder can't be read.
pub fn guests_by_hand() -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir())? {
        let path = entry?.path();
        names.push(
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        );
    }
    names.sort();
    Ok(names)
}

/// The component of a guest by hand.
///
/// # Errors
///
/// If there is no such file, or it is not WAT.
pub fn guest_by_hand(name: &str) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    guest_with(name, "")
}

/// As [`guest_by_hand`], with more definitions in the component.
///
/// # Errors
///
/// As [`guest_by_hand`].
pub fn guest_with(
    name: &str,
    definitions: &str,
) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let guest = fs::read_to_string(dir().join(name).with_extension("wat"))? + definitions;
    let lift = if guest.contains(r#"(export "hospes:node/"#) {
        String::new()
    } else if guest.contains(r#"(export "callback")"#) {
        LIFT_ASYNC.to_owned()
    } else if guest.contains(r#"(export "post")"#) {
        LIFT.replace("POST", r#"(post-return (core func $node "post"))"#)
    } else {
        LIFT.replace("POST", "")
    };
    Ok(wat::parse_str(
        FRAME.replace("{guest}", &guest).replace("{lift}", &lift),
    )?)
}
