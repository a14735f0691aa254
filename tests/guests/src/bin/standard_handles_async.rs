//! Holds ten thousand resources of WASI 0.3 at once, of the kind that the
//! payload says, each with as much in it as the host takes.

use std::mem::forget;

use futures_util::FutureExt;
use hospes_guest::{AsyncAction, Context, Failure};
use test_guests::standard_async::post;
use wasip3::cli::stdout::write_via_stream;
use wasip3::http::types::{Fields, Request, RequestOptions, Response};
use wasip3::{wit_future, wit_stream};

/// Headers that are nearly as long as they may be.
fn fields() -> Fields {
    let fields = Fields::new();
    _ = fields.append("x", &[b'x'; 10_000]);
    fields
}

/// A request with nobody at the other ends of its body and trailers.
fn request() {
    let (writer, reader) = wit_stream::new::<u8>();
    forget(post("http://127.0.0.1/", &[], Some(reader), None));
    forget(writer);
}

/// A body that is begun, and that nobody reads.
fn body() {
    let (mut writer, reader) = wit_stream::new::<u8>();
    forget(post("http://127.0.0.1/", &[], Some(reader), None));
    _ = writer.write_all(vec![b'x'; 100_000]).now_or_never();
    forget(writer);
}

fn response() {
    let (writer, reader) = wit_stream::new::<u8>();
    let (trailers, coming) = wit_future::new(|| Ok(None));
    forget(Response::new(fields(), Some(reader), coming));
    forget((writer, trailers));
}

/// Trailers that are written, and that nobody reads.
fn trailers() {
    let (trailers, coming) = wit_future::new(|| Ok(None));
    forget(Request::new(fields(), None, coming, None));
    let mut written = Box::pin(trailers.write(Ok(Some(fields()))));
    _ = written.as_mut().now_or_never();
    forget(written);
}

/// The body of a request that the guest has made itself, and does not read.
fn consumed() {
    let (writer, reader) = wit_stream::new::<u8>();
    let (trailers, coming) = wit_future::new(|| Ok(None));
    let (request, sent) = Request::new(fields(), Some(reader), coming, None);
    let (done, processed) = wit_future::new(|| Ok(()));
    forget(Request::consume_body(request, processed));
    forget((writer, trailers, sent, done));
}

/// Standard output that nothing is written to.
fn output() {
    let (writer, reader) = wit_stream::new::<u8>();
    forget(write_via_stream(reader));
    forget(writer);
}

struct StandardHandlesAsync;

impl AsyncAction for StandardHandlesAsync {
    type Payload = String;
    type Params = ();
    type Output = String;

    async fn execute(what: String, _: Context<()>) -> Result<String, Failure> {
        for _ in 0..10_000 {
            match what.as_str() {
                "fields" => forget(fields()),
                "copies" => forget(fields().clone()),
                "options" => forget(RequestOptions::new()),
                "bodies" => body(),
                "responses" => response(),
                "trailers" => trailers(),
                "consumed" => consumed(),
                "outputs" => output(),
                _ => request(),
            }
        }
        Ok("all".to_owned())
    }
}

hospes_guest::export!(async StandardHandlesAsync);

fn main() {}
