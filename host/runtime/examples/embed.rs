//! Embeds the runtime: `cargo run -p hospes --example embed`.

use hospes::egress::{EgressEvent, Verdict};
use hospes::outcome::Answer;
use hospes::{Context, NodeConfig, Observer, Policy, Runtime};

/// Prints what the node was not allowed to do, and the line that would allow it.
struct Denials;

impl Observer for Denials {
    fn egress(&self, event: &EgressEvent) {
        if let Verdict::Denied(denial) = &event.verdict {
            eprintln!("{}: {denial}", event.node);
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = Runtime::builder().observer(Denials).build()?;
    let policy = Policy::parse(["POST https://rest.iad-01.braze.com/users/track"])?;
    let node = NodeConfig::from_file(hospes_artifacts::HELLO).policy(policy);
    let hello = runtime.load("hello", node)?;

    let outcome = hello.execute(r#"{"name": "Ada"}"#, &Context::new()).await?;
    match &outcome.answer {
        Ok(Answer::Success(result)) => println!("{result}"),
        Ok(Answer::Failure(failure)) => println!("{}: {}", failure.kind, failure.message),
        Err(fault) => println!("the node broke: {fault}"),
    }
    println!("{} us, {:?}", outcome.usage.wall_us, outcome.route());
    Ok(())
}
