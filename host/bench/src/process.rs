//! What this process has used, as Linux counts it.

use std::fs;
use std::time::Duration;

/// Linux counts in hundredths of a second for programs, on every architecture.
const TICK: Duration = Duration::from_millis(10);

/// What the process has used since it began.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used {
    pub(crate) cpu: Duration,
    /// Page faults that needed no disk.
    pub(crate) faults: u64,
}

impl Used {
    /// `None` where there is no `/proc`.
    pub(crate) fn now() -> Option<Used> {
        parse(&fs::read_to_string("/proc/self/stat").ok()?)
    }

    /// Both together.
    pub(crate) fn and(self, other: Used) -> Used {
        Used {
            cpu: self.cpu + other.cpu,
            faults: self.faults + other.faults,
        }
    }

    /// What was used since then.
    pub(crate) fn since(self, before: Used) -> Used {
        Used {
            cpu: self.cpu.saturating_sub(before.cpu),
            faults: self.faults.saturating_sub(before.faults),
        }
    }
}

/// Resident memory in KiB; `None` where there is no `/proc`.
pub(crate) fn resident_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// The fields of proc(5) are counted after the name, which may hold anything.
fn parse(stat: &str) -> Option<Used> {
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<u32>().ok();
    let (user, system) = (field(14)?, field(15)?);
    Some(Used {
        cpu: TICK * user.saturating_add(system),
        faults: fields.get(10 - 3)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_whatever_the_program_is_called() {
        for name in ["hospes", "a) b", "(((", "x 1 2 3"] {
            let stat = format!("7 ({name}) S 1 7 7 0 -1 4194560 9000 0 3 0 120 30 0 0 20 0 5 0");
            let used = parse(&stat).unwrap();
            assert_eq!(
                (used.cpu, used.faults),
                (Duration::from_millis(1500), 9000),
                "{name}"
            );
        }
        assert!(parse("7 (hospes) S 1").is_none());
    }
}
