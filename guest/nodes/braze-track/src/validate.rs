//! Finds every object that Braze is known to refuse, before anything is sent.
//!
//! A fault is anything that Braze answers with an error, or that makes it drop
//! data silently (bad nested values). What Braze only ignores, cuts or stores as
//! a custom attribute is not a fault.

mod attribute;
mod custom;
mod event;
pub(crate) mod identifier;
mod properties;
mod purchase;

use std::borrow::Cow;

use crate::json::{Node, find};
use crate::object::{Array, Object, Refusal, Slot};
use crate::payload::{Form, push_token};

/// The members of one object.
type Fields<'n, 'a> = &'n [(Cow<'a, str>, Node<'a>)];

/// The longest name of anything, in characters.
const MAX_CHARS: usize = 255;

/// The most bytes of faults that are listed. A result has its limits too.
const MAX_LISTED: usize = 256 * 1024;

/// The faults of a payload.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) list: Vec<Refusal>,
    /// How many more there are than the list holds.
    pub(crate) omitted: usize,
    bytes: usize,
}

impl From<Vec<Refusal>> for Faults {
    fn from(list: Vec<Refusal>) -> Self {
        Faults {
            list,
            ..Faults::default()
        }
    }
}

impl Faults {
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty() && self.omitted == 0
    }

    fn add(&mut self, fault: Refusal) {
        self.bytes += fault.reason.len() + fault.pointer.as_ref().map_or(0, String::len) + 64;
        if self.bytes > MAX_LISTED {
            self.omitted += 1;
        } else {
            self.list.push(fault);
        }
    }
}

/// Checks one object, and says whether it can be sent.
pub(crate) fn check(form: Form, object: &Object<'_>, faults: &mut Faults) -> bool {
    let node = serde_json::from_str(&object.text);
    let slot = object.slot;
    let mut checker = Checker {
        form,
        slot,
        in_user: false,
        path: Vec::new(),
        faults,
        fine: true,
    };
    match &node {
        Ok(Node::Object(fields)) => {
            identifier::check(fields, &mut checker);
            checker.no_doubles(fields);
            let size = object.text.len();
            match object.slot.array {
                Array::Attributes => attribute::check(fields, size, &mut checker),
                Array::Events => event::check(fields, size, &mut checker),
                Array::Purchases => purchase::check(fields, size, &mut checker),
            }
        }
        Ok(_) => checker.fault("expected an object"),
        Err(_) => checker.fault("a number or a text in it cannot be read"),
    }
    checker.fine
}

/// Notes an object that no request can hold.
pub(crate) fn too_large(form: Form, object: &Object<'_>, faults: &mut Faults) {
    let path = Vec::new();
    Checker {
        form,
        slot: object.slot,
        in_user: false,
        path,
        faults,
        fine: true,
    }
    .fault("the object alone is larger than max_bytes allows");
}

/// Where in the payload a value is, and the faults found so far.
struct Checker<'c> {
    form: Form,
    slot: Slot,
    /// In the conversation form the event's identifier stands in `user`.
    in_user: bool,
    path: Vec<Step<'c>>,
    faults: &'c mut Faults,
    fine: bool,
}

#[derive(Clone, Copy)]
enum Step<'c> {
    Name(&'c str),
    Index(usize),
}

impl<'c> Checker<'c> {
    /// Goes one step down for as long as `check` runs.
    fn within(&mut self, step: Step<'c>, check: impl FnOnce(&mut Self)) {
        self.path.push(step);
        check(self);
        self.path.pop();
    }

    fn fault(&mut self, reason: impl Into<Cow<'static, str>>) {
        self.fine = false;
        let fault = Refusal {
            array: Some(self.slot.array),
            index: Some(self.slot.index),
            pointer: Some(self.pointer()),
            reason: reason.into(),
        };
        self.faults.add(fault);
    }

    /// A fault of the member `name`.
    fn fault_at(&mut self, name: &'c str, reason: impl Into<Cow<'static, str>>) {
        self.within(Step::Name(name), |checker| checker.fault(reason));
    }

    fn not_valid(&mut self, name: &'c str, expected: &str) {
        self.fault_at(name, format!("'{name}' is not valid: expected {expected}"));
    }

    /// The text of a member that has to be one.
    fn required_text<'n>(&mut self, fields: Fields<'n, '_>, name: &'c str) -> Option<&'n str> {
        match find(fields, name) {
            None => self.fault_at(name, format!("'{name}' is required")),
            Some(Node::Text(text)) if text.trim().is_empty() => {
                self.fault_at(name, format!("'{name}' is required"));
            }
            Some(Node::Text(text)) => return Some(text),
            Some(_) => self.not_valid(name, "a string"),
        }
        None
    }

    fn optional_text(&mut self, fields: Fields<'_, '_>, name: &'c str) {
        if find(fields, name).is_some_and(|value| value.as_text().is_none()) {
            self.not_valid(name, "a string");
        }
    }

    /// JSON leaves open which of two members of one name counts.
    fn no_doubles(&mut self, fields: Fields<'c, '_>) {
        let mut names: Vec<&'c str> = fields.iter().map(|(name, _)| &**name).collect();
        names.sort_unstable();
        for pair in names.windows(2) {
            if let [one, other] = pair
                && one == other
            {
                self.fault_at(other, format!("'{other}' occurs twice"));
            }
        }
    }

    fn pointer(&self) -> String {
        let mut pointer = match (self.form, self.slot.array) {
            (Form::Conversation, Array::Events) if !self.in_user => "/event".to_owned(),
            (Form::Conversation, _) => "/user".to_owned(),
            (Form::Body, array) => format!("/{}/{}", array.name(), self.slot.index),
        };
        for step in &self.path {
            pointer.push('/');
            match step {
                Step::Name(name) => push_token(&mut pointer, name),
                Step::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }
}

/// Whether a text is longer than Braze takes. Counts characters, not bytes.
fn is_long(text: &str) -> bool {
    text.len() > MAX_CHARS && text.chars().count() > MAX_CHARS
}

#[cfg(test)]
mod tests;
