//! Text from outside, made safe for people: with nothing hidden in it, and not
//! too long.

/// Text from outside, on one line. Characters that a terminal would interpret
/// or hide are escaped, as in `\u001b`.
pub fn visible(text: &str) -> String {
    escape(text, is_hidden)
}

/// The same for text of several lines. JSON stays the same JSON.
pub fn visible_lines(text: &str) -> String {
    escape(text, |c| c != '\n' && is_hidden(c))
}

/// A name from outside, shortened for a message.
pub fn quoted(name: &str) -> String {
    cut(visible(name), 128)
}

/// At most this many bytes of a text, with `…` if it was cut.
pub fn cut(mut text: String, limit: usize) -> String {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
        text.push('…');
    }
    text
}

fn escape(text: &str, hidden: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Control characters, and those that reorder, join or hide text.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hidden_reaches_a_terminal() {
        assert_eq!(
            visible("a\u{1b}[31m\n\u{9b}b"),
            "a\\u001b[31m\\u000a\\u009bb"
        );
        assert_eq!(
            visible("Zoë \u{202e}gnp.exe\u{e0041}"),
            "Zoë \\u202egnp.exe\\udb40\\udc41"
        );
        assert_eq!(visible_lines("a\n\tb\r"), "a\n\\u0009b\\u000d");
    }

    #[test]
    fn a_name_is_repeated_in_part() {
        assert_eq!(quoted("Zoë\n"), "Zoë\\u000a");
        let long = quoted(&"ë".repeat(60_000));
        assert_eq!(long, "ë".repeat(64) + "…");
    }
}
