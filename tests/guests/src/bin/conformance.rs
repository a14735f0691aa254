//! The node of `docs/conformance.md`.

use hospes_guest::http::send_all;
use hospes_guest::{Action, Context, Description, Failure};
use serde_json::Value;
use test_guests::conformance::{self, Step};

struct Conformance;

impl Action for Conformance {
    type Payload = Value;
    type Params = Value;
    type Output = Value;

    fn describe() -> Description {
        conformance::description()
    }

    fn execute(payload: Value, context: Context<Value>) -> Result<Value, Failure> {
        match conformance::start(&payload, context)? {
            Step::Done(result) => Ok(result),
            Step::Send(requests) => {
                let answers = send_all(requests).into_iter();
                Ok(answers.map(conformance::outcome).collect())
            }
        }
    }
}

hospes_guest::export!(Conformance);

fn main() {}
