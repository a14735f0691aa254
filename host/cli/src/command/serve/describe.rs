//! What is the same for every route in the API's description.

use utoipa::Modify;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, PathItem, Ref, RefOr, ResponseBuilder};

use super::error::{CODES, Code, OVERLOADED, TOO_MANY_REQUESTS};

/// Adds what any route may answer when there is not enough of something. Who
/// asks for the server's health is never turned away.
pub(super) fn everywhere(api: &mut OpenApi) {
    for (path, item) in &mut api.paths.paths {
        if super::admission::HEALTH.contains(&path.as_str()) {
            continue;
        }
        for operation in operations(item) {
            for code in [&TOO_MANY_REQUESTS, &OVERLOADED] {
                let responses = &mut operation.responses.responses;
                let status = code.status.as_str().to_owned();
                responses.entry(status).or_insert_with(|| response(code));
            }
        }
    }
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

fn response(code: &Code) -> RefOr<utoipa::openapi::Response> {
    let document = Ref::from_schema_name("ErrorDocument");
    let content = ContentBuilder::new().schema(Some(document)).build();
    let response = ResponseBuilder::new()
        .description(format!("`{}`: try again after `Retry-After`", code.word))
        .content("application/json", content);
    response.build().into()
}

/// The scheme of the token.
pub(super) struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// Writes the codes of errors into the description.
pub(super) struct Codes;

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
