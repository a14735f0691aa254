//! The documents that the API returns.

pub(crate) mod history;
mod library;
pub(crate) mod node;

use serde::Serialize;

use crate::error::{ApiError, INTERNAL};

pub(crate) use library::{
    AdminErrors, CallerErrors, ErrorDocument, ExplanationDocument, OutcomeDocument,
    RevisionDocument,
};

/// One line of JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<String, ApiError> {
    serde_json::to_string(value).map_err(|error| ApiError::new(&INTERNAL, error.to_string()))
}
