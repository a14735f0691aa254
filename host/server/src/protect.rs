//! Protects the keys in the process's memory.

/// Prevents core dumps of this process and of programs that it starts, and keeps
/// unprivileged processes from reading its memory. Does nothing on systems other
/// than Linux.
///
/// Call it after the runtime is built: wasmtime opens `/proc/self/pagemap`,
/// which a protected, unprivileged process can't.
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
