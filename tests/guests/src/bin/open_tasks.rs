//! Answers at once, and leaves a hundred requests to the payload's URL open.

use hospes_guest::http::Request;
use hospes_guest::{AsyncAction, Context, Failure};

struct OpenTasks;

impl AsyncAction for OpenTasks {
    type Payload = String;
    type Params = ();
    type Output = u64;

    async fn execute(url: String, _: Context<()>) -> Result<u64, Failure> {
        let tasks = 100;
        for _ in 0..tasks {
            let request = Request::get(url.clone());
            wit_bindgen::spawn_local(async move {
                _ = request.send_async().await;
            });
        }
        Ok(tasks)
    }
}

hospes_guest::export!(async OpenTasks);

fn main() {}
