//! Text for people: coloured on a terminal, with nothing hidden in it, and safe
//! to paste.

use std::fmt::Display;
use std::io::Write;

use anstyle::{AnsiColor, Style};

pub(crate) use hospes_deploy::text::{visible, visible_lines};

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const NOTE: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const TITLE: Style = Style::new().bold();
pub(crate) const QUIET: Style = Style::new().dimmed();

/// Text in a style, which is dropped where no terminal shows it.
pub(crate) fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Writes an error to standard error.
pub(crate) fn error(message: &str) {
    note(&styled(BAD, "error:"), &visible_lines(message));
}

/// Writes a line to standard error. A closed standard error is ignored.
pub(crate) fn note(head: &str, text: &str) {
    _ = writeln!(anstream::stderr().lock(), "{head} {text}");
}

/// Quotes a text as one word for a shell.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    let text = visible(text);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
