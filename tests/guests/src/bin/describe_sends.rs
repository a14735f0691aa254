//! Sends a request when it is asked about itself, and describes itself by what
//! became of it.

test_guests::raw!(Ok, describe: || {
    let request = hospes::node::http::Request {
        method: "GET".to_owned(),
        url: "https://example.com/".to_owned(),
        headers: Vec::new(),
        body: None,
        timeout_ms: None,
    };
    about::Description {
        summary: format!("{:?}", hospes::node::http::send(&request)),
        ..nothing()
    }
});

fn main() {}
