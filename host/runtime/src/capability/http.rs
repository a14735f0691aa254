//! `hospes:node/http` and `hospes:node/http-async`: every request goes to the gate.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use hospes_egress::{
    Gate, HeaderValue, Request, RequestBudget, Response, Room, SendError, Timeouts,
};
use wasmtime::component::{Accessor, HasData, Linker};

use crate::bindings::hospes::node::{http, http_async};
use crate::recording::{Interface, Recorder};

type Answer = Result<http::Response, http::Error>;

/// The connection of one execution to the gate.
#[derive(Clone)]
pub(crate) struct HttpCtx {
    pub(crate) gate: Arc<Gate>,
    pub(crate) budget: Arc<RequestBudget>,
    pub(crate) recorder: Option<Arc<Recorder>>,
}

impl HttpCtx {
    /// Passes a request to the gate, and records both if the execution is
    /// recorded.
    pub(crate) async fn pass(
        &self,
        interface: Interface,
        request: Request,
    ) -> Result<Response, SendError> {
        let Some(recorder) = &self.recorder else {
            return self.gate.send(&self.budget, request).await;
        };
        let (request, id) = recorder.request(interface, request);
        let answer = self.gate.send(&self.budget, request).await;
        recorder.answer(id, &answer);
        answer
    }

    /// Sends a request. Its result holds this room until the guest has it.
    async fn request(&self, request: http::Request) -> (Answer, Room) {
        let request = Request {
            method: request.method,
            url: request.url,
            headers: request
                .headers
                .into_iter()
                .map(|(name, value)| (name, value.into()))
                .collect(),
            body: request.body.into(),
            timeouts: Timeouts::total(request.timeout_ms.map(Duration::from_millis)),
        };
        match self.pass(Interface::Node, request).await {
            Ok(response) => {
                let answer = http::Response {
                    status: response.status,
                    headers: response.headers,
                    body: response.body,
                };
                (Ok(answer), response.room)
            }
            Err(error) => (Err(error.into()), Room::default()),
        }
    }
}

impl From<http::HeaderValue> for HeaderValue {
    fn from(value: http::HeaderValue) -> HeaderValue {
        match value {
            http::HeaderValue::Text(text) => HeaderValue::Text(text),
            http::HeaderValue::Secret(secret) => HeaderValue::Secret {
                name: secret.name,
                prefix: secret.prefix,
            },
        }
    }
}

impl From<SendError> for http::Error {
    fn from(error: SendError) -> http::Error {
        match error {
            SendError::Denied(reason) => http::Error::Denied(reason.to_string()),
            SendError::Invalid(what) | SendError::Url(what) => http::Error::Invalid(what),
            SendError::Body(error) => http::Error::Invalid(error.to_string()),
            SendError::Unreachable(why) | SendError::Unresolved(why) => {
                http::Error::Unreachable(why)
            }
            SendError::Timeout => http::Error::Timeout,
            SendError::Interrupted(why) => http::Error::Interrupted(why),
            SendError::TooLarge => http::Error::TooLarge,
            SendError::Exhausted(what) => http::Error::Exhausted(what),
        }
    }
}

impl http::Host for HttpCtx {
    async fn send(&mut self, request: http::Request) -> Result<http::Response, http::Error> {
        self.request(request).await.0
    }

    async fn send_all(
        &mut self,
        mut requests: Vec<http::Request>,
    ) -> Vec<Result<http::Response, http::Error>> {
        // A request in flight takes kilobytes, and a guest can list tens of
        // thousands in one call: those beyond the recorded ones cost one error
        // each.
        let heard = usize::try_from(self.budget.heard()).unwrap_or(usize::MAX);
        let unheard = requests.len().saturating_sub(heard);
        requests.truncate(heard);
        let sent = requests.into_iter().map(|request| self.request(request));
        // The first keeps its room until the last has arrived.
        let (mut answers, _rooms): (Vec<_>, Vec<_>) = join_all(sent).await.into_iter().unzip();
        answers.extend((0..unheard).map(|_| Err(SendError::too_many_refused().into())));
        answers
    }
}

impl http_async::Host for HttpCtx {}

/// Tells where in a store's data the context is.
struct HasHttp;

impl HasData for HasHttp {
    type Data<'a> = &'a mut HttpCtx;
}

impl<T: Send> http_async::HostWithStore<T> for HasHttp {
    async fn send(
        accessor: &Accessor<T, Self>,
        request: http::Request,
    ) -> Result<http::Response, http::Error> {
        let ctx = accessor.with(|mut access| access.get().clone());
        ctx.request(request).await.0
    }
}

/// Adds both interfaces to a linker.
pub(crate) fn add_to_linker<T: Send + 'static>(
    linker: &mut Linker<T>,
    ctx: fn(&mut T) -> &mut HttpCtx,
) -> wasmtime::Result<()> {
    http::add_to_linker::<T, HasHttp>(linker, ctx)?;
    http_async::add_to_linker::<T, HasHttp>(linker, ctx)
}
