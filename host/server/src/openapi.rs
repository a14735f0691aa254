//! The parts of the API's description that are the same for every route.

use utoipa::Modify;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::schema::{Schema, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, PathItem, Ref, RefOr, ResponseBuilder, Server};

use crate::error::{CODES, Code, OVERLOADED, TOO_MANY_REQUESTS};

/// Adds the errors that any route may return before its handler runs, and when a
/// limit is reached. Requests for the server's health are never turned away.
pub(crate) fn everywhere(api: &mut OpenApi) {
    for operation in api.paths.paths.values_mut().flat_map(operations) {
        without_null(operation);
        add(operation, "403", "`foreign-host`, `foreign-origin`");
        if has_path(operation) {
            add(operation, "400", "`invalid-request`");
        }
    }
    for (path, item) in &mut api.paths.paths {
        if crate::admission::HEALTH.contains(&path.as_str()) {
            continue;
        }
        for operation in operations(item) {
            for code in [&TOO_MANY_REQUESTS, &OVERLOADED] {
                let description = format!("`{}`: try again after `Retry-After`", code.word);
                add(operation, code.status.as_str(), &description);
            }
        }
    }
}

/// The path under which the routes are mounted: what a request's path has before
/// the path that the routes see. Empty if they are mounted at the root.
pub(crate) fn mount<'a>(asked: &'a str, seen: &str) -> &'a str {
    let mount = asked.strip_suffix(seen).unwrap_or(asked);
    mount.trim_end_matches('/')
}

/// The description of the API as it is mounted under this path.
pub(crate) fn at(api: &OpenApi, mount: &str) -> OpenApi {
    let mut api = api.clone();
    if !mount.is_empty() {
        api.servers = Some(vec![Server::new(mount)]);
    }
    api
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        put,
        post,
        delete,
        ..
    } = item;
    [get, put, post, delete]
        .into_iter()
        .filter_map(Option::as_mut)
}

/// Whether a part of the path is a name, which may be invalid UTF-8.
fn has_path(operation: &Operation) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Path,
        RefOr::Ref(_) => false,
    })
}

/// A header or a query can be left out, but is never null.
fn without_null(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema
            && let SchemaType::Array(types) = &schema.schema_type
            && let [kind, Type::Null] | [Type::Null, kind] = types.as_slice()
        {
            schema.schema_type = SchemaType::Type(kind.clone());
        }
    }
}

/// Adds an error, unless the route itself describes this status.
fn add(operation: &mut Operation, status: &str, description: &str) {
    let responses = &mut operation.responses.responses;
    responses
        .entry(status.to_owned())
        .or_insert_with(|| response(description));
}

fn response(description: &str) -> RefOr<utoipa::openapi::Response> {
    let document = Ref::from_schema_name("ErrorDocument");
    let content = ContentBuilder::new().schema(Some(document)).build();
    let response = ResponseBuilder::new()
        .description(description)
        .content("application/json", content);
    response.build().into()
}

/// The security scheme of the token.
pub(crate) struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// Adds the table of error codes to the description.
pub(crate) struct Codes;

impl Modify for Codes {
    fn modify(&self, api: &mut OpenApi) {
        let row = |code: &&Code| {
            format!(
                "| `{}` | {} | {} |\n",
                code.word,
                code.status.as_u16(),
                code.meaning
            )
        };
        let rows: String = CODES.iter().map(row).collect();
        let description = api.info.description.get_or_insert_default();
        description.push_str(&format!(
            "\n\n| code | status | meaning |\n| --- | --- | --- |\n{rows}"
        ));
    }
}
