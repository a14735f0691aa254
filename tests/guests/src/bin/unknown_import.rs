//! Imports a capability that no host grants.

#[cfg(target_family = "wasm")]
mod extras {
    wit_bindgen::generate!({ path: "wit", world: "thief" });
    pub(crate) use acme::extras::vault::open;
}
#[cfg(not(target_family = "wasm"))]
mod extras {
    pub(crate) fn open() -> String {
        String::new()
    }
}

test_guests::node!(|_, _| Ok(extras::open().into()));
