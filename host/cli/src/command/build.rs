//! `hospes build`: a component from sources, compiled ahead.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::anyhow;
use hospes::node::Inspection;
use hospes::{Limits, NodeConfig, Runtime};
use hospes_author::{BuildOptions, Built};
use serde_json::json;

use crate::args::Build;
use crate::cache::Cache;
use crate::compiling::compiling;
use crate::exit::Exit;
use crate::host::{self, Surroundings};
use crate::terminal::{visible, visible_lines};

pub(crate) fn run(args: &Build) -> anyhow::Result<Exit> {
    let cache = Cache::chosen(&args.cache);
    let runtime = host::runtime(Surroundings {
        cache: Some(&cache),
        ..Surroundings::default()
    })?;
    let mut options = BuildOptions::default();
    options.engine.clone_from(&args.engine);
    options.output.clone_from(&args.output);
    options.fresh = args.cache.no_cache;
    let built = component(&args.path, &options)?;
    let inspection = precompile(&runtime, &built)?;
    let mut out = anstream::stdout().lock();
    if args.json {
        let json = json!({
            "component": built.component, "digest": inspection.digest,
            "size": inspection.size, "world": inspection.world,
        });
        writeln!(out, "{}", visible_lines(&json.to_string()))?;
    } else {
        let path = visible(&built.component.display().to_string());
        writeln!(out, "{path} {}", inspection.digest)?;
    }
    Ok(Exit::Success)
}

/// Builds the node under a path.
pub(super) fn component(path: &Path, options: &BuildOptions) -> anyhow::Result<Built> {
    hospes_author::build(path, options)
        .map_err(|error| anyhow!("{}", visible_lines(&error.to_string())))
}

/// Checks that the component is a node. The next command finds it compiled.
pub(super) fn precompile(runtime: &Runtime, built: &Built) -> anyhow::Result<Inspection> {
    // Its author waits for it, and nobody else.
    let limits = Limits::default().compile(Duration::from_secs(600));
    let config = NodeConfig::from_file(&built.component).limits(limits);
    compiling(&built.component, || runtime.inspect(&config))
        .map_err(|error| host::load_error(error, &built.component))
}
