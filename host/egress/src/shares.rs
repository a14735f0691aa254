//! What all nodes of a runtime share, and what each of them is guaranteed.
//!
//! Half of each resource is divided evenly among the nodes that serve and those
//! that load; the other half goes to any node, first come, first served. So no
//! node can take everything: each of the others still has its share.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::unit::Unit;

/// A quantity that is taken and given back.
#[derive(Debug, Default)]
struct Stock {
    size: AtomicU64,
    taken: AtomicU64,
}

impl Stock {
    fn new(size: u64) -> Stock {
        Stock {
            size: AtomicU64::new(size),
            taken: AtomicU64::new(0),
        }
    }

    /// Changes the size. What is taken stays taken.
    fn resize(&self, size: u64) {
        self.size.store(size, Relaxed);
    }

    fn take(&self, amount: u64) -> bool {
        let size = self.size.load(Relaxed);
        let more = |taken: u64| taken.checked_add(amount).filter(|taken| *taken <= size);
        self.taken.fetch_update(Relaxed, Relaxed, more).is_ok()
    }

    /// Takes up to `amount`, and returns how much was taken.
    fn take_up_to(&self, amount: u64) -> u64 {
        let size = self.size.load(Relaxed);
        let there = |taken: u64| amount.min(size.saturating_sub(taken));
        let more = |taken: u64| taken.checked_add(there(taken));
        let before = self.taken.fetch_update(Relaxed, Relaxed, more);
        before.map_or(0, there)
    }

    fn give_back(&self, amount: u64) {
        self.taken.fetch_sub(amount, Relaxed);
    }
}

/// A resource that nodes have shares of.
#[derive(Debug)]
struct Whole {
    size: u64,
    /// Everything that is taken, from shares and in common. A share that has
    /// just become smaller may still be fully taken at its old size.
    all: Stock,
    /// The part that any node may take.
    common: Stock,
}

impl Whole {
    fn new(size: u64) -> Arc<Whole> {
        Arc::new(Whole {
            size,
            all: Stock::new(size),
            common: Stock::new(size),
        })
    }

    /// Leaves in common what is not shared out, and returns how large each
    /// share is.
    fn divide(&self, shares: u64) -> u64 {
        let each = (self.size / 2).checked_div(shares).unwrap_or_default();
        self.common.resize(self.size - each * shares);
        each
    }
}

/// One node's share of a resource.
#[derive(Debug)]
pub struct Share {
    whole: Arc<Whole>,
    own: Stock,
}

impl Share {
    fn new(whole: &Arc<Whole>) -> Arc<Share> {
        Arc::new(Share {
            whole: Arc::clone(whole),
            own: Stock::default(),
        })
    }

    /// A share of a resource of this size that has no other shares.
    pub fn alone(size: u64) -> Arc<Share> {
        Share::new(&Whole::new(size))
    }

    /// The size of the whole resource.
    pub fn whole(&self) -> u64 {
        self.whole.size
    }

    /// A holding with nothing taken yet.
    pub fn holding(self: &Arc<Share>) -> Holding {
        Holding {
            share: Arc::clone(self),
            own: 0,
            common: 0,
        }
    }
}

/// What was taken from a share and from the common part, until it is dropped.
#[derive(Debug)]
pub struct Holding {
    share: Arc<Share>,
    own: u64,
    common: u64,
}

impl Holding {
    /// Takes `amount` more, from the node's share first; all of it or nothing.
    pub fn take(&mut self, amount: u64) -> bool {
        let share = &self.share;
        if !share.whole.all.take(amount) {
            return false;
        }
        let own = share.own.take_up_to(amount);
        let rest = amount - own;
        if !share.whole.common.take(rest) {
            share.own.give_back(own);
            share.whole.all.give_back(amount);
            return false;
        }
        self.own += own;
        self.common += rest;
        true
    }

    /// How much is taken.
    pub fn amount(&self) -> u64 {
        self.own + self.common
    }

    /// The size of the whole resource.
    pub fn whole(&self) -> u64 {
        self.share.whole()
    }
}

/// The message of an error: all `bytes` bytes of memory that the nodes share are
/// in use.
pub fn in_use(bytes: u64) -> String {
    let bytes = Unit::Bytes.show(bytes);
    format!("the {bytes} of memory that the runtime has for all nodes are in use")
}

impl Drop for Holding {
    fn drop(&mut self) {
        // Most holdings are empty, such as those of executions that log
        // nothing.
        if self.amount() == 0 {
            return;
        }
        let whole = &self.share.whole;
        self.share.own.give_back(self.own);
        whole.common.give_back(self.common);
        whole.all.give_back(self.amount());
    }
}

/// One node's share of every shared resource.
#[derive(Debug)]
pub struct Stake {
    /// Permits for executions.
    pub places: Arc<Share>,
    /// Bytes of memory.
    pub memory: Arc<Share>,
}

/// The resources that the nodes of a runtime share.
#[derive(Debug)]
pub struct Shares {
    places: Arc<Whole>,
    memory: Arc<Whole>,
    /// The stake of loads, whatever serves.
    loading: Arc<Stake>,
    stakes: Mutex<Vec<Weak<Stake>>>,
}

impl Shares {
    /// Permits and bytes of memory for executions. Loads have their own
    /// permits.
    pub fn new(places: u64, loading: u64, memory: u64) -> Shares {
        let (places, memory) = (Whole::new(places), Whole::new(memory));
        let loading = Stake {
            places: Share::alone(loading),
            memory: Share::new(&memory),
        };
        let shares = Shares {
            places,
            memory,
            loading: Arc::new(loading),
            stakes: Mutex::default(),
        };
        shares.divide(&[]);
        shares
    }

    /// The stake of loads.
    pub fn loading(&self) -> &Arc<Stake> {
        &self.loading
    }

    /// The stake of one more node, until it is dropped. The shares of all
    /// others become smaller.
    pub fn stake(&self) -> Arc<Stake> {
        let new = Arc::new(Stake {
            places: Share::new(&self.places),
            memory: Share::new(&self.memory),
        });
        self.settle(Some(&new));
        new
    }

    /// Divides the resources again after a node has come or gone.
    pub fn settle(&self, new: Option<&Arc<Stake>>) {
        let mut stakes = self.stakes.lock().unwrap_or_else(PoisonError::into_inner);
        stakes.retain(|stake| stake.strong_count() > 0);
        stakes.extend(new.map(Arc::downgrade));
        let all: Vec<Arc<Stake>> = stakes.iter().filter_map(Weak::upgrade).collect();
        self.divide(&all);
    }

    fn divide(&self, stakes: &[Arc<Stake>]) {
        let nodes = stakes.len() as u64;
        let places = self.places.divide(nodes);
        // Loads get memory like one more node.
        let memory = self.memory.divide(nodes + 1);
        for stake in stakes {
            stake.places.own.resize(places);
            stake.memory.own.resize(memory);
        }
        self.loading.memory.own.resize(memory);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What can be taken one by one.
    fn fill(share: &Arc<Share>) -> Vec<Holding> {
        let one = || {
            let mut holding = share.holding();
            holding.take(1).then_some(holding)
        };
        std::iter::from_fn(one).collect()
    }

    #[test]
    fn a_greedy_node_leaves_each_neighbour_its_share() {
        let shares = Shares::new(16, 4, 1000);
        let nodes: Vec<_> = (0..4).map(|_| shares.stake()).collect();
        let greedy = fill(&nodes[0].places);
        assert_eq!(greedy.len(), 10, "its own two, and the eight for all");
        for neighbour in &nodes[1..] {
            assert_eq!(fill(&neighbour.places).len(), 2);
        }
        assert_eq!(fill(&shares.loading().places).len(), 4);
        drop(greedy);
        assert_eq!(fill(&nodes[1].places).len(), 10);
    }

    #[test]
    fn a_node_alone_has_everything() {
        for places in [1, 2, 3, 256] {
            let shares = Shares::new(places, 4, 1000);
            let node = shares.stake();
            assert_eq!(fill(&node.places).len() as u64, places);
        }
    }

    #[test]
    fn no_more_is_taken_than_there_is_while_shares_become_smaller() {
        let shares = Shares::new(8, 4, 1000);
        let first = shares.stake();
        let taken = fill(&first.places);
        assert_eq!(taken.len(), 8);
        let second = shares.stake();
        assert_eq!(fill(&second.places).len(), 0, "all is taken");
        drop(taken);
        assert_eq!(fill(&first.places).len(), 6);
        drop(first);
        drop(second);
        let third = shares.stake();
        assert_eq!(
            fill(&third.places).len(),
            8,
            "shares of what is gone are free"
        );
    }

    #[test]
    fn a_holding_grows_by_all_of_it_or_not_at_all() {
        let shares = Shares::new(8, 4, 1000);
        let node = shares.stake();
        let mut holding = node.memory.holding();
        assert!(holding.take(250), "its own");
        assert!(holding.take(500), "what is for all");
        assert!(!holding.take(1), "the rest is for loads");
        assert!(!holding.take(u64::MAX));
        let mut loading = shares.loading().memory.holding();
        assert!(loading.take(250));
        drop(holding);
        assert!(node.memory.holding().take(500));
    }
}
