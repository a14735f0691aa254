//! WholeNumberVisitor numbers in a body.
//!
//! JSON does not distinguish 69 from 69.0, nor does JSON Schema: both are an
//! `integer`. So both are read as one.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};

/// The highest whole number that every JSON parser can tell from its
/// neighbours.
pub(crate) const MAX: u64 = (1 << 53) - 1;

/// A whole number from 0 to [`MAX`].
pub(crate) fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    from.deserialize_any(WholeNumberVisitor)
}

/// The same, or null.
pub(crate) fn whole_or_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    from.deserialize_option(Maybe)
}

struct WholeNumberVisitor;

impl Visitor<'_> for WholeNumberVisitor {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from 0 to {MAX}")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<u64, E> {
        Some(number)
            .filter(|number| *number <= MAX)
            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<u64, E> {
        if number.fract() == 0.0 && (0.0..=MAX as f64).contains(&number) {
            return Ok(number as u64);
        }
        Err(E::invalid_value(
            serde::de::Unexpected::Float(number),
            &self,
        ))
    }
}

struct Maybe;

impl<'de> Visitor<'de> for Maybe {
    type Value = Option<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from 0 to {MAX}, or null")
    }

    fn visit_none<E: Error>(self) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Option<u64>, D::Error> {
        whole(from).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Deserialize)]
    struct Body {
        #[serde(deserialize_with = "super::whole")]
        turn: u64,
        #[serde(default, deserialize_with = "super::whole_or_null")]
        deadline: Option<u64>,
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        for (text, number) in [
            ("69", Some(69)),
            ("69.0", Some(69)),
            ("6.9e1", Some(69)),
            ("0", Some(0)),
            ("-0.0", Some(0)),
            ("9007199254740991", Some(super::MAX)),
            ("9007199254740992", None),
            ("9.007199254740992e15", None),
            ("9223372036854775808", None),
            ("1e400", None),
            ("-1", None),
            ("69.5", None),
            ("\"69\"", None),
            ("null", None),
            ("[69]", None),
        ] {
            let body = serde_json::from_str::<Body>(&format!("{{\"turn\": {text}}}"));
            assert_eq!(body.ok().map(|body| body.turn), number, "{text}");
            let body = format!("{{\"turn\": 1, \"deadline\": {text}}}");
            let body = serde_json::from_str::<Body>(&body).ok();
            let expected = number.map(Some).or((text == "null").then_some(None));
            assert_eq!(body.map(|body| body.deadline), expected, "{text}");
        }
        let body: Body = serde_json::from_value(json!({"turn": 1})).unwrap();
        assert_eq!(body.deadline, None);
    }
}
