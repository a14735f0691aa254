//! What a handler reads from the path and the query, with errors in the one
//! shape that all errors have.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::app::Shared;
use super::error::{ApiError, INVALID_REQUEST};

/// The one name or id in the path.
pub(super) struct InPath(pub(super) String);

impl FromRequestParts<Shared> for InPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<InPath, ApiError> {
        let path = Path::<String>::from_request_parts(parts, app).await;
        let Path(name) =
            path.map_err(|error| ApiError::new(&INVALID_REQUEST, error.body_text()))?;
        Ok(InPath(name))
    }
}

/// The node's name in the path.
pub(super) struct Node(pub(super) String);

impl FromRequestParts<Shared> for Node {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Node, ApiError> {
        let InPath(node) = InPath::from_request_parts(parts, app).await?;
        Ok(Node(node))
    }
}

/// The node's name in the path, and what follows it.
pub(super) struct NodeAndId(pub(super) String, pub(super) String);

impl FromRequestParts<Shared> for NodeAndId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<NodeAndId, ApiError> {
        let path = Path::<(String, String)>::from_request_parts(parts, app).await;
        let Path((node, id)) =
            path.map_err(|error| ApiError::new(&INVALID_REQUEST, error.body_text()))?;
        Ok(NodeAndId(node, id))
    }
}

/// The query.
pub(super) struct Options<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Options<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Options<T>, ApiError> {
        let query = Query::<T>::from_request_parts(parts, app).await;
        let Query(options) =
            query.map_err(|error| ApiError::new(&INVALID_REQUEST, error.body_text()))?;
        Ok(Options(options))
    }
}
