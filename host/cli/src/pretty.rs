//! JSON laid out for people, to the letter: numbers, order and repeated keys stay.

/// Lays out a JSON document with two spaces for each level, every line after
/// `margin`. The text has to be valid JSON.
pub(crate) fn pretty(json: &str, margin: &str) -> String {
    let mut out = Layout {
        text: margin.to_owned(),
        margin,
        depth: 0,
    };
    let mut chars = json.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' => {}
            '"' => {
                out.text.push(c);
                while let Some(c) = chars.next() {
                    out.text.push(c);
                    match c {
                        '\\' => out.text.extend(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                out.text.push(c);
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                match chars.next_if(|next| matches!(next, '}' | ']')) {
                    Some(end) => out.text.push(end),
                    None => {
                        out.depth += 1;
                        out.new_line();
                    }
                }
            }
            '}' | ']' => {
                out.depth = out.depth.saturating_sub(1);
                out.new_line();
                out.text.push(c);
            }
            ',' => {
                out.text.push(c);
                out.new_line();
            }
            ':' => out.text.push_str(": "),
            _ => out.text.push(c),
        }
    }
    out.text
}

struct Layout<'m> {
    text: String,
    margin: &'m str,
    depth: usize,
}

impl Layout<'_> {
    fn new_line(&mut self) {
        self.text.push('\n');
        self.text.push_str(self.margin);
        self.text.push_str(&"  ".repeat(self.depth));
    }
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn json_is_laid_out_to_the_letter() {
        for (json, laid_out) in [
            ("1e400", "1e400"),
            (" { } ", "{}"),
            ("[ ]", "[]"),
            (r#""a, \" {b}""#, r#""a, \" {b}""#),
            (
                r#"{"b":[1.50,{}],"a" : null,"a":"\\"}"#,
                "{\n  \"b\": [\n    1.50,\n    {}\n  ],\n  \"a\": null,\n  \"a\": \"\\\\\"\n}",
            ),
        ] {
            assert_eq!(pretty(json, ""), laid_out);
        }
        assert_eq!(pretty("[1]", "  "), "  [\n    1\n  ]");
    }
}
