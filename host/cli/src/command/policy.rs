//! `hospes policy explain`: what the gate would decide.

use std::io::{self, Write};
use std::net::IpAddr;

use anyhow::bail;
use hospes::Policy;
use hospes::policy::{Explanation, Target};
use hospes_solution::Overrides;

use crate::args::Explain;
use crate::exit::Exit;
use crate::solution;
use crate::terminal::{BAD, GOOD, NOTE, styled, visible, visible_lines};

pub(crate) fn explain(args: &Explain) -> anyhow::Result<Exit> {
    let policy = policy(args)?;
    let explained = hospes::policy::explain(&policy, &args.method, &args.url, resolved(args)?);
    if args.json {
        let json = serde_json::to_string(&explained)?;
        writeln!(io::stdout().lock(), "{}", visible_lines(&json))?;
    } else {
        let mut out = anstream::stdout().lock();
        writeln!(
            out,
            "{} {}",
            head(&explained),
            visible(&explained.to_string())
        )?;
    }
    Ok(if explained.allowed {
        Exit::Success
    } else {
        Exit::Failure
    })
}

/// `allowed:`, `observed (no-rule):` or `denied (no-rule):`.
fn head(explained: &Explanation) -> String {
    let reason = explained.reason;
    match (explained.allowed, explained.observed) {
        (true, false) => styled(GOOD, "allowed:"),
        (true, true) => styled(NOTE, format_args!("observed ({reason}):")),
        (false, _) => styled(BAD, format_args!("denied ({reason}):")),
    }
}

fn policy(args: &Explain) -> anyhow::Result<Policy> {
    if let (Some(file), Some(node)) = (&args.solution, &args.node) {
        let env = args.env.as_deref();
        return Ok(solution::grants(file, node, env, &Overrides::default())?.policy());
    }
    if let Some(rule) = args.allow.iter().find(|rule| rule.contains(['{', '}'])) {
        bail!(
            "rule `{}`: only a solution file can refer to params: write the value",
            visible(rule)
        );
    }
    Ok(Policy::parse(&args.allow)?)
}

/// The addresses to assume, if there are any.
fn resolved(args: &Explain) -> anyhow::Result<Option<&[IpAddr]>> {
    if args.resolves_to.is_empty() {
        return Ok(None);
    }
    if let Ok(target) = Target::parse(&args.url)
        && target.host().ip().is_some()
    {
        bail!(
            "--resolves-to: {} is an address, which is never resolved",
            target.host()
        );
    }
    Ok(Some(&args.resolves_to))
}
