//! What a native node imports: http and log of the scripted host.

use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use crate::message::{Error, Level, Request, Response};

thread_local! {
    /// The hosts that were entered on this thread, the innermost last.
    static ENTERED: RefCell<Vec<Rc<RefCell<State>>>> = const { RefCell::new(Vec::new()) };
}

type Respond = Box<dyn FnMut(&Request) -> Result<Response, Error>>;

/// What one request gets.
pub(crate) struct Scripted {
    /// The request's method and URL; none is any request.
    pub(crate) of: Option<(String, String)>,
    /// Whether the request is the right one otherwise.
    pub(crate) fits: Box<dyn Fn(&Request) -> bool>,
    pub(crate) outcome: Result<Response, Error>,
}

impl Scripted {
    fn is_for(&self, request: &Request) -> bool {
        let is_of =
            |(method, url): &(String, String)| *method == request.method && *url == request.url;
        self.of.as_ref().is_none_or(is_of) && (self.fits)(request)
    }
}

impl fmt::Display for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.of {
            Some((method, url)) => write!(f, "{method} {url}"),
            None => f.write_str("any request"),
        }
    }
}

/// One record that a node has written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// Its fields, in order.
    pub fields: Vec<(String, String)>,
}

/// A host's script and what it has seen.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) script: Vec<Scripted>,
    pub(crate) respond: Option<Respond>,
    pub(crate) requests: Vec<Request>,
    /// The first request that the script had no answer for.
    pub(crate) missing: Option<String>,
    /// How many async requests wait, and how many did at most.
    waiting: usize,
    pub(crate) most_at_once: usize,
    pub(crate) logs: Vec<Record>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let script: Vec<String> = self.script.iter().map(Scripted::to_string).collect();
        f.debug_struct("State")
            .field("script", &script)
            .field("requests", &self.requests)
            .field("logs", &self.logs)
            .finish_non_exhaustive()
    }
}

impl State {
    fn send(&mut self, request: Request) -> Result<Response, Error> {
        let at = self.script.iter().position(|one| one.is_for(&request));
        let answer = match (at, &mut self.respond) {
            (Some(at), _) => self.script.remove(at).outcome,
            (None, Some(respond)) => respond(&request),
            (None, None) => {
                let missing = format!("{} {}", request.method, request.url);
                let why = format!("the script has no answer for {missing}");
                self.missing.get_or_insert(missing);
                Err(Error::Unreachable(why))
            }
        };
        self.requests.push(request);
        answer
    }
}

/// Makes `state` the host of this thread for as long as `body` runs.
pub(crate) fn enter<T>(state: &Rc<RefCell<State>>, body: impl FnOnce() -> T) -> T {
    /// Leaves the host even when `body` panics, as a failed assertion does.
    struct Leave;

    impl Drop for Leave {
        fn drop(&mut self) {
            ENTERED.with_borrow_mut(Vec::pop);
        }
    }

    ENTERED.with_borrow_mut(|entered| entered.push(Rc::clone(state)));
    let _leave = Leave;
    body()
}

fn current() -> Option<Rc<RefCell<State>>> {
    ENTERED.with_borrow(|entered| entered.last().cloned())
}

pub(crate) fn send(request: Request) -> Result<Response, Error> {
    match current() {
        Some(state) => state.borrow_mut().send(request),
        None => Err(unreachable(
            "there is no host outside `hospes_guest::testing::Host::run`",
        )),
    }
}

pub(crate) fn send_all(requests: Vec<Request>) -> Vec<Result<Response, Error>> {
    requests.into_iter().map(send).collect()
}

/// Waits once, so that the node can begin the next request.
pub(crate) async fn send_async(request: Request) -> Result<Response, Error> {
    struct Waiting(Option<Rc<RefCell<State>>>);

    impl Drop for Waiting {
        fn drop(&mut self) {
            if let Some(state) = &self.0 {
                state.borrow_mut().waiting -= 1;
            }
        }
    }

    let state = current();
    if let Some(state) = &state {
        let mut state = state.borrow_mut();
        state.waiting += 1;
        state.most_at_once = state.most_at_once.max(state.waiting);
    }
    let _waiting = Waiting(state);
    let answer = send(request);
    let mut has_waited = false;
    poll_fn(|context| match has_waited {
        true => Poll::Ready(()),
        false => {
            has_waited = true;
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
    answer
}

pub(crate) fn log(level: Level, message: &str, fields: &[(&str, &str)]) {
    if let Some(state) = current() {
        let fields = fields
            .iter()
            .map(|&(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        state.borrow_mut().logs.push(Record {
            level,
            message: message.to_owned(),
            fields,
        });
    }
}

fn unreachable(why: &str) -> Error {
    Error::Unreachable(why.to_owned())
}
