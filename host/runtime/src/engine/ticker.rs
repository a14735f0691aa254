//! Increases the engine's epoch from a dedicated thread: a ticker on an async
//! runtime would starve together with that runtime, and no deadline would fire
//! just when one is needed most.

use std::io;
use std::thread;
use std::time::Duration;

/// How often the epoch increases: the precision of CPU limits, and of deadlines
/// for computing guests.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Starts the ticker. It ends when the engine is dropped.
pub(crate) fn start(engine: &wasmtime::Engine) -> io::Result<()> {
    let engine = engine.weak();
    thread::Builder::new()
        .name("hospes-ticker".to_owned())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                thread::sleep(TICK);
            }
        })
        .map(|_detached| ())
}
