//! Sends requests to the payload's URL and gives each up at once, over and
//! over; answers with how many.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use hospes_guest::http::Request;
use hospes_guest::{AsyncAction, Context, Failure};

struct CancelledSends;

impl AsyncAction for CancelledSends {
    type Payload = String;
    type Params = ();
    type Output = u64;

    async fn execute(url: String, _: Context<()>) -> Result<u64, Failure> {
        let mut given_up = 0;
        for _ in 0..1000 {
            let mut send = pin!(Request::get(url.clone()).send_async());
            let ready = poll_fn(|cx| Poll::Ready(send.as_mut().poll(cx).is_ready())).await;
            given_up += u64::from(!ready);
        }
        Ok(given_up)
    }
}

hospes_guest::export!(async CancelledSends);

fn main() {}
