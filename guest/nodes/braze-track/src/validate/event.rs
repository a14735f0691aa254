//! One events object.
//!
//! Events named `ecommerce.*` have schemas of their own, which only Braze knows.

use super::properties::{self, Rules};
use super::{Checker, Fields, MAX_CHARS, is_long};
use crate::time::is_time;

const PROPERTIES: Rules = Rules {
    reserved: &["time", "event_name"],
    bytes: 100 * 1024,
};

pub(super) fn check<'c>(fields: Fields<'c, '_>, size: usize, checker: &mut Checker<'c>) {
    if checker.required_text(fields, "name").is_some_and(is_long) {
        checker.not_valid("name", &format!("at most {MAX_CHARS} characters"));
    }
    if checker
        .required_text(fields, "time")
        .is_some_and(|time| !is_time(time))
    {
        checker.not_valid("time", "a time in ISO 8601");
    }
    checker.optional_text(fields, "app_id");
    properties::check(fields, &PROPERTIES, size, checker);
}
