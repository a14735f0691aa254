//! The limits of memories and tables under any sequence of sizes.

use std::sync::Arc;
use std::time::Duration;

use hospes_egress::shares::Share;
use wasmtime::ResourceLimiter;

use crate::engine::Meter;
use crate::engine::limiter::Limiter;
use crate::limits::Limits;

/// Reads the bytes as two limits and then growths, each a kind and two sizes.
pub(crate) fn limiter(data: &[u8]) {
    let mut numbers = Numbers(data);
    let limits = Limits {
        memory: numbers.limit(),
        table_elements: numbers.limit(),
        ..Limits::default()
    };
    let meter = Arc::new(Meter::new(Duration::ZERO));
    let shared = Share::alone(u64::MAX).holding();
    let mut limiter = Limiter::new(Arc::clone(&meter), &limits, shared);
    let (mut memory, mut elements) = (0_u128, 0_u128);
    while let Some(kind) = numbers.kind() {
        let (current, more) = (numbers.next(), numbers.next());
        let current = usize::try_from(current).unwrap_or(usize::MAX);
        let desired = current.saturating_add(usize::try_from(more).unwrap_or(usize::MAX));
        let growth = (desired - current) as u128;
        let (sum, max, grown) = if kind % 2 == 0 {
            let grown = limiter.memory_growing(current, desired, None);
            (&mut memory, limits.memory, grown)
        } else {
            let grown = limiter.table_growing(current, desired, None);
            (&mut elements, limits.table_elements, grown)
        };
        let fits = *sum + growth <= u128::from(max);
        match grown {
            Ok(true) => {
                assert!(fits, "{growth} more were granted");
                *sum += growth;
            }
            Ok(false) | Err(_) => assert!(!fits, "{growth} more were refused"),
        }
        assert!(memory <= u128::from(limits.memory));
        assert!(u128::from(meter.memory_peak()) == memory);
    }
}

/// Reads numbers until the bytes are used up, and zeros from then on.
struct Numbers<'d>(&'d [u8]);

impl Numbers<'_> {
    fn kind(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Any number but the highest, which no limit can have.
    fn limit(&mut self) -> u64 {
        self.next().min(u64::MAX - 1)
    }

    /// One byte gives the length of the number in bytes.
    fn next(&mut self) -> u64 {
        let Some(length) = self.kind() else { return 0 };
        let mut number = 0_u64;
        for _ in 0..length.min(8) {
            number = number << 8 | u64::from(self.kind().unwrap_or_default());
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    #[test]
    fn the_seeds_of_the_limiter_hold() {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/budget");
        for entry in fs::read_dir(seeds).unwrap() {
            super::limiter(&fs::read(entry.unwrap().path()).unwrap());
        }
    }

    #[test]
    fn sizes_that_are_too_much_together_do_not_wrap_around() {
        let most = [8, 255, 255, 255, 255, 255, 255, 255, 255];
        let step = [&[0, 0][..], &most].concat();
        super::limiter(&[&[1, 9, 1, 9][..], &[0, 0, 1, 9], &step, &step].concat());
    }
}
