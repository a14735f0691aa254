//! What a node needs but was not granted, and how to grant it.

use hospes::description::Input;
use hospes_solution::Missing;

use super::grants::Chosen;
use crate::terminal::visible;

/// One line for each param and secret.
pub(super) fn message(chosen: &Chosen, missing: &Missing<'_>) -> String {
    let node = visible(&chosen.node);
    let mut message = format!("node `{node}` needs more than it was granted:");
    let mut add = |what: &str, input: &Input, flag: &str| {
        let name = visible(&input.name);
        message.push_str(&format!("\n  {what} `{name}`: {}", visible(&input.summary)));
        message.push_str(&match &chosen.solution {
            None => format!(" Add: --{what} {name}={flag}"),
            Some(file) => format!(
                " Add it to `{what}s` of [node.{node}], and to the environment, in {}",
                file.display()
            ),
        });
    };
    for input in &missing.params {
        add("param", input, "VALUE");
    }
    for input in &missing.secrets {
        add("secret", input, "env:VARIABLE");
    }
    message
}
