//! Describes its payload with a schema that names itself a thousand times.

test_guests::raw!(Ok, describe: || {
    let itself = vec!["{\"$ref\":\"#\"}"; 1000].join(",");
    about::Description {
        payload_schema: Some(format!("{{\"properties\":{{\"a\":{{\"anyOf\":[{itself}]}}}}}}")),
        ..nothing()
    }
});

fn main() {}
