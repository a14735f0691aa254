//! Awaits what never comes.

use hospes_guest::{AsyncAction, Context, Failure};

struct NeverReady;

impl AsyncAction for NeverReady {
    type Payload = ();
    type Params = ();
    type Output = ();

    async fn execute(_: (), _: Context<()>) -> Result<(), Failure> {
        std::future::pending().await
    }
}

hospes_guest::export!(async NeverReady);

fn main() {}
