//! Schemas of components as judges.

use hospes::schema::{SchemaError, weigh_schema, weigh_schema_for};
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

/// What a regular expression may compile to, in bytes.
const REGEX_BYTES: usize = 1 << 20;

/// A schema that can judge.
pub(crate) struct SchemaValidator {
    schema: Value,
    validator: Validator,
}

impl SchemaValidator {
    /// The judge of a schema (2020-12 unless it says otherwise). A text that is
    /// no schema, or one that is too much work, judges nothing. It fetches
    /// nothing, and its patterns take linear time.
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

    /// What is wrong with a value.
    ///
    /// # Errors
    ///
    /// If that is too much work to find out: nothing can stop a validator that
    /// has begun.
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
    fn a_schema_that_is_too_much_work_judges_nothing() {
        let is_judge = |schema: Value| SchemaValidator::new(&schema.to_string()).is_some();
        assert!(is_judge(json!(true)));
        let round = |times| json!({ "properties": { "a": { "anyOf": vec![json!({"$ref": "#"}); times] } } });
        assert!(is_judge(round(2)));
        assert!(!is_judge(round(1000)));
        assert!(!is_judge(json!({"pattern": "(a{1000}){1000}"})));
        let judge = SchemaValidator::new(&round(2).to_string()).unwrap();
        let nested = |levels| (0..levels).fold(json!(1), |value, _| json!({ "a": value }));
        assert_eq!(judge.errors(&nested(3)).unwrap().count(), 0);
        assert!(judge.errors(&nested(40)).is_err());
    }
}
