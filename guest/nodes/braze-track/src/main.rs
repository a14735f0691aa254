//! The component of the `braze-track` node.

hospes_guest::export!(braze_track::BrazeTrack);

fn main() {}
