//! Everything that a node is granted, as a text that depends only on its
//! meaning. Signatures are for its hash.

use std::fmt::{self, Write};

use hospes_egress::digest;
use serde_json::Value;

use crate::json::Json;
use crate::limits::{Limits, TABLE};
use crate::retry::RetryPolicy;
use crate::revision::NodeConfig;
use crate::revision::secret_grant::SecretGrant;

impl NodeConfig {
    /// Everything that the node is granted, as text: one line for each grant,
    /// sorted by kind and name, and equal for two configurations that grant the
    /// same.
    ///
    /// ```text
    /// hospes grants 1
    /// env "prod"
    /// param "base-url" "https://rest.example"
    /// secret "key" header "authorization" "Bearer " withhold to https://rest.example
    /// rule POST https://rest.example/users/track
    /// observe
    /// limit deadline 2s
    /// retry on unavailable attempts 3 backoff 250 ms cap 10000 ms
    /// ```
    ///
    /// Rules have their canonical form ([`Policy::canonical`]); texts and
    /// params are JSON with sorted keys. Limits are included only if they
    /// differ from their default, and the retry policy only if it retries
    /// something, so that a later version of this library with a new limit
    /// writes the same text. The component is not included, nor are the sources
    /// of secrets, nor the demands on a component.
    ///
    /// [`Policy::canonical`]: crate::Policy::canonical
    pub fn grants_text(&self) -> String {
        let mut text = String::from("hospes grants 1\n");
        // Writing to a string can't fail.
        _ = self.write_grants(&mut text);
        text
    }

    /// `sha256:` and the SHA-256 of [`NodeConfig::grants_text`].
    pub fn grants_hash(&self) -> String {
        digest::show(&digest::sha256(self.grants_text().as_bytes()))
    }

    fn write_grants(&self, text: &mut String) -> fmt::Result {
        if !self.env.is_empty() {
            writeln!(text, "env {}", quoted(&self.env))?;
        }
        write_params(text, &self.params)?;
        let mut secrets: Vec<&SecretGrant> = self.secrets.iter().collect();
        secrets.sort_by(|a, b| a.name.cmp(&b.name));
        for secret in secrets {
            write_secret(text, secret)?;
        }
        for line in self.policy.canonical().lines() {
            match line {
                "observe" => writeln!(text, "{line}")?,
                rule => writeln!(text, "rule {rule}")?,
            }
        }
        write_limits(text, &self.limits)?;
        write_retry(text, &self.retry)
    }
}

fn write_params(text: &mut String, params: &Json) -> fmt::Result {
    match params.to::<Value>() {
        Ok(Value::Object(mut params)) => {
            let mut names: Vec<String> = params.keys().cloned().collect();
            names.sort();
            for name in names {
                let mut value = params.remove(&name).unwrap_or_default();
                value.sort_all_objects();
                writeln!(text, "param {} {value}", quoted(&name))?;
            }
            Ok(())
        }
        // Params that are not an object are never loaded.
        _ => writeln!(text, "params {}", quoted(params.as_str())),
    }
}

fn write_secret(text: &mut String, secret: &SecretGrant) -> fmt::Result {
    write!(text, "secret {}", quoted(&secret.name))?;
    if let Some(header) = &secret.attached {
        let (name, prefix) = (quoted(header.name()), quoted(header.prefix()));
        write!(text, " header {name} {prefix}")?;
    }
    if secret.withhold {
        text.push_str(" withhold");
    }
    let mut to: Vec<&str> = secret.to.iter().map(|origin| origin.as_str()).collect();
    to.sort_unstable();
    to.dedup();
    writeln!(text, " to {}", to.join(" "))
}

fn write_limits(text: &mut String, limits: &Limits) -> fmt::Result {
    let default = Limits::default();
    for limit in TABLE {
        let value = limits.get(limit.name);
        if let Some(value) = value
            && default.get(limit.name).as_ref() != Some(&value)
        {
            writeln!(text, "limit {} {value}", limit.name)?;
        }
    }
    Ok(())
}

fn write_retry(text: &mut String, retry: &RetryPolicy) -> fmt::Result {
    if retry.on.is_empty() {
        return Ok(());
    }
    let mut on: Vec<&str> = retry.on.iter().map(|kind| kind.as_str()).collect();
    on.sort_unstable();
    on.dedup();
    writeln!(
        text,
        "retry on {} attempts {} backoff {} ms cap {} ms",
        on.join(","),
        retry.attempts,
        retry.backoff.as_millis(),
        retry.backoff_cap.as_millis()
    )
}

/// A text as JSON: on one line, with a clear end.
fn quoted(text: &str) -> Value {
    Value::from(text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hospes_egress::Secret;
    use hospes_egress::policy::{Origin, Policy};

    use super::*;
    use crate::outcome::FailureKind;

    fn origins(of: &[&str]) -> Vec<Origin> {
        of.iter()
            .map(|origin| Origin::parse(origin).unwrap())
            .collect()
    }

    fn key(name: &str, to: &[&str]) -> SecretGrant {
        let value = Secret::new("a value of the key's").unwrap();
        SecretGrant::new(name, value).to(origins(to))
    }

    fn config(rules: &[&str]) -> NodeConfig {
        let policy = Policy::parse(rules).unwrap();
        NodeConfig::from_bytes(Vec::new()).policy(policy)
    }

    #[test]
    fn it_names_everything_that_is_granted() {
        let mut limits = Limits::default();
        limits.set("deadline", "2s").unwrap();
        let retry = RetryPolicy {
            on: vec![FailureKind::Unavailable, FailureKind::RateLimited],
            backoff: Duration::from_secs(1),
            ..RetryPolicy::default()
        };
        let (a, b) = ("https://a.example", "https://b.example");
        let params = r#"{"b": {"z": 1, "a": [true]}, "a\n": "x"}"#;
        let config = config(&["POST,GET https://B.example:443/v1", a])
            .env("prod", Json::parse(params).unwrap())
            .secret(key("plain", &[b, a, b]))
            .secret(key("key", &[a]).header("X-Key", "Key \"").withhold_echoes())
            .limits(limits)
            .retry(retry);
        assert_eq!(
            config.grants_text(),
            "hospes grants 1\n\
             env \"prod\"\n\
             param \"a\\n\" \"x\"\n\
             param \"b\" {\"a\":[true],\"z\":1}\n\
             secret \"key\" header \"x-key\" \"Key \\\"\" withhold to https://a.example\n\
             secret \"plain\" to https://a.example https://b.example\n\
             rule GET,POST https://b.example/v1\n\
             rule https://a.example\n\
             limit deadline 2s\n\
             retry on rate-limited,unavailable attempts 3 backoff 1000 ms cap 10000 ms\n"
        );
    }

    #[test]
    fn it_is_the_same_for_the_same_grants_and_another_for_others() {
        let a = "https://a.example";
        let plain = || config(&[a]).secret(key("key", &[a]));
        let same = config(&["https://A.example:443"])
            .secret(key("key", &[a]))
            .limits(Limits::default())
            .note("why");
        assert_eq!(same.grants_hash(), plain().grants_hash());
        let mut limits = Limits::default();
        limits.set("requests", "3").unwrap();
        let retry = RetryPolicy {
            on: vec![FailureKind::Unavailable],
            ..RetryPolicy::default()
        };
        let others = [
            config(&[a]),
            plain().env("prod", Json::empty_object()),
            plain().env("", Json::parse(r#"{"a":1}"#).unwrap()),
            plain().policy(Policy::parse([a]).unwrap().observing()),
            plain().policy(Policy::parse([a, "https://b.example"]).unwrap()),
            config(&[a]).secret(key("key", &[a]).withhold_echoes()),
            config(&[a]).secret(key("key", &[a, "https://b.example"])),
            config(&[a]).secret(key("key", &[a]).header("x-key", "")),
            plain().limits(limits),
            plain().retry(retry),
        ];
        let mut hashes: Vec<String> = others.iter().map(NodeConfig::grants_hash).collect();
        hashes.push(plain().grants_hash());
        let all = hashes.len();
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), all);
    }
}
