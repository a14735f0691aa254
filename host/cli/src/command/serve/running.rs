//! An execution that may be dropped by its caller.

use super::metrics::Metrics;

/// Counts an execution that does not come to its end.
pub(super) struct Running<'a> {
    metrics: &'a Metrics,
    node: &'a str,
    pub(super) ended: bool,
}

impl<'a> Running<'a> {
    pub(super) fn begin(metrics: &'a Metrics, node: &'a str) -> Running<'a> {
        Running {
            metrics,
            node,
            ended: false,
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.metrics.dropped(self.node);
        }
    }
}
