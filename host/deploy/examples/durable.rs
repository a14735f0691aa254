//! Durable swaps in a host without a server: `cargo run -p hospes-deploy --example durable`.

use std::error::Error;
use std::path::Path;

use hospes::{Context, Runtime};
use hospes_artifacts::{COUNTER, HELLO};
use hospes_deploy::store::Store;
use hospes_deploy::{DeployError, Deployer, UploadOptions};
use hospes_solution::{Grants, Overrides};

/// Opens what is in a directory, as a process does that starts.
fn open(directory: &Path) -> Result<Deployer, Box<dyn Error>> {
    let runtime = Runtime::builder()
        .compile_cache(directory.join("cache"))
        .build()?;
    let deployer = Deployer::open(runtime, Store::open(directory)?)?;
    // What the node may do: here, nothing but compute.
    let grants = Grants::bare(HELLO, None, &Overrides::default())?;
    deployer.start(vec![("greet".to_owned(), grants)])?;
    Ok(deployer)
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let deployer = open(&directory.path().join("store"))?;

    // Another node's component is held until somebody agrees.
    let component = std::fs::read(COUNTER)?;
    let mut options = UploadOptions::default();
    options.why = "we count now".to_owned();
    match deployer.upload("greet", &component, options.clone()) {
        Err(DeployError::NeedsApproval { changes, .. }) => print!("to approve: {changes}"),
        other => return Err(format!("it was not held: {other:?}").into()),
    }
    options.approval = hospes::swap::Approval::Wider;
    let deployed = deployer.upload("greet", &component, options)?;
    println!("generation {} serves", deployed.revision.generation);

    // The process ends, and starts again.
    drop(deployer);
    let deployer = open(&directory.path().join("store"))?;
    let outcome = deployer
        .runtime()
        .execute_blocking("greet", "{}", &Context::new())?;
    println!(
        "restored: {} in generation {}",
        outcome.node, outcome.revision.generation
    );
    for record in deployer.history("greet")? {
        println!(
            "{} {} {}",
            record.at, record.revision.generation, record.note
        );
    }
    Ok(())
}
