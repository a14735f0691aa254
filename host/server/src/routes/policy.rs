//! `POST /v1/policy/explain`: what the gate would decide.

use std::net::IpAddr;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{
    ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type,
};

use crate::auth::Admin;
use crate::documents::{self, AdminErrors, ErrorDocument, ExplanationDocument};
use crate::error::{ApiError, INVALID_REQUEST};
use crate::extract::body::{self, Sent};
use crate::state::Shared;

/// A request that a node might make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// The node whose policy decides.
    node: String,
    /// Defaults to `GET`.
    method: Option<String>,
    url: String,
    /// Addresses to assume for the name in the URL; nothing is looked up.
    #[serde(default)]
    #[schema(schema_with = addresses)]
    resolves_to: Vec<IpAddr>,
}

fn addresses() -> Schema {
    let address = |format| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(format))
    };
    let either = OneOfBuilder::new()
        .item(address(SchemaFormat::KnownFormat(KnownFormat::Ipv4)))
        .item(address(SchemaFormat::KnownFormat(KnownFormat::Ipv6)));
    let description = "Addresses to assume for the name in the URL; nothing is looked up.";
    let list = ArrayBuilder::new()
        .items(either)
        .description(Some(description));
    list.build().into()
}

const LIMIT: u64 = 64 << 10;

/// Explains what a node's current policy decides about a request
#[utoipa::path(
    post,
    path = "/v1/policy/explain",
    tag = "admin",
    security(("token" = [])),
    request_body(content = Question),
    responses(
        (status = 200, description = "What it decides", body = ExplanationDocument),
        (status = 404, description = "`unknown-node`", body = ErrorDocument),
        (status = 413, description = "`body-too-large`", body = ErrorDocument),
        (status = 415, description = "`wrong-content-type`", body = ErrorDocument),
        AdminErrors,
    ),
)]
pub(crate) async fn explain(
    _: Admin,
    State(app): State<Shared>,
    headers: HeaderMap,
    body: Sent,
) -> Result<Response, ApiError> {
    body::expect_type(&headers, "application/json")?;
    let body = body::read(&headers, body, LIMIT).await?;
    let question: Question = serde_json::from_slice(&body)
        .map_err(|error| ApiError::new(&INVALID_REQUEST, format!("the body: {error}")))?;
    let grants = app.deployer.grants(&question.node)?;
    let method = question.method.as_deref().unwrap_or("GET");
    let resolved = Some(&*question.resolves_to).filter(|addresses| !addresses.is_empty());
    let explained = hospes::policy::explain(&grants.policy(), method, &question.url, resolved);
    let json = [(CONTENT_TYPE, "application/json")];
    Ok((json, documents::json(&explained)?).into_response())
}
