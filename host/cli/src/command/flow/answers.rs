//! Answers from a file.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{anyhow, bail};
use hospes_solution::session::Ask;
use serde_json::{Map, Value};

use crate::terminal::{NOTE, note, styled, visible};

/// Answers by field, in the order in which they are given.
#[derive(Default)]
pub(crate) struct Answers(BTreeMap<String, VecDeque<String>>);

impl Answers {
    /// Reads a file of answers; `-` means standard input.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Answers> {
        let shown = file.display();
        let text = if file == "-" {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text).map(|_| text)
        } else {
            fs::read_to_string(file)
        };
        let text = text.map_err(|error| anyhow!("can't read the answers {shown}: {error}"))?;
        Answers::parse(&text).map_err(|error| anyhow!("the answers {shown}: {error}"))
    }

    /// Parses an object of answers.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Answers> {
        let object: Map<String, Value> = serde_json::from_str(text)?;
        let mut answers = BTreeMap::new();
        for (field, value) in object {
            let list = match value {
                Value::Array(items) => items,
                one => vec![one],
            };
            let texts: Option<VecDeque<String>> = list.iter().map(text_of).collect();
            let Some(texts) = texts else {
                bail!(
                    "`{}` has a value that nobody could type: write a text",
                    visible(&field)
                );
            };
            answers.insert(field, texts);
        }
        Ok(Answers(answers))
    }

    /// The next answer for a question.
    pub(crate) fn next(&mut self, ask: &Ask) -> anyhow::Result<String> {
        self.take(&ask.field).ok_or_else(|| {
            let field = &ask.field;
            let why = match &ask.reason {
                Some(reason) => format!(" again ({reason})"),
                None => String::new(),
            };
            anyhow!("the flow asks for `{field}`{why}, and there is no answer: add `{field}` to --answers")
        })
    }

    /// The next answer for a field, if there is one.
    pub(crate) fn take(&mut self, field: &str) -> Option<String> {
        self.0.get_mut(field)?.pop_front()
    }

    /// Names the fields that have more answers than were asked for.
    pub(crate) fn warn(&self) {
        for (field, rest) in &self.0 {
            if !rest.is_empty() {
                let field = visible(field);
                let text = format!("some answers for `{field}` were not used");
                note(&styled(NOTE, "note:"), &text);
            }
        }
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}
