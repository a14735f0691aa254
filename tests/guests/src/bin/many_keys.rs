//! Answers with an object that has a million keys.

test_guests::raw!(|_| {
    let keys: Vec<String> = (0..1_000_000).map(|n| format!("\"{n}\":0")).collect();
    Ok(format!("{{{}}}", keys.join(",")))
});

fn main() {}
