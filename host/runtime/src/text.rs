//! Text from a guest, made fit to read: on one line, without anything that a
//! terminal interprets, and of a limited length.

use std::borrow::Cow;

/// The most bytes of a message.
const MESSAGE: usize = 4096;

/// Makes a message from any text of a guest.
pub(crate) fn message(text: &str) -> String {
    short(text, MESSAGE)
}

/// Makes a message of at most `limit` bytes, with `…` after a cut.
pub(crate) fn short(text: &str, limit: usize) -> String {
    let kept = prefix(text, limit);
    let mut shown = escape(kept).into_owned();
    if kept.len() < text.len() || shown.len() > limit {
        shown.truncate(prefix(&shown, limit).len());
        shown.push('…');
    }
    shown
}

/// Writes control characters as `\n`, `\t`, `\u{1b}`: the text is then one
/// line, and can neither move the cursor of a terminal nor change the text
/// direction around it.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_control(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// The longest prefix of at most `limit` bytes that ends between characters.
pub(crate) fn prefix(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit))
        .unwrap_or_default()
}

/// Whether a terminal interprets the character.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_and_ends() {
        for (text, shown) in [
            ("plain, Zoë", "plain, Zoë"),
            ("a\r\n\u{1b}[31m\u{9b}b", r"a\r\n\u{1b}[31m\u{9b}b"),
            ("\u{202e}gnp.exe", r"\u{202e}gnp.exe"),
        ] {
            assert_eq!(message(text), shown);
        }
        for long in [
            "x".repeat(1 << 20),
            "ë".repeat(1 << 19),
            "\n".repeat(1 << 20),
        ] {
            let shown = message(&long);
            assert!((4000..=4100).contains(&shown.len()), "{}", shown.len());
            assert!(shown.ends_with('…'));
        }
        assert_eq!(message(&"x".repeat(MESSAGE)), "x".repeat(MESSAGE));
    }
}
