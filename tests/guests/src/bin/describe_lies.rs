//! Describes its payload with a schema that is no JSON.

test_guests::raw!(Ok, describe: || about::Description {
    payload_schema: Some("{\"type\": ".to_owned()),
    ..nothing()
});

fn main() {}
