//! Who may do what. A request is identified once, by its bearer token. A
//! handler takes the proof that it needs as an argument, and can't be reached
//! without it:
//!
//! - [`Admin`]: the operator, who changes nodes and sees policies;
//! - [`Approver`]: who approves what the operator changes;
//! - [`Reader`]: who may see nodes and metrics;
//! - [`Caller`](super::Caller): who may run nodes and play flows.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;

use super::tokens::{Auth, Identity};
use crate::error::{ADMIN_OFF, ApiError, FORBIDDEN, UNAUTHORIZED};

/// Proof that a request carried the operator's token.
pub(crate) struct Admin;

impl<S: Send + Sync> FromRequestParts<S> for Admin
where
    Arc<Auth>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Admin, ApiError> {
        let auth = Arc::<Auth>::from_ref(state);
        if !auth.has_operator() {
            let how = auth.setup().name(
                "this server was started without a token: start it with `--token env:VARIABLE` or `--token file:PATH`",
                "this server has no operator: its application can set one with `operator_token`",
            );
            return Err(ApiError::new(&ADMIN_OFF, how));
        }
        match identity(parts) {
            Identity::Operator => Ok(Admin),
            Identity::Caller(_) | Identity::Approver => {
                Err(forbidden("this needs the operator's token"))
            }
            other => Err(unauthorized(&other)),
        }
    }
}

/// Proof that a request carried the approver's token.
pub(crate) struct Approver;

impl<S: Send + Sync> FromRequestParts<S> for Approver
where
    Arc<Auth>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Approver, ApiError> {
        let auth = Arc::<Auth>::from_ref(state);
        match identity(parts) {
            Identity::Approver => Ok(Approver),
            Identity::Operator | Identity::Caller(_) if auth.has_approver() => {
                Err(forbidden("this needs the approver's token"))
            }
            Identity::Operator => Err(forbidden(
                "this server has no approver: repeat the change with `approve=true`",
            )),
            Identity::Caller(_) => Err(forbidden("this needs the operator's token")),
            other => Err(unauthorized(&other)),
        }
    }
}

/// Proof that the sender of a request may see changes that wait for approval:
/// the operator or the approver.
pub(crate) struct Overseer;

impl<S: Send + Sync> FromRequestParts<S> for Overseer
where
    Arc<Auth>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Overseer, ApiError> {
        match identity(parts) {
            Identity::Approver => Ok(Overseer),
            _ => Admin::from_request_parts(parts, state)
                .await
                .map(|_| Overseer),
        }
    }
}

/// Proof that the sender of a request may see nodes and metrics: the operator,
/// a caller that may `read`, or, on a server that only this machine reaches and
/// that knows no callers, everyone.
pub(crate) struct Reader {
    /// Whether it may see the ids of others' executions.
    pub(crate) sees_ids: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Reader
where
    Arc<Auth>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Reader, ApiError> {
        let auth = Arc::<Auth>::from_ref(state);
        match identity(parts) {
            Identity::Operator | Identity::Approver => Ok(Reader { sees_ids: true }),
            _ if auth.may_everybody_read() => Ok(Reader { sees_ids: true }),
            Identity::Caller(known) if known.grants.read => Ok(Reader { sees_ids: false }),
            Identity::Caller(_) => Err(forbidden(
                "this needs the operator's token, or a caller's that may `read`",
            )),
            other => Err(unauthorized(&other)),
        }
    }
}

/// Who sent a request, as [`identify`] found out.
pub(super) fn identity(parts: &Parts) -> Identity {
    let found = parts.extensions.get::<Identity>();
    found.cloned().unwrap_or(Identity::Nobody)
}

pub(super) fn unauthorized(identity: &Identity) -> ApiError {
    let how = match identity {
        Identity::Nobody => "this needs the header `Authorization: Bearer TOKEN`",
        _ => "the server does not know this token",
    };
    ApiError::new(&UNAUTHORIZED, how)
}

pub(super) fn forbidden(why: impl Into<String>) -> ApiError {
    ApiError::new(&FORBIDDEN, why)
}
