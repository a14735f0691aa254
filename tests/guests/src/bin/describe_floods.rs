//! Has far too much to say about itself.

test_guests::raw!(Ok, describe: || about::Description {
    summary: "I ".repeat(200_000),
    ..nothing()
});

fn main() {}
