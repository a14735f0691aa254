//! The budget of requests and bytes under any sequence of numbers.

use std::time::Instant;

use crate::budget::{Call, RequestBudget};
use crate::limits::Limits;

/// Reads the bytes as two limits and then steps, each a kind and a number.
pub fn budget(data: &[u8]) {
    let mut numbers = Numbers(data);
    let limits = Limits {
        requests: numbers.limit(),
        http_bytes: numbers.limit(),
        ..Limits::default()
    };
    let budget = RequestBudget::new("e".into(), &limits, Instant::now());
    let (max_requests, max_bytes) = (u128::from(limits.requests), u128::from(limits.http_bytes));
    let (mut requests, mut sent, mut received) = (0_u128, 0_u128, 0_u128);
    let (mut promised, mut calls) = (None, 0_u128);
    while let Some(kind) = numbers.kind() {
        let number = numbers.next();
        match kind % 4 {
            0 => {
                let fits =
                    requests < max_requests && sent + u128::from(number) + received < max_bytes;
                match budget.take(number) {
                    Ok(room) => {
                        assert!(fits, "a request of {number} was granted");
                        requests += 1;
                        sent += u128::from(number);
                        assert!(room > 0, "there is no room for an answer");
                        assert_eq!(u128::from(room), max_bytes - sent - received);
                        promised = Some(room);
                    }
                    Err(_) => assert!(!fits, "a request of {number} was refused"),
                }
            }
            // A response as long as it was promised, or of any length.
            kind => {
                let body = match promised {
                    Some(room) if kind == 1 => number.min(room),
                    _ if kind == 2 => number,
                    _ => {
                        let judged = calls < max_requests + 256;
                        calls += 1;
                        assert_eq!(budget.call() == Call::Judged, judged);
                        continue;
                    }
                };
                received += u128::from(body);
                let within = sent + received <= max_bytes;
                assert_eq!(budget.receive(body).is_ok(), within);
            }
        }
        let spent = budget.spent();
        assert_eq!(u128::from(spent.requests), requests);
        assert_eq!(u128::from(spent.bytes_out), sent);
        // A sum that is too large to count stays too large.
        let most = u128::from(u64::MAX);
        assert_eq!(u128::from(spent.bytes_in), received.min(most));
        assert!(requests <= max_requests && sent <= max_bytes);
    }
}

/// Reads numbers until the bytes are used up, and zeros from then on.
pub(crate) struct Numbers<'d>(pub(crate) &'d [u8]);

impl Numbers<'_> {
    pub(crate) fn kind(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Any number but the highest, which no limit can have.
    pub(crate) fn limit(&mut self) -> u64 {
        self.next().min(u64::MAX - 1)
    }

    /// One byte gives the length of the number in bytes.
    pub(crate) fn next(&mut self) -> u64 {
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
    fn the_seeds_of_the_budget_hold() {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/budget");
        let mut seen = 0;
        for entry in fs::read_dir(seeds).unwrap() {
            super::budget(&fs::read(entry.unwrap().path()).unwrap());
            seen += 1;
        }
        assert!(seen >= 20, "{seen} seeds");
    }

    #[test]
    fn answers_that_are_too_long_together_do_not_wrap_around() {
        // Limits that never apply, and then two responses of the greatest
        // length.
        let most = [8, 255, 255, 255, 255, 255, 255, 255, 255];
        let step = [&[2][..], &most].concat();
        super::budget(&[&most[..], &most, &step, &step].concat());
    }
}
