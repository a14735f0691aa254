//! The smallest action node: it greets by name.

use hospes_guest::{Action, Context, Description, Failure};
use serde::{Deserialize, Serialize};

/// Greets by name.
pub struct Hello;

/// Whom to greet.
#[derive(Deserialize)]
pub struct Payload {
    name: Option<String>,
}

/// The greeting.
#[derive(Serialize)]
pub struct Greeting {
    greeting: String,
}

impl Action for Hello {
    type Payload = Payload;
    type Params = ();
    type Output = Greeting;

    fn describe() -> Description {
        Description::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .summary("Greets by name.")
            .payload_schema(r#"{"type": "object", "properties": {"name": {"type": "string"}}}"#)
            .result_schema(r#"{"type": "object", "properties": {"greeting": {"type": "string"}}}"#)
    }

    fn execute(payload: Payload, _: Context<()>) -> Result<Greeting, Failure> {
        let name = payload.name.as_deref().unwrap_or("world");
        Ok(Greeting {
            greeting: format!("Hello, {name}."),
        })
    }
}

#[cfg(test)]
mod tests {
    use hospes_guest::testing::Host;
    use serde_json::json;

    use super::Hello;

    #[test]
    fn greets_by_name() {
        let greeting = Host::new().run::<Hello>(json!({"name": "Ada"}));
        assert_eq!(greeting, Ok(json!({"greeting": "Hello, Ada."})));
    }

    #[test]
    fn greets_the_world_when_nobody_is_named() {
        let greeting = Host::new().run::<Hello>(json!({}));
        assert_eq!(greeting, Ok(json!({"greeting": "Hello, world."})));
    }
}
