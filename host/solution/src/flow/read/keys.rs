//! The keys of a flow file.

pub(crate) const KEYS: &[&str] = &["start", "input", "step"];
pub(crate) const INPUT_KEYS: &[&str] = &["kind", "optional", "choices"];
pub(crate) const FIELD_KEYS: &[&str] = &["name", "kind", "prompt", "choices", "optional", "again"];
pub(crate) const SAY_KEYS: &[&str] = &["say", "next"];
pub(crate) const COLLECT_KEYS: &[&str] = &["collect", "next", "failure"];
pub(crate) const ACTION_KEYS: &[&str] = &[
    "action",
    "payload",
    "keep",
    "keep_failure",
    "success",
    "failure",
    "on",
];
pub(crate) const BRANCH_KEYS: &[&str] = &["branch", "cases", "otherwise"];
pub(crate) const END_KEYS: &[&str] = &["end", "failed"];

/// How often a field is asked for again by default.
pub(crate) const AGAIN: u32 = 2;
