//! The runtime of one command.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use hospes::egress::{EgressEvent, Roots, Verdict};
use hospes::engine::BuildError;
use hospes::policy::Denial;
use hospes::{Limits, LoadError, Observer, Runtime};
use hospes_bench::Upstream;
use hospes_server::{AuditLog, TransportKind, protect_memory};

use crate::cache::Cache;
use crate::exit::Fault;
use crate::terminal::{self, NOTE, note, shell_word, styled, visible};
use crate::trace::Trace;

/// Options for the runtime of one command. By default, none are set.
#[derive(Default)]
pub(crate) struct Surroundings<'a> {
    /// The cache for compiled components.
    pub(crate) cache: Option<&'a Cache>,
    /// The audit log.
    pub(crate) audit: Option<AuditLog>,
    /// Records requests and responses for `--trace`.
    pub(crate) trace: Option<Trace>,
    /// The interfaces that get stubs.
    pub(crate) stubs: &'a [String],
    /// The certificate authorities that are trusted for upstreams.
    pub(crate) roots: Option<Roots>,
    /// What sends the requests of nodes.
    pub(crate) transport: TransportKind,
    /// What answers the requests of nodes in place of the network.
    pub(crate) upstream: Option<Upstream>,
    /// The most executions at once, if they are more than two.
    pub(crate) executions: u32,
}

/// A runtime for one node at a time. It reports on standard error what the
/// policy denied or, while observing, would have denied.
pub(crate) fn runtime(surroundings: Surroundings<'_>) -> anyhow::Result<Runtime> {
    let Surroundings {
        cache,
        audit,
        trace,
        stubs,
        roots,
        transport,
        upstream,
        executions,
    } = surroundings;
    let watch = Arc::new(AuditObserver { audit });
    let roots = roots.map(Arc::new);
    let build = |directory: Option<&Path>| {
        let mut builder = Runtime::builder()
            .executions(executions.max(2))
            .observer(watch.clone());
        for interface in stubs {
            builder = builder.stub(interface);
        }
        if let Some(directory) = directory {
            builder = builder.compile_cache(directory);
        }
        let (upstream, roots, trace) = (upstream.clone(), roots.clone(), trace.clone());
        let builder = builder.transport(move |limits| {
            if let Some(upstream) = &upstream {
                return Arc::new(upstream.clone());
            }
            let transport = transport.transport(limits, roots.as_deref());
            match &trace {
                Some(trace) => trace.transport(transport),
                None => transport,
            }
        });
        builder.build()
    };
    let built = match build(cache.and_then(Cache::directory)) {
        // Nobody asked for this one: it saves time, and no more.
        Err(error @ BuildError::Cache(_)) if matches!(cache, Some(Cache::Users(_))) => {
            note(&styled(NOTE, "no cache:"), &visible(&error.to_string()));
            build(None)
        }
        built => built,
    };
    let runtime = built.map_err(|error| match error {
        BuildError::Cache(_) => anyhow!("{error}"),
        _ => Fault(error.to_string()).into(),
    })?;
    protect_memory().context("can't keep the process's memory out of core dumps")?;
    Ok(runtime)
}

/// Writes the audit log, and reports denials with the flag that would allow
/// the request.
struct AuditObserver {
    audit: Option<AuditLog>,
}

impl Observer for AuditObserver {
    fn egress(&self, event: &EgressEvent) {
        if let Some(audit) = &self.audit
            && let Err(error) = audit.write(event)
        {
            terminal::error(&format!("the audit log lacks a record: {error}"));
        }
        match (&event.verdict, &event.observed) {
            (Verdict::Denied(denial), _) => report("denied", denial, ""),
            (_, Some(denial)) => report("observed", denial, PASSED),
            _ => {}
        }
    }
}

const PASSED: &str = " It was sent, because the policy observes.";

fn report(verdict: &str, denial: &Denial, but: &str) {
    let head = format!("{verdict} ({}):", denial.reason);
    let text = words(&denial.message, but, denial.remedy.as_deref());
    note(&styled(NOTE, head), &visible(&text));
}

/// The message, and the flag that would allow the request.
fn words(message: &str, but: &str, remedy: Option<&str>) -> String {
    let add = remedy.map(|rule| format!(" To allow it, add: --allow {}", shell_word(rule)));
    format!("{message}{but}{}", add.unwrap_or_default())
}

/// The error of a load with its file, in the right exit class.
pub(crate) fn load_error(error: LoadError, component: &Path) -> anyhow::Error {
    if error.is_refusal() {
        return Fault(refusal(&error, component)).into();
    }
    anyhow!("{error}")
}

/// Why the component was refused.
pub(crate) fn refusal(error: &LoadError, component: &Path) -> String {
    let limit = match error {
        LoadError::TooLarge { .. } => enough(component),
        _ => String::new(),
    };
    format!("{}: {error}{limit}", component.display())
}

/// The limit that would admit the component, if one can.
fn enough(component: &Path) -> String {
    const MIB: u64 = 1 << 20;
    let size = fs::metadata(component).map_or(0, |metadata| metadata.len());
    let value = format!("{}MiB", size.div_ceil(MIB));
    match Limits::default().set("component", &value) {
        Ok(()) => format!(
            "; to admit it, add `--limit component={value}`, or `component = \"{value}\"` to the node's \
             limits in the solution file"
        ),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_ends_with_a_flag_to_paste() {
        let message = "GET https://a.example/it's is not allowed: no rule matches.";
        assert_eq!(
            words(message, PASSED, Some("GET https://a.example/it's")),
            r"GET https://a.example/it's is not allowed: no rule matches. It was sent, because the policy observes. To allow it, add: --allow 'GET https://a.example/it'\''s'"
        );
        assert_eq!(words(message, "", None), message);
    }
}
