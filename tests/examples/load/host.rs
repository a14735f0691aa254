//! What the driver needs of a host, wherever it runs.

use std::error::Error;

use crate::brazes::Variant;
use hospes_tests::Held;

/// A host that serves the node.
pub(crate) trait Host: Sync {
    /// Runs the node once.
    fn execute(&self, id: &str, payload: &str) -> Ended;

    /// Makes a variant serve; blocks until it does.
    fn swap(&self, to: Variant) -> Result<(), Box<dyn Error + Send + Sync>>;

    /// Makes the revision serve that served before.
    fn rollback(&self) -> Result<(), Box<dyn Error + Send + Sync>>;

    /// Kills the host at a random moment of a swap, starts it again and checks
    /// that what it serves now is what was published, or what was about to be.
    /// Says which it is.
    fn kill_while_swapping(&self, to: Variant) -> Result<Variant, Box<dyn Error + Send + Sync>>;

    /// What the host's process holds; nothing if that is this process, which
    /// keeps the accepted objects too.
    fn held(&self) -> Result<Option<Held>, Box<dyn Error + Send + Sync>>;
}

/// How an execution ended.
#[derive(Clone, Debug)]
pub(crate) enum Ended {
    /// The node said that everything was delivered, by this generation, which
    /// has this Braze.
    Delivered { braze: Variant, generation: u64 },
    /// It was answered, but not with success.
    Failed(String),
    /// The host went away: nobody knows what became of it.
    Lost,
}
