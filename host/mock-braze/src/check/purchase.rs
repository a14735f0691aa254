//! One purchase object.

use serde_json::Value;

use super::properties::{self, Limits};
use super::{Checked, Object, is_long, not_valid, optional_text, required, required_text, time};

const LIMITS: Limits = Limits {
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

/// The codes of ISO 4217 that are money people pay with.
const CURRENCIES: &str = "\
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF \
    CLF CLP CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD \
    HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD \
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG \
    QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD \
    TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG ZWL";

pub(super) fn check(object: &Object, notes: &mut Vec<String>) -> Checked {
    if is_long(required_text(object, "product_id")?) {
        return Err(not_valid("product_id"));
    }
    let currency = required_text(object, "currency")?;
    if !CURRENCIES.split_whitespace().any(|known| known == currency) {
        return Err(not_valid("currency"));
    }
    match object.get("price") {
        None | Some(Value::Null) => return Err(required("price")),
        Some(price) if price.is_number() => {}
        Some(_) => return Err(not_valid("price")),
    }
    if !time::is_moment(required_text(object, "time")?) {
        return Err(not_valid("time"));
    }
    if !object.get("quantity").is_none_or(is_quantity) {
        return Err(not_valid("quantity"));
    }
    optional_text(object, "app_id")?;
    properties::check(object.get("properties"), &LIMITS, notes)
}

/// A quantity of X counts as X purchases, up to a hundred.
fn is_quantity(value: &Value) -> bool {
    value.is_null()
        || value
            .as_u64()
            .is_some_and(|quantity| (1..=100).contains(&quantity))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::json;

    use super::*;

    /// A sound purchase with one field replaced; `null` stands for an absent one.
    fn said(field: &str, value: Value) -> Option<String> {
        let mut purchase = json!({ "product_id": "p", "currency": "USD", "price": 9.99, "time": "2026-03-01T09:30:00Z" });
        purchase[field] = value;
        check(purchase.as_object().unwrap(), &mut Vec::new())
            .err()
            .map(Cow::into_owned)
    }

    #[test]
    fn each_field_has_its_rule() {
        for (field, value, text) in [
            ("product_id", json!("sku-1"), None),
            ("product_id", json!(null), Some("'product_id' is required")),
            ("product_id", json!(7), Some("'product_id' is not valid")),
            (
                "product_id",
                json!("x".repeat(256)),
                Some("'product_id' is not valid"),
            ),
            ("currency", json!("EUR"), None),
            ("currency", json!(null), Some("'currency' is required")),
            ("currency", json!("usd"), Some("'currency' is not valid")),
            ("currency", json!("XYZ"), Some("'currency' is not valid")),
            (
                "currency",
                json!("USD EUR"),
                Some("'currency' is not valid"),
            ),
            ("price", json!(0), None),
            ("price", json!(null), Some("'price' is required")),
            ("price", json!("9.99"), Some("'price' is not valid")),
            ("time", json!(null), Some("'time' is required")),
            ("time", json!("soon"), Some("'time' is not valid")),
            ("quantity", json!(1), None),
            ("quantity", json!(100), None),
            ("quantity", json!(0), Some("'quantity' is not valid")),
            ("quantity", json!(101), Some("'quantity' is not valid")),
            ("quantity", json!(-1), Some("'quantity' is not valid")),
            ("quantity", json!(1.5), Some("'quantity' is not valid")),
            ("quantity", json!("2"), Some("'quantity' is not valid")),
            ("app_id", json!(7), Some("'app_id' is not valid")),
            ("properties", json!({ "color": "red" }), None),
            (
                "properties",
                json!({ "price": 1 }),
                Some("Invalid 'properties' field"),
            ),
            (
                "properties",
                json!({ "a": vec!["x".repeat(200); 260] }),
                Some("Invalid 'properties' field"),
            ),
        ] {
            assert_eq!(
                said(field, value.clone()).as_deref(),
                text,
                "{field}: {value}"
            );
        }
    }
}
