//! Checks that a looping guest is interrupted, before any guest runs.
//!
//! All time limits depend on the epoch. An engine whose epoch never increases
//! looks healthy until the first endless loop.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use wasmtime::{Engine, Instance, Module, Store, Trap};

/// `(module (func (export "spin") (loop (br 0))))`
const SPIN: &[u8] = &[
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic and version
    0x01, 0x04, 0x01, 0x60, 0x00, 0x00, // a type: no parameters, no results
    0x03, 0x02, 0x01, 0x00, // a function of that type
    0x07, 0x08, 0x01, 0x04, b's', b'p', b'i', b'n', 0x00, 0x00, // its export
    0x0a, 0x09, 0x01, 0x07, 0x00, 0x03, 0x40, 0x0c, 0x00, 0x0b, 0x0b, // its code
];

/// Far more than a tick, even on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs an endless loop and waits for its interruption.
pub(crate) fn run(engine: &Engine) -> Result<(), String> {
    let (done, interrupted) = mpsc::channel();
    let engine = engine.clone();
    thread::Builder::new()
        .name("hospes-self-test".to_owned())
        .spawn(move || done.send(spin(&engine)))
        .map_err(|error| error.to_string())?;
    match interrupted.recv_timeout(PATIENCE) {
        Ok(result) => result,
        Err(_late) => Err("the self-test's endless loop was not interrupted".to_owned()),
    }
}

fn spin(engine: &Engine) -> Result<(), String> {
    let text = |error: wasmtime::Error| format!("the self-test does not run: {error:#}");
    let module = Module::from_binary(engine, SPIN).map_err(text)?;
    let mut store = Store::new(engine, ());
    store.set_epoch_deadline(1);
    let instance = Instance::new(&mut store, &module, &[]).map_err(text)?;
    let spin = instance
        .get_typed_func::<(), ()>(&mut store, "spin")
        .map_err(text)?;
    match spin.call(&mut store, ()) {
        Err(error) if error.downcast_ref() == Some(&Trap::Interrupt) => Ok(()),
        Err(error) => Err(text(error)),
        Ok(()) => Err("the self-test's endless loop has ended by itself".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::Config;

    use super::*;

    #[test]
    fn an_interrupted_loop_is_a_pass_and_a_ticker_that_stands_still_is_not() {
        let engine = Engine::new(Config::new().epoch_interruption(true)).unwrap();
        let (stop, stopped) = mpsc::channel::<()>();
        let ticking = engine.clone();
        let ticker = thread::spawn(move || {
            while stopped.recv_timeout(Duration::from_millis(1)).is_err() {
                ticking.increment_epoch();
            }
        });
        assert_eq!(run(&engine), Ok(()));
        stop.send(()).unwrap();
        ticker.join().unwrap();

        // Nothing else increases this engine's epoch, so it is increased only
        // after the loop has run for a while.
        let engine = Engine::new(Config::new().epoch_interruption(true)).unwrap();
        let (done, result) = mpsc::channel();
        let spinning = engine.clone();
        thread::spawn(move || done.send(spin(&spinning)));
        assert!(
            result.recv_timeout(Duration::from_millis(50)).is_err(),
            "it was interrupted"
        );
        engine.increment_epoch();
        assert_eq!(result.recv(), Ok(Ok(())));
    }
}
