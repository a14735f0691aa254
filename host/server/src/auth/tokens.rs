//! The tokens of a server: where they come from, and whose they are. Their
//! files are followed. Only a keyed hash of a token stays in memory.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use arc_swap::ArcSwap;
use hospes_solution::callers::{Caller as Grants, Reach};
use hospes_solution::{SecretFrom, Solution};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::exposure::Exposure;
use super::rate_limit::{Load, Peers, RateLimit, RunningRequest, Wait, begin, nanos_since};
use crate::error::{ApiError, TOO_MANY_REQUESTS};
use crate::invalid_file::InvalidFile;
#[cfg(feature = "serve")]
use crate::options::Options;
use crate::setup::Setup;

/// A shorter token could be guessed.
const SHORTEST: usize = 16;
/// How often token files are read.
const LOOK: Duration = Duration::from_secs(1);

/// The default limits of an address without a token.
const PEER_RATE: u32 = 100;
const PEER_CONCURRENCY: u32 = 64;

type Hash = [u8; 32];

/// Whose token a request carries.
#[derive(Clone)]
pub(crate) enum Identity {
    /// No token.
    Nobody,
    /// An unknown token.
    Wrong,
    Operator,
    Approver,
    Caller(Arc<KnownCaller>),
}

/// A caller that has a token.
pub(crate) struct KnownCaller {
    pub(crate) name: Arc<str>,
    pub(crate) grants: Grants,
    load: Arc<[Load]>,
}

impl PartialEq for KnownCaller {
    fn eq(&self, other: &KnownCaller) -> bool {
        self.name == other.name && self.grants == other.grants
    }
}

/// Who may do what on this server.
pub(crate) struct Auth {
    /// So that hashes of this process are useless to any other.
    salt: Hash,
    sources: Sources,
    exposure: Exposure,
    now: ArcSwap<Tokens>,
    start: Instant,
    peers: Peers,
    /// The callers' current requests, by name, so that they survive a change of
    /// tokens.
    loads: Mutex<BTreeMap<String, Arc<[Load]>>>,
    limits: Limits,
}

/// The limits of a caller or an address that has none of its own.
struct Limits {
    caller: RateLimit,
    /// Only what the operator asked for, because everyone on this machine
    /// shares loopback.
    loopback: RateLimit,
    peer: RateLimit,
}

#[cfg(feature = "serve")]
impl Limits {
    fn of(args: &Options) -> Limits {
        let peer = RateLimit {
            rate: args.peer_rate,
            concurrency: args.peer_concurrency,
        };
        let half = (args.executions / 2).max(1);
        Limits {
            caller: RateLimit {
                rate: args.caller_rate,
                concurrency: args.caller_concurrency.or(Some(half)),
            },
            loopback: peer,
            peer: RateLimit {
                rate: peer.rate.or(Some(PEER_RATE)),
                concurrency: peer.concurrency.or(Some(PEER_CONCURRENCY)),
            },
        }
    }
}

/// Where tokens come from.
#[derive(Default)]
pub(crate) struct Sources {
    pub(crate) operator: Option<SecretFrom>,
    pub(crate) approver: Option<SecretFrom>,
    /// Of callers that may use everything, by name.
    pub(crate) flags: BTreeMap<String, Vec<SecretFrom>>,
    pub(crate) file: Option<PathBuf>,
}

/// The current tokens.
#[derive(Default, PartialEq)]
struct Tokens {
    operator: Vec<Hash>,
    approver: Vec<Hash>,
    callers: Vec<(Hash, Arc<KnownCaller>)>,
    /// All callers, with or without a valid token.
    grants: BTreeMap<String, Grants>,
}

impl Sources {
    /// Whether any caller has a token.
    pub(crate) fn know_callers(&self) -> bool {
        !self.flags.is_empty() || self.file.is_some()
    }

    /// Whether any of them can change.
    fn has_files(&self) -> bool {
        let own = self.operator.iter().chain(&self.approver);
        let tokens = own.chain(self.flags.values().flatten());
        let is_file = |from: &SecretFrom| matches!(from, SecretFrom::File(_));
        self.file.is_some() || tokens.into_iter().any(is_file)
    }
}

impl Auth {
    #[cfg(feature = "serve")]
    /// Reads every token that the flags name.
    pub(crate) fn new(
        args: &Options,
        solution: &Solution,
        exposure: Exposure,
    ) -> anyhow::Result<Auth> {
        let source =
            |flag, from: &Option<String>| from.as_ref().map(|from| parse(flag, from)).transpose();
        let sources = Sources {
            operator: source("--token", &args.token)?,
            approver: source("--approve-token", &args.approve_token)?,
            flags: flags(&args.execute_token)?,
            file: args.callers.clone(),
        };
        Auth::read_from(sources, exposure, Limits::of(args), Some(solution))
    }

    /// Reads every token of these sources, for routes in another application.
    /// Limiting its clients is up to that application.
    pub(crate) fn mounted(sources: Sources, exposure: Exposure) -> anyhow::Result<Auth> {
        let limits = Limits {
            caller: RateLimit::default(),
            loopback: RateLimit::default(),
            peer: RateLimit::default(),
        };
        Auth::read_from(sources, exposure, limits, None)
    }

    fn read_from(
        sources: Sources,
        exposure: Exposure,
        limits: Limits,
        solution: Option<&Solution>,
    ) -> anyhow::Result<Auth> {
        let mut salt = Hash::default();
        getrandom::fill(&mut salt).map_err(|error| anyhow!("no random numbers: {error}"))?;
        let auth = Auth {
            salt,
            sources,
            exposure,
            now: ArcSwap::default(),
            start: Instant::now(),
            peers: Peers::new(),
            loads: Mutex::default(),
            limits,
        };
        auth.now.store(Arc::new(auth.read(solution)?));
        Ok(auth)
    }

    /// Who sent a request, given that the application may have authenticated
    /// it.
    pub(super) fn behind(&self, identity: Identity) -> Identity {
        match identity {
            Identity::Nobody | Identity::Wrong if self.exposure.is_behind_authentication() => {
                Identity::Operator
            }
            identity => identity,
        }
    }

    /// How the server was set up.
    pub(super) fn setup(&self) -> Setup {
        self.exposure.setup()
    }

    /// Whether there is an operator.
    pub(crate) fn has_operator(&self) -> bool {
        self.sources.operator.is_some() || self.exposure.is_behind_authentication()
    }

    /// Whether changes are approved by someone other than the operator.
    pub(crate) fn has_approver(&self) -> bool {
        self.sources.approver.is_some()
    }

    /// Whether a request without a token may run nodes and flows.
    pub(crate) fn may_everybody_call(&self) -> bool {
        self.exposure.may_everybody_call()
    }

    /// Whether a request without a token may see nodes and metrics.
    pub(crate) fn may_everybody_read(&self) -> bool {
        self.exposure.may_everybody_read()
    }

    /// Whose token this is. The time that this takes does not depend on the
    /// token.
    pub(crate) fn whose(&self, token: &str) -> Identity {
        let (hash, now) = (self.hash(token), self.now.load());
        let mut found = Identity::Wrong;
        for (other, known) in &now.callers {
            if bool::from(hash.ct_eq(other)) {
                found = Identity::Caller(Arc::clone(known));
            }
        }
        for other in &now.approver {
            if bool::from(hash.ct_eq(other)) {
                found = Identity::Approver;
            }
        }
        for other in &now.operator {
            if bool::from(hash.ct_eq(other)) {
                found = Identity::Operator;
            }
        }
        found
    }

    /// Begins a request, if its sender may make one more: the token's owner, or
    /// else the address. The operator and the approver always may.
    pub(crate) fn begin(
        &self,
        identity: &Identity,
        client: Option<IpAddr>,
    ) -> Result<Option<RunningRequest>, ApiError> {
        let now = nanos_since(self.start);
        let begun = match (identity, client) {
            (Identity::Operator | Identity::Approver, _) => return Ok(None),
            (Identity::Caller(known), _) => {
                let limit = RateLimit {
                    rate: known.grants.rate.or(self.limits.caller.rate),
                    concurrency: known.grants.concurrency.or(self.limits.caller.concurrency),
                };
                begin(&known.load, 0, limit, now)
            }
            (_, Some(client)) => {
                let local = client.to_canonical().is_loopback();
                let limit = match local {
                    true => self.limits.loopback,
                    false => self.limits.peer,
                };
                self.peers.begin(client, limit, now)
            }
            (_, None) => return Ok(None),
        };
        begun.map(Some).map_err(|Wait(wait)| {
            let whose = match identity {
                Identity::Caller(known) => format!("the caller `{}`", known.name),
                _ => "this address".to_owned(),
            };
            let message =
                format!("{whose} has reached its rate limit: try again after `Retry-After`");
            ApiError::new(&TOO_MANY_REQUESTS, message).after(wait)
        })
    }

    fn load_of(&self, name: &str) -> Arc<[Load]> {
        let mut loads = self.loads.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new([Load::default()]);
        Arc::clone(loads.entry(name.to_owned()).or_insert_with(|| new()))
    }

    /// Follows the files until the process ends. A file that can't be read
    /// twice in a row lets nobody in any more: otherwise, removing a file would
    /// not revoke its tokens.
    pub(crate) async fn follow(self: Arc<Auth>) {
        if !self.sources.has_files() {
            return;
        }
        let mut tick = tokio::time::interval(LOOK);
        let mut failed = None;
        loop {
            tick.tick().await;
            let auth = Arc::clone(&self);
            let read = tokio::task::spawn_blocking(move || auth.read(None)).await;
            let Ok(read) = read else { continue };
            match read {
                Ok(tokens) => {
                    if failed.take().is_some() {
                        tracing::info!(target: "hospes::auth", "the tokens can be read again");
                    }
                    self.set(tokens);
                }
                Err(error) => {
                    let message = error.to_string();
                    let again = failed.replace(message.clone());
                    if again.is_none() {
                        tracing::error!(target: "hospes::auth", "tokens can't be read: {message}");
                    } else {
                        self.set(self.readable());
                    }
                }
            }
        }
    }

    fn set(&self, tokens: Tokens) {
        if **self.now.load() != tokens {
            tracing::info!(target: "hospes::auth", callers = tokens.grants.len(), "the tokens have changed");
            self.now.store(Arc::new(tokens));
        }
    }

    /// All tokens, or the error of the first that can't be used.
    fn read(&self, solution: Option<&Solution>) -> anyhow::Result<Tokens> {
        let tokens = self.collect(self.callers(solution)?, &mut Err)?;
        tokens.check()?;
        Ok(tokens)
    }

    /// The tokens that can be used. A broken callers file changes no grants.
    fn readable(&self) -> Tokens {
        let before = || self.now.load().grants.clone();
        let callers = self.callers(None).unwrap_or_else(|_| before());
        let leave_out = &mut |_| Ok(Vec::new());
        self.collect(callers, leave_out).unwrap_or_default()
    }

    /// The tokens of these callers, the operator and the approver. `unusable`
    /// decides about a source that can't be read.
    fn collect(
        &self,
        grants: BTreeMap<String, Grants>,
        unusable: &mut dyn FnMut(anyhow::Error) -> anyhow::Result<Vec<Hash>>,
    ) -> anyhow::Result<Tokens> {
        let mut tokens = Tokens::default();
        if let Some(from) = &self.sources.operator {
            let whose = self.setup().name("--token", "operator_token");
            tokens.operator = self.hashes(whose, from).or_else(&mut *unusable)?;
        }
        if let Some(from) = &self.sources.approver {
            let whose = self.setup().name("--approve-token", "approver_token");
            let hashes = self.hashes(whose, from);
            tokens.approver = hashes.or_else(&mut *unusable)?;
        }
        for (name, grants) in &grants {
            let whose = format!("the caller `{name}`");
            let known = Arc::new(KnownCaller {
                name: name.as_str().into(),
                grants: grants.clone(),
                load: self.load_of(name),
            });
            for from in &grants.tokens {
                let hashes = self.hashes(&whose, from).or_else(&mut *unusable)?;
                let callers = hashes.into_iter().map(|hash| (hash, Arc::clone(&known)));
                tokens.callers.extend(callers);
            }
        }
        tokens.grants = grants;
        Ok(tokens)
    }

    /// All callers, with or without a valid token.
    fn callers(&self, solution: Option<&Solution>) -> anyhow::Result<BTreeMap<String, Grants>> {
        let mut callers = match &self.sources.file {
            Some(file) => Grants::load(file, solution)
                .map_err(|error| InvalidFile::of("the callers file", error))?,
            None => BTreeMap::new(),
        };
        for (name, tokens) in &self.sources.flags {
            let mut grants = Grants::default();
            grants.tokens.clone_from(tokens);
            (grants.nodes, grants.flows) = (Reach::All, Reach::All);
            if callers.insert(name.clone(), grants).is_some() {
                let setting = self.setup().name("--execute-token", "caller_token");
                bail!("the caller `{name}` is both in {setting} and in the callers file");
            }
        }
        Ok(callers)
    }

    fn hashes(&self, whose: &str, from: &SecretFrom) -> anyhow::Result<Vec<Hash>> {
        let tokens = from.fetch_lines();
        let tokens = tokens.map_err(|error| anyhow!("{whose}: {error}"))?;
        if tokens.iter().any(|token| token.expose().len() < SHORTEST) {
            bail!("{whose}: a token has at least {SHORTEST} characters");
        }
        Ok(tokens
            .iter()
            .map(|token| self.hash(token.expose()))
            .collect())
    }

    fn hash(&self, token: &str) -> Hash {
        let hash = Sha256::new().chain_update(self.salt);
        hash.chain_update(token).finalize().into()
    }
}

impl Tokens {
    /// A token identifies its owner, so no two owners may share one.
    fn check(&self) -> anyhow::Result<()> {
        let mut seen: BTreeMap<&Hash, &str> = BTreeMap::new();
        let operator = self.operator.iter().map(|hash| (hash, "operator"));
        let callers = self
            .callers
            .iter()
            .map(|(hash, known)| (hash, &*known.name));
        let approver = self.approver.iter().map(|hash| (hash, "approver"));
        for (hash, name) in operator.chain(approver).chain(callers) {
            match seen.insert(hash, name) {
                Some(other) if other != name => {
                    bail!("`{other}` and `{name}` have the same token: give each its own");
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The callers of `--execute-token`, by name.
fn flags(flags: &[String]) -> anyhow::Result<BTreeMap<String, Vec<SecretFrom>>> {
    let flag = "--execute-token";
    let mut callers: BTreeMap<String, Vec<SecretFrom>> = BTreeMap::new();
    let mut unnamed = Vec::new();
    for text in flags {
        let named = text.split_once('=').filter(|(name, _)| !name.contains(':'));
        let name = match named {
            Some((name, _)) => name.to_owned(),
            None => {
                let name = name_of(text);
                if unnamed.contains(&name) {
                    bail!(
                        "{flag}: two tokens would be called `{name}`: name them, as in `crm={text}`"
                    );
                }
                unnamed.push(name.clone());
                name
            }
        };
        let from = parse(flag, named.map_or(text.as_str(), |(_, from)| from))?;
        Grants::check_name(&name).map_err(|wrong| anyhow!("{flag}: {wrong}"))?;
        callers.entry(name).or_default().push(from);
    }
    Ok(callers)
}

/// The name of a caller for whom the flag gives none: that of its variable or
/// file.
fn name_of(from: &str) -> String {
    let rest = from.split_once(':').map_or("", |(_, rest)| rest);
    let last = rest.rsplit('/').next().unwrap_or_default();
    let stem = last.split_once('.').map_or(last, |(stem, _)| stem);
    let bare = |c: char| match c.is_ascii_alphanumeric() || c == '_' {
        true => c,
        false => '-',
    };
    stem.chars().take(32).map(bare).collect()
}

fn parse(flag: &str, from: &str) -> anyhow::Result<SecretFrom> {
    SecretFrom::parse_private(from)
        .map_err(|_| anyhow!("{flag}: a token comes from `env:VARIABLE` or `file:PATH`"))
}
