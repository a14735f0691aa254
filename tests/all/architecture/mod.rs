//! What may use what: crates, modules and files.

mod crates;
mod floors;
mod imports;
mod surface;

use std::path::Path;

use imports::{code, sources};

#[test]
fn what_must_stay_absent_from_the_library_is_absent() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host");
    for file in ["egress", "runtime"]
        .map(|name| sources(&root.join(name).join("src")))
        .concat()
    {
        let code = code(&file);
        for absent in [
            "std::env",
            "env::var",
            "println!",
            "eprintln!",
            "stdout()",
            "anyhow",
        ] {
            assert!(!code.contains(absent), "{} has {absent}", file.display());
        }
        let is_cache = file.ends_with("engine/cache.rs");
        assert!(
            is_cache || !code.contains("unsafe"),
            "{} has unsafe code",
            file.display()
        );
        let is_bindings = file.ends_with("bindings.rs");
        assert!(
            is_bindings || !code.contains("bindgen!"),
            "{} has a bindgen",
            file.display()
        );
    }
}
