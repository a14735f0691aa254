//! The machine's memory.

use std::fs::read_to_string;

/// The bytes of memory that this process may use: the machine's, or the limit
/// of its control group. None if neither can be read.
pub(crate) fn memory() -> Option<u64> {
    let machine = read_to_string("/proc/meminfo").ok();
    let machine = machine.as_deref().and_then(total);
    let group = read_to_string("/proc/self/cgroup").ok();
    let group = group.as_deref().and_then(group_of).and_then(limit);
    machine.into_iter().chain(group).min()
}

/// The total in `/proc/meminfo`, which counts in KiB.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// The path of the control group (version 2) in `/proc/self/cgroup`.
fn group_of(groups: &str) -> Option<&str> {
    groups.lines().find_map(|line| line.strip_prefix("0::/"))
}

/// The lowest limit of a control group and of those around it.
fn limit(group: &str) -> Option<u64> {
    let mut lowest = None;
    let mut dir = std::path::Path::new("/sys/fs/cgroup").join(group);
    while dir.starts_with("/sys/fs/cgroup") {
        let max = read_to_string(dir.join("memory.max")).ok();
        let max = max.and_then(|max| max.trim().parse::<u64>().ok());
        lowest = lowest.into_iter().chain(max).min();
        if !dir.pop() {
            break;
        }
    }
    lowest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_kernel_are_read() {
        let meminfo = "MemTotal:       16318468 kB\nMemFree:         1318468 kB\n";
        assert_eq!(total(meminfo), Some(16_318_468 * 1024));
        assert_eq!(total("MemTotal: much\n"), None);
        assert_eq!(total(""), None);
        let groups = "1:name=systemd:/x\n0::/system.slice/hospes.service\n";
        assert_eq!(group_of(groups), Some("system.slice/hospes.service"));
        assert_eq!(group_of("4:memory:/x\n"), None);
    }
}
