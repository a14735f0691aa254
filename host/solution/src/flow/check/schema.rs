//! Checking values against the schemas of components.

use hospes::schema::{SchemaError, weigh_schema, weigh_schema_for};
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

/// The most bytes of a compiled regular expression.
const REGEX_BYTES: usize = 1 << 20;

/// A compiled schema.
pub(crate) struct SchemaValidator {
    schema: Value,
    validator: Validator,
}

impl SchemaValidator {
    /// Compiles a schema (2020-12 unless it says otherwise). None if the text
    /// is not a schema, or one that takes too much work. It fetches nothing,
    /// and its patterns take linear time.
    pub(crate) fn new(schema: &str) -> Option<SchemaValidator> {
        let schema: Value = serde_json::from_str(schema).ok()?;
        weigh_schema(&schema).ok()?;
        let validator = jsonschema::draft202012::options()
            .with_pattern_options(PatternOptions::regex().size_limit(REGEX_BYTES))
            .offline()
            .build(&schema)
            .ok()?;
        Some(SchemaValidator { schema, validator })
    }

    /// The errors of a value.
    ///
    /// # Errors
    ///
    /// If checking takes too much work: a validator can't be stopped once it
    /// runs.
    pub(crate) fn errors<'v>(
        &'v self,
        value: &'v Value,
    ) -> Result<impl Iterator<Item = ValidationError<'v>> + use<'v>, SchemaError> {
        weigh_schema_for(&self.schema, value)?;
        Ok(self.validator.iter_errors(value))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_that_takes_too_much_work_is_not_used() {
        let compiles = |schema: Value| SchemaValidator::new(&schema.to_string()).is_some();
        assert!(compiles(json!(true)));
        let round = |times| json!({ "properties": { "a": { "anyOf": vec![json!({"$ref": "#"}); times] } } });
        assert!(compiles(round(2)));
        assert!(!compiles(round(1000)));
        assert!(!compiles(json!({"pattern": "(a{1000}){1000}"})));
        let validator = SchemaValidator::new(&round(2).to_string()).unwrap();
        let nested = |levels| (0..levels).fold(json!(1), |value, _| json!({ "a": value }));
        assert_eq!(validator.errors(&nested(3)).unwrap().count(), 0);
        assert!(validator.errors(&nested(40)).is_err());
    }
}
