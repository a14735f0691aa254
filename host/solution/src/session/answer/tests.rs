//! What is taken, and the words when it is not.

use serde_json::{Value, json};

use super::*;

#[track_caller]
fn check(kind: FieldKind, cases: &[(&str, Result<Value, &str>)]) {
    let choices = ["Windows", "macOS", "Linux"].map(str::to_owned);
    for (text, expected) in cases {
        let found = parse(kind, &choices, text);
        assert_eq!(
            found.as_ref().map_err(String::as_str),
            expected.as_ref().map_err(|e| *e),
            "{text}"
        );
    }
}

#[test]
fn days_are_taken_in_every_form_that_has_one_meaning() {
    let day = || Ok(json!("1990-12-10"));
    check(
        FieldKind::Date,
        &[
            ("1990-12-10", day()),
            ("1990/12/10", day()),
            ("1990.12.10", day()),
            ("10 December 1990", day()),
            ("10. Dec 1990", day()),
            ("10-Dec-1990", day()),
            ("December 10, 1990", day()),
            ("dec 10th 1990", day()),
            ("25/12/1990", Ok(json!("1990-12-25"))),
            ("12/25/1990", Ok(json!("1990-12-25"))),
            ("5.5.2005", Ok(json!("2005-05-05"))),
            ("29 feb 2024", Ok(json!("2024-02-29"))),
            (
                "3/4/1990",
                Err("`3/4/1990` can be March 4 or April 3: write 1990-03-04 or 1990-04-03."),
            ),
            (
                "10.12.90",
                Err(
                    "`10.12.90` is not a date that can be understood: write year, month and day, as in 1990-12-10.",
                ),
            ),
            (
                "25.12.90",
                Err("`90` can be a year of two centuries: write the year with four digits."),
            ),
            (
                "1990-02-30",
                Err("The calendar has no February 30 in 1990."),
            ),
            (
                "29 Feb 2023",
                Err("The calendar has no February 29 in 2023."),
            ),
            ("1990-13-10", Err("There is no month 13: write 1990-12-10.")),
            ("0000-01-01", Err("The calendar has no January 1 in 0.")),
            (
                "yesterday",
                Err(
                    "`yesterday` is not a date that can be understood: write year, month and day, as in 1990-12-10.",
                ),
            ),
            (
                "10 Smarch 1990",
                Err(
                    "`10 Smarch 1990` is not a date that can be understood: write year, month and day, as in 1990-12-10.",
                ),
            ),
            (
                "99999999999-1-1",
                Err(
                    "`99999999999-1-1` is not a date that can be understood: write year, month and day, as in \
                     1990-12-10.",
                ),
            ),
        ],
    );
}

#[test]
fn addresses_are_taken_or_the_place_is_named() {
    check(
        FieldKind::Email,
        &[
            ("ada@example.com", Ok(json!("ada@example.com"))),
            (
                "a.b+c@mail.example.co.uk",
                Ok(json!("a.b+c@mail.example.co.uk")),
            ),
            ("zoë@münchen.example", Ok(json!("zoë@münchen.example"))),
            (
                "ada",
                Err("`ada` has no `@`: an address looks like ada@example.com."),
            ),
            ("@example.com", Err("There is nothing before the `@`.")),
            ("a@b@example.com", Err("An address has one `@`.")),
            ("a da@example.com", Err("An address has no spaces.")),
            (
                "ada@example",
                Err("`example` is not a whole domain: an address looks like ada@example.com."),
            ),
            ("ada@exa_mple.com", Err("`exa_mple.com` is not a domain.")),
            ("ada@-a.com", Err("`-a.com` is not a domain.")),
            ("ada@1.2.3.4", Err("`1.2.3.4` is not a domain.")),
            (
                "a(b)@example.com",
                Err("`(` is not allowed before the `@`."),
            ),
            (
                ".a@example.com",
                Err("A dot stands between other characters, and alone."),
            ),
            (
                "a@example..com",
                Err("A dot stands between other characters, and alone."),
            ),
        ],
    );
}

#[test]
fn telephone_numbers_become_e164() {
    check(
        FieldKind::Phone,
        &[
            ("+1 (415) 555-0100", Ok(json!("+14155550100"))),
            ("+49 30/901820", Ok(json!("+4930901820"))),
            (
                "0049 30 901820",
                Err(
                    "A telephone number begins with `+` and the number of the country: write +1 415 555 0100.",
                ),
            ),
            (
                "+0 415 555 0100",
                Err("No country's number begins with 0: write +1 415 555 0100."),
            ),
            (
                "+1 415 KLONDIKE",
                Err("`K` is not allowed in a telephone number."),
            ),
            (
                "+1",
                Err("This is too short for a telephone number with its country."),
            ),
            (
                "+1234567890123456",
                Err("This is too long: a telephone number has at most 15 digits."),
            ),
        ],
    );
}

#[test]
fn choices_are_taken_by_word_and_by_number() {
    check(
        FieldKind::Choice,
        &[
            ("Linux", Ok(json!("Linux"))),
            ("MACOS", Ok(json!("macOS"))),
            ("1", Ok(json!("Windows"))),
            (
                "linus",
                Err("`linus` is not one of the choices. Did you mean `Linux`?"),
            ),
            (
                "BeOS",
                Err("`BeOS` is not one of the choices: Windows, macOS, Linux."),
            ),
            (
                "0",
                Err("`0` is not one of the choices: Windows, macOS, Linux."),
            ),
            (
                "4",
                Err("`4` is not one of the choices: Windows, macOS, Linux."),
            ),
        ],
    );
}

#[test]
fn numbers_and_booleans_are_not_guessed() {
    check(
        FieldKind::Number,
        &[
            ("42", Ok(json!(42))),
            ("-1.5", Ok(json!(-1.5))),
            (
                "1,5",
                Err(
                    "A comma can mean thousands or a fraction: write 1500 or 1.5, without a comma.",
                ),
            ),
            (
                "many",
                Err("`many` is not a number: write digits, as in 42 or 1.5."),
            ),
            (
                "inf",
                Err("`inf` is not a number: write digits, as in 42 or 1.5."),
            ),
            (
                "1e9",
                Err("`1e9` is not a number: write digits, as in 42 or 1.5."),
            ),
            (
                "1-2",
                Err("`1-2` is not a number: write digits, as in 42 or 1.5."),
            ),
            (
                "99999999999999999999",
                Err(
                    "This number has more digits than can be kept exactly: at most 15 are allowed.",
                ),
            ),
        ],
    );
    check(
        FieldKind::Boolean,
        &[
            ("Yes", Ok(json!(true))),
            ("n", Ok(json!(false))),
            ("perhaps", Err("`perhaps` is neither: write yes or no.")),
        ],
    );
}

#[test]
fn a_text_is_one_line_of_a_bearable_length() {
    let long = "x".repeat(1001);
    check(
        FieldKind::Text,
        &[
            ("Zoë O'Brien", Ok(json!("Zoë O'Brien"))),
            (
                "a\u{1b}[31m",
                Err("This holds a control character: write it on one line."),
            ),
            (
                &long,
                Err("This is too long: at most 1000 characters are allowed."),
            ),
        ],
    );
}
