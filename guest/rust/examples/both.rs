//! A node that waits for two things at once.
//!
//! `cargo build --example both --target wasm32-wasip2` makes the component.

use hospes_guest::future::try_join;
use hospes_guest::http::Request;
use hospes_guest::{AsyncAction, Context, Description, Failure};
use serde::{Deserialize, Serialize};

/// Asks two URLs at once.
struct Both;

#[derive(Deserialize)]
struct Payload {
    first: String,
    second: String,
}

#[derive(Serialize)]
struct Answers {
    first: u16,
    second: u16,
}

impl AsyncAction for Both {
    type Payload = Payload;
    type Params = ();
    type Output = Answers;

    fn describe() -> Description {
        Description::new("both", "0.1.0").summary("Asks two URLs at once.")
    }

    async fn execute(payload: Payload, _: Context<()>) -> Result<Answers, Failure> {
        let (first, second) = try_join(
            Request::get(payload.first).send_async(),
            Request::get(payload.second).send_async(),
        )
        .await?;
        Ok(Answers {
            first: first.status,
            second: second.status,
        })
    }
}

hospes_guest::export!(async Both);

fn main() {}

#[cfg(test)]
mod tests {
    use hospes_guest::http::Response;
    use hospes_guest::testing::Host;
    use serde_json::json;

    use super::Both;

    #[test]
    fn both_are_asked() {
        let host = Host::new()
            .answer("GET", "https://a.example/", Response::new(200))
            .answer("GET", "https://b.example/", Response::new(404));
        let answer = host.run_async::<Both>(json!({
            "first": "https://a.example/",
            "second": "https://b.example/",
        }));
        assert_eq!(answer, Ok(json!({"first": 200, "second": 404})));
        assert_eq!(host.most_at_once(), 2);
    }
}
