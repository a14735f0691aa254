//! Schemas from Rust types.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::Description;
use crate::description::Input;

impl Description {
    /// Describes the payload, the params and the result by their types: the three
    /// schemas, and each param with the first paragraph of its documentation. A
    /// param is required unless it is an `Option` or has a default.
    ///
    /// Call it with the types of your action. A payload or params of type `()`,
    /// which accept anything, get no schema.
    ///
    /// ```
    /// use hospes_guest::schemars::{self, JsonSchema};
    /// use hospes_guest::{Action, Context, Description, Failure};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct Params {
    ///     /// Base URL of the weather service.
    ///     weather_url: String,
    ///     /// The unit. Defaults to celsius.
    ///     unit: Option<String>,
    /// }
    ///
    /// #[derive(Serialize, JsonSchema)]
    /// struct Report {
    ///     degrees: f64,
    /// }
    ///
    /// struct Weather;
    ///
    /// impl Action for Weather {
    ///     type Payload = String;
    ///     type Params = Params;
    ///     type Output = Report;
    ///
    ///     fn describe() -> Description {
    ///         Description::new("weather", "0.1.0")
    ///             .types::<Self::Payload, Self::Params, Self::Output>()
    ///     }
    /// #     fn execute(_: String, _: Context<Params>) -> Result<Report, Failure> {
    /// #         Ok(Report { degrees: 21.5 })
    /// #     }
    /// }
    ///
    /// let description = Weather::describe();
    /// let unit = &description.params[0];
    /// assert_eq!((&*unit.name, unit.required), ("unit", false));
    /// assert_eq!(description.params[1].summary, "Base URL of the weather service.");
    /// assert!(description.result_schema.unwrap().contains(r#""degrees""#));
    /// ```
    #[must_use]
    pub fn types<Payload, Params, Output>(mut self) -> Self
    where
        Payload: JsonSchema,
        Params: JsonSchema,
        Output: JsonSchema,
    {
        let params = accepted::<Params>();
        self.params
            .extend(params.as_ref().map(inputs).unwrap_or_default());
        self.params_schema = params.map(|schema| schema.to_string());
        self.payload_schema = accepted::<Payload>().map(|schema| schema.to_string());
        let result = SchemaSettings::draft2020_12().for_serialize();
        let result = result.into_generator().into_root_schema_for::<Output>();
        self.result_schema = Some(result.to_value().to_string());
        self
    }
}

/// The schema of what a node reads. `()` accepts anything, although its schema is
/// that of null.
fn accepted<T: JsonSchema>() -> Option<Value> {
    let settings = SchemaSettings::draft2020_12();
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let schema = schema.to_value();
    (schema.get("type") != Some(&Value::from("null"))).then_some(schema)
}

/// The params that an object's schema names.
fn inputs(schema: &Value) -> Vec<Input> {
    let required = schema.get("required").and_then(Value::as_array);
    let is_required =
        |name: &String| required.is_some_and(|required| required.iter().any(|one| *one == **name));
    let properties = schema.get("properties").and_then(Value::as_object);
    let input = |(name, property): (&String, &Value)| Input {
        name: name.clone(),
        required: is_required(name),
        summary: summary(property),
    };
    properties.into_iter().flatten().map(input).collect()
}

/// The first paragraph of a property's documentation, on one line.
fn summary(property: &Value) -> String {
    let text = property.get("description").and_then(Value::as_str);
    let paragraph = text.unwrap_or_default().split("\n\n").next();
    paragraph.unwrap_or_default().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use super::*;

    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Params {
        /// Where it is,
        /// and what is there.
        ///
        /// More of it.
        url: String,
        #[serde(default)]
        most: u32,
        unit: Option<String>,
    }

    #[derive(Serialize, JsonSchema)]
    struct Output {
        id: String,
        note: Option<String>,
    }

    fn read(schema: Option<String>) -> Value {
        serde_json::from_str(&schema.unwrap()).unwrap()
    }

    #[test]
    fn params_are_described_by_their_type() {
        let description = Description::new("a", "1").types::<String, Params, Output>();
        let params: Vec<_> = description.params.iter().collect();
        let found: Vec<_> = params
            .iter()
            .map(|input| (&*input.name, input.required, &*input.summary))
            .collect();
        assert_eq!(
            found,
            [
                ("most", false, ""),
                ("unit", false, ""),
                ("url", true, "Where it is, and what is there."),
            ]
        );
        let schema = read(description.params_schema);
        assert_eq!(schema["required"], json!(["url"]));
        assert_eq!(schema["additionalProperties"], json!(false));
        assert_eq!(read(description.payload_schema)["type"], "string");
    }

    #[test]
    fn a_result_is_described_as_it_is_written() {
        let description = Description::default().types::<(), (), Output>();
        let schema = read(description.result_schema);
        assert_eq!(schema["required"], json!(["id", "note"]));
    }

    #[test]
    fn what_accepts_anything_has_no_schema() {
        let description = Description::default().types::<(), (), ()>();
        assert_eq!(description.payload_schema, None);
        assert_eq!(description.params_schema, None);
        assert_eq!(read(description.result_schema)["type"], "null");
    }
}
