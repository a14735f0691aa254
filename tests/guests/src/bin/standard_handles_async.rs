//! Holds ten thousand resources of `wasi:http` 0.3 at once: `"fields"` or
//! `"requests"`.

use std::mem::forget;

use hospes_guest::{AsyncAction, Context, Failure};
use test_guests::standard_async::post;
use wasip3::http::types::Fields;
use wasip3::wit_stream;

struct StandardHandlesAsync;

impl AsyncAction for StandardHandlesAsync {
    type Payload = String;
    type Params = ();
    type Output = String;

    async fn execute(what: String, _: Context<()>) -> Result<String, Failure> {
        for _ in 0..10_000 {
            if what == "fields" {
                let fields = Fields::new();
                _ = fields.append("x", &[b'x'; 10_000]);
                forget(fields);
            } else {
                let (writer, reader) = wit_stream::new::<u8>();
                forget(post("http://127.0.0.1/", &[], Some(reader), None));
                forget(writer);
            }
        }
        Ok("all".to_owned())
    }
}

hospes_guest::export!(async StandardHandlesAsync);

fn main() {}
