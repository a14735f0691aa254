//! Guests that misbehave when they are asked about themselves, while they are
//! loaded. None of them is admitted, but for the one that only asks in vain.

use hospes::{Limits, NodeConfig};
use hospes_artifacts as guests;

use crate::support::RUNTIME;
use crate::zoo::{contained, end};

#[track_caller]
fn refused(path: &str, sentence: &str) {
    let ended = contained(NodeConfig::from_file(path), &Limits::default(), "null");
    let (how, said) = end(ended);
    assert_eq!((how, &*said), ("refused", sentence));
}

#[test]
pub(crate) fn describe_loops() {
    let sentence = "the component breaks when asked about itself: \
                    the execution did not end within 1s (limit `deadline`)";
    refused(guests::DESCRIBE_LOOPS, sentence);
}

#[test]
pub(crate) fn describe_sleeps() {
    let sentence = "the component breaks when asked about itself: \
                    the execution did not end within 1s (limit `deadline`)";
    refused(guests::DESCRIBE_SLEEPS, sentence);
}

#[test]
pub(crate) fn describe_traps() {
    let sentence = "the component breaks when asked about itself: \
                    the node trapped: wasm `unreachable` instruction executed";
    refused(guests::DESCRIBE_TRAPS, sentence);
}

#[test]
pub(crate) fn describe_floods() {
    let sentence = "the component breaks when asked about itself: \
                    it has more than 256KiB to say";
    refused(guests::DESCRIBE_FLOODS, sentence);
}

#[test]
pub(crate) fn describe_wishes() {
    let sentence = "the component breaks when asked about itself: \
                    it has more than 256KiB to say";
    refused(guests::DESCRIBE_WISHES, sentence);
}

#[test]
pub(crate) fn describe_lies() {
    let sentence = "the component breaks when asked about itself: its payload schema \
                    is not valid JSON: EOF while parsing a value at line 1 column 9";
    refused(guests::DESCRIBE_LIES, sentence);
}

#[test]
pub(crate) fn describe_heavy_schemas() {
    let sentence = "the component breaks when asked about itself: its payload schema: it is too \
                    much work: its parts name each other too often";
    refused(guests::DESCRIBE_HEAVY_SCHEMAS, sentence);
}

#[test]
pub(crate) fn describe_sends() {
    let component = NodeConfig::from_file(guests::DESCRIBE_SENDS);
    let inspection = RUNTIME.inspect(&component).unwrap();
    let denied = r#"Err(Error::Denied("no-rule"))"#;
    assert_eq!(inspection.description.summary, denied);
}
