//! Keeps the keys in this process's memory to this process.

/// From here on the process leaves no core dump, and no other process may read
/// its memory unless it is privileged. Programs that it starts leave no core dump
/// either. On systems other than Linux, nothing changes.
///
/// Comes after the runtime is built: wasmtime opens `/proc/self/pagemap`, which
/// an unprivileged process that is protected can't.
///
/// # Errors
///
/// If the system refuses.
pub fn protect_memory() -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{
            DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit,
        };

        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        setrlimit(Resource::Core, none)
            .and_then(|()| set_dumpable_behavior(DumpableBehavior::NotDumpable))?;
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};

    #[test]
    fn a_protected_process_leaves_no_dump() {
        super::protect_memory().unwrap();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }
}
