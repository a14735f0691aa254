//! Says what a command waits for while it compiles.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::outcome::bytes;
use crate::terminal::{QUIET, note, styled, visible};

/// Shorter work needs no explanation.
const PATIENCE: Duration = Duration::from_millis(500);

/// Does the work, which loads a component. If it takes long, and a person
/// watches, it says that the component is being compiled.
pub(crate) fn compiling<T>(component: &Path, work: impl FnOnce() -> T) -> T {
    if !io::stderr().is_terminal() {
        return work();
    }
    let announce = || {
        let name = component.file_name().unwrap_or(component.as_os_str());
        let size = fs::metadata(component).map_or(0, |metadata| metadata.len());
        let text = format!("{} ({})", visible(&name.to_string_lossy()), bytes(size));
        note(&styled(QUIET, "compiling"), &text);
    };
    announced(PATIENCE, announce, work)
}

fn announced<T>(patience: Duration, announce: impl FnOnce() + Send, work: impl FnOnce() -> T) -> T {
    let (working, ended) = mpsc::channel::<()>();
    thread::scope(|scope| {
        // Without a thread for it, nothing is said.
        _ = thread::Builder::new().spawn_scoped(scope, move || {
            if ended.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                announce();
            }
        });
        let result = work();
        drop(working);
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_work_is_announced() {
        let (tell, told) = mpsc::channel();
        // It ends only after the announcement.
        announced(
            Duration::ZERO,
            || tell.send("long").unwrap(),
            || {
                assert_eq!(told.recv(), Ok("long"));
            },
        );
        let short = announced(Duration::MAX, || tell.send("short").unwrap(), || 7);
        assert_eq!((short, told.try_recv().ok()), (7, None));
    }
}
