//! The description of a node.

use std::fmt::Display;

/// What a node is, and what it asks of the host.
///
/// ```
/// use hospes_guest::Description;
///
/// let description = Description::new("weather", "0.1.0")
///     .summary("Looks up how warm it is.")
///     .egress("GET", "{weather_url}")
///     .required_param("weather_url", "Base URL of the weather service.")
///     .required_secret("weather_key", "Key of the weather service.")
///     .payload_schema(serde_json::json!({
///         "type": "object",
///         "properties": {"city": {"type": "string"}},
///         "required": ["city"],
///     }));
///
/// assert!(description.params[0].required);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Description {
    /// Such as `braze-track`.
    pub name: String,
    /// The node's own version, such as `0.1.0`.
    pub version: String,
    /// One sentence for people.
    pub summary: String,
    /// The requests the node wants to make.
    pub egress: Vec<Egress>,
    /// The params it reads.
    pub params: Vec<Input>,
    /// The secrets it names in requests.
    pub secrets: Vec<Input>,
    /// JSON Schema (2020-12) of the payload.
    pub payload_schema: Option<String>,
    /// JSON Schema (2020-12) of the result.
    pub result_schema: Option<String>,
    /// JSON Schema (2020-12) of the params.
    pub params_schema: Option<String>,
}

/// A kind of request that a node wants to make. It grants nothing: only the
/// operator's policy does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Egress {
    /// Such as `POST`.
    pub method: String,
    /// `scheme://host[:port][/path-prefix]`, which may quote a param.
    pub url: String,
}

/// A param or a secret that a node needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Whether the node can't work without it.
    pub required: bool,
    /// One sentence for people.
    pub summary: String,
}

impl Description {
    /// Starts with a name and a version; a package's own are
    /// `env!("CARGO_PKG_NAME")` and `env!("CARGO_PKG_VERSION")`.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Description {
            name: name.into(),
            version: version.into(),
            ..Description::default()
        }
    }

    /// One sentence for people.
    #[must_use]
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// Adds a kind of request. The URL is `scheme://host[:port][/path-prefix]`
    /// and may quote params: `{braze_url}/users/track`.
    #[must_use]
    pub fn egress(mut self, method: impl Into<String>, url: impl Into<String>) -> Self {
        self.egress.push(Egress {
            method: method.into(),
            url: url.into(),
        });
        self
    }

    /// Adds a param the node can't work without.
    #[must_use]
    pub fn required_param(mut self, name: impl Into<String>, summary: impl Into<String>) -> Self {
        self.params.push(Input {
            name: name.into(),
            required: true,
            summary: summary.into(),
        });
        self
    }

    /// Adds a param that may be missing.
    #[must_use]
    pub fn optional_param(mut self, name: impl Into<String>, summary: impl Into<String>) -> Self {
        self.params.push(Input {
            name: name.into(),
            required: false,
            summary: summary.into(),
        });
        self
    }

    /// Adds a secret the node can't work without.
    #[must_use]
    pub fn required_secret(mut self, name: impl Into<String>, summary: impl Into<String>) -> Self {
        self.secrets.push(Input {
            name: name.into(),
            required: true,
            summary: summary.into(),
        });
        self
    }

    /// Adds a secret that may be missing.
    #[must_use]
    pub fn optional_secret(mut self, name: impl Into<String>, summary: impl Into<String>) -> Self {
        self.secrets.push(Input {
            name: name.into(),
            required: false,
            summary: summary.into(),
        });
        self
    }

    /// JSON Schema (2020-12) of the payload: the text of a file or a
    /// `serde_json::Value`.
    #[must_use]
    pub fn payload_schema(mut self, schema: impl Display) -> Self {
        self.payload_schema = Some(schema.to_string());
        self
    }

    /// JSON Schema (2020-12) of the result.
    #[must_use]
    pub fn result_schema(mut self, schema: impl Display) -> Self {
        self.result_schema = Some(schema.to_string());
        self
    }

    /// JSON Schema (2020-12) of the params.
    #[must_use]
    pub fn params_schema(mut self, schema: impl Display) -> Self {
        self.params_schema = Some(schema.to_string());
        self
    }
}
