//! Holds ten thousand resources of `wasi:http` 0.2 at once: `"fields"` or
//! `"bodies"`, each with as much in it as the host takes.

use std::mem::forget;

use serde_json::json;
use test_guests::standard::post;
use wasip2::http::types::Fields;

test_guests::node!(|payload, _| {
    for _ in 0..10_000 {
        if payload == "fields" {
            let fields = Fields::new();
            _ = fields.append("x", &[b'x'; 10_000]);
            forget(fields);
        } else if let Ok(request) = post("http://127.0.0.1/", &[]) {
            if let Ok(body) = request.body()
                && let Ok(stream) = body.write()
            {
                while let Ok(room @ 1..) = stream.check_write() {
                    let bytes = vec![b'x'; usize::try_from(room).unwrap_or_default()];
                    _ = stream.write(&bytes);
                }
                forget((stream, body));
            }
            forget(request);
        }
    }
    Ok(json!("all"))
});
