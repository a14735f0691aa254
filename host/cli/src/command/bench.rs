//! `hospes bench`: what an execution of one node costs.

use std::fs;
use std::io::{self, Write};
use std::time::Duration;

use anyhow::anyhow;
use hospes::golden::{GoldenCase, GoldenExchange};
use hospes::{ExecuteError, Json};
use hospes_bench::{Bare, Histogram, Load, Measured, Report, Upstream};

use super::run::{audit, complete, context, grants, payload};
use crate::args::Bench;
use crate::cache::Cache;
use crate::compiling::compiling;
use crate::exit::{Exit, Fault};
use crate::host::{self, Surroundings};
use crate::roots;
use crate::terminal::{QUIET, styled, visible};

pub(crate) fn bench(args: &Bench) -> anyhow::Result<Exit> {
    let run = &args.run;
    if run.transport.is_some() {
        let why = "a golden case answers the node's requests, so nothing is sent";
        return Err(anyhow!("--transport: {why}; leave it out"));
    }
    let mut chosen = grants::choose(run)?;
    let limits = &mut chosen.grants.limits;
    limits.concurrency = limits.concurrency.max(args.callers.into());
    let payload = payload::read(&run.payload, limits.depth)?;
    let upstream = Upstream::new(exchanges(args)?).delay(args.upstream_delay);
    let cache = Cache::chosen(&run.cache);
    let runtime = host::runtime(Surroundings {
        cache: Some(&cache),
        audit: audit(run)?,
        stubs: &run.stub,
        roots: roots::read(run.roots.as_deref())?,
        upstream: Some(upstream.clone()),
        executions: args.callers.max(16),
        ..Surroundings::default()
    })?;
    let grants = &chosen.grants;
    let config = grants.config()?;
    let node = compiling(&grants.component, || runtime.load(&chosen.node, config))
        .map_err(|error| host::load_error(error, &grants.component))?;
    complete(&runtime, &chosen)?;
    let variables = Json::from_value(&grants::values(&run.var))?;
    let params = Json::from_value(&grants.params)?;
    let secrets = grants.secrets.keys().cloned().collect();
    let bare = Bare::new(&grants.component, args.callers, upstream)
        .map(|bare| bare.context(&grants.env, &params, secrets, &variables));
    let (bare, why_not) = match bare {
        Ok(bare) => (Some(bare), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let load = Load::new(payload)
        .context(context(&run.var)?)
        .callers(args.callers)
        .duration(args.duration);
    let mut report = hospes_bench::bench(&node, &load, bare).map_err(|error| match error {
        ExecuteError::Payload(_) => anyhow!("{error}"),
        _ => Fault(error.to_string()).into(),
    })?;
    report.why_not_wasmtime = why_not;
    let mut out = anstream::stdout().lock();
    match run.json {
        true => writeln!(out, "{}", serde_json::to_string(&report)?)?,
        false => write(&mut out, args, &report)?,
    }
    Ok(exit(&report.hospes))
}

/// What the upstream answers.
fn exchanges(args: &Bench) -> anyhow::Result<Vec<GoldenExchange>> {
    let Some(file) = &args.golden else {
        return Ok(Vec::new());
    };
    let shown = file.display();
    let text = fs::read_to_string(file);
    let text = text.map_err(|error| anyhow!("--golden {shown}: {error}"))?;
    let case = GoldenCase::from_json(&text);
    Ok(case
        .map_err(|error| anyhow!("--golden {shown}: {error}"))?
        .exchanges)
}

/// As `hospes run` would have exited for the worst of the outcomes.
fn exit(measured: &Measured) -> Exit {
    let all: u64 = measured.outcomes.values().sum();
    match all - measured.succeeded() {
        0 => Exit::Success,
        _ => Exit::Failure,
    }
}

fn write(out: &mut dyn Write, args: &Bench, report: &Report) -> io::Result<()> {
    let callers = match report.callers {
        1 => "1 caller".to_owned(),
        callers => format!("{callers} callers"),
    };
    let delay = match args.upstream_delay.is_zero() {
        true => String::new(),
        false => format!(", an upstream that takes {:?}", args.upstream_delay),
    };
    writeln!(
        out,
        "{}, {callers}, {:?}{delay}\n",
        visible(&report.node),
        args.duration
    )?;
    writeln!(
        out,
        "            per second       p50       p90       p99       max       CPU    faults  requests"
    )?;
    row(out, "hospes", &report.hospes)?;
    match (&report.wasmtime, &report.why_not_wasmtime) {
        (Some(bare), _) => row(out, "wasmtime", bare)?,
        (None, Some(why)) => {
            let why = format!("not on bare wasmtime: {}", visible(why));
            writeln!(out, "{}", styled(QUIET, why))?;
        }
        (None, None) => {}
    }
    if let Some(ratio) = &report.ratio {
        writeln!(
            out,
            "{:10} {:11.2} {:9.2} {:>29} {:>9}",
            "ratio",
            ratio.per_second,
            ratio.p50,
            "",
            ratio.cpu.map(|cpu| format!("{cpu:.2}")).unwrap_or_default()
        )?;
    }
    let all: u64 = report.hospes.outcomes.values().sum();
    if all != report.hospes.succeeded() {
        let outcomes = report.hospes.outcomes.iter();
        let outcomes: Vec<_> = outcomes
            .map(|(kind, count)| format!("{kind} {count}"))
            .collect();
        writeln!(out, "\noutcomes: {}", outcomes.join(", "))?;
    }
    if let Some((before, most)) = report.hospes.resident_kib {
        writeln!(out, "\nresident: {before} KiB before, {most} KiB at most")?;
    }
    writeln!(
        out,
        "\n{}",
        Histogram::of(report.hospes.latencies().micros())
    )
}

fn row(out: &mut dyn Write, name: &str, measured: &Measured) -> io::Result<()> {
    let time = |micros: u64| format!("{:.1?}", Duration::from_micros(micros));
    let latency = &measured.latency;
    let cpu = measured.cpu_us.map(|cpu| time(cpu.round() as u64));
    let faults = measured.page_faults.map(|faults| format!("{faults:.1}"));
    writeln!(
        out,
        "{name:10} {:11.0} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:9.1}",
        measured.per_second,
        time(latency.p50_us),
        time(latency.p90_us),
        time(latency.p99_us),
        time(latency.max_us),
        cpu.unwrap_or_default(),
        faults.unwrap_or_default(),
        measured.requests,
    )
}
