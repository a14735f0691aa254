//! Asks all of the payload's URLs at once, in the async world, and answers
//! with the bodies.

use futures_util::future::join_all;
use hospes_guest::http::Request;
use hospes_guest::{AsyncAction, Context, Failure};

struct FetchAsync;

impl AsyncAction for FetchAsync {
    type Payload = Vec<String>;
    type Params = ();
    type Output = Vec<String>;

    async fn execute(urls: Vec<String>, _: Context<()>) -> Result<Vec<String>, Failure> {
        let answers = join_all(urls.into_iter().map(|url| Request::get(url).send_async())).await;
        answers
            .into_iter()
            .map(|answer| Ok(answer?.text().into_owned()))
            .collect()
    }
}

hospes_guest::export!(async FetchAsync);

fn main() {}
