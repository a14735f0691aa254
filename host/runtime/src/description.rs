//! A component's description: plain data.

use serde::Serialize;
use serde_json::value::RawValue;

/// The result of a node's `about.describe`. Empty for a component that does not
/// export it.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Description {
    /// Such as `braze-track`.
    pub name: String,
    /// The version that the node states.
    pub version: String,
    /// One sentence about the node.
    pub summary: String,
    /// The requests that the node wants to make. Only the policy grants them.
    pub egress: Vec<EgressRequest>,
    /// The params it reads.
    pub params: Vec<Input>,
    /// The secrets that it names in requests.
    pub secrets: Vec<Input>,
    /// JSON Schema of the payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload_schema: Option<Box<RawValue>>,
    /// JSON Schema of the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_schema: Option<Box<RawValue>>,
    /// JSON Schema of the params.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub params_schema: Option<Box<RawValue>>,
}

/// A kind of request that a node wants to make.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct EgressRequest {
    /// Such as `POST`.
    pub method: String,
    /// A URL that may contain params: `{braze_url}/users/track`.
    pub url: String,
}

/// A param or secret that a node reads.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Whether the node can't work without it.
    pub required: bool,
    /// One sentence about the input.
    pub summary: String,
}

impl Input {
    /// An input of this name.
    pub fn new(name: impl Into<String>, required: bool, summary: impl Into<String>) -> Input {
        Input {
            name: name.into(),
            required,
            summary: summary.into(),
        }
    }
}
