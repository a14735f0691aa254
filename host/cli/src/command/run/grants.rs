//! The node to run, and its grants.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use hospes::egress::AttachedHeader;
use hospes_solution::{Grants, Overrides, SecretFrom};
use serde_json::{Map, Value};

use crate::args::Run;
use crate::solution;
use crate::terminal::visible;

/// The default solution file.
const SOLUTION: &str = "hospes.toml";

/// A node, its grants, and the solution file they come from, if any.
pub(in crate::command) struct Chosen {
    pub(in crate::command) node: String,
    pub(in crate::command) grants: Grants,
    pub(in crate::command) solution: Option<PathBuf>,
}

pub(in crate::command) fn choose(args: &Run) -> anyhow::Result<Chosen> {
    let overrides = overrides(args)?;
    let env = args.env.as_deref();
    let path = Path::new(&args.node);
    let is_wasm = path
        .extension()
        .is_some_and(|extension| extension == "wasm");
    if args.solution.is_none() && (is_wasm || path.is_file()) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        return Ok(Chosen {
            node: name.into_owned(),
            grants: Grants::bare(path, env, &overrides)?,
            solution: None,
        });
    }
    let file = match &args.solution {
        Some(file) => file.clone(),
        None if Path::new(SOLUTION).is_file() => SOLUTION.into(),
        None => bail!(
            "`{}` is not a file, and there is no {SOLUTION} here that could define it: give a `.wasm` file, \
             or a solution file with --solution",
            visible(&args.node)
        ),
    };
    Ok(Chosen {
        node: args.node.clone(),
        grants: solution::grants(&file, &args.node, env, &overrides)?,
        solution: Some(file),
    })
}

fn overrides(args: &Run) -> anyhow::Result<Overrides> {
    let mut overrides = Overrides {
        params: values(&args.param),
        allow: args.allow.clone(),
        observe: args.observe,
        limits: args.limit.clone(),
        ..Overrides::default()
    };
    for secret in &args.secret {
        // The error repeats nothing of it, since it may be the secret itself by
        // mistake.
        let Some((name, from)) = secret.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            bail!("--secret: write it as NAME=env:VARIABLE or NAME=file:PATH");
        };
        let from = SecretFrom::parse(from)
            .map_err(|error| anyhow!("--secret {}: {error}", visible(name)))?;
        overrides.secrets.insert(name.to_owned(), from);
    }
    for attach in &args.attach {
        let Some((name, header)) = attach.split_once('=').filter(|(name, _)| !name.is_empty())
        else {
            bail!("--attach: write it as NAME=HEADER or 'NAME=HEADER: PREFIX'");
        };
        let (header, prefix) = header.split_once(": ").unwrap_or((header, ""));
        let header = AttachedHeader::new(header, prefix)
            .map_err(|error| anyhow!("--attach {}: {error}", visible(name)))?;
        overrides.attach.insert(name.to_owned(), header);
    }
    Ok(overrides)
}

/// Values from the command line: JSON, or else strings.
pub(in crate::command) fn values(pairs: &[(String, String)]) -> Map<String, Value> {
    let value = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    pairs
        .iter()
        .map(|(key, text)| (key.clone(), value(text)))
        .collect()
}
