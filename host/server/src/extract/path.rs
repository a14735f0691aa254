//! What a handler reads from the path and the query, with errors in the shape
//! that all errors have.

use axum::extract::{FromRequestParts, Query, RawPathParams};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::{ApiError, INVALID_REQUEST};

/// The last names in the path. Any before them belong to the path where the
/// routes are mounted.
async fn last<const N: usize, S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<[String; N], ApiError> {
    let path = RawPathParams::from_request_parts(parts, state).await;
    let path = path.map_err(|error| ApiError::new(&INVALID_REQUEST, error.body_text()))?;
    let names: Vec<String> = path.iter().map(|(_, name)| name.to_owned()).collect();
    let last = names.len().checked_sub(N).and_then(|at| names.get(at..));
    last.and_then(|last| last.to_vec().try_into().ok())
        .ok_or_else(|| ApiError::new(&INVALID_REQUEST, "the path lacks a name"))
}

/// The one name or id in the path.
pub(crate) struct InPath(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for InPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<InPath, ApiError> {
        let [name] = last(parts, state).await?;
        Ok(InPath(name))
    }
}

/// The node's name in the path.
pub(crate) struct NodeName(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for NodeName {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<NodeName, ApiError> {
        let [node] = last(parts, state).await?;
        Ok(NodeName(node))
    }
}

/// The node's name in the path, and what follows it.
pub(crate) struct NodeAndId(pub(crate) String, pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for NodeAndId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<NodeAndId, ApiError> {
        let [node, id] = last(parts, state).await?;
        Ok(NodeAndId(node, id))
    }
}

/// The query.
pub(crate) struct Options<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Options<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Options<T>, ApiError> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        let Query(options) =
            query.map_err(|error| ApiError::new(&INVALID_REQUEST, error.body_text()))?;
        Ok(Options(options))
    }
}
