//! Executions by node, generation and kind. Counting takes no lock: node,
//! generation and kind are each looked up in a list that is replaced when an
//! entry is added, which is rare.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use arc_swap::ArcSwap;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;

/// How many generations of a node have series of their own.
const GENERATIONS: usize = 4;

/// A short list whose entries are found by key.
#[derive(Debug)]
struct Few<K, V>(ArcSwap<BTreeMap<K, Arc<V>>>);

impl<K, V> Default for Few<K, V> {
    fn default() -> Few<K, V> {
        Few(ArcSwap::default())
    }
}

impl<K: Ord + Clone, V: Default> Few<K, V> {
    /// The entry of this key, added if it is missing. At most `most` entries
    /// are kept, those with the highest keys.
    fn entry<Q: Ord + ?Sized>(&self, key: &Q, owned: impl Fn() -> K, most: usize) -> Arc<V>
    where
        K: std::borrow::Borrow<Q>,
    {
        if let Some(found) = self.0.load().get(key) {
            return Arc::clone(found);
        }
        let new = Arc::<V>::default();
        self.0.rcu(|entries| {
            let mut entries = BTreeMap::clone(entries);
            let entry = entries.entry(owned());
            entry.or_insert_with(|| Arc::clone(&new));
            while entries.len() > most {
                entries.pop_first();
            }
            entries
        });
        // Another thread may have added it first, or its key was too low to
        // stay.
        self.0.load().get(key).map_or(new, Arc::clone)
    }
}

type Kinds = Few<&'static str, AtomicU64>;

/// Every execution that ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Executions(Arc<Few<String, Few<u64, Kinds>>>);

impl Executions {
    /// Counts one that ended with `success` or this kind of failure.
    pub(crate) fn count(&self, node: &str, generation: u64, kind: &'static str) {
        let generations = self.0.entry(node, || node.to_owned(), usize::MAX);
        let kinds = generations.entry(&generation, || generation, GENERATIONS);
        let count = kinds.entry(kind, || kind, usize::MAX);
        count.fetch_add(1, Relaxed);
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    node: String,
    generation: u64,
    route: &'static str,
    /// `success`, or the kind of failure.
    kind: &'static str,
}

impl Collector for Executions {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let name = "hospes_executions";
        let help = "Executions that ended";
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (node, generations) in self.0.0.load().iter() {
            for (generation, kinds) in generations.0.load().iter() {
                for (kind, count) in kinds.0.load().iter() {
                    let success = *kind == "success";
                    let labels = Labels {
                        node: node.clone(),
                        generation: *generation,
                        route: if success { "success" } else { "failure" },
                        kind,
                    };
                    let count = ConstCounter::new(count.load(Relaxed));
                    count.encode(metric.encode_family(&labels)?)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    use super::*;

    fn text(executions: &Executions) -> String {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(executions.clone()));
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        text
    }

    #[test]
    fn none_is_lost_however_many_are_counted_at_once() {
        let executions = Executions::default();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for n in 0..1000 {
                        let kind = ["success", "trap"][n % 2];
                        executions.count(["a", "b"][n / 500], 7, kind);
                    }
                });
            }
        });
        let text = text(&executions);
        for node in ["a", "b"] {
            for (route, kind) in [("success", "success"), ("failure", "trap")] {
                let line = format!(
                    "hospes_executions_total{{node=\"{node}\",generation=\"7\",route=\"{route}\",kind=\"{kind}\"}} 2000\n"
                );
                assert!(text.contains(&line), "{line}{text}");
            }
        }
    }

    #[test]
    fn only_the_newest_generations_have_series() {
        let executions = Executions::default();
        for generation in [3, 9, 5, 7, 1, 8, 2] {
            executions.count("node", generation, "success");
        }
        let text = text(&executions);
        let has = |generation| text.contains(&format!("generation=\"{generation}\""));
        let found: Vec<i32> = (1..10).filter(|generation| has(*generation)).collect();
        assert_eq!(found, [5, 7, 8, 9]);
    }
}
