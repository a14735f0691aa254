//! A request as it is sent, from what was decided about it.

use http::{HeaderMap, Uri};

use crate::policy::{Method, Target};
use crate::send_error::SendError;
use crate::transport::Body;

/// The request. Secrets stand in its headers.
pub(crate) fn request(
    method: Method,
    target: &Target,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
) -> Result<http::Request<Body>, SendError> {
    let unfit = || SendError::Url("the URL can't be sent".to_owned());
    let mut request = http::Request::new(body.map_or_else(Body::empty, Body::from));
    *request.method_mut() = match method {
        Method::Get => http::Method::GET,
        Method::Head => http::Method::HEAD,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
        Method::Options => http::Method::OPTIONS,
    };
    *request.uri_mut() = uri(target).ok_or_else(unfit)?;
    *request.headers_mut() = headers;
    Ok(request)
}

/// The target for the transport's parser, if both read it alike.
fn uri(target: &Target) -> Option<Uri> {
    let uri: Uri = target.as_str().parse().ok()?;
    let same = uri.scheme_str() == Some(target.scheme().as_str())
        && uri.host() == Some(target.host().to_string().as_str())
        && uri.port_u16().unwrap_or(target.scheme().default_port()) == target.port()
        && uri.path_and_query().map(|path| path.as_str()) == Some(target.path_and_query());
    same.then_some(uri)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The other parser that sees a URL must read the same out of it.
        #[test]
        fn whatever_the_policy_accepts_can_be_sent(
            url in "https?://([a-z][a-z0-9_-]{0,5}\\.){0,2}[a-z]{1,4}(:[1-9][0-9]{0,3})?(/[!-~]{0,9}){0,3}(\\?[!-~]{0,9})?",
        ) {
            if let Ok(target) = Target::parse(&url) {
                prop_assert!(uri(&target).is_some(), "{}", url);
            }
        }
    }
}
