//! The gate: the only way for a node's request to leave this process.
//!
//! Each request takes these steps in this order, up to the first that refuses
//! it:
//!
//! 1. parse the URL; every later step uses only this parse;
//! 2. ask the policy;
//! 3. check method and headers, and whether the secrets may go there;
//! 4. take from the execution's budget, wait for a permit, and for the body if
//!    the node is still writing it;
//! 5. resolve the name, check every address, wait for a permit among the
//!    requests to that origin;
//! 6. add the secrets;
//! 7. give the request and those addresses to the transport;
//! 8. strip the response, blank out secrets, return it to the node;
//! 9. tell the observer, whichever step was the last.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use crate::admission::{self, Admitted, admit, left, place};
use crate::budget::{Call, RequestBudget};
use crate::event::{EgressEvent, RevisionId};
use crate::limits::Limits;
use crate::observer::Observer;
use crate::origins::{MAX_PER_ORIGIN, Origins};
use crate::own_addresses::OwnAddresses;
use crate::policy::{
    Decision, Denial, Host, Method, Origin, Policy, Reason, Rule, Target, check_addresses,
    parse_method,
};
use crate::pool::{Part, Pool};
use crate::record::Record;
use crate::request::{HeaderValue, Request};
use crate::response::{Received, Response};
use crate::room::Room;
use crate::scrub::{Hidden, Scrubber};
use crate::secrets::{BoundSecret, GrantError, Secrets};
use crate::semaphore::ResizableSemaphore;
use crate::send_error::SendError;
use crate::shadow::Write;
use crate::timeout::timeout_at;
use crate::transport::{Blank, Body, Dial, Transport, TransportError};
use crate::{headers, outgoing, response};

/// How many addresses a connection tries at most. All addresses are checked,
/// however many there are.
const MAX_ADDRESSES: usize = 8;

/// The longest body, in bytes, that is searched for secrets on the thread that
/// awaits the request.
const MAX_INLINE: usize = 64 << 10;

/// The threads on which long responses of all gates are searched. The work
/// needs processors, which are few, so one gate may have at most `MAX_SEARCHES`
/// of them at once.
static SEARCHES: LazyLock<Option<Arc<Pool>>> =
    LazyLock::new(|| Pool::new("hospes-search", 8).ok().map(Arc::new));
const MAX_SEARCHES: usize = 4;

/// The extra time that a transport gets beyond its timeout, so that it can say
/// itself what went wrong.
const GRACE: Duration = Duration::from_millis(100);

/// The gate of one revision: its policy, secrets, limits and transport, which
/// only change together.
pub struct Gate {
    node: Arc<str>,
    revision: Arc<RevisionId>,
    policy: Policy,
    secrets: Secrets,
    scrubber: Arc<Scrubber>,
    searches: Option<Part>,
    limits: Limits,
    transport: Arc<dyn Transport>,
    observer: Arc<dyn Observer>,
    /// For executions without a node's semaphore, such as those of golden
    /// cases.
    in_flight: ResizableSemaphore,
    /// Requests of all nodes, by origin.
    origins: Arc<Origins>,
    own: Arc<OwnAddresses>,
    propagate: bool,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("node", &self.node)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

impl Gate {
    /// A gate for one revision of a node.
    ///
    /// # Errors
    ///
    /// Secrets that could not be used safely.
    pub fn new(
        node: Arc<str>,
        revision: Arc<RevisionId>,
        policy: Policy,
        secrets: Vec<BoundSecret>,
        limits: &Limits,
        transport: Arc<dyn Transport>,
        observer: Arc<dyn Observer>,
    ) -> Result<Gate, GrantError> {
        let secrets = Secrets::new(secrets)?;
        let hidden = secrets.grants().iter().map(|grant| Hidden {
            value: grant.value.expose(),
            withhold: grant.withhold,
        });
        let scrubber = Scrubber::new(hidden);
        Ok(Gate {
            node,
            revision,
            policy,
            secrets,
            scrubber: Arc::new(scrubber),
            searches: SEARCHES.as_ref().map(|pool| Part::new(pool, MAX_SEARCHES)),
            in_flight: ResizableSemaphore::new(limits.node_requests_in_flight),
            origins: Origins::new(MAX_PER_ORIGIN),
            own: OwnAddresses::of_host(),
            limits: *limits,
            transport,
            observer,
            propagate: false,
        })
    }

    /// Whether requests carry the trace of their execution. Off by default.
    pub fn propagating(mut self, propagate: bool) -> Gate {
        self.propagate = propagate;
        self
    }

    /// Counts its requests per origin together with those of other gates.
    pub fn sharing(mut self, origins: Arc<Origins>) -> Gate {
        self.origins = origins;
        self
    }

    /// Replaces the addresses of this machine, for tests.
    #[cfg(test)]
    pub(crate) fn on(mut self, own: Vec<IpAddr>) -> Gate {
        self.own = Arc::new(OwnAddresses::new(move || Ok(own.clone())));
        self
    }

    /// Sends a request if the policy allows it, and waits for the response.
    pub async fn send(
        &self,
        budget: &RequestBudget,
        request: Request,
    ) -> Result<Response, SendError> {
        let call = budget.call();
        if call == Call::Unheard {
            return Err(SendError::too_many_refused());
        }
        let now = Instant::now();
        let _waits = budget.wait(now);
        let (node, id) = (Arc::clone(&self.node), Arc::clone(budget.execution_id()));
        let mut record = Record::new(&*self.observer, now, node, Arc::clone(&self.revision), id);
        let mut write = None;
        let result = match call {
            Call::Judged => {
                self.pass(budget, request, now, &mut write, &mut record)
                    .await
            }
            Call::Last | Call::Unheard => Err(SendError::too_many_refused()),
        };
        record.end(&result);
        if let Some(write) = write
            && !record.is_denied()
        {
            budget.writes.record(write, &result);
        }
        result
    }

    /// Blanks the revision's secrets out of a text.
    pub fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.scrubber.text(text)
    }

    async fn pass(
        &self,
        budget: &RequestBudget,
        request: Request,
        now: Instant,
        recorded: &mut Option<Write>,
        record: &mut Record<'_>,
    ) -> Result<Response, SendError> {
        let asked = self
            .decide(&request, record)
            .map_err(|refusal| record.refuse(refusal))?;
        let timeouts = request.timeouts;
        let timeout = timeouts
            .total
            .unwrap_or(Duration::MAX)
            .min(self.limits.request_timeout);
        let latest = budget.latest(now);
        let until = now.checked_add(timeout).unwrap_or(latest).min(latest);
        let memory = admission::memory(budget, &request)?;
        let Admitted { body, room, _place } =
            admit(budget, &self.limits, request.body, &memory, until).await?;
        let write = budget
            .writes
            .write(&request.method, &request.url, body.as_deref(), &memory);
        if let Some(answer) = budget.writes.replay(write.as_ref()) {
            let answer = answer.map_err(|()| record.refuse(not_recorded(&asked)))?;
            record.replayed();
            let response = answer?;
            budget.receive(response.body.len() as u64)?;
            return Ok(response);
        }
        *recorded = write;
        let node = budget.node_in_flight.as_deref().unwrap_or(&self.in_flight);
        let _node_place = place(node, until).await?;

        let ips = self.resolve(&asked.target, until).await?;
        let own = self.own.get().map_err(|_| unknown_own())?;
        check_addresses(asked.rule, asked.method, &asked.target, &ips, &own)
            .map_err(|refusal| record.refuse(refusal))?;
        let _origin_place = self.origins.permit(asked.target.origin(), until).await?;
        let port = asked.target.port();
        let addresses: Vec<_> = ips
            .iter()
            .take(MAX_ADDRESSES)
            .map(|ip| SocketAddr::new(*ip, port))
            .collect();
        record.event.address = addresses.first().copied();

        let bound = self.secrets.any(&asked.target);
        let mut attached = headers::attach(request.headers, &asked.target, &self.secrets)
            .map_err(|refusal| record.refuse(refusal))?;
        if let Some(trace) = budget.trace.as_ref().filter(|_| self.propagate) {
            let traced = attached.trace(trace, record.span_id());
            traced.map_err(|refusal| record.refuse(refusal))?;
        }
        record.event.bytes_out = admission::length(body.as_deref());
        let request = outgoing::request(asked.method, &asked.target, attached.headers, body)?;
        let dial = Dial {
            addresses,
            timeout: left(until, Instant::now())?,
            connect_timeout: self
                .limits
                .connect
                .min(timeouts.connect.unwrap_or(Duration::MAX)),
            first_byte_timeout: timeouts.first_byte.unwrap_or(Duration::MAX),
            between_bytes_timeout: timeouts.between_bytes.unwrap_or(Duration::MAX),
            max_response_body: self.limits.response_body.min(room),
            max_response_head: self.limits.response_head,
            blank: Blank::new(Arc::clone(&self.scrubber), attached.references),
        };
        let before = memory.bytes();
        let exchange = || self.exchange(request, dial, &memory, &mut record.event);
        let received = timeout_at(until + GRACE, exchange)
            .await
            .unwrap_or(Err(TransportError::Timeout));
        // What has come of a response that failed counts as well.
        let within = budget.receive(record.event.bytes_in);
        let received = received.map_err(|error| self.failure(budget, error))?;
        within?;
        admission::arrived(budget, &memory, before, &received.headers, &received.body)?;
        let response = self.clean(received, bound).await?;
        Ok(response.with(memory))
    }

    /// Makes every decision that comes before anything is spent.
    fn decide(&self, request: &Request, record: &mut Record<'_>) -> Result<Asked<'_>, Denial> {
        let method = parse_method(&request.method);
        record.event.method = match &method {
            Ok(method) => Cow::Borrowed(method.as_str()),
            Err(_) => {
                let shown = request.method.chars().take(20).flat_map(char::escape_debug);
                Cow::Owned(shown.collect())
            }
        };
        let target = Target::parse(&request.url)
            .map_err(|error| Denial::new(Reason::Url, error.to_string()))?;
        target.origin().clone_into(&mut record.event.origin);
        target.path().clone_into(&mut record.event.path);
        let method = method?;
        let rule = match self.policy.decide(method, &target) {
            Decision::Allow(rule) => Some(rule),
            Decision::Observe(refusal) => {
                self.keep_secrets(&request.headers, &target, &refusal)?;
                record.event.observed = Some(refusal);
                None
            }
            Decision::Deny(refusal) => return Err(refusal),
        };
        record.event.rule = rule.map(|rule| Arc::clone(rule.text()));
        headers::check(&request.headers, &target, &self.secrets, &self.limits)?;
        if self.propagate {
            headers::check_no_trace(&request.headers)?;
        }
        Ok(Asked {
            method,
            target,
            rule,
        })
    }

    /// Refuses a request that passes only because the policy observes, if it
    /// would carry a secret to an origin that no rule reaches. A policy on
    /// trial sends no secret to a place that the policy itself would not.
    fn keep_secrets(
        &self,
        headers: &[(String, HeaderValue)],
        target: &Target,
        refusal: &Denial,
    ) -> Result<(), Denial> {
        let names_one = headers
            .iter()
            .any(|(_, value)| matches!(value, HeaderValue::Secret { .. }));
        let carries_one = names_one || self.secrets.attached(target).next().is_some();
        if !carries_one || self.policy.reaches(&Origin::from(target)) {
            return Ok(());
        }
        let how = if names_one { "names" } else { "carries" };
        let mut refusal = refusal.clone();
        refusal.message.push_str(&format!(
            " The policy observes, but it {how} a secret, which goes to no origin without a rule."
        ));
        Err(refusal)
    }

    /// Sends the request, and reads the whole response within its limits.
    async fn exchange(
        &self,
        request: http::Request<Body>,
        dial: Dial,
        memory: &Room,
        event: &mut EgressEvent,
    ) -> Result<Received, TransportError> {
        let max = dial.max_response_body;
        let (head, body) = self.transport.send(request, dial).await?.into_parts();
        let status = head.status.as_u16();
        event.status = Some(status);
        let body = body.read(max, memory, &mut event.bytes_in).await?;
        Ok(Received::new(status, &head.headers, body))
    }

    /// The response as the node gets it. A long one is searched on another
    /// thread, so that no other execution waits for it.
    async fn clean(&self, received: Received, bound: bool) -> Result<Response, SendError> {
        let is_long = received.body.len() > MAX_INLINE;
        let Some(searches) = self.searches.as_ref().filter(|_| is_long) else {
            return response::clean(received, bound, &self.scrubber);
        };
        let scrubber = Arc::clone(&self.scrubber);
        let place = searches.take().await;
        let clean = place.run(move || response::clean(received, bound, &scrubber));
        let lost = || Err(SendError::Interrupted("the answer was lost".to_owned()));
        match clean {
            Some(clean) => clean.await.unwrap_or_else(|_| lost()),
            None => lost(),
        }
    }

    async fn resolve(&self, target: &Target, until: Instant) -> Result<Vec<IpAddr>, SendError> {
        let name = match target.host() {
            Host::Dns(name) => name,
            Host::V4(ip) => return Ok(vec![ip.into()]),
            Host::V6(ip) => return Ok(vec![ip.into()]),
        };
        let now = Instant::now();
        let timeout = left(until, now)?.min(self.limits.resolve);
        let late = now + timeout + GRACE;
        let why = match timeout_at(late, || self.transport.resolve(name, timeout)).await {
            Some(Ok(ips)) if !ips.is_empty() => return Ok(ips),
            Some(Ok(_)) => "the name has no address".to_owned(),
            Some(Err(TransportError::Unreachable(why))) => self.scrub(&why).into_owned(),
            Some(Err(TransportError::Timeout)) | None => {
                "resolving the name took too long".to_owned()
            }
            Some(Err(_)) => "the name could not be resolved".to_owned(),
        };
        Err(SendError::Unresolved(why))
    }

    fn failure(&self, budget: &RequestBudget, error: TransportError) -> SendError {
        let scrub = |why: String| self.scrub(&why).into_owned();
        match error {
            TransportError::Unreachable(why) => SendError::Unreachable(scrub(why)),
            TransportError::Timeout => SendError::Timeout,
            TransportError::Interrupted(why) => SendError::Interrupted(scrub(why)),
            TransportError::TooLarge => SendError::TooLarge,
            TransportError::Invalid(why) => SendError::Invalid(scrub(why)),
            TransportError::NoRoom => budget.no_room(),
        }
    }
}

/// A request that may be sent, because a rule allows it or the policy observes.
struct Asked<'p> {
    method: Method,
    target: Target,
    rule: Option<&'p Rule>,
}

/// Without the machine's addresses it is unknown where a request would go.
fn unknown_own() -> SendError {
    SendError::Unreachable("the host can't tell its own addresses".to_owned())
}

/// The refusal of a write that the serving revision has not made.
fn not_recorded(asked: &Asked<'_>) -> Denial {
    let (method, url) = (asked.method, asked.target.without_query());
    Denial::new(
        Reason::Shadow,
        format!("{method} {url} is not sent: the serving revision has sent no such request."),
    )
}
