//! `hospes test`: the native tests of a node, and its golden cases against the
//! component.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use hospes::{LoadError, Runtime};
use hospes_author::BuildOptions;
use hospes_solution::{Grants, Overrides, Solution};

use super::build;
use crate::args::Test;
use crate::cache::Cache;
use crate::exit::Exit;
use crate::host::{self, Surroundings};
use crate::outcome::count;
use crate::terminal::{BAD, GOOD, NOTE, note, styled, visible, visible_lines};
use crate::{solution, stand_in};

pub(crate) fn run(args: &Test) -> anyhow::Result<Exit> {
    let dir = &args.dir;
    let cache = Cache::chosen(&args.cache).or_temporary()?;
    let runtime = host::runtime(Surroundings {
        cache: Some(&cache),
        ..Surroundings::default()
    })?;
    // Both are run, and both are shown.
    let native = hospes_author::native_tests(dir)
        .map_err(|error| anyhow!("{}", visible_lines(&error.to_string())))?;
    let built = build::component(dir, &BuildOptions::default())?;
    build::precompile(&runtime, &built)?;
    let golden = golden(dir, &built.component, &runtime)?;
    if !native {
        note(&styled(BAD, "failed:"), "the native tests, see above");
    }
    Ok(match native && golden {
        true => Exit::Success,
        false => Exit::Failure,
    })
}

/// Runs the golden cases that the solution file has for the component, in each
/// environment. Returns whether all of them passed.
fn golden(dir: &Path, component: &Path, runtime: &Runtime) -> anyhow::Result<bool> {
    let file = dir.join("hospes.toml");
    let mut out = anstream::stdout().lock();
    if !file.exists() {
        let text = format!("there is no {}", visible(&file.display().to_string()));
        note(&styled(NOTE, "no golden cases:"), &text);
        return Ok(true);
    }
    let (mut passed, mut failed) = (0, 0);
    for case in cases(&solution::load(&file)?, &file, component)? {
        let path = case.file.strip_prefix(dir).unwrap_or(&case.file);
        let name = visible(&path.display().to_string());
        match case.run(runtime)? {
            None => {
                passed += 1;
                writeln!(out, "{} {name}", styled(GOOD, "ok"))?;
            }
            Some((expected, found)) => {
                failed += 1;
                let env = match case.env.as_str() {
                    "" => String::new(),
                    env => format!(" in {}", visible(env)),
                };
                writeln!(
                    out,
                    "{} {name}{env}\n  expected: {}\n  found:    {}",
                    styled(BAD, "failed"),
                    visible(&expected),
                    visible(&found)
                )?;
            }
        }
    }
    let total = count(passed + failed, "golden case");
    writeln!(out, "{total}: {passed} passed, {failed} failed")?;
    Ok(failed == 0)
}

/// A golden case with the grants under which it runs.
struct Case {
    node: String,
    env: String,
    file: PathBuf,
    grants: Grants,
}

/// The cases of all nodes that are this component. Environments that grant the
/// same share a run.
fn cases(solution: &Solution, file: &Path, component: &Path) -> anyhow::Result<Vec<Case>> {
    let component = fs::canonicalize(component)?;
    let mut envs: Vec<Option<&str>> = solution
        .environments
        .keys()
        .map(|env| Some(&**env))
        .collect();
    if envs.is_empty() {
        envs.push(None);
    }
    let (mut cases, mut seen) = (Vec::new(), BTreeSet::new());
    for name in solution.nodes.keys() {
        for env in &envs {
            let grants = solution
                .grants(name, *env, &Overrides::default())
                .map_err(|error| anyhow!("{}: {error}", file.display()))?;
            let same = fs::canonicalize(&grants.component).is_ok_and(|path| path == component);
            if !same || !seen.insert((name, grants.hash())) {
                continue;
            }
            for golden in &grants.admission.golden {
                let mut grants = grants.clone();
                grants.admission.golden = vec![golden.clone()];
                // What an operator requires of a release does not hold for work
                // in progress.
                grants.digest = None;
                grants.admission.signed_by.clear();
                grants.admission.signature = None;
                cases.push(Case {
                    node: name.clone(),
                    env: grants.env.clone(),
                    file: golden.clone(),
                    grants,
                });
            }
        }
    }
    Ok(cases)
}

impl Case {
    /// What was expected and what was found, if they differ.
    fn run(&self, runtime: &Runtime) -> anyhow::Result<Option<(String, String)>> {
        // An error in the file names its line.
        self.grants
            .admission
            .golden_cases()
            .with_context(|| format!("node `{}`", self.node))?;
        let config = stand_in::config(&self.grants)
            .ok_or_else(|| anyhow!("node `{}` can't be loaded: run `hospes check`", self.node))?;
        match runtime.stage(&self.node, config) {
            Ok(_) => Ok(None),
            Err(LoadError::Golden {
                expected, found, ..
            }) => Ok(Some((expected, found))),
            Err(error) => Err(host::load_error(error, &self.grants.component)),
        }
    }
}
