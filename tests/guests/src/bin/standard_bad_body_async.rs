//! Sends a request by `wasi:http` 0.3 whose body does not end as it should:
//! `[url, how]`. Answers with the error.

use std::future::pending;
use std::pin::pin;

use futures_util::future::{Either, select};
use hospes_guest::{AsyncAction, Context, Failure};
use serde_json::{Value, json};
use test_guests::standard_async::{post, read};
use wasip3::http::client;
use wasip3::http::types::{ErrorCode, Fields};
use wasip3::wit_stream;

async fn send(url: &str, how: &str) -> Result<Value, String> {
    let length = match how {
        "short" => &[("content-length", "5")][..],
        "long" => &[("content-length", "1")],
        _ => &[],
    };
    let (mut writer, reader) = wit_stream::new();
    let (request, trailers) = post(url, length, Some(reader), None)?;
    let write = async {
        match how {
            "silent" => {
                writer.write_all(b"x".to_vec()).await;
                pending::<()>().await;
            }
            "flood" => while writer.write_all(vec![b'x'; 4096]).await.is_empty() {},
            _ => _ = writer.write_all(b"xx".to_vec()).await,
        }
        drop(writer);
        let end = match how {
            "given-up" => Err(ErrorCode::InternalError(None)),
            "trailers" => {
                let fields = Fields::new();
                _ = fields.append("x-late", b"1");
                Ok(Some(fields))
            }
            _ => Ok(None),
        };
        _ = trailers.write(end).await;
        pending::<()>().await;
    };
    match select(pin!(client::send(request)), pin!(write)).await {
        Either::Left((Ok(response), _)) => Ok(read(response).await),
        Either::Left((Err(error), _)) => Err(format!("{error:?}")),
        Either::Right(((), _)) => Err("unreachable".to_owned()),
    }
}

struct StandardBadBodyAsync;

impl AsyncAction for StandardBadBodyAsync {
    type Payload = (String, String);
    type Params = ();
    type Output = Value;

    async fn execute(payload: (String, String), _: Context<()>) -> Result<Value, Failure> {
        let answer = send(&payload.0, &payload.1).await;
        Ok(answer.unwrap_or_else(|error| json!({"error": error})))
    }
}

hospes_guest::export!(async StandardBadBodyAsync);

fn main() {}
