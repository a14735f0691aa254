//! The errors that the server returns: one shape, and one table of codes with
//! their statuses and meanings.

use std::time::Duration;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hospes::LoadError;
use hospes_deploy::DeployError;
use serde_json::{Map, Value, json};

use hospes_deploy::text::{cut, visible_lines};

/// A kind of error. Programs compare the word.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) word: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) meaning: &'static str,
}

macro_rules! codes {
    ($($name:ident = $word:literal $status:ident $meaning:literal;)*) => {
        $(pub(crate) static $name: Code = Code {
            word: $word,
            status: StatusCode::$status,
            meaning: $meaning,
        };)*

        /// Every code.
        pub(crate) static CODES: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    INVALID_REQUEST = "invalid-request" BAD_REQUEST "body, header or query is not what the API describes";
    UNAUTHORIZED = "unauthorized" UNAUTHORIZED "the bearer token is missing or wrong";
    FORBIDDEN = "forbidden" FORBIDDEN "the token does not allow this: this node, this flow, or this change";
    ADMIN_OFF = "admin-off" FORBIDDEN "the server has no operator token, so nothing can be changed";
    PAST_THE_PROXY = "past-the-proxy" FORBIDDEN "the request did not come through one of the server's proxies";
    FOREIGN_HOST = "foreign-host" FORBIDDEN "the `Host` header has a name that the server does not know as its own";
    FOREIGN_ORIGIN = "foreign-origin" FORBIDDEN "a page of another site sent the request";
    UNKNOWN_ROUTE = "unknown-route" NOT_FOUND "there is no such path";
    UNKNOWN_NODE = "unknown-node" NOT_FOUND "there is no such node, or it was removed";
    UNKNOWN_FLOW = "unknown-flow" NOT_FOUND "there is no such flow";
    UNKNOWN_SESSION = "unknown-session" NOT_FOUND "there is no such session, or it was idle for too long";
    UNKNOWN_GENERATION = "unknown-generation" NOT_FOUND "the node has no such revision any more";
    UNKNOWN_APPROVAL = "unknown-approval" NOT_FOUND "no such change of the node waits for approval: it was made, or an hour has passed";
    WRONG_METHOD = "wrong-method" METHOD_NOT_ALLOWED "the path has other methods";
    BODY_TOO_SLOW = "body-too-slow" REQUEST_TIMEOUT "the body arrives too slowly";
    NEEDS_APPROVAL = "needs-approval" CONFLICT "the revision has more grants than the one that serves, or breaks its callers; repeat with `approve=true`, or have `approval` approved";
    SUPERSEDED = "superseded" CONFLICT "another revision was published meanwhile";
    NO_TRIAL = "no-trial" CONFLICT "the node has neither a canary nor a shadow";
    STALE_TURN = "stale-turn" CONFLICT "the answer is not to the session's last question; `session` has its state";
    SESSION_BUSY = "session-busy" CONFLICT "the session is still processing another answer";
    SESSION_ENDED = "session-ended" CONFLICT "the session is over";
    FLOW_CHANGED = "flow-changed" CONFLICT "the flow has changed since the session was started: start a new one";
    BODY_TOO_LARGE = "body-too-large" PAYLOAD_TOO_LARGE "the body is larger than a limit of the node, or than the API allows";
    WRONG_CONTENT_TYPE = "wrong-content-type" UNSUPPORTED_MEDIA_TYPE "the body has another type than the API expects";
    COMPONENT_REFUSED = "component-refused" UNPROCESSABLE_ENTITY "the component can't be a revision of this node";
    NOT_GRANTED = "not-granted" UNPROCESSABLE_ENTITY "the component needs a param or secret that the solution file does not grant";
    TOO_MANY_REQUESTS = "too-many-requests" TOO_MANY_REQUESTS "the token or the address has reached its rate limit; try again after `Retry-After`";
    INTERNAL = "internal" INTERNAL_SERVER_ERROR "the server failed: a disk, a thread, or an error of its own";
    SESSIONS_FULL = "sessions-full" SERVICE_UNAVAILABLE "there are too many sessions, and all of them are in use";
    OVERLOADED = "overloaded" SERVICE_UNAVAILABLE "the server has reached its limit of connections, bytes or loads; try again after `Retry-After`";
    OUT_OF_SERVICE = "out-of-service" SERVICE_UNAVAILABLE "the node's component may not serve under the new solution file, and nothing else can";
    SHUTTING_DOWN = "shutting-down" SERVICE_UNAVAILABLE "the server is shutting down";
}

/// The most bytes of a message, since people read it.
const MESSAGE: usize = 4096;

/// A response that is an error.
#[derive(Debug)]
pub(crate) struct ApiError {
    code: &'static Code,
    message: String,
    /// After how many seconds to try again, if that makes sense.
    wait: u64,
    more: Map<String, Value>,
}

impl ApiError {
    pub(crate) fn new(code: &'static Code, message: impl Into<String>) -> ApiError {
        ApiError {
            code,
            message: cut(visible_lines(&message.into()), MESSAGE),
            wait: 1,
            more: Map::new(),
        }
    }

    /// Sets the time after which to try again.
    pub(crate) fn after(mut self, wait: Duration) -> ApiError {
        let begun = u64::from(wait.subsec_nanos() > 0);
        self.wait = (wait.as_secs() + begun).max(1);
        self
    }

    /// Adds a key to the error.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> ApiError {
        self.more.insert(key.to_owned(), value.into());
        self
    }

    /// The body.
    pub(crate) fn document(&self) -> Value {
        let mut error = Map::new();
        error.insert("code".to_owned(), self.code.word.into());
        error.insert("message".to_owned(), self.message.clone().into());
        error.extend(self.more.clone());
        json!({ "error": error })
    }

    pub(crate) fn code(&self) -> &'static Code {
        self.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

/// A deployer's error, as a status and a word.
impl From<DeployError> for ApiError {
    fn from(error: DeployError) -> ApiError {
        let answer = ApiError::new(code(error.inner()), error.to_string());
        match error {
            DeployError::NeedsApproval {
                changes, approval, ..
            } => {
                let answer = answer.with("changes", json!(changes));
                match approval {
                    Some(id) => answer.with("approval", id),
                    None => answer,
                }
            }
            DeployError::Unmet(unmet) => answer.with("unmet", unmet),
            _ => answer,
        }
    }
}

fn code(error: &DeployError) -> &'static Code {
    match error {
        DeployError::UnknownNode { .. } | DeployError::NotGranted { .. } => &UNKNOWN_NODE,
        DeployError::OutOfService { .. } => &OUT_OF_SERVICE,
        DeployError::UnknownGeneration(_) => &UNKNOWN_GENERATION,
        DeployError::UnknownApproval { .. } => &UNKNOWN_APPROVAL,
        DeployError::NoTrial { .. } => &NO_TRIAL,
        DeployError::NeedsApproval { .. } => &NEEDS_APPROVAL,
        DeployError::Superseded(_) => &SUPERSEDED,
        DeployError::Refused(error) => refused(error),
        DeployError::Unmet(_) => &NOT_GRANTED,
        _ => &INTERNAL,
    }
}

fn refused(error: &LoadError) -> &'static Code {
    match error {
        _ if error.is_overload() => &OVERLOADED,
        LoadError::TooLarge { .. } => &BODY_TOO_LARGE,
        LoadError::Thread(_) | LoadError::Compiler(_) => &INTERNAL,
        LoadError::Superseded { .. } => &SUPERSEDED,
        _ => &COMPONENT_REFUSED,
    }
}

/// The code of an error response, for the access log.
#[derive(Clone, Copy)]
pub(crate) struct Failed(pub(crate) &'static str);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = axum::Json(self.document());
        let mut response = (self.code.status, body).into_response();
        let headers = response.headers_mut();
        match self.code.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(RETRY_AFTER, HeaderValue::from(self.wait));
            }
            _ => {}
        }
        response.extensions_mut().insert(Failed(self.code.word));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_to_do_is_the_servers_word_and_not_the_components() {
        let busy = "places are taken".to_owned();
        for (error, code) in [
            (LoadError::Overloaded(busy), &OVERLOADED),
            (LoadError::CompilerBusy { others: 4 }, &OVERLOADED),
            (LoadError::Params, &COMPONENT_REFUSED),
        ] {
            let answer = ApiError::from(DeployError::from(error));
            assert_eq!(answer.code().word, code.word);
        }
        assert_eq!(OVERLOADED.status.as_u16(), 503);
    }
}
