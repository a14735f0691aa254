//! The slots of a runtime by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use hospes_egress::nearest;

use crate::node::Slot;
use crate::swap::UnknownNode;

/// Reading takes no lock; a new name copies the map. A slot stays when its node
/// is removed, so that its generations continue to increase and its history can
/// be read.
#[derive(Default)]
pub(crate) struct Nodes(ArcSwap<BTreeMap<Arc<str>, Arc<Slot>>>);

impl Nodes {
    /// The slot of that name, even if no revision serves there.
    pub(crate) fn find(&self, name: &str) -> Result<Arc<Slot>, UnknownNode> {
        let slot = self.0.load().get(name).map(Arc::clone);
        slot.ok_or_else(|| self.unknown(name))
    }

    /// The slot of that name, made if it does not exist.
    pub(crate) fn slot(&self, name: &Arc<str>) -> Arc<Slot> {
        if let Some(slot) = self.0.load().get(name) {
            return Arc::clone(slot);
        }
        let new = Arc::new(Slot::new(Arc::clone(name)));
        self.0.rcu(|nodes| {
            let mut nodes = BTreeMap::clone(nodes);
            nodes
                .entry(Arc::clone(name))
                .or_insert_with(|| Arc::clone(&new));
            nodes
        });
        self.0.load().get(name).map_or(new, Arc::clone)
    }

    /// Every slot, in the order of the names.
    pub(crate) fn all(&self) -> Vec<Arc<Slot>> {
        self.0.load().values().map(Arc::clone).collect()
    }

    /// The error for a name without a serving revision.
    pub(crate) fn unknown(&self, name: &str) -> UnknownNode {
        let nodes = self.0.load();
        let serving = nodes.values().filter(|slot| slot.serving().is_some());
        let names = serving.map(|slot| &**slot.name());
        UnknownNode {
            name: name.to_owned(),
            nearest: nearest(name, names).map(str::to_owned),
        }
    }
}
