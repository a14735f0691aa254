//! Days, as people write them.
//!
//! Accepts `1990-12-10`, also with `/` or `.`; a month by its name, with day
//! and year in any usual order; and day and month as numbers before the year,
//! if only one reading is possible.

use jiff::civil::Date;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

pub(super) fn parse(text: &str) -> Result<String, String> {
    let parts: Vec<String> = text
        .split(|c: char| c.is_whitespace() || matches!(c, '-' | '/' | '.' | ','))
        .filter(|part| !part.is_empty())
        .map(str::to_lowercase)
        .collect();
    let [first, second, third] = parts.as_slice() else {
        return Err(form(text));
    };
    let (year, month, day) = match (number(first), number(second), number(third)) {
        // 10 December 1990
        (Some(day), None, Some(year)) => (year, month(second).ok_or_else(|| form(text))?, day),
        // December 10, 1990
        (None, Some(day), Some(year)) => (year, month(first).ok_or_else(|| form(text))?, day),
        // 1990-12-10
        (Some(year), Some(month), Some(day)) if first.len() == 4 => (year, month, day),
        (Some(first), Some(second), Some(year)) => {
            let (month, day) = order(text, first, second, year, third)?;
            (year, month, day)
        }
        _ => return Err(form(text)),
    };
    let shown = if first.len() == 4 { first } else { third };
    if shown.len() != 4 {
        return Err(format!(
            "`{shown}` can be a year of two centuries: write the year with four digits."
        ));
    }
    if !(1..=12).contains(&month) {
        return Err(format!("There is no month {month}: write 1990-12-10."));
    }
    let date = i16::try_from(year)
        .ok()
        .zip(i8::try_from(month).ok())
        .zip(i8::try_from(day).ok())
        .and_then(|((year, month), day)| Date::new(year, month, day).ok());
    match date {
        Some(date) if year > 0 => Ok(date.to_string()),
        _ => Err(format!(
            "The calendar has no {} {day} in {year}.",
            month_name(month)
        )),
    }
}

/// Month and day, if the numbers leave no choice.
fn order(
    text: &str,
    first: u16,
    second: u16,
    year: u16,
    written: &str,
) -> Result<(u16, u16), String> {
    match (first <= 12, second <= 12) {
        (true, true) if first != second => {
            // Only a year that is right makes a good example.
            if written.len() != 4 {
                return Err(form(text));
            }
            Err(format!(
                "`{text}` can be {} {second} or {} {first}: write {year}-{first:02}-{second:02} or \
                 {year}-{second:02}-{first:02}.",
                month_name(first),
                month_name(second),
            ))
        }
        (true, _) => Ok((first, second)),
        (false, _) => Ok((second, first)),
    }
}

fn number(part: &str) -> Option<u16> {
    // 1st, 2nd, 3rd, 10th
    let digits = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|ending| part.strip_suffix(ending))
        .unwrap_or(part);
    let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if all { digits.parse().ok() } else { None }
}

/// A month by its name or the first letters of it, three at least.
fn month(word: &str) -> Option<u16> {
    let at = MONTHS
        .iter()
        .position(|month| word.len() >= 3 && month.starts_with(word))?;
    u16::try_from(at + 1).ok()
}

fn month_name(month: u16) -> String {
    let name = usize::from(month)
        .checked_sub(1)
        .and_then(|at| MONTHS.get(at));
    let mut letters = name.copied().unwrap_or_default().chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn form(text: &str) -> String {
    format!(
        "`{text}` is not a date that can be understood: write year, month and day, as in 1990-12-10."
    )
}
