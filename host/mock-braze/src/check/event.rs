//! One event object, with the little that is known of the `ecommerce.*` schemas.

use serde_json::Value;

use super::properties::{self, Limits};
use super::{Checked, MAX_CHARS, Object, not_valid, optional_text, required_text, time};

const LIMITS: Limits = Limits {
    reserved: &["time", "event_name"],
    bytes: 100 * 1024,
};

/// The names Braze checks against a schema. All but the first list their products.
const ECOMMERCE: [&str; 6] = [
    "ecommerce.product_viewed",
    "ecommerce.cart_updated",
    "ecommerce.checkout_started",
    "ecommerce.order_placed",
    "ecommerce.order_refunded",
    "ecommerce.order_cancelled",
];

pub(super) fn check(object: &Object, notes: &mut Vec<String>) -> Checked {
    let name = required_text(object, "name")?;
    if name.chars().count() > MAX_CHARS {
        return Err(not_valid("name"));
    }
    if !time::is_moment(required_text(object, "time")?) {
        return Err(not_valid("time"));
    }
    optional_text(object, "app_id")?;
    let given = object.get("properties");
    properties::check(given, &LIMITS, notes)?;
    if ECOMMERCE.contains(&name) {
        ecommerce(name, given.and_then(Value::as_object))
    } else {
        Ok(())
    }
}

/// Every product needs its id, and a price is a number.
///
/// The real schemas ask for more, but not in a way that is documented well enough to refuse by.
fn ecommerce(name: &str, properties: Option<&Object>) -> Checked {
    let empty = Object::new();
    let properties = properties.unwrap_or(&empty);
    if name.ends_with(".product_viewed") {
        return product("#/", properties);
    }
    let products = properties
        .get("products")
        .and_then(Value::as_array)
        .ok_or_else(|| missing("#/", "products"))?;
    for (index, item) in products.iter().enumerate() {
        product(
            &format!("#/products/{index}"),
            item.as_object().unwrap_or(&empty),
        )?;
    }
    Ok(())
}

fn product(place: &str, product: &Object) -> Checked {
    if product.get("product_id").is_none_or(Value::is_null) {
        return Err(missing(place, "product_id").into());
    }
    let slash = if place.ends_with('/') { "" } else { "/" };
    if product.get("price").is_some_and(Value::is_string) {
        let text = "of type string did not match the following type: number";
        return Err(format!("The property '{place}{slash}price' {text}").into());
    }
    Ok(())
}

fn missing(place: &str, field: &str) -> String {
    format!("The property '{place}' did not contain a required property of '{field}'")
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::json;

    use super::*;

    fn said(object: &Value) -> Option<String> {
        check(object.as_object().unwrap(), &mut Vec::new())
            .err()
            .map(Cow::into_owned)
    }

    #[test]
    fn an_event_needs_a_name_and_a_time() {
        let time = "2026-03-01T09:30:00Z";
        for (object, text) in [
            (json!({ "name": "n", "time": time }), None),
            (
                json!({ "name": "n", "time": time, "app_id": "a", "properties": { "a": 1 } }),
                None,
            ),
            (
                json!({ "name": "n", "time": "2013-07-16T19:20:30+1:00" }),
                None,
            ),
            (json!({ "time": time }), Some("'name' is required")),
            (
                json!({ "name": " ", "time": time }),
                Some("'name' is required"),
            ),
            (
                json!({ "name": 7, "time": time }),
                Some("'name' is not valid"),
            ),
            (
                json!({ "name": "x".repeat(256), "time": time }),
                Some("'name' is not valid"),
            ),
            (json!({ "name": "n" }), Some("'time' is required")),
            (
                json!({ "name": "n", "time": 1772357400 }),
                Some("'time' is not valid"),
            ),
            (
                json!({ "name": "n", "time": "yesterday" }),
                Some("'time' is not valid"),
            ),
            (
                json!({ "name": "n", "time": time, "app_id": 7 }),
                Some("'app_id' is not valid"),
            ),
            (
                json!({ "name": "n", "time": time, "properties": [] }),
                Some("Invalid 'properties' field"),
            ),
            (
                json!({ "name": "n", "time": time, "properties": { "event_name": 1 } }),
                Some("Invalid 'properties' field"),
            ),
            (
                json!({ "name": "n", "time": time, "properties": { "a": vec!["x".repeat(200); 520] } }),
                Some("Invalid 'properties' field"),
            ),
        ] {
            assert_eq!(said(&object).as_deref(), text, "{object}");
        }
    }

    #[test]
    fn a_shop_event_names_its_products() {
        let missing = "The property '#/' did not contain a required property of 'product_id'";
        for (name, properties, text) in [
            (
                "ecommerce.product_viewed",
                json!({ "product_id": "p", "price": 1.5 }),
                None,
            ),
            ("ecommerce.product_viewed", json!({}), Some(missing)),
            ("ecommerce.product_viewed", json!(null), Some(missing)),
            (
                "ecommerce.product_viewed",
                json!({ "product_id": "p", "price": "1.5" }),
                Some(
                    "The property '#/price' of type string did not match the following type: number",
                ),
            ),
            (
                "ecommerce.order_placed",
                json!({ "products": [{ "product_id": "p" }] }),
                None,
            ),
            (
                "ecommerce.order_placed",
                json!({}),
                Some("The property '#/' did not contain a required property of 'products'"),
            ),
            (
                "ecommerce.cart_updated",
                json!({ "products": [{ "product_id": "p" }, {}] }),
                Some(
                    "The property '#/products/1' did not contain a required property of 'product_id'",
                ),
            ),
            ("ecommerce.something_else", json!({}), None),
        ] {
            let object = json!({ "name": name, "time": "2026-03-01", "properties": properties });
            assert_eq!(said(&object).as_deref(), text, "{object}");
        }
    }
}
