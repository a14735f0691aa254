//! Sends five thousand requests to the payload's URL at the same time, and
//! answers with how many of them came to which end.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use hospes_guest::http::Request;
use hospes_guest::{AsyncAction, Context, Failure};

struct SendStorm;

impl AsyncAction for SendStorm {
    type Payload = String;
    type Params = ();
    type Output = BTreeMap<String, u64>;

    async fn execute(url: String, _: Context<()>) -> Result<BTreeMap<String, u64>, Failure> {
        let sends = (0..5000).map(|_| Request::get(url.clone()).send_async());
        let mut ends = BTreeMap::new();
        for answer in join_all(sends).await {
            let end = format!("{:?}", answer.map(|response| response.status));
            *ends.entry(end).or_default() += 1;
        }
        Ok(ends)
    }
}

hospes_guest::export!(async SendStorm);

fn main() {}
