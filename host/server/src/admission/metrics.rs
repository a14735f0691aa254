//! What clients use, as metrics.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::Shortage;
use super::permits::AdmissionControl;

/// The metrics for Prometheus.
pub(crate) struct AdmissionMetrics(pub(crate) Arc<AdmissionControl>);

impl fmt::Debug for AdmissionMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdmissionMetrics")
    }
}

impl Collector for AdmissionMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let gauge = |count: u64| ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX));
        let connections = gauge(self.0.connections() as u64);
        connections.encode(encoder.encode_descriptor(
            "hospes_connections",
            "Open connections of clients",
            None,
            MetricType::Gauge,
        )?)?;
        let bytes = gauge(self.0.bytes.held());
        bytes.encode(encoder.encode_descriptor(
            "hospes_client_bytes",
            "Bytes of requests and responses held",
            None,
            MetricType::Gauge,
        )?)?;
        let mut turned_away = encoder.encode_descriptor(
            "hospes_turned_away",
            "How often a client was turned away",
            None,
            MetricType::Counter,
        )?;
        for short in Shortage::ALL {
            let labels = [("short", short.word())];
            let count = ConstCounter::new(self.0.count(short));
            count.encode(turned_away.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
