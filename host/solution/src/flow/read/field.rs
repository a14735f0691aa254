//! Fields to ask for, and inputs.

use super::keys::{AGAIN, FIELD_KEYS, INPUT_KEYS};
use super::step::Reader;
use crate::document::{Item, Report, suggest};
use crate::flow::Input;
use crate::flow::step::{Field, FieldKind};
use crate::key::is_bare;

pub(super) fn input(item: &Item<'_>, report: &mut Report<'_>) -> Input {
    let table = item.only(INPUT_KEYS, report);
    let kind = kind_of(item, table, report);
    Input {
        kind: kind.unwrap_or(FieldKind::Text),
        choices: choices_of(item, kind, report),
        optional: item.get("optional").is_some_and(|item| item.flag(report)),
    }
}

fn kind_of(item: &Item<'_>, table: bool, report: &mut Report<'_>) -> Option<FieldKind> {
    let Some(kind) = item.get("kind") else {
        if table {
            let known = FieldKind::ALL.map(|kind| format!("`{kind}`")).join(", ");
            report.key(
                &item.key,
                format!("`kind` is missing: it is one of {known}"),
            );
        }
        return None;
    };
    let text = kind.text(report)?;
    let found = FieldKind::named(text);
    if found.is_none() {
        let known = FieldKind::ALL.map(FieldKind::as_str);
        let shown = text.escape_debug();
        report.value(
            &kind.key,
            format!("no kind is called `{shown}`{}", suggest(text, &known)),
        );
    }
    found
}

fn choices_of(item: &Item<'_>, kind: Option<FieldKind>, report: &mut Report<'_>) -> Vec<String> {
    let list = item.get("choices");
    match (&list, kind) {
        (None, Some(FieldKind::Choice)) => {
            report.key(&item.key, "`choices` is missing: it lists the options");
        }
        (Some(list), Some(kind)) if kind != FieldKind::Choice => {
            report.key(
                &list.key,
                format!("only a `choice` has choices, and this is `{kind}`"),
            );
        }
        (Some(list), _) if list.is_empty_list() => {
            report.value(
                &list.key,
                "the list is empty, so there is nothing to choose",
            );
        }
        _ => {}
    }
    let mut choices: Vec<String> = Vec::new();
    for (text, key) in list.map(|list| list.texts(report)).unwrap_or_default() {
        let same = |other: &&String| other.to_lowercase() == text.trim().to_lowercase();
        if text.trim().is_empty() {
            report.value(&key, "an empty text can't be an option");
        } else if let Some(other) = choices.iter().find(same) {
            let message = format!(
                "`{}` and `{}` can't be told apart",
                other.escape_debug(),
                text.escape_debug()
            );
            report.value(&key, message);
        }
        choices.push(text.trim().to_owned());
    }
    choices
}

impl Reader<'_, '_, '_> {
    pub(super) fn field(&mut self, item: &Item<'_>) -> Option<Field> {
        let table = item.only(FIELD_KEYS, self.report);
        let kind = kind_of(item, table, self.report);
        let choices = choices_of(item, kind, self.report);
        let name = match item.get("name") {
            Some(name) => {
                let text = name.text(self.report)?;
                if !is_bare(text) {
                    self.report
                        .value(&name.key, "a name has letters, digits, `-` and `_`");
                }
                Some(text.to_owned())
            }
            None => {
                if table {
                    self.report.key(
                        &item.key,
                        "`name` is missing: it names the variable for the answer",
                    );
                }
                None
            }
        };
        let prompt = match item.get("prompt") {
            Some(_) => self.quoting(item, "prompt"),
            None => {
                if table {
                    self.report.key(
                        &item.key,
                        "`prompt` is missing: it is what the person is asked",
                    );
                }
                None
            }
        };
        let again = item
            .get("again")
            .map_or(Some(AGAIN), |item| item.number(self.report));
        Some(Field {
            name: name?,
            kind: kind?,
            prompt: prompt?,
            choices,
            optional: item
                .get("optional")
                .is_some_and(|item| item.flag(self.report)),
            again: again.unwrap_or(AGAIN),
        })
    }
}
