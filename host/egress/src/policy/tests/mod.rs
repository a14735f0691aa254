//! The policy as a whole: attacks beside their nearest honest neighbours.

mod decision;
mod properties;
mod rule;
mod target;
