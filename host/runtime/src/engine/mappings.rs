//! Memory mappings. Linux bounds how many a process may have, and what needs
//! one more fails: a guest's memory, a thread, or the host's own allocation. So
//! executions take no more than they can without harm.

use std::fs;

/// The mappings of the stack that is kept for each permit: itself and its guard
/// page.
const STACK: u64 = 2;
/// The further mappings of a permit in use: its memory, as data, as what it has
/// grown by, as what it may still grow by.
const MEMORY: u64 = 4;
/// What is left to the rest of the process: code, threads, large allocations.
const REST: u64 = 4096;

/// What the system allows a process, where it says so (`vm.max_map_count`).
pub(crate) fn allowed() -> Option<u64> {
    let text = fs::read_to_string("/proc/sys/vm/max_map_count").ok()?;
    text.trim().parse().ok()
}

/// How many permits can be in use at once if stacks are kept for `permits`, and
/// `allowed` mappings are.
pub(crate) fn usable(permits: u64, allowed: Option<u64>) -> u64 {
    let Some(allowed) = allowed else {
        return permits;
    };
    let left = allowed.saturating_sub(REST + permits * STACK);
    permits.min(left / MEMORY)
}

/// How many mappings it takes to use all of `permits`.
pub(crate) fn needed(permits: u64) -> u64 {
    REST + permits * (STACK + MEMORY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_executions_run_as_there_are_mappings_for() {
        let cases = [
            (272, Some(65_530), 272),
            (10_016, Some(65_530), 10_016),
            (20_016, Some(65_530), 5_350),
            (40_000, Some(65_530), 0),
            (20_016, Some(needed(20_016)), 20_016),
            (20_016, Some(needed(20_016) - 1), 20_015),
            (20_016, None, 20_016),
        ];
        for (permits, allowed, usable) in cases {
            assert_eq!(super::usable(permits, allowed), usable, "{permits}");
        }
    }
}
