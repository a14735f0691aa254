//! What the package of the command line carries with it.

use std::fs;
use std::path::Path;

use hospes_artifacts::{BRAZE_TRACK, HELLO};

/// To renew them, run this test with `HOSPES_RENEW=1`.
#[test]
fn the_nodes_in_the_package_are_what_a_fresh_build_gives() {
    for (name, built) in [("braze-track", BRAZE_TRACK), ("hello", HELLO)] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("nodes/{name}.wasm"));
        let built = fs::read(built).unwrap();
        if std::env::var_os("HOSPES_RENEW").is_some() {
            fs::write(&file, &built).unwrap();
        }
        assert!(
            fs::read(&file).unwrap() == built,
            "{} is out of date: run this test with HOSPES_RENEW=1, which replaces it",
            file.display()
        );
    }
}
