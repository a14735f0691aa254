//! A TOML document with positions, and the report of its faults.

use std::fmt::Display;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use hospes::egress::nearest;
use hospes::limits::Unit;
use serde_json::{Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::finding::{Finding, Findings};
use crate::key::{Key, KeySegment};

/// A document that is valid TOML, whatever its content.
pub(crate) struct Document<'t> {
    file: &'t Path,
    text: &'t str,
    root: DeValue<'t>,
}

impl<'t> Document<'t> {
    /// Parses the text; every fault of the syntax is a finding.
    pub(crate) fn parse(file: &'t Path, text: &'t str) -> Result<Document<'t>, Findings> {
        let (root, errors) = DeTable::parse_recoverable(text);
        let document = Document {
            file,
            text,
            root: DeValue::Table(root.into_inner()),
        };
        if errors.is_empty() {
            return Ok(document);
        }
        let finding = |error: toml::de::Error| {
            let place = error.span().unwrap_or(0..0);
            document.finding(place, &Key::root(), error.message())
        };
        Err(Findings::new(errors.into_iter().map(finding).collect()))
    }

    /// The whole document.
    pub(crate) fn root(&self) -> Item<'_> {
        Item {
            key: Key::root(),
            value: &self.root,
        }
    }

    /// The key of this text in a list, or of the list itself if it is not in
    /// it.
    pub(crate) fn listed(&self, list: &Key, text: &str) -> Key {
        let items = self.lookup(list).and_then(|(_, value)| value.as_array());
        let index = items.and_then(|items| {
            items
                .iter()
                .position(|item| item.get_ref().as_str() == Some(text))
        });
        index.map_or_else(|| list.clone(), |index| list.item(index))
    }

    /// The value at a key, with the span of its name and the value's own.
    fn lookup(&self, key: &Key) -> Option<(KeySpans, &DeValue<'t>)> {
        let mut places = KeySpans {
            name: 0..0,
            value: 0..0,
        };
        let mut value = &self.root;
        for step in key.steps() {
            let next = match step {
                KeySegment::Name(name) => {
                    let (name, next) = value.as_table()?.get_key_value(name.as_str())?;
                    places.name = name.span();
                    next
                }
                KeySegment::Index(index) => {
                    let next = value.as_array()?.get(*index)?;
                    places.name = next.span();
                    next
                }
            };
            places.value = next.span();
            value = next.get_ref();
        }
        Some((places, value))
    }

    fn finding(&self, place: Range<usize>, key: &Key, message: impl Display) -> Finding {
        let before = self.text.get(..place.start).unwrap_or(self.text);
        let line = before
            .rfind('\n')
            .map_or(before, |end| before.get(end + 1..).unwrap_or(""));
        Finding {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
            bytes: place,
            key: key.to_string(),
            message: plain(&message.to_string()),
        }
    }
}

/// Escapes control characters: messages quote names from the file, and a
/// terminal must not interpret them.
fn plain(message: &str) -> String {
    let mut plain = String::with_capacity(message.len());
    for c in message.chars() {
        if c.is_control() {
            plain.extend(c.escape_unicode());
        } else {
            plain.push(c);
        }
    }
    plain
}

/// The positions of a key and its value in the text.
struct KeySpans {
    name: Range<usize>,
    value: Range<usize>,
}

/// Collects the faults of a document.
pub(crate) struct Report<'d> {
    document: &'d Document<'d>,
    findings: Vec<Finding>,
}

impl<'d> Report<'d> {
    pub(crate) fn new(document: &'d Document<'d>) -> Report<'d> {
        Report {
            document,
            findings: Vec::new(),
        }
    }

    /// Reports a fault of a key, or of the table under it.
    pub(crate) fn key(&mut self, key: &Key, message: impl Display) {
        self.add(key, |places| places.name, message);
    }

    /// Reports a fault of the value at a key.
    pub(crate) fn value(&mut self, key: &Key, message: impl Display) {
        self.add(key, |places| places.value, message);
    }

    fn add(&mut self, key: &Key, place: fn(KeySpans) -> Range<usize>, message: impl Display) {
        let found = self.document.lookup(key);
        let place = found.map_or(0..0, |(places, _)| place(places));
        let finding = self.document.finding(place, key, message);
        self.findings.push(finding);
    }

    /// Returns the faults, if there are any.
    pub(crate) fn finish(self) -> Result<(), Findings> {
        if self.findings.is_empty() {
            Ok(())
        } else {
            Err(Findings::new(self.findings))
        }
    }
}

/// A value and its position.
#[derive(Clone)]
pub(crate) struct Item<'d> {
    pub(crate) key: Key,
    value: &'d DeValue<'d>,
}

impl<'d> Item<'d> {
    /// The entry of this name in a table.
    pub(crate) fn get(&self, name: &str) -> Option<Item<'d>> {
        let value = self.value.as_table()?.get(name)?;
        Some(Item {
            key: self.key.child(name),
            value: value.get_ref(),
        })
    }

    /// The entries of a table. Anything else is reported and has none.
    pub(crate) fn entries(&self, report: &mut Report<'_>) -> Vec<(&'d str, Item<'d>)> {
        let Some(table) = self.value.as_table() else {
            self.wrong("a table", report);
            return Vec::new();
        };
        let entry = |(name, value): (&'d Spanned<_>, &'d Spanned<DeValue<'d>>)| {
            let name: &'d std::borrow::Cow<'d, str> = name.get_ref();
            (
                &**name,
                Item {
                    key: self.key.child(name),
                    value: value.get_ref(),
                },
            )
        };
        table.iter().map(entry).collect()
    }

    /// Reports every key of a table that is not one of these. Returns whether
    /// this is a table.
    pub(crate) fn only(&self, known: &[&str], report: &mut Report<'_>) -> bool {
        for (name, item) in self.entries(report) {
            if !known.contains(&name) {
                report.key(&item.key, format!("unknown key{}", suggest(name, known)));
            }
        }
        self.is_table()
    }

    /// Whether this is a table.
    pub(crate) fn is_table(&self) -> bool {
        self.value.is_table()
    }

    /// Whether this is a list without items.
    pub(crate) fn is_empty_list(&self) -> bool {
        self.value.as_array().is_some_and(|items| items.is_empty())
    }

    /// The text of a string.
    pub(crate) fn text(&self, report: &mut Report<'_>) -> Option<&'d str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.wrong("a string", report);
        }
        text
    }

    /// The items of a list. Anything else is reported and has none.
    pub(crate) fn items(&self, report: &mut Report<'_>) -> Vec<Item<'d>> {
        let Some(items) = self.value.as_array() else {
            self.wrong("a list", report);
            return Vec::new();
        };
        let item = |(index, value): (usize, &'d Spanned<DeValue<'d>>)| Item {
            key: self.key.item(index),
            value: value.get_ref(),
        };
        items.iter().enumerate().map(item).collect()
    }

    /// The texts of a list of strings, each with its key.
    pub(crate) fn texts(&self, report: &mut Report<'_>) -> Vec<(&'d str, Key)> {
        if !self.value.is_array() {
            self.wrong("a list of strings", report);
            return Vec::new();
        }
        let mut texts: Vec<(&str, Key)> = Vec::new();
        for item in self.items(report) {
            match item.text(report) {
                Some(text) if texts.iter().any(|(other, _)| *other == text) => {
                    report.value(
                        &item.key,
                        format!("`{}` is listed twice", text.escape_debug()),
                    );
                }
                Some(text) => texts.push((text, item.key)),
                None => {}
            }
        }
        texts
    }

    /// A date or time, or a string, as text.
    pub(crate) fn text_or_time(&self, report: &mut Report<'_>) -> Option<String> {
        match self.value {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Datetime(time) => Some(time.to_string()),
            _ => {
                self.wrong("a date or time", report);
                None
            }
        }
    }

    /// A whole number, or a string, as text.
    pub(crate) fn number_or_text(&self, report: &mut Report<'_>) -> Option<String> {
        match self.value {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(number) => Some(number.to_string()),
            _ => {
                self.wrong("a string or a whole number", report);
                None
            }
        }
    }

    /// A whole number from 0.
    pub(crate) fn number(&self, report: &mut Report<'_>) -> Option<u32> {
        let number = self.value.as_integer();
        let number = number.and_then(|n| u32::from_str_radix(n.as_str(), n.radix()).ok());
        if number.is_none() {
            self.wrong("a whole number from 0", report);
        }
        number
    }

    /// A time such as `2s`.
    pub(crate) fn time(&self, report: &mut Report<'_>) -> Option<Duration> {
        let text = self.text(report)?;
        let time = Unit::Time.parse(text).map(Duration::from_millis);
        if time.is_none() {
            let text = text.escape_debug();
            let message = format!("`{text}` is not a time such as 500ms, 2s or 1m");
            report.value(&self.key, message);
        }
        time
    }

    /// The strings of the list that has this name in a table.
    pub(crate) fn names(&self, name: &str, report: &mut Report<'_>) -> Vec<String> {
        let texts = self.get(name).map(|list| list.texts(report));
        let texts = texts.unwrap_or_default().into_iter();
        texts.map(|(text, _)| text.to_owned()).collect()
    }

    /// True or false. Anything else is reported and counts as false.
    pub(crate) fn flag(&self, report: &mut Report<'_>) -> bool {
        let flag = self.value.as_bool();
        if flag.is_none() {
            self.wrong("true or false", report);
        }
        flag.unwrap_or_default()
    }

    /// Any value as JSON, if JSON can express it.
    pub(crate) fn as_json(&self) -> Option<Value> {
        to_json(self.value)
    }

    /// Any value as JSON.
    pub(crate) fn json(&self, report: &mut Report<'_>) -> Option<Value> {
        let value = self.as_json();
        if value.is_none() {
            report.value(&self.key, "contains a number that JSON can't express");
        }
        value
    }

    fn wrong(&self, wanted: &str, report: &mut Report<'_>) {
        let found = match self.value {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        report.value(&self.key, format!("expected {wanted}, found {found}"));
    }
}

/// The file's directory, in a form that paths can be joined to.
pub(crate) fn directory(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

/// `: did you mean ...?`, or the known names.
pub(crate) fn suggest(name: &str, known: &[&str]) -> String {
    if let Some(nearest) = nearest(name, known.iter().copied()) {
        return format!(": did you mean `{nearest}`?");
    }
    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    if known.is_empty() {
        String::new()
    } else {
        format!(": expected one of {}", known.join(", "))
    }
}

/// Dates and times become strings; JSON has no infinity.
fn to_json(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok()?.into(),
        DeValue::Float(n) => Value::Number(Number::from_f64(n.as_str().parse().ok()?)?),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(datetime) => Value::String(datetime.to_string()),
        DeValue::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| to_json(item.get_ref()))
                .collect::<Option<_>>()?,
        ),
        DeValue::Table(table) => {
            let entry =
                |(name, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
                    Some((name.get_ref().to_string(), to_json(value.get_ref())?))
                };
            Value::Object(table.iter().map(entry).collect::<Option<_>>()?)
        }
    })
}
