//! Greets by name.

use hospes_guest::{Action, Context, Description, Failure, log};
use serde::{Deserialize, Serialize};

/// Greets by name.
pub struct Node;

/// Whom to greet.
#[derive(Deserialize)]
pub struct Payload {
    name: String,
}

/// The greeting.
#[derive(Serialize)]
pub struct Greeting {
    greeting: String,
}

impl Action for Node {
    type Payload = Payload;
    type Params = ();
    type Output = Greeting;

    fn describe() -> Description {
        Description::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .summary("Greets by name.")
            .payload_schema(
                r#"{"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}"#,
            )
            .result_schema(
                r#"{"type": "object", "properties": {"greeting": {"type": "string"}}, "required": ["greeting"]}"#,
            )
    }

    fn execute(payload: Payload, context: Context<()>) -> Result<Greeting, Failure> {
        if payload.name.is_empty() {
            return Err(Failure::invalid_payload("the name is empty"));
        }
        log::info(&format!("attempt {}", context.attempt));
        Ok(Greeting {
            greeting: format!("Hello, {}.", payload.name),
        })
    }
}

#[cfg(test)]
mod tests {
    use hospes_guest::testing::Host;
    use serde_json::json;

    use super::Node;

    #[test]
    fn greets_by_name() {
        let host = Host::new();
        let result = host.run::<Node>(json!({"name": "Ada"}));
        assert_eq!(result, Ok(json!({"greeting": "Hello, Ada."})));
        assert_eq!(host.logs()[0].message, "attempt 1");
    }

    #[test]
    fn refuses_an_empty_name() {
        let failure = Host::new().run::<Node>(json!({"name": ""})).unwrap_err();
        assert_eq!(failure.to_string(), "invalid-payload: the name is empty");
    }
}
