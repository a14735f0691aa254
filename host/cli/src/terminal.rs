//! Text for people: colours where a terminal shows them, nothing hidden in it,
//! and safe to paste.

use std::fmt::Display;
use std::io::Write;

use anstyle::{AnsiColor, Style};

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const NOTE: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const TITLE: Style = Style::new().bold();
pub(crate) const QUIET: Style = Style::new().dimmed();

/// Text in a style; the style is dropped where no terminal shows it.
pub(crate) fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Writes an error to standard error.
pub(crate) fn error(message: &str) {
    note(&styled(BAD, "error:"), &visible_lines(message));
}

/// Writes a line to standard error. That nobody reads it is no reason to stop.
pub(crate) fn note(head: &str, text: &str) {
    _ = writeln!(anstream::stderr().lock(), "{head} {text}");
}

/// Text from outside, on one line and without anything that a terminal would
/// obey or hide: such characters are shown as `\u001b`.
pub(crate) fn visible(text: &str) -> String {
    escape(text, is_hidden)
}

/// The same for text of several lines. What is JSON stays the same JSON.
pub(crate) fn visible_lines(text: &str) -> String {
    escape(text, |c| c != '\n' && is_hidden(c))
}

/// Somebody's name for something, as a message repeats it: of a length that
/// somebody reads.
pub(crate) fn quoted(name: &str) -> String {
    cut(visible(name), 128)
}

/// At most so many bytes of a text, and `…` after a cut.
pub(crate) fn cut(mut text: String, limit: usize) -> String {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
        text.push('…');
    }
    text
}

/// One word for a shell, whatever the component says.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    let text = visible(text);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
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

    #[test]
    fn what_is_to_be_pasted_stays_one_word() {
        for (text, word) in [
            ("braze_url", "braze_url"),
            ("POST {braze_url}/users", "'POST {braze_url}/users'"),
            ("x'; rm -rf ~; '", r"'x'\''; rm -rf ~; '\'''"),
            ("a\n$(b)", r"'a\u000a$(b)'"),
            ("", "''"),
        ] {
            assert_eq!(shell_word(text), word);
        }
    }

    #[test]
    fn escaped_json_is_the_same_json() {
        let json = "[\"\u{7f}\u{9b}\u{202e}\u{e0041}x\"]";
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&visible_lines(json)), read(json));
    }
}
