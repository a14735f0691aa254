//! The runtime in this process.

use std::error::Error;

use hospes::egress::Secret;
use hospes::outcome::Answer;
use hospes::policy::{Origin, Rule};
use hospes::swap::Approval;
use hospes::{Context, Json, NodeConfig, Policy, Runtime, SecretGrant};
use serde_json::json;
use tempfile::TempDir;

use crate::brazes::{Brazes, Variant};
use crate::host::{Ended, Host};
use hospes_tests::Held;

const NODE: &str = "braze-track";

pub(crate) struct InProcess<'b> {
    runtime: Runtime,
    brazes: &'b Brazes,
    digest_a: String,
    _cache: TempDir,
}

type Failure = Box<dyn Error + Send + Sync>;

impl<'b> InProcess<'b> {
    pub(crate) fn start(brazes: &'b Brazes) -> Result<InProcess<'b>, Failure> {
        let cache = tempfile::tempdir()?;
        let runtime = Runtime::builder()
            .compile_cache(cache.path().join("compiled"))
            .build()?;
        let node = runtime.load(NODE, config(brazes, Variant::A)?)?;
        let id = node.revision().ok_or("the node is gone")?;
        Ok(InProcess {
            runtime,
            brazes,
            digest_a: id.digest.clone(),
            _cache: cache,
        })
    }
}

/// A variant with everything that belongs to it.
fn config(brazes: &Brazes, variant: Variant) -> Result<NodeConfig, Failure> {
    let braze = brazes.of(variant);
    let rule: Rule = format!("POST {}/users/track", braze.url()).parse()?;
    let origin = Origin::parse(&braze.url())?;
    let params = Json::from_value(&json!({ "braze_url": braze.url() }))?;
    Ok(NodeConfig::from_bytes(variant.component())
        .env("load", params)
        .policy(Policy::new([rule]))
        .secret(SecretGrant::new("braze_api_key", Secret::new(braze.key())?).to([origin])))
}

impl Host for InProcess<'_> {
    fn execute(&self, id: &str, payload: &str) -> Ended {
        let outcome = Context::new()
            .with_execution_id(id)
            .map_err(|error| error.to_string())
            .and_then(|context| {
                self.runtime
                    .execute_blocking(NODE, payload, &context)
                    .map_err(|error| error.to_string())
            });
        match outcome {
            Ok(outcome) => match &outcome.answer {
                Ok(Answer::Success(_)) => Ended::Delivered {
                    braze: if outcome.revision.digest == self.digest_a {
                        Variant::A
                    } else {
                        Variant::B
                    },
                    generation: outcome.revision.generation,
                },
                answer => Ended::Failed(format!("{answer:?}")),
            },
            Err(error) => Ended::Failed(error),
        }
    }

    fn swap(&self, to: Variant) -> Result<(), Failure> {
        let config = config(self.brazes, to)?;
        self.runtime.swap(NODE, config, Approval::Wider)?;
        Ok(())
    }

    fn rollback(&self) -> Result<(), Failure> {
        self.runtime
            .rollback(NODE, None, Approval::Wider, "asked for by the load driver")?;
        Ok(())
    }

    fn kill_while_swapping(&self, _to: Variant) -> Result<Variant, Failure> {
        Err("only a server can be killed".into())
    }

    fn held(&self) -> Result<Option<Held>, Failure> {
        Ok(None)
    }
}
