//! Prints for ever by WASI 0.3, without ever ending a line.

use hospes_guest::{AsyncAction, Context, Failure};
use serde_json::Value;
use wasip3::cli::stdout::write_via_stream;
use wasip3::wit_stream;

struct OutputFloodAsync;

impl AsyncAction for OutputFloodAsync {
    type Payload = Value;
    type Params = ();
    type Output = Value;

    async fn execute(payload: Value, _: Context<()>) -> Result<Value, Failure> {
        let (mut writer, reader) = wit_stream::new::<u8>();
        let _written = write_via_stream(reader);
        loop {
            let rest = writer.write_all(vec![b'x'; 1 << 20]).await;
            // The host takes everything, and keeps what it has to.
            if !rest.is_empty() {
                return Ok(payload);
            }
        }
    }
}

hospes_guest::export!(async OutputFloodAsync);

fn main() {}
