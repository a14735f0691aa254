//! Rolls dice, a capability that its host has to add.

#[cfg(target_family = "wasm")]
mod extras {
    wit_bindgen::generate!({ path: "wit", world: "player" });
    pub(crate) use acme::extras::dice::roll;
}
#[cfg(not(target_family = "wasm"))]
mod extras {
    pub(crate) fn roll(sides: u32) -> u32 {
        sides
    }
}

test_guests::node!(|payload, _| {
    let sides = payload
        .as_u64()
        .and_then(|sides| u32::try_from(sides).ok())
        .unwrap_or(6);
    Ok(extras::roll(sides).into())
});
