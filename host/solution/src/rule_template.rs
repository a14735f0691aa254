//! Rules that quote params: `POST {braze_url}/users/track`.
//!
//! | position of a param | valid values |
//! | --- | --- |
//! | `{base}` or `{base}/path` | `scheme://host[:port][/path]` |
//! | `https://api.{region}.example.com` | a part of a host: letters, digits, `-`, `.` and `:port` |
//! | `https://example.com/{path}` | a part of a path |
//!
//! A value never becomes a method, a wildcard or another part of the URL, so a
//! rule allows no more than it shows. The result is parsed like any other rule.

use std::fmt;
use std::str::FromStr;

use hospes::policy::Rule;
use serde_json::{Map, Value};

/// A rule that may quote params of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleTemplate {
    text: String,
    pieces: Vec<TemplatePiece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum TemplatePiece {
    Text(String),
    Param(String, UrlPart),
}

/// The part of a URL that a param stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UrlPart {
    Base,
    Host,
    Path,
}

impl RuleTemplate {
    /// Parses a rule. One without params is checked as a whole.
    ///
    /// # Errors
    ///
    /// If the rule is invalid, or has a param where none is allowed.
    pub fn parse(text: &str) -> Result<RuleTemplate, TemplateError> {
        let pieces = pieces(text)
            .map_err(|why| TemplateError(format!("rule `{}`: {why}", text.escape_debug())))?;
        if !pieces
            .iter()
            .any(|piece| matches!(piece, TemplatePiece::Param(..)))
        {
            Rule::parse(text).map_err(|error| TemplateError(error.to_string()))?;
        }
        Ok(RuleTemplate {
            text: text.to_owned(),
            pieces,
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The params that it quotes.
    pub fn params(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            TemplatePiece::Param(name, _) => Some(name.as_str()),
            TemplatePiece::Text(_) => None,
        })
    }

    /// The rule with these params.
    ///
    /// # Errors
    ///
    /// If a param is missing or invalid in its position, or the resulting rule
    /// is invalid.
    pub fn fill(&self, params: &Map<String, Value>) -> Result<Rule, TemplateError> {
        let mut line = String::new();
        for (i, piece) in self.pieces.iter().enumerate() {
            match piece {
                TemplatePiece::Text(text) => line.push_str(text),
                TemplatePiece::Param(name, part) => {
                    let value = part.check(params.get(name)).map_err(|why| {
                        let rule = self.text.escape_debug();
                        TemplateError(format!(
                            "rule `{rule}`: param `{}` {why}",
                            name.escape_debug()
                        ))
                    })?;
                    let value = if line.ends_with('/') {
                        value.trim_start_matches('/')
                    } else {
                        value
                    };
                    // One slash between the parts, whether the value ends with
                    // one or not.
                    let goes_on = matches!(self.pieces.get(i + 1), Some(TemplatePiece::Text(text)) if !text.starts_with('/'));
                    line.push_str(if goes_on {
                        value
                    } else {
                        value.trim_end_matches('/')
                    });
                }
            }
        }
        Rule::parse(&line).map_err(|error| TemplateError(error.to_string()))
    }
}

impl UrlPart {
    /// The value, if it is valid for this part and can't change any other.
    fn check(self, value: Option<&Value>) -> Result<&str, &'static str> {
        let value = match value {
            Some(Value::String(value)) => value,
            Some(_) => return Err("is not a string"),
            None => return Err("has no value"),
        };
        if value.contains(|c: char| c.is_whitespace() || c.is_control() || "*{},".contains(c)) {
            return Err("contains a character that is not allowed in a rule's param");
        }
        match self {
            UrlPart::Base if !value.contains("://") => {
                Err("does not start with `https://` or `http://`")
            }
            UrlPart::Host if value.is_empty() || value.contains(|c| !is_host(c)) => {
                Err("is not part of a host: letters, digits, `-`, `.` and `:`")
            }
            UrlPart::Path if value.is_empty() => Err("is empty"),
            _ => Ok(value),
        }
    }
}

fn is_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '[' | ']')
}

/// Splits a rule at its params.
fn pieces(text: &str) -> Result<Vec<TemplatePiece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    let mut before = String::new();
    while let Some((plain, tail)) = rest.split_once('{') {
        let (name, tail) = tail.split_once('}').ok_or("a `{` without a `}`")?;
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '{') {
            return Err(format!("`{{{}}}` is not a param", name.escape_debug()));
        }
        before.push_str(plain);
        let part = part(&before, tail)?;
        if !plain.is_empty() {
            pieces.push(TemplatePiece::Text(plain.to_owned()));
        }
        pieces.push(TemplatePiece::Param(name.to_owned(), part));
        // From here on, a param is an opaque part of the URL.
        before.push_str(if part == UrlPart::Base {
            "base://host/"
        } else {
            "x"
        });
        rest = tail;
    }
    if rest.contains('}') {
        return Err("a `}` without a `{`".to_owned());
    }
    if !rest.is_empty() {
        pieces.push(TemplatePiece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

/// The part of the URL that a param between these two belongs to.
fn part(before: &str, after: &str) -> Result<UrlPart, String> {
    if after.contains(char::is_whitespace) {
        return Err("a param can't stand for a method".to_owned());
    }
    let url = before.rsplit(char::is_whitespace).next().unwrap_or(before);
    if url.is_empty() {
        return match after.chars().next() {
            None | Some('/') => Ok(UrlPart::Base),
            _ => Err("after a param with scheme and host, a path follows or nothing".to_owned()),
        };
    }
    match url.split_once("://") {
        None => Err("a param can't stand for a part of the scheme".to_owned()),
        Some((_, rest)) if rest.contains('/') => Ok(UrlPart::Path),
        Some(_) => Ok(UrlPart::Host),
    }
}

impl FromStr for RuleTemplate {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<RuleTemplate, TemplateError> {
        RuleTemplate::parse(text)
    }
}

/// Why a rule, or a rule with its params filled in, was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError(String);

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TemplateError {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn filled(template: &str, value: Value) -> Result<String, String> {
        let template = RuleTemplate::parse(template).map_err(|error| error.to_string())?;
        let params = Map::from_iter([("p".to_owned(), value), ("track".to_owned(), json!("t/u"))]);
        template
            .fill(&params)
            .map(|rule| rule.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_param_stands_for_the_part_of_the_url_where_it_is() {
        for (template, value, rule) in [
            (
                "POST {p}/users/track",
                "https://a.example",
                "POST https://a.example/users/track",
            ),
            (
                "POST {p}/users/track",
                "https://a.example/",
                "POST https://a.example/users/track",
            ),
            ("{p}", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("{p}", "https://a.example/", "https://a.example"),
            (
                "{p}/{track}",
                "https://a.example/v1",
                "https://a.example/v1/t/u",
            ),
            (
                "GET https://{p}/x",
                "a.example:8443",
                "GET https://a.example:8443/x",
            ),
            ("https://*.{p}.example", "eu", "https://*.eu.example"),
            (
                "https://a.example/{p}",
                "/users/track/",
                "https://a.example/users/track",
            ),
            ("https://a.example/v-{p}/x", "1", "https://a.example/v-1/x"),
        ] {
            assert_eq!(
                filled(template, json!(value)),
                Ok(rule.to_owned()),
                "{template} {value}"
            );
        }
    }

    #[test]
    fn a_value_that_would_mean_something_else_is_refused() {
        for (template, value, message) in [
            (
                "{p}/x",
                json!("a.example"),
                "rule `{p}/x`: param `p` does not start with `https://` or `http://`",
            ),
            ("{p}/x", json!(7), "rule `{p}/x`: param `p` is not a string"),
            ("{q}/x", json!(7), "rule `{q}/x`: param `q` has no value"),
            (
                "{p}/x",
                json!("GET https://a.example"),
                "rule `{p}/x`: param `p` contains a character that is not allowed in a rule's param",
            ),
            (
                "{p}/x",
                json!("https://*.example.com"),
                "rule `{p}/x`: param `p` contains a character that is not allowed in a rule's param",
            ),
            (
                "https://api.{p}.example",
                json!("evil.com/x"),
                "rule `https://api.{p}.example`: param `p` is not part of a host: letters, digits, `-`, `.` and `:`",
            ),
            (
                "{p}/x",
                json!("https://a.example/../b"),
                "rule `https://a.example/../b/x`: its path holds a `.`, `..` or empty segment, or an encoded \
                 slash: no request with such a path is allowed, so it could never match",
            ),
            (
                "https://a.example/{p}",
                json!(""),
                "rule `https://a.example/{p}`: param `p` is empty",
            ),
        ] {
            assert_eq!(filled(template, value), Err(message.to_owned()));
        }
    }

    #[test]
    fn a_param_where_none_may_stand_is_refused() {
        for (template, message) in [
            (
                "{p} https://a.example",
                "rule `{p} https://a.example`: a param can't stand for a method",
            ),
            (
                "http{p}://a.example",
                "rule `http{p}://a.example`: a param can't stand for a part of the scheme",
            ),
            (
                "{p}.example.com",
                "rule `{p}.example.com`: after a param with scheme and host, a path follows or nothing",
            ),
            ("{p", "rule `{p`: a `{` without a `}`"),
            ("p}", "rule `p}`: a `}` without a `{`"),
            ("{}/x", "rule `{}/x`: `{}` is not a param"),
            (
                "example.com",
                "rule `example.com`: there is no scheme: write `https://example.com`",
            ),
        ] {
            assert_eq!(filled(template, json!("x")), Err(message.to_owned()));
        }
    }
}
