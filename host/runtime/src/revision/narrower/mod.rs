//! Whether a JSON Schema accepts every value that another one accepted.
//!
//! Two schemas are compared by their text, keyword by keyword, through
//! references and alternatives. If it can't be shown that a value is accepted,
//! it counts as refused. So a schema that says the same in a very different
//! form is refused too.

mod keyword;
mod part;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use part::{Part, forms, is_silent, parts, resolve};

/// The most lines about one schema.
const LINES: usize = 8;
/// Steps after which the rest counts as refused.
const STEPS: u32 = 20_000;
/// How deep schemas are followed.
const DEPTH: u32 = 64;

/// What the old schema accepted and the new schema refuses, or may refuse, in
/// lines: `payload /user: it is required now`.
pub(super) fn narrower(before: &RawValue, after: &RawValue) -> Vec<String> {
    let parse = |schema: &RawValue| serde_json::from_str::<Value>(schema.get());
    let (Ok(before), Ok(after)) = (parse(before), parse(after)) else {
        return vec!["payload: a schema can't be read".to_owned()];
    };
    if before == after {
        return Vec::new();
    }
    let mut comparison = Comparison {
        old: &before,
        new: &after,
        steps: 0,
        depth: 0,
        open: BTreeSet::new(),
        found: Vec::new(),
    };
    comparison.takes(&[&before], &after, "");
    comparison.found
}

/// Two schemas that are being compared.
struct Comparison<'s> {
    /// The roots of both, for their references.
    old: &'s Value,
    new: &'s Value,
    steps: u32,
    depth: u32,
    /// Pairs that are being compared already: a pair that recurs is accepted if
    /// the rest is.
    open: BTreeSet<(Vec<*const Value>, *const Value)>,
    found: Vec<String>,
}

impl<'s> Comparison<'s> {
    fn refuse(&mut self, at: &str, why: &str) -> bool {
        let place = if at.is_empty() { "" } else { " " };
        let line = format!("payload{place}{at}: {why}");
        if self.found.len() < LINES && !self.found.contains(&line) {
            self.found.push(line);
        }
        false
    }

    /// Compares without adding lines.
    fn quietly(&mut self, compare: impl FnOnce(&mut Self) -> bool) -> bool {
        let said = self.found.len();
        let takes = compare(self);
        self.found.truncate(said);
        takes
    }

    /// Whether `new` accepts every value that all of `old` accept.
    fn takes(&mut self, old: &[&'s Value], new: &'s Value, at: &str) -> bool {
        let places = old.iter().map(|old| std::ptr::from_ref(*old)).collect();
        let pair = (places, std::ptr::from_ref(new));
        if !self.open.insert(pair.clone()) {
            return true;
        }
        let takes = match parts(self.old, old) {
            Some(old) => self.takes_parts(&old, new, at),
            // The old schema accepted no value.
            None => true,
        };
        self.open.remove(&pair);
        takes
    }

    fn takes_parts(&mut self, old: &[Part<'s>], new: &'s Value, at: &str) -> bool {
        let Some(new) = parts(self.new, &[new]) else {
            return self.refuse(at, "it is refused now");
        };
        // All of them, so that there is a line about each.
        let all = new.iter().map(|new| self.implied(old, new.keywords, at));
        all.filter(|takes| !takes).count() == 0
    }

    /// Whether every keyword of `new` accepts the values that all of `old`
    /// accept.
    fn implied(&mut self, old: &[Part<'s>], new: &'s Map<String, Value>, at: &str) -> bool {
        self.steps += 1;
        if self.steps > STEPS || self.depth > DEPTH {
            return self.refuse(at, "the schemas are too large to be compared");
        }
        if new
            .get("$ref")
            .is_some_and(|target| resolve(self.new, target).is_none())
        {
            return self.refuse(at, "a reference leads out of the schema");
        }
        self.depth += 1;
        let said = self.found.len();
        let keywords = new.iter().filter(|(key, _)| !is_silent(key));
        let all = keywords.map(|(key, value)| self.keyword(old, new, key, value, at));
        let mut takes = all.filter(|takes| !takes).count() == 0;
        if !takes && self.each_form(old, new, at) {
            self.found.truncate(said);
            takes = true;
        }
        self.depth -= 1;
        takes
    }

    /// Whether each alternative that one of `old` allows is accepted.
    fn each_form(&mut self, old: &[Part<'s>], new: &'s Map<String, Value>, at: &str) -> bool {
        (0..old.len()).any(|chosen| {
            let Some(forms) = old.get(chosen).and_then(|part| forms(part)) else {
                return false;
            };
            forms.iter().all(|form| {
                let Some(more) = parts(self.old, &[form]) else {
                    return true;
                };
                let one = |(at, part): (usize, &Part<'s>)| Part {
                    whole: part.whole && at != chosen,
                    ..*part
                };
                let mut form: Vec<Part<'s>> = old.iter().enumerate().map(one).collect();
                form.extend(more);
                self.quietly(|this| this.implied(&form, new, at))
            })
        })
    }
}
