//! The node of `docs/conformance.md`, in the async world.

use hospes_guest::future::join_all;
use hospes_guest::http::Request;
use hospes_guest::{AsyncAction, Context, Description, Failure};
use serde_json::Value;
use test_guests::conformance::{self, Step};

struct Conformance;

impl AsyncAction for Conformance {
    type Payload = Value;
    type Params = Value;
    type Output = Value;

    fn describe() -> Description {
        conformance::description()
    }

    async fn execute(payload: Value, context: Context<Value>) -> Result<Value, Failure> {
        match conformance::start(&payload, context)? {
            Step::Done(result) => Ok(result),
            Step::Send(requests) => {
                let answers = join_all(requests.into_iter().map(Request::send_async)).await;
                Ok(answers.into_iter().map(conformance::outcome).collect())
            }
        }
    }
}

hospes_guest::export!(async Conformance);

fn main() {}
