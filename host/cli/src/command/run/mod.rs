//! `hospes run`: one execution of one node.

pub(super) mod grants;
mod missing;
pub(super) mod payload;
mod record;

use std::io::{self, Write};
use std::path::Path;

use anyhow::{anyhow, bail};
use hospes::{Context, ExecuteError, Json, LoadError, Outcome, Runtime};
use hospes_server::AuditLog;

use crate::args::{Run, RunOnce};
use crate::cache::Cache;
use crate::compiling::compiling;
use crate::exit::{Exit, Fault};
use crate::host::{self, Surroundings};
use crate::outcome;
use crate::roots;
use crate::terminal::{shell_word, visible_lines};

use grants::{Chosen, values};
use record::RecordingFile;

pub(crate) fn run(args: &RunOnce) -> anyhow::Result<Exit> {
    let RunOnce { run: args, record } = args;
    let chosen = grants::choose(args)?;
    let payload = payload::read(&args.payload, chosen.grants.limits.depth)?;
    let mut context = context(&args.var)?;
    let record = record.as_deref().map(RecordingFile::open).transpose()?;
    if let Some(record) = &record {
        context = record.listen(context);
    }
    let audit = audit(args)?;
    let cache = Cache::chosen(&args.cache);
    let runtime = host::runtime(Surroundings {
        cache: Some(&cache),
        audit,
        stubs: &args.stub,
        roots: roots::read(args.roots.as_deref())?,
        transport: args.transport.map(Into::into).unwrap_or_default(),
        ..Surroundings::default()
    })?;
    let Chosen { node, grants, .. } = &chosen;
    let config = grants.config()?;
    if let Err(error) = compiling(&grants.component, || runtime.load(node, config)) {
        return refused(args, node, error, &grants.component);
    }
    complete(&runtime, &chosen)?;
    let outcome = runtime
        .execute_blocking(node, payload.as_str(), &context)
        .map_err(|error| match error {
            ExecuteError::Payload(_) => anyhow!("{error}"),
            _ => Fault(error.to_string()).into(),
        })?;
    // The node has acted: its outcome is shown whatever becomes of the file, and
    // the file is written whoever reads the outcome.
    let exit = show(args, &outcome);
    if let Some(record) = record {
        record.write()?;
    }
    exit
}

/// Where the records of requests go, if anywhere.
pub(super) fn audit(args: &Run) -> anyhow::Result<Option<AuditLog>> {
    Ok(match args.audit.as_deref() {
        Some(path) if path == "-" => Some(AuditLog::new(io::stderr())),
        Some(path) => {
            let audit = AuditLog::open(path);
            Some(audit.map_err(|error| anyhow!("--audit {}: {error}", path.display()))?)
        }
        None => None,
    })
}

/// For programs, a refused component has an outcome, too.
fn refused(args: &Run, node: &str, error: LoadError, component: &Path) -> anyhow::Result<Exit> {
    if args.json && error.is_refusal() {
        return show(
            args,
            &Outcome::refused(node, host::refusal(&error, component)),
        );
    }
    let stubs = match &error {
        LoadError::Import(names) => names.iter().fold(
            "\nTo run it without them, add:".to_owned(),
            |flags, name| format!("{flags} --stub {}", shell_word(name)),
        ),
        _ => String::new(),
    };
    Err(match error.is_refusal() {
        true => Fault(host::refusal(&error, component) + &visible_lines(&stubs)).into(),
        false => host::load_error(error, component),
    })
}

fn show(args: &Run, outcome: &Outcome) -> anyhow::Result<Exit> {
    if args.json {
        let json = serde_json::to_string(outcome)?;
        writeln!(io::stdout().lock(), "{}", visible_lines(&json))?;
    } else {
        outcome::log(&outcome.logs);
        outcome::write(&mut anstream::stdout().lock(), outcome, "")?;
    }
    Ok(outcome::exit(outcome))
}

/// Makes sure that the loaded node was granted all it needs.
pub(super) fn complete(runtime: &Runtime, chosen: &Chosen) -> anyhow::Result<()> {
    let description = runtime.node(&chosen.node).map(|status| status.description);
    let description = description.unwrap_or_default();
    let missing = chosen.grants.missing(&description);
    if !missing.is_empty() {
        bail!("{}", missing::message(chosen, &missing));
    }
    Ok(())
}

pub(super) fn context(variables: &[(String, String)]) -> anyhow::Result<Context> {
    let variables = Json::from_value(&values(variables))?;
    Ok(Context::new().with_variables(variables)?)
}
