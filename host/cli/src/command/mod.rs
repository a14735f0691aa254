//! One module for each verb.

mod completions;
mod demo;
mod inspect;
mod mock;
mod policy;
mod run;
mod serve;

use crate::args::{Mock, Policy, Verb};
use crate::exit::Exit;

/// Does what the command line asks for.
pub(crate) fn run(verb: Verb) -> anyhow::Result<Exit> {
    match verb {
        Verb::Demo(args) => demo::run(&args),
        Verb::Run(args) => run::run(&args),
        Verb::Serve(args) => serve::run(*args),
        Verb::Inspect(args) => inspect::run(&args),
        Verb::Policy(Policy::Explain(args)) => policy::explain(&args),
        Verb::Mock(Mock::Braze(args)) => mock::run(args),
        Verb::Completions(args) => completions::run(&args),
    }
}
