//! Latencies as a picture of text.

use std::fmt;
use std::time::Duration;

/// How many rows a histogram has.
const ROWS: usize = 12;
/// How long the longest bar is.
const WIDTH: usize = 40;

/// How many latencies lie between bounds that grow by the same factor from row
/// to row, since latencies have a long tail. The last row holds all that are
/// longer than 99.9 % of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    /// The upper bound of each row in microseconds, and how many lie in it.
    rows: Vec<(u64, u64)>,
}

impl Histogram {
    /// Of these latencies in microseconds.
    pub fn of(micros: &[u64]) -> Histogram {
        let mut sorted = micros.to_vec();
        sorted.sort_unstable();
        let (Some(&least), Some(&most)) = (sorted.first(), sorted.last()) else {
            return Histogram { rows: Vec::new() };
        };
        let tail = sorted.len() - 1 - sorted.len() / 1000;
        let long = sorted.get(tail).copied().unwrap_or(most).max(least + 1);
        let (low, high) = (least.max(1) as f64, long.max(2) as f64);
        let factor = (high / low).powf(1.0 / (ROWS - 1) as f64);
        let mut bounds: Vec<u64> = (1..ROWS)
            .map(|row| (low * factor.powi(row as i32)).ceil() as u64)
            .collect();
        bounds.push(most.max(long));
        bounds.dedup();
        let mut begin = 0;
        let rows = bounds.into_iter().map(|bound| {
            let end = sorted.partition_point(|micros| *micros <= bound);
            let count = end.saturating_sub(begin);
            begin = end.max(begin);
            (bound, count as u64)
        });
        Histogram {
            rows: rows.collect(),
        }
    }
}

impl fmt::Display for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.rows.iter().map(|(_, count)| *count).max().unwrap_or(0);
        for (bound, count) in &self.rows {
            let share = *count as f64 / most.max(1) as f64;
            // A row that holds anything shows something.
            let bar = (share * WIDTH as f64).ceil() as usize;
            let bound = format!("{:.1?}", Duration::from_micros(*bound));
            writeln!(f, "{bound:>10} {count:9} {}", "#".repeat(bar))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_latency_lies_in_one_row() {
        let tail: Vec<u64> = (1..5000).map(|n| n * n % 7919 + 20).collect();
        for micros in [
            vec![],
            vec![0],
            vec![7; 1000],
            vec![1, u64::MAX],
            (0..3).collect(),
            tail,
        ] {
            let histogram = Histogram::of(&micros);
            let counted: u64 = histogram.rows.iter().map(|(_, count)| count).sum();
            assert_eq!(counted, micros.len() as u64, "{histogram}");
            assert!(histogram.rows.len() <= ROWS);
        }
    }

    #[test]
    fn a_row_shows_its_bound_its_count_and_a_bar() {
        let shown = Histogram::of(&[100; 10]).to_string();
        assert_eq!(
            shown.lines().next(),
            Some("   101.0µs        10 ########################################")
        );
    }
}
