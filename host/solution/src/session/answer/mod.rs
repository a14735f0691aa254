//! Parses what people write.
//!
//! An ambiguous answer is refused with a reason, not guessed.

mod date;
mod email;

use serde_json::{Number, Value};

use crate::flow::{Field, FieldKind, Input};
use hospes::egress::nearest;

/// The most characters of an answer.
const MAX_CHARACTERS: usize = 1000;

/// The value of an answer; none if an optional field is left out.
///
/// # Errors
///
/// Why it can't be used, and what can, for the person.
pub(super) fn read(field: &Field, text: &str) -> Result<Option<Value>, String> {
    let text = text.trim();
    if text.is_empty() {
        return if field.optional {
            Ok(None)
        } else {
            Err("An answer is required.".to_owned())
        };
    }
    parse(field.kind, &field.choices, text).map(Some)
}

/// The value of an input. A host gives JSON: numbers and booleans as such,
/// everything else as a string.
pub(super) fn input(input: &Input, value: Value) -> Result<Value, String> {
    match (input.kind, value) {
        (FieldKind::Number, value @ Value::Number(_))
        | (FieldKind::Boolean, value @ Value::Bool(_)) => Ok(value),
        (FieldKind::Number, _) => Err("Expected a number.".to_owned()),
        (FieldKind::Boolean, _) => Err("Expected `true` or `false`.".to_owned()),
        (kind, Value::String(text)) => parse(kind, &input.choices, text.trim()),
        _ => Err("Expected a string.".to_owned()),
    }
}

fn parse(kind: FieldKind, choices: &[String], text: &str) -> Result<Value, String> {
    if text.chars().count() > MAX_CHARACTERS {
        return Err(format!(
            "This is too long: at most {MAX_CHARACTERS} characters are allowed."
        ));
    }
    if text.chars().any(char::is_control) {
        return Err("This holds a control character: write it on one line.".to_owned());
    }
    match kind {
        FieldKind::Text => Ok(Value::from(text)),
        FieldKind::Email => email::parse(text).map(Value::from),
        FieldKind::Date => date::parse(text).map(Value::from),
        FieldKind::Phone => phone(text).map(Value::from),
        FieldKind::Choice => choice(choices, text).map(Value::from),
        FieldKind::Number => number(text).map(Value::Number),
        FieldKind::Boolean => boolean(text).map(Value::Bool),
    }
}

/// E.164: `+`, the country's number, and at most 15 digits in all.
fn phone(text: &str) -> Result<String, String> {
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}'))
        .collect();
    let Some(digits) = plain.strip_prefix('+') else {
        return Err(
            "A telephone number begins with `+` and the number of the country: write +1 415 555 0100.".to_owned(),
        );
    };
    if let Some(other) = digits.chars().find(|c| !c.is_ascii_digit()) {
        return Err(format!("`{other}` is not allowed in a telephone number."));
    }
    if digits.starts_with('0') {
        return Err("No country's number begins with 0: write +1 415 555 0100.".to_owned());
    }
    match digits.len() {
        0..7 => Err("This is too short for a telephone number with its country.".to_owned()),
        7..=15 => Ok(format!("+{digits}")),
        _ => Err("This is too long: a telephone number has at most 15 digits.".to_owned()),
    }
}

/// One of the choices, whatever its case, or its number in the list.
fn choice(choices: &[String], text: &str) -> Result<String, String> {
    let same = |choice: &&String| choice.to_lowercase() == text.to_lowercase();
    if let Some(choice) = choices.iter().find(same) {
        return Ok(choice.clone());
    }
    let numbered = !choices.iter().any(|choice| choice.parse::<f64>().is_ok());
    if numbered
        && let Ok(number) = text.parse::<usize>()
        && let Some(choice) = number.checked_sub(1).and_then(|index| choices.get(index))
    {
        return Ok(choice.clone());
    }
    let lower: Vec<String> = choices.iter().map(|choice| choice.to_lowercase()).collect();
    let near = nearest(&text.to_lowercase(), lower.iter().map(String::as_str));
    let near = choices
        .iter()
        .find(|choice| near == Some(choice.to_lowercase().as_str()));
    Err(match near {
        Some(near) => format!("`{text}` is not one of the choices. Did you mean `{near}`?"),
        None => format!(
            "`{text}` is not one of the choices: {}.",
            choices.join(", ")
        ),
    })
}

fn number(text: &str) -> Result<Number, String> {
    if text.contains(',') {
        return Err(
            "A comma can mean thousands or a fraction: write 1500 or 1.5, without a comma."
                .to_owned(),
        );
    }
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+');
    let wrong = || format!("`{text}` is not a number: write digits, as in 42 or 1.5.");
    if !text.chars().all(plain) {
        return Err(wrong());
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(whole.into());
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    match text.parse::<f64>().ok().and_then(Number::from_f64) {
        Some(_) if digits > 15 => Err(
            "This number has more digits than can be kept exactly: at most 15 are allowed."
                .to_owned(),
        ),
        Some(number) => Ok(number),
        None => Err(wrong()),
    }
}

fn boolean(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "yes" | "y" | "true" => Ok(true),
        "no" | "n" | "false" => Ok(false),
        _ => Err(format!("`{text}` is neither: write yes or no.")),
    }
}

#[cfg(test)]
mod tests;
