//! What a native node imports: http and log of the scripted host.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;

use crate::message::{Error, Level, Request, Response};

thread_local! {
    /// The hosts that were entered on this thread, the innermost last.
    static ENTERED: RefCell<Vec<Rc<RefCell<State>>>> = const { RefCell::new(Vec::new()) };
}

type Respond = Box<dyn FnMut(&Request) -> Result<Response, Error>>;

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
    pub(crate) queue: VecDeque<Result<Response, Error>>,
    pub(crate) respond: Option<Respond>,
    pub(crate) requests: Vec<Request>,
    pub(crate) logs: Vec<Record>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("queue", &self.queue)
            .field("requests", &self.requests)
            .field("logs", &self.logs)
            .finish_non_exhaustive()
    }
}

impl State {
    fn send(&mut self, request: Request) -> Result<Response, Error> {
        let answer = match (self.queue.pop_front(), &mut self.respond) {
            (Some(answer), _) => answer,
            (None, Some(respond)) => respond(&request),
            (None, None) => Err(unreachable("the script has no answer left")),
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

pub(crate) async fn send_async(request: Request) -> Result<Response, Error> {
    send(request)
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
