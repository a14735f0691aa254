//! Sends the payload's requests by `wasi:http` 0.3, side by side, and answers
//! with what came back.

use futures_util::future::join_all;
use hospes_guest::{AsyncAction, Context, Failure};
use serde_json::Value;
use test_guests::standard_async::fetch;

struct StandardFetchAsync;

impl AsyncAction for StandardFetchAsync {
    type Payload = Vec<Value>;
    type Params = ();
    type Output = Vec<Value>;

    async fn execute(specs: Vec<Value>, _: Context<()>) -> Result<Vec<Value>, Failure> {
        Ok(join_all(specs.iter().map(fetch)).await)
    }
}

hospes_guest::export!(async StandardFetchAsync);

fn main() {}
