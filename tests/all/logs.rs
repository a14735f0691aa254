//! Log records: bounded, escaped, and from every way a guest can speak.

use hospes::outcome::Level;
use hospes_artifacts as guests;
use serde_json::json;

use crate::support::{RUNTIME, guest, result, run};

#[test]
pub(crate) fn log_flood() {
    let limits = [
        ("log-records", "10"),
        ("log-record", "100"),
        ("log-bytes", "2KiB"),
    ];
    let outcome = run(guest(guests::LOG_FLOOD, &limits), "1000");
    assert_eq!(result(&outcome), json!(1000));
    let (last, kept) = outcome.logs.split_last().unwrap();
    assert_eq!(kept.len(), 10);
    assert!(
        kept.iter()
            .all(|record| record.message.len() <= 100 + "…".len())
    );
    assert_eq!(
        last.message,
        "990 log records left out (limits `log-records` and `log-bytes`)"
    );
    let endless = run(guest(guests::LOG_FLOOD, &[("deadline", "300ms")]), "null");
    assert!(
        endless
            .logs
            .iter()
            .map(|record| record.message.len())
            .sum::<usize>()
            <= 70_000
    );
    assert!(endless.answer.is_err());
}

#[test]
pub(crate) fn log_lines() {
    let lines = json!(["plain", "two\nlines", "\u{1b}[31mred\u{1b}[0m", "ünï"]);
    let outcome = run(guest(guests::LOG_LINES, &[]), &lines.to_string());
    let seen: Vec<(Level, &str)> = outcome
        .logs
        .iter()
        .map(|record| (record.level, record.message.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            (Level::Warn, "plain"),
            (Level::Info, "out: plain"),
            (Level::Warn, "err: plain"),
            (Level::Warn, r"two\nlines"),
            (Level::Info, "out: two"),
            (Level::Info, "lines"),
            (Level::Warn, "err: two"),
            (Level::Warn, "lines"),
            (Level::Warn, r"\u{1b}[31mred\u{1b}[0m"),
            (Level::Info, r"out: \u{1b}[31mred\u{1b}[0m"),
            (Level::Warn, r"err: \u{1b}[31mred\u{1b}[0m"),
            (Level::Warn, "ünï"),
            (Level::Info, "out: ünï"),
            (Level::Warn, "err: ünï"),
        ]
    );
    assert_eq!(
        outcome.logs[3].fields,
        [("line".to_owned(), r"two\nlines".to_owned())]
    );
}

#[test]
fn what_a_guest_prints_is_bounded_too() {
    let lines: Vec<String> = (0..100).map(|n| format!("line {n}")).collect();
    let limits = [("output", "50"), ("log-records", "1000")];
    let outcome = run(guest(guests::LOG_LINES, &limits), &json!(lines).to_string());
    let printed: usize = outcome
        .logs
        .iter()
        .filter(|record| record.fields.is_empty())
        .map(|record| record.message.len() + 1)
        .sum();
    assert!(printed <= 51, "{printed}");
}

#[test]
fn a_listener_hears_each_record_while_the_node_runs() {
    let (sender, heard) = std::sync::mpsc::channel();
    let context = hospes::Context::new().on_log(move |record| {
        sender.send((record.level, record.message.clone())).unwrap();
    });
    RUNTIME
        .load("listened-to", guest(guests::LOG_LINES, &[]))
        .unwrap();
    let outcome = RUNTIME
        .execute_blocking("listened-to", r#"["one", "two"]"#, &context)
        .unwrap();
    drop(context);
    let kept: Vec<_> = outcome
        .logs
        .into_iter()
        .map(|record| (record.level, record.message))
        .collect();
    assert_eq!(kept.len(), 6);
    assert_eq!(heard.iter().collect::<Vec<_>>(), kept);
}

#[test]
pub(crate) fn unfinished_lines() {
    let context = hospes::Context::new().on_log(|record| panic!("{}", record.message));
    let node = crate::support::load(guest(guests::UNFINISHED_LINES, &[]));
    for _ in 0..3 {
        let outcome = RUNTIME.execute_blocking(&node, "1", &context).unwrap();
        // The listener's panics are nobody's, not even those while a store is dropped.
        assert_eq!(result(&outcome), json!(1));
        let heard: Vec<&str> = outcome
            .logs
            .iter()
            .map(|log| log.message.as_str())
            .collect();
        assert_eq!(heard, ["whole", "out", "err"]);
    }
}
