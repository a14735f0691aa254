//! Wants to send ten thousand kinds of requests.

test_guests::raw!(Ok, describe: || about::Description {
    egress: (0..10_000)
        .map(|n| hospes::node::types::Egress {
            method: "GET".to_owned(),
            url: format!("https://{n}.example"),
        })
        .collect(),
    ..nothing()
});

fn main() {}
