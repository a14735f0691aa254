//! Begins requests to the payload's URL by `wasi:http` 0.3 and drops each at
//! once, over and over; keeps the last for as long as it may.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use hospes_guest::{AsyncAction, Context, Failure};
use serde_json::{Value, json};
use test_guests::standard_async::fetch;

struct StandardDroppedAsync;

impl AsyncAction for StandardDroppedAsync {
    type Payload = String;
    type Params = ();
    type Output = Value;

    async fn execute(url: String, _: Context<()>) -> Result<Value, Failure> {
        let spec = json!({"method": "GET", "url": url});
        for _ in 0..1000 {
            let mut sent = pin!(fetch(&spec));
            poll_fn(|cx| Poll::Ready(sent.as_mut().poll(cx).is_ready())).await;
        }
        Ok(fetch(&spec).await)
    }
}

hospes_guest::export!(async StandardDroppedAsync);

fn main() {}
