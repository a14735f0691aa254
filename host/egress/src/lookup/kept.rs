//! Addresses that were found, for a short time and of a bounded number of
//! names.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many names are kept. For one more, the oldest is forgotten.
const MAX_NAMES: usize = 64;

/// A name with more addresses than this is looked up each time.
const MAX_ADDRESSES: usize = 64;

pub(super) struct Kept {
    time: Duration,
    names: HashMap<String, Entry>,
}

struct Entry {
    addresses: Arc<[IpAddr]>,
    since: Instant,
}

impl Kept {
    pub(super) fn new(time: Duration) -> Kept {
        Kept {
            time,
            names: HashMap::new(),
        }
    }

    pub(super) fn get(&self, host: &str, now: Instant) -> Option<Arc<[IpAddr]>> {
        let entry = self.names.get(host)?;
        self.is_fresh(entry, now)
            .then(|| Arc::clone(&entry.addresses))
    }

    pub(super) fn put(&mut self, host: &str, addresses: &Arc<[IpAddr]>, now: Instant) {
        if addresses.is_empty() || addresses.len() > MAX_ADDRESSES {
            self.names.remove(host);
            return;
        }
        if self.names.len() >= MAX_NAMES && !self.names.contains_key(host) {
            let oldest = self.names.iter().min_by_key(|(_, entry)| entry.since);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                self.names.remove(&oldest);
            }
        }
        let addresses = Arc::clone(addresses);
        let entry = Entry {
            addresses,
            since: now,
        };
        self.names.insert(host.to_owned(), entry);
    }

    fn is_fresh(&self, entry: &Entry, now: Instant) -> bool {
        now.saturating_duration_since(entry.since) < self.time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn addresses(count: u8) -> Arc<[IpAddr]> {
        (0..count)
            .map(|last| IpAddr::from([192, 0, 2, last]))
            .collect()
    }

    #[test]
    fn addresses_are_kept_for_their_time_and_no_longer() {
        let now = Instant::now();
        let found = addresses(2);
        let mut kept = Kept::new(SECOND);
        kept.put("a.example", &found, now);
        let just_before = now + SECOND - Duration::from_nanos(1);
        assert_eq!(kept.get("a.example", now), Some(found.clone()));
        assert_eq!(kept.get("a.example", just_before), Some(found.clone()));
        assert_eq!(kept.get("a.example", now + SECOND), None);
        assert_eq!(kept.get("b.example", now), None);
        // Being asked for does not make an answer younger; a new one does.
        kept.put("a.example", &addresses(1), now + SECOND);
        assert_eq!(kept.get("a.example", now + SECOND), Some(addresses(1)));
    }

    #[test]
    fn with_no_time_nothing_is_kept() {
        let now = Instant::now();
        let mut kept = Kept::new(Duration::ZERO);
        kept.put("a.example", &addresses(1), now);
        assert_eq!(kept.get("a.example", now), None);
    }

    #[test]
    fn a_flood_of_names_is_bounded_and_forgets_the_oldest() {
        let now = Instant::now();
        let mut kept = Kept::new(SECOND);
        for number in 0..10_000_u32 {
            let at = now + Duration::from_nanos(number.into());
            kept.put(&format!("{number}.example"), &addresses(1), at);
            assert!(kept.names.len() <= MAX_NAMES);
        }
        let names = |number: u32| kept.get(&format!("{number}.example"), now).is_some();
        assert_eq!(
            (0..10_000).filter(|number| names(*number)).count(),
            MAX_NAMES
        );
        assert!(names(9_999) && !names(0));
    }

    #[test]
    fn a_flood_of_addresses_is_not_kept_and_neither_is_none() {
        let now = Instant::now();
        let mut kept = Kept::new(SECOND);
        for (count, is_kept) in [(0, false), (1, true), (64, true), (65, false)] {
            kept.put("a.example", &addresses(count), now);
            let found = kept.get("a.example", now);
            assert_eq!(found.is_some(), is_kept, "{count}");
        }
    }
}
