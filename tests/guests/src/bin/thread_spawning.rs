//! Tries to start threads and processes, and answers with how many it got.

test_guests::node!(|_, _| {
    let threads = (0..100)
        .filter(|_| std::thread::Builder::new().spawn(std::thread::park).is_ok())
        .count();
    let processes = ["sh", "/bin/sh", "ls"]
        .iter()
        .filter(|program| std::process::Command::new(program).spawn().is_ok())
        .count();
    Ok(serde_json::json!({"threads": threads, "processes": processes}))
});
