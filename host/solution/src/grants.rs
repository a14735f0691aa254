//! The grants of one node: from a solution, from a caller, or both.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hospes::description::{Description, Input};
use hospes::egress::AttachedHeader;
use hospes::policy::{Origin, Rule};
use hospes::retry::RetryPolicy;
use hospes::{Json, Limits, NodeConfig, Policy, SecretGrant};
use serde_json::{Map, Value};

use crate::admission::Admission;
use crate::environment::{BoundSecret, Environment};
use crate::error::GrantError;
use crate::node::Node;
use crate::rule_template::RuleTemplate;
use crate::secret::SecretFrom;

/// What a caller grants in addition to a solution file, or without one.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Params by name. They replace those of the environment, and may be new.
    pub params: Map<String, Value>,
    /// Secrets by name. One that the environment has, too, keeps its origins;
    /// each may also go to the origins of `allow`.
    pub secrets: BTreeMap<String, SecretFrom>,
    /// Headers that the host adds with secrets, by the secrets' names. They
    /// replace those of the environment.
    pub attach: BTreeMap<String, AttachedHeader>,
    /// Additional rules, which may quote params.
    pub allow: Vec<String>,
    /// Whether to observe: see [`Policy::observing`]. Also if the solution file
    /// does not.
    pub observe: bool,
    /// Limits by name, values as people write them.
    pub limits: Vec<(String, String)>,
}

/// All grants of one node in one environment.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Grants {
    /// The component's file.
    pub component: PathBuf,
    /// The only component that is accepted.
    pub digest: Option<String>,
    /// The environment's name; empty if there is none.
    pub env: String,
    /// The params that the node may read.
    pub params: Map<String, Value>,
    /// The secrets that the node may name in requests, or that the host
    /// attaches to them, each with the origins that the node's rules reach.
    pub secrets: BTreeMap<String, BoundSecret>,
    /// The requests that the node may make.
    pub rules: Vec<Rule>,
    /// Whether the policy observes: see [`Policy::observing`].
    pub observe: bool,
    /// Its limits.
    pub limits: Limits,
    /// Which failures are retried.
    pub retry: RetryPolicy,
    /// What the component has to pass before it may serve.
    pub admission: Admission,
}

/// What a node needs and is not granted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Missing<'d> {
    /// Its params.
    pub params: Vec<&'d Input>,
    /// Its secrets.
    pub secrets: Vec<&'d Input>,
}

impl Missing<'_> {
    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.params.is_empty() && self.secrets.is_empty()
    }
}

impl Grants {
    /// A component without a solution. It gets exactly what the overrides
    /// grant.
    ///
    /// # Errors
    ///
    /// If a rule or limit is invalid, or a secret has no origin to go to.
    pub fn bare(
        component: impl Into<PathBuf>,
        env: Option<&str>,
        overrides: &Overrides,
    ) -> Result<Grants, GrantError> {
        let grants = Grants {
            component: component.into(),
            digest: None,
            env: env.unwrap_or_default().to_owned(),
            params: Map::new(),
            secrets: BTreeMap::new(),
            rules: Vec::new(),
            observe: false,
            limits: Limits::default(),
            retry: RetryPolicy::default(),
            admission: Admission::default(),
        };
        grants.complete(&Map::new(), &[], overrides)
    }

    /// A node of a solution in one of its environments.
    pub(crate) fn of(
        node: &Node,
        environment: &Environment,
        overrides: &Overrides,
    ) -> Result<Grants, GrantError> {
        let named = |name: &String| Some((name.clone(), environment.params.get(name)?.clone()));
        let bound = |name: &String| Some((name.clone(), environment.secrets.get(name)?.clone()));
        let grants = Grants {
            component: node.component.clone(),
            digest: node.digest.clone(),
            env: environment.name.clone(),
            params: node.params.iter().filter_map(named).collect(),
            secrets: node.secrets.iter().filter_map(bound).collect(),
            rules: Vec::new(),
            observe: node.observe,
            limits: node.limits.clone(),
            retry: node.retry.clone(),
            admission: node.admission.clone(),
        };
        grants.complete(&environment.params, &node.allow, overrides)
    }

    /// Combines rules, overrides and origins. Rules may quote every param of
    /// the environment, even those that the node does not read.
    fn complete(
        mut self,
        environment: &Map<String, Value>,
        rules: &[RuleTemplate],
        overrides: &Overrides,
    ) -> Result<Grants, GrantError> {
        let mut quotable = environment.clone();
        quotable.extend(overrides.params.clone());
        self.params.extend(overrides.params.clone());
        self.observe |= overrides.observe;
        for rule in rules {
            self.rules
                .push(rule.fill(&quotable).map_err(GrantError::Rule)?);
        }
        let mut added = Vec::new();
        for line in &overrides.allow {
            let rule = RuleTemplate::parse(line).and_then(|rule| rule.fill(&quotable));
            let rule = rule.map_err(GrantError::Rule)?;
            added.extend(rule.origin());
            self.rules.push(rule);
        }
        for (name, from) in &overrides.secrets {
            let before = self.secrets.remove(name);
            let (mut to, header, withhold) = before.map_or_else(Default::default, |before| {
                (before.to, before.header, before.withhold)
            });
            to.extend(
                added
                    .iter()
                    .filter(|origin| !to.contains(origin))
                    .cloned()
                    .collect::<Vec<_>>(),
            );
            self.secrets.insert(
                name.clone(),
                BoundSecret {
                    from: from.clone(),
                    to,
                    header,
                    withhold,
                },
            );
        }
        for (name, header) in &overrides.attach {
            match self.secrets.get_mut(name) {
                Some(secret) => secret.header = Some(header.clone()),
                None => return Err(GrantError::UnknownSecret { name: name.clone() }),
            }
        }
        for (name, secret) in &mut self.secrets {
            let reached = |origin: &Origin| self.rules.iter().any(|rule| rule.reaches(origin));
            secret.to.retain(reached);
            if secret.to.is_empty() {
                return Err(GrantError::Secret { name: name.clone() });
            }
        }
        for (name, value) in &overrides.limits {
            self.limits.set(name, value).map_err(GrantError::Limit)?;
        }
        Ok(self)
    }

    /// What the node's description requires and the grants lack.
    pub fn missing<'d>(&self, description: &'d Description) -> Missing<'d> {
        let required = |inputs: &'d [Input], has: &dyn Fn(&str) -> bool| -> Vec<&'d Input> {
            inputs
                .iter()
                .filter(|input| input.required && !has(&input.name))
                .collect()
        };
        Missing {
            params: required(&description.params, &|name| self.params.contains_key(name)),
            secrets: required(&description.secrets, &|name| {
                self.secrets.contains_key(name)
            }),
        }
    }

    /// The rules as a policy.
    pub fn policy(&self) -> Policy {
        let policy = Policy::new(self.rules.iter().cloned());
        if self.observe {
            policy.observing()
        } else {
            policy
        }
    }

    /// The same for the runtime.
    ///
    /// # Errors
    ///
    /// If the params can't be written as JSON, or if a file of the
    /// [`Admission`] can't be used.
    pub fn config(&self) -> Result<NodeConfig, GrantError> {
        self.grant(NodeConfig::from_file(&self.component))
    }

    /// The same for a component that is in memory already; the component's
    /// file is not read.
    ///
    /// # Errors
    ///
    /// As [`Grants::config`].
    pub fn config_for(&self, component: impl Into<Vec<u8>>) -> Result<NodeConfig, GrantError> {
        self.grant(NodeConfig::from_bytes(component))
    }

    /// The same for the component that serves under the node's name.
    ///
    /// # Errors
    ///
    /// As [`Grants::config`].
    pub fn config_for_serving(&self) -> Result<NodeConfig, GrantError> {
        self.grant(NodeConfig::from_serving())
    }

    /// The hash that a signature for these grants covers:
    /// [`NodeConfig::grants_hash`].
    pub fn hash(&self) -> String {
        let config = self.power(NodeConfig::from_serving());
        // What can't be serialised, nobody can have signed.
        config.map_or_else(|_| String::new(), |config| config.grants_hash())
    }

    fn grant(&self, config: NodeConfig) -> Result<NodeConfig, GrantError> {
        let config = self.power(config)?;
        self.admission.apply(match &self.digest {
            Some(digest) => config.digest(digest),
            None => config,
        })
    }

    /// All grants, without the requirements.
    fn power(&self, config: NodeConfig) -> Result<NodeConfig, GrantError> {
        let params = Json::from_value(&self.params).map_err(GrantError::Params)?;
        let mut config = config
            .env(&self.env, params)
            .policy(self.policy())
            .limits(self.limits.clone())
            .retry(self.retry.clone());
        for (name, secret) in &self.secrets {
            let (from, to) = (secret.from.clone(), secret.to.iter().cloned());
            let mut grant = SecretGrant::new(name, from).to(to);
            if let Some(header) = &secret.header {
                grant = grant.attached(header.clone());
            }
            if secret.withhold {
                grant = grant.withhold_echoes();
            }
            config = config.secret(grant);
        }
        Ok(config)
    }

    /// The grants of an earlier revision that replaces one with the grants
    /// `today`: its own grants or today's, and in either case today's
    /// requirements.
    #[must_use]
    pub fn coming_back(&self, today: &Grants, own: bool) -> Grants {
        let mut back = if own { self.clone() } else { today.clone() };
        back.digest.clone_from(&today.digest);
        let (mine, todays) = (&self.admission.signatures, &today.admission.signatures);
        back.admission
            .signed_by
            .clone_from(&today.admission.signed_by);
        back.admission.signatures = if today.admission.signed_by.is_empty() {
            Vec::new()
        } else {
            mine.iter().chain(todays).cloned().collect()
        };
        back
    }

    /// The configuration of a component that serves already: no file is read
    /// for it, and no golden case is run.
    pub fn settled(self) -> Grants {
        Grants {
            component: PathBuf::new(),
            admission: self.admission.settled(),
            ..self
        }
    }
}
