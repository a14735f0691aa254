//! One module for each verb.

mod bench;
mod build;
mod check;
mod compile_worker;
mod completions;
mod demo;
mod flow;
mod inspect;
mod key;
mod man;
mod migrate;
mod mock;
mod new;
mod policy;
mod run;
mod serve;
mod sign;
mod test;

use crate::args::{Flow, Mock, Policy, Verb};
use crate::exit::Exit;

/// Runs the command.
pub(crate) fn run(verb: Verb) -> anyhow::Result<Exit> {
    match verb {
        Verb::Demo(args) => demo::run(&args),
        Verb::New(args) => new::run(&args),
        Verb::Build(args) => build::run(&args),
        Verb::Test(args) => test::run(&args),
        Verb::Migrate(args) => migrate::run(&args),
        Verb::Run(args) => run::run(&args),
        Verb::Bench(args) => bench::bench(&args),
        Verb::Serve(args) => serve::run(*args),
        Verb::Check(args) => check::run(&args),
        Verb::Flow(Flow::Chat(args)) => flow::chat(&args),
        Verb::Flow(Flow::Run(args)) => flow::run(&args),
        Verb::Flow(Flow::Graph(args)) => flow::graph(&args),
        Verb::Inspect(args) => inspect::run(&args),
        Verb::Policy(Policy::Explain(args)) => policy::explain(&args),
        Verb::Key(args) => key::run(&args),
        Verb::Sign(args) => sign::run(&args),
        Verb::Mock(Mock::Braze(args)) => mock::run(args),
        Verb::Completions(args) => completions::run(&args),
        Verb::Man(args) => man::run(&args),
        Verb::CompileWorker => compile_worker::run(),
    }
}
