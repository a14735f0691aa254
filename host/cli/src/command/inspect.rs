//! `hospes inspect`: what a component contains, and which grants it needs.

use std::io::{self, Write};
use std::path::Path;

use hospes::description::{EgressRequest, Input};
use hospes::limits::Unit;
use hospes::node::Inspection;
use hospes::{Limits, NodeConfig};

use crate::args;
use crate::cache::Cache;
use crate::compiling::compiling;
use crate::exit::Exit;
use crate::host::{self, Surroundings};
use crate::outcome::bytes;
use crate::terminal::{QUIET, TITLE, shell_word, styled, visible, visible_lines};

/// The maximum of the limit `component`.
const LARGEST: u64 = 256 << 20;

pub(crate) fn run(args: &args::Inspect) -> anyhow::Result<Exit> {
    // Components beyond the default limit are inspected, too.
    let mut limits = Limits::default();
    limits.component = LARGEST;
    let config = NodeConfig::from_file(&args.file).limits(limits);
    let cache = Cache::chosen(&args.cache);
    let runtime = host::runtime(Surroundings {
        cache: Some(&cache),
        ..Surroundings::default()
    })?;
    let inspection = compiling(&args.file, || runtime.inspect(&config))
        .map_err(|error| host::load_error(error, &args.file))?;
    if args.json {
        let json = serde_json::to_string(&inspection)?;
        writeln!(io::stdout().lock(), "{}", visible_lines(&json))?;
    } else {
        let mut out = anstream::stdout().lock();
        write_facts(&mut out, &inspection)?;
        write_grants(&mut out, &inspection, &args.file)?;
    }
    Ok(Exit::Success)
}

fn write_facts(out: &mut dyn Write, inspection: &Inspection) -> io::Result<()> {
    let description = &inspection.description;
    if !description.name.is_empty() {
        let name = visible(&format!("{} {}", description.name, description.version));
        writeln!(
            out,
            "{}\n{}\n",
            styled(TITLE, name),
            visible(&description.summary)
        )?;
    }
    let mut fact = |name: &str, value: &str| {
        writeln!(out, "{} {value}", styled(QUIET, format_args!("{name:<9}")))
    };
    fact("contract", inspection.contract)?;
    fact("world", inspection.world)?;
    fact("size", &bytes(inspection.size))?;
    fact("digest", &inspection.digest)?;
    for (name, list) in [
        ("imports", &inspection.imports),
        ("exports", &inspection.exports),
    ] {
        for (i, interface) in list.iter().enumerate() {
            fact(if i == 0 { name } else { "" }, &visible(interface))?;
        }
    }
    Ok(())
}

/// What it requests, and how to grant it, to paste into a shell or a file.
fn write_grants(out: &mut dyn Write, inspection: &Inspection, file: &Path) -> io::Result<()> {
    let description = &inspection.description;
    if !description.params.is_empty() || !description.secrets.is_empty() {
        writeln!(out)?;
    }
    for (what, inputs) in [
        ("param", &description.params),
        ("secret", &description.secrets),
    ] {
        for Input {
            name,
            required,
            summary,
            ..
        } in inputs
        {
            let need = if *required { "required" } else { "optional" };
            let head = visible(&format!("{what} {name}"));
            writeln!(
                out,
                "{} ({need}): {}",
                styled(TITLE, head),
                visible(summary)
            )?;
        }
    }
    if let Some(version) = standard_http(inspection) {
        writeln!(
            out,
            "\n{}",
            styled(
                TITLE,
                format_args!("It sends requests through wasi:http {version}.")
            )
        )?;
        writeln!(
            out,
            "They need rules like any others. It can't name a secret; the host adds one with --attach or `header`."
        )?;
    }
    if !inspection.foreign.is_empty() {
        writeln!(
            out,
            "\n{}",
            styled(TITLE, "It imports interfaces that only another host has:")
        )?;
        for interface in &inspection.foreign {
            writeln!(out, "  {}", visible(interface))?;
        }
        writeln!(
            out,
            "Such a host adds the interface as a capability. Here, a stub takes its place; calling it ends the execution."
        )?;
    }
    let path = file.display().to_string();
    let rules: Vec<String> = description.egress.iter().map(rule).collect();
    writeln!(
        out,
        "\n{}\n",
        styled(TITLE, "To run it with everything that it requests:")
    )?;
    write!(out, "  hospes run {} --payload FILE", shell_word(&path))?;
    for param in description.params.iter().filter(|param| param.required) {
        write!(out, " \\\n    --param {}=VALUE", shell_word(&param.name))?;
    }
    for secret in description.secrets.iter().filter(|secret| secret.required) {
        write!(
            out,
            " \\\n    --secret {}=env:VARIABLE",
            shell_word(&secret.name)
        )?;
    }
    for rule in &rules {
        write!(out, " \\\n    --allow {}", shell_word(rule))?;
    }
    if rules.is_empty() && standard_http(inspection).is_some() {
        write!(out, " \\\n    --allow RULE")?;
    }
    for interface in &inspection.foreign {
        write!(out, " \\\n    --stub {}", shell_word(interface))?;
    }
    let room = room(inspection.size);
    if let Some(room) = &room {
        write!(out, " \\\n    --limit component={room}")?;
    }
    let name = file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .replace('_', "-");
    writeln!(
        out,
        "\n\n{}\n",
        styled(TITLE, "To grant all of it in a solution file:")
    )?;
    writeln!(out, "  [node.{}]", toml_key(&name))?;
    writeln!(out, "  component = {}", toml_text(&path))?;
    writeln!(out, "  digest = {}", toml_text(&inspection.digest))?;
    let names = |inputs: &[Input]| -> Vec<String> {
        inputs
            .iter()
            .filter(|input| input.required)
            .map(|input| input.name.clone())
            .collect()
    };
    writeln!(out, "  params = {}", toml_list(&names(&description.params)))?;
    writeln!(
        out,
        "  secrets = {}",
        toml_list(&names(&description.secrets))
    )?;
    writeln!(out, "  allow = {}", toml_list(&rules))?;
    if let Some(room) = room {
        writeln!(out, "  limits = {{ component = {} }}", toml_text(&room))?;
    }
    Ok(())
}

/// The limit `component` that it needs, if the default is too low.
fn room(size: u64) -> Option<String> {
    let default = Limits::default().component;
    (size > default).then(|| Unit::Bytes.show(size.next_power_of_two().min(LARGEST)))
}

/// The version of `wasi:http` that it sends requests through.
fn standard_http(inspection: &Inspection) -> Option<&str> {
    inspection.imports.iter().find_map(|name| {
        let (interface, version) = name.split_once('@')?;
        let sends = ["wasi:http/outgoing-handler", "wasi:http/client"].contains(&interface);
        sends.then_some(version)
    })
}

fn rule(wish: &EgressRequest) -> String {
    format!("{} {}", wish.method, wish.url)
}

fn toml_key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        toml_text(name)
    }
}

/// A TOML string: its escapes are those of JSON.
fn toml_text(text: &str) -> String {
    visible(&serde_json::Value::from(text).to_string())
}

fn toml_list(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| toml_text(item)).collect();
    format!("[{}]", items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_component_says_stays_one_text() {
        assert_eq!(toml_text("a\"\u{7f}\n"), r#""a\"\u007f\n""#);
    }
}
