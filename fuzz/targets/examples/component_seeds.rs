//! Writes the seeds of the target `component`: the guests by hand, compiled.
//!
//! `cargo build --workspace --examples && target/debug/examples/component_seeds`

use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds/component");
    fs::create_dir_all(&seeds)?;
    for name in hospes_tests::guests_by_hand()? {
        let component = hospes_tests::guest_by_hand(&name)?;
        fs::write(seeds.join(name).with_extension("wasm"), component)?;
    }
    Ok(())
}
