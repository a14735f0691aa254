//! Lays out JSON for people. Numbers, order and repeated keys stay exactly as they
//! are.

/// The longest line that a list or an object is put on.
const WIDTH: usize = 96;

/// Lays out a JSON document with two spaces for each level, and each line after
/// `margin`. Lists and objects that fit stay on one line. The text has to be
/// valid JSON.
pub(crate) fn pretty(json: &str, margin: &str) -> String {
    let mut text = margin.to_owned();
    Reader { rest: json }.value().lay_out(margin, 0, &mut text);
    text
}

/// A parsed document that keeps the original text.
enum Value<'t> {
    Scalar(&'t str),
    /// The brackets, and the items with their names, if they have any.
    Group([char; 2], Vec<(Option<&'t str>, Value<'t>)>),
}

impl Value<'_> {
    /// `before` is the length of the text before it on the line, without the
    /// margin.
    fn lay_out(&self, indent: &str, before: usize, text: &mut String) {
        let (brackets, items) = match self {
            Value::Scalar(scalar) => return text.push_str(scalar),
            Value::Group(brackets, items) => (brackets, items),
        };
        let line = self.line();
        if items.is_empty() || indent.len() + before + line.chars().count() <= WIDTH {
            return text.push_str(&line);
        }
        let deeper = format!("{indent}  ");
        text.push(brackets[0]);
        for (i, (name, item)) in items.iter().enumerate() {
            text.push_str(if i == 0 { "\n" } else { ",\n" });
            text.push_str(&deeper);
            let name = name.map(|name| format!("{name}: ")).unwrap_or_default();
            text.push_str(&name);
            item.lay_out(&deeper, name.chars().count(), text);
        }
        text.push('\n');
        text.push_str(indent);
        text.push(brackets[1]);
    }

    /// The same on one line.
    fn line(&self) -> String {
        let (brackets, items) = match self {
            Value::Scalar(scalar) => return (*scalar).to_owned(),
            Value::Group(brackets, items) => (brackets, items),
        };
        let items: Vec<String> = items
            .iter()
            .map(|(name, item)| match name {
                Some(name) => format!("{name}: {}", item.line()),
                None => item.line(),
            })
            .collect();
        let pad = if brackets[0] == '{' && !items.is_empty() {
            " "
        } else {
            ""
        };
        format!(
            "{}{pad}{}{pad}{}",
            brackets[0],
            items.join(", "),
            brackets[1]
        )
    }
}

/// Reads valid JSON. Invalid JSON only ends the reading.
struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn value(&mut self) -> Value<'t> {
        match self.peek() {
            Some('{') => self.group(['{', '}']),
            Some('[') => self.group(['[', ']']),
            _ => Value::Scalar(self.scalar()),
        }
    }

    fn group(&mut self, brackets: [char; 2]) -> Value<'t> {
        let mut items = Vec::new();
        self.skip();
        while !matches!(self.peek(), Some('}' | ']') | None) {
            let name = (brackets[0] == '{').then(|| self.scalar());
            if self.peek() == Some(':') {
                self.skip();
            }
            items.push((name, self.value()));
            if self.peek() == Some(',') {
                self.skip();
            }
        }
        self.skip();
        Value::Group(brackets, items)
    }

    /// A string, a number or a word.
    fn scalar(&mut self) -> &'t str {
        _ = self.peek();
        let end = match self.rest.strip_prefix('"') {
            Some(text) => closing_quote(text).map(|end| end + 2),
            None => self
                .rest
                .find(|c: char| c.is_whitespace() || ",:]}".contains(c)),
        };
        let (scalar, rest) = self
            .rest
            .split_at_checked(end.unwrap_or(self.rest.len()))
            .unwrap_or((self.rest, ""));
        // Always advance, so that it ends even for invalid JSON.
        self.rest = if scalar.is_empty() { "" } else { rest };
        scalar
    }

    /// The next character that is not white space.
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_ascii_start();
        self.rest.chars().next()
    }

    fn skip(&mut self) {
        _ = self.peek();
        let mut chars = self.rest.chars();
        _ = chars.next();
        self.rest = chars.as_str();
    }
}

/// The end of a string, after its opening quote.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn what_fits_stays_on_one_line_to_the_letter() {
        for (json, laid_out) in [
            ("1e400", "1e400"),
            (" { } ", "{}"),
            ("[ ]", "[]"),
            (r#""a, \" {b}\\""#, r#""a, \" {b}\\""#),
            (
                r#"{"b":[1.50,{}],"a" : null,"a":"\\"}"#,
                r#"{ "b": [1.50, {}], "a": null, "a": "\\" }"#,
            ),
        ] {
            assert_eq!(pretty(json, ""), laid_out);
        }
    }

    #[test]
    fn what_does_not_fit_gets_a_line_for_each_item() {
        let long = "x".repeat(90);
        let json = format!(r#"{{"a":["{long}"],"b":{{"c":[1,2]}}}}"#);
        let laid_out = format!(
            "  {{\n    \"a\": [\n      \"{long}\"\n    ],\n    \"b\": {{ \"c\": [1, 2] }}\n  }}"
        );
        assert_eq!(pretty(&json, "  "), laid_out);
    }

    #[test]
    fn what_is_no_json_ends() {
        for text in ["", "{", "[,", "]", "\"", "{]", "{:::}", "\\"] {
            pretty(text, "");
        }
    }
}
