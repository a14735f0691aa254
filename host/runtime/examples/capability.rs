//! Adds a capability of the host's own, with its own WIT:
//! `cargo run -p hospes --example capability`.
//!
//! The interface, as the guest's author sees it:
//!
//! ```wit
//! package acme:extras@0.1.0;
//!
//! interface dice {
//!     roll: func(sides: u32) -> u32;
//! }
//! ```
//!
//! `hospes::wasmtime::component::bindgen!` generates a trait from WIT and suits
//! a larger interface; a single function is as easily added by hand.

use std::sync::atomic::{AtomicU32, Ordering};

use hospes::engine::ExecutionState;
use hospes::wasmtime::StoreContextMut;
use hospes::{NodeConfig, Runtime};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let thrown = AtomicU32::new(0);
    let runtime = Runtime::builder()
        .capability("dice", move |linker| {
            let mut dice = linker.instance("acme:extras/dice@0.1.0")?;
            dice.func_wrap(
                "roll",
                move |store: StoreContextMut<'_, ExecutionState>, (sides,): (u32,)| {
                    // Every node of this runtime can call this: judge who does.
                    if store.data().node() != "player" || sides == 0 {
                        return Ok((0,));
                    }
                    Ok((thrown.fetch_add(7, Ordering::Relaxed) % sides + 1,))
                },
            )
        })
        .build()?;

    let player = runtime.load("player", NodeConfig::from_file(hospes_artifacts::DICE))?;
    for _ in 0..3 {
        let thrown: u32 = player.call_blocking(&6)?.json()?;
        println!("{thrown}");
    }
    Ok(())
}
