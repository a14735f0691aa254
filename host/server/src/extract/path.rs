//! What a handler reads from the path and the query, with errors in the one
//! shape that all errors have.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::{ApiError, INVALID_REQUEST};

/// The one name or id in the path.
pub(crate) struct InPath(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for InPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<InPath, ApiError> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let Path(name) =
            path.map_err(|error| ApiError::new(&INVALID_REQUEST, error.body_text()))?;
        Ok(InPath(name))
    }
}

/// The node's name in the path.
pub(crate) struct Node(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Node {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Node, ApiError> {
        let InPath(node) = InPath::from_request_parts(parts, state).await?;
        Ok(Node(node))
    }
}

/// The node's name in the path, and what follows it.
pub(crate) struct NodeAndId(pub(crate) String, pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for NodeAndId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<NodeAndId, ApiError> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((node, id)) =
            path.map_err(|error| ApiError::new(&INVALID_REQUEST, error.body_text()))?;
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
