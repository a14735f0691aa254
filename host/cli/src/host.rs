//! The runtime of one command.

use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;
use hospes::{BuildError, EgressEvent, LoadError, Observer, Runtime, Verdict};

use crate::exit::Fault;
use crate::terminal::{NOTE, note, styled, visible};

/// A runtime for one node at a time that reports denied requests on standard error.
pub(crate) fn runtime(cache: Option<&Path>) -> anyhow::Result<Runtime> {
    let mut builder = Runtime::builder().executions(2).observer(Arc::new(Denials));
    if let Some(directory) = cache {
        builder = builder.compile_cache(directory);
    }
    builder.build().map_err(|error| match error {
        BuildError::Cache(_) => anyhow!("{error}"),
        _ => Fault(error.to_string()).into(),
    })
}

/// Reports requests that the policy denied, with the line that would allow them.
struct Denials;

impl Observer for Denials {
    fn egress(&self, event: &EgressEvent) {
        if let Verdict::Denied { reason, message } = &event.verdict {
            note(
                &styled(NOTE, format!("denied ({reason}):")),
                &visible(message),
            );
        }
    }
}

/// Whether the component itself was refused, and not what surrounds it.
pub(crate) fn is_refused(error: &LoadError) -> bool {
    !matches!(
        error,
        LoadError::Read { .. }
            | LoadError::Limit(_)
            | LoadError::Retry(_)
            | LoadError::Secret { .. }
            | LoadError::Grant(_)
    )
}

/// The error of a load, in the right exit class, with the file it is about.
pub(crate) fn load_error(error: LoadError, component: &Path) -> anyhow::Error {
    if is_refused(&error) {
        return Fault(refusal(&error, component)).into();
    }
    anyhow!("{error}")
}

/// Why the component was refused.
pub(crate) fn refusal(error: &LoadError, component: &Path) -> String {
    format!("{}: {error}", component.display())
}
