//! Asks three systems about a user at once, in the async world.
//!
//! A system that can't be reached, or that answers with anything but 2xx, leaves
//! its part null: a conversation goes on with what there is. An answer that is
//! not JSON is a failure.

#[cfg(test)]
mod tests;

use std::time::Duration;

use hospes_guest::future::join3;
use hospes_guest::http::Request;
use hospes_guest::schemars::{self, JsonSchema};
use hospes_guest::{AsyncAction, Context, Description, Failure, log};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The key of the CRM.
const KEY: &str = "crm_key";

/// How long one system may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks three systems about a user at once.
pub struct Enrich;

/// Whom to ask about.
#[derive(Deserialize, JsonSchema)]
pub struct Payload {
    /// The user's id: letters, digits, `-` and `_`.
    user: String,
}

/// Where the systems are.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Where contacts are, such as `https://crm.example.com`.
    crm_url: String,
    /// Where orders are.
    shop_url: String,
    /// Where tickets are.
    desk_url: String,
}

/// What they know. A part is null if its system can't tell.
#[derive(Serialize, JsonSchema)]
pub struct Profile {
    contact: Option<Value>,
    orders: Option<Value>,
    tickets: Option<Value>,
}

impl AsyncAction for Enrich {
    type Payload = Payload;
    type Params = Params;
    type Output = Profile;

    fn describe() -> Description {
        Description::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .summary("Asks three systems about a user at once.")
            .egress("GET", "{crm_url}/contacts")
            .egress("GET", "{shop_url}/orders")
            .egress("GET", "{desk_url}/tickets")
            .required_secret(KEY, "The key of the CRM.")
            .types::<Self::Payload, Self::Params, Self::Output>()
    }

    async fn execute(payload: Payload, context: Context<Params>) -> Result<Profile, Failure> {
        let (user, params) = (&payload.user, &context.params);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if user.is_empty() || !user.chars().all(is_plain) {
            return Err(Failure::invalid_payload(
                "payload.user: expected letters, digits, '-' and '_'",
            ));
        }
        let contact = Request::get(format!("{}/contacts/{user}", params.crm_url));
        let (contact, orders, tickets) = join3(
            ask("crm", contact.secret("authorization", KEY, "Bearer ")),
            ask(
                "shop",
                Request::get(format!("{}/orders?user={user}", params.shop_url)),
            ),
            ask(
                "desk",
                Request::get(format!("{}/tickets?user={user}", params.desk_url)),
            ),
        )
        .await;
        Ok(Profile {
            contact: contact?,
            orders: orders?,
            tickets: tickets?,
        })
    }
}

/// What one system knows, if it can tell.
async fn ask(system: &str, request: Request) -> Result<Option<Value>, Failure> {
    let why = match request.timeout(PATIENCE).send_async().await {
        Ok(response) if response.is_success() => return response.json().map(Some),
        Ok(response) => format!("HTTP {}", response.status),
        Err(error) => error.to_string(),
    };
    log::warn_with("no answer", &[("system", system), ("why", &why)]);
    Ok(None)
}
