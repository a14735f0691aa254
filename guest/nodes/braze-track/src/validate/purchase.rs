//! One purchases object.

use super::properties::{self, Rules};
use super::{Checker, Fields, MAX_CHARS, is_long};
use crate::json::{Node, find};
use crate::time::is_time;

const PROPERTIES: Rules = Rules {
    reserved: &[
        "time",
        "product_id",
        "quantity",
        "event_name",
        "price",
        "currency",
    ],
    bytes: 50 * 1024,
};

pub(super) fn check<'c>(fields: Fields<'c, '_>, size: usize, checker: &mut Checker<'c>) {
    if checker
        .required_text(fields, "product_id")
        .is_some_and(is_long)
    {
        checker.not_valid("product_id", &format!("at most {MAX_CHARS} characters"));
    }
    if checker
        .required_text(fields, "currency")
        .is_some_and(|code| !is_currency(code))
    {
        checker.not_valid("currency", "a code of ISO 4217");
    }
    match find(fields, "price") {
        None => checker.fault_at("price", "'price' is required"),
        Some(Node::Integer(_) | Node::Number(_)) => {}
        Some(_) => checker.not_valid("price", "a number"),
    }
    if checker
        .required_text(fields, "time")
        .is_some_and(|time| !is_time(time))
    {
        checker.not_valid("time", "a time in ISO 8601");
    }
    if !matches!(
        find(fields, "quantity"),
        None | Some(Node::Integer(1..=100))
    ) {
        checker.fault_at("quantity", "'quantity' is not valid");
    }
    checker.optional_text(fields, "app_id");
    properties::check(fields, &PROPERTIES, size, checker);
}

/// Which codes there are changes over the years: Braze knows, we know the form.
fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase())
}
