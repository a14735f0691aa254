//! One attributes object: the reserved fields by their rules, anything else as a
//! custom attribute.
//!
//! Reserved names are lower-case: `firstName` is a custom attribute. Null clears
//! a field.

use super::{Checker, Fields, Step, custom};
use crate::json::{Node, find};
use crate::time::{is_attribute_time, is_date};

const EMAIL_STATE: &str = "'email_subscribe' must be 'subscribed', 'unsubscribed', or 'opted_in'";
const PUSH_STATE: &str = "'push_subscribe' must be 'subscribed', 'unsubscribed', or 'opted_in'";
const SUBSCRIPTION_INFO: &str = "INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO";
const LOCATION: &str = "BAD_LOCATION_UPDATE";
const PUSH_TOKEN_IMPORT: &str = "BAD_PUSH_TOKEN_IMPORT";

pub(super) fn check<'c>(fields: Fields<'c, '_>, size: usize, checker: &mut Checker<'c>) {
    for (name, value) in fields {
        if name == "email_subscription_info" {
            checker.fault_at(name, SUBSCRIPTION_INFO);
        } else if *value != Node::Null {
            field(name, value, size, checker);
        }
    }
    push_token_import(fields, checker);
}

fn field<'c>(name: &'c str, value: &'c Node<'_>, size: usize, checker: &mut Checker<'c>) {
    let text = value.as_text();
    match name {
        // Judged already, for all three arrays alike.
        "external_id" | "braze_id" | "user_alias" | "phone" | "_update_existing_only" => {}
        "email" if text == Some("") => {
            checker.fault_at(
                name,
                "The value provided for the 'email' field is not a valid email.",
            );
        }
        "email" => {}
        "first_name" | "last_name" | "home_city" | "country" | "language" | "image_url" => {
            if text.is_none() {
                checker.not_valid(name, "a string");
            }
        }
        // Braze ignores what it does not know.
        "time_zone" => {}
        "dob" => {
            if !text.is_some_and(is_date) {
                checker.not_valid(name, "a date as YYYY-MM-DD");
            }
        }
        "gender" => {
            if !text.is_some_and(|text| matches!(text, "M" | "F" | "O" | "N" | "P")) {
                checker.not_valid(name, "'M', 'F', 'O', 'N' or 'P'");
            }
        }
        "date_of_first_session" | "date_of_last_session" | "marked_email_as_spam_at" => {
            if !text.is_some_and(is_attribute_time) {
                checker.not_valid(name, "a time in ISO 8601");
            }
        }
        "email_subscribe" if !is_state(text, true) => checker.fault_at(name, EMAIL_STATE),
        "push_subscribe" if !is_state(text, true) => checker.fault_at(name, PUSH_STATE),
        "email_subscribe" | "push_subscribe" => {}
        "email_open_tracking_disabled"
        | "email_click_tracking_disabled"
        | "_merge_objects"
        | "push_token_import" => {
            if !matches!(value, Node::Bool(_)) {
                checker.not_valid(name, "a boolean");
            }
        }
        "facebook" | "twitter" => {
            if !matches!(value, Node::Object(_)) {
                checker.not_valid(name, "an object");
            }
        }
        "current_location" => {
            if !is_location(value) {
                checker.fault_at(name, LOCATION);
            }
        }
        "subscription_groups" => {
            each(
                name,
                value,
                "BAD_SUBSCRIPTION_GROUP_ARRAY",
                checker,
                subscription_group,
            );
        }
        "push_tokens" => each(name, value, "BAD_PUSH_TOKEN_VALUE", checker, push_token),
        _ => custom::check(name, value, size, checker),
    }
}

fn is_state(text: Option<&str>, can_opt_in: bool) -> bool {
    match text {
        Some("subscribed" | "unsubscribed") => true,
        Some("opted_in") => can_opt_in,
        _ => false,
    }
}

fn is_location(value: &Node<'_>) -> bool {
    let within = |name, most: f64| match value.get(name) {
        Some(Node::Integer(at)) => (*at as f64).abs() <= most,
        Some(Node::Number(at)) => at.abs() <= most,
        _ => false,
    };
    within("longitude", 180.0) && within("latitude", 90.0)
}

/// Judges every item of an array by `fault`, which names what is wrong with it.
fn each<'c>(
    name: &'c str,
    value: &'c Node<'_>,
    no_array: &'static str,
    checker: &mut Checker<'c>,
    fault: impl Fn(&Node<'_>) -> Option<&'static str>,
) {
    let Node::Array(items) = value else {
        return checker.fault_at(name, no_array);
    };
    checker.within(Step::Name(name), |checker| {
        for (index, item) in items.iter().enumerate() {
            if let Some(reason) = fault(item) {
                checker.within(Step::Index(index), |checker| checker.fault(reason));
            }
        }
    });
}

fn subscription_group(group: &Node<'_>) -> Option<&'static str> {
    let is_flag = matches!(
        group.get("use_double_opt_in_logic"),
        None | Some(Node::Bool(_))
    );
    if !matches!(group, Node::Object(_)) || !is_flag {
        Some("BAD_SUBSCRIPTION_GROUP_HASH")
    } else if !is_text(group.get("subscription_group_id")) {
        Some("BAD_SUBSCRIPTION_GROUP_ID")
    } else if !is_state(
        group.get("subscription_state").and_then(Node::as_text),
        false,
    ) {
        Some("BAD_SUBSCRIPTION_GROUP_STATE")
    } else {
        None
    }
}

fn push_token(token: &Node<'_>) -> Option<&'static str> {
    // Bytes, not characters.
    let is_device = |id: &Node<'_>| id.as_text().is_some_and(|id| (8..=255).contains(&id.len()));
    if !matches!(token, Node::Object(_)) {
        Some("BAD_PUSH_TOKEN_VALUE")
    } else if !is_text(token.get("app_id")) {
        Some("BAD_PUSH_TOKEN_APP_ID")
    } else if !is_text(token.get("token")) {
        Some("BAD_PUSH_TOKEN_STRING")
    } else if !token.get("device_id").is_none_or(is_device) {
        Some("BAD_DEVICE_ID")
    } else {
        None
    }
}

fn is_text(value: Option<&Node<'_>>) -> bool {
    value
        .and_then(Node::as_text)
        .is_some_and(|text| !text.is_empty())
}

/// An import brings tokens, and names nobody by `external_id` or `braze_id`.
fn push_token_import<'c>(fields: Fields<'c, '_>, checker: &mut Checker<'c>) {
    if find(fields, "push_token_import") != Some(&Node::Bool(true)) {
        return;
    }
    let has_tokens =
        matches!(find(fields, "push_tokens"), Some(Node::Array(tokens)) if !tokens.is_empty());
    let is_named = is_text(find(fields, "external_id")) || is_text(find(fields, "braze_id"));
    if !has_tokens || is_named {
        checker.fault_at("push_token_import", PUSH_TOKEN_IMPORT);
    }
}
