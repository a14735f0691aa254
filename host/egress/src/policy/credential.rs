//! Which headers hold credentials.
//!
//! Where the operator has bound a secret to an origin, requests to it use the
//! identity that the operator chose. A node that could add another credential
//! could send the operator's data into a foreign account there. There is no
//! complete list of such headers, so the words in a header's name decide.

/// Words that mark a credential anywhere in a name.
const CREDENTIAL: &[&str] = &[
    "accesskey",
    "apikey",
    "auth",
    "authentication",
    "authorization",
    "cookie",
    "cookie2",
    "credential",
    "credentials",
    "jwt",
    "passwd",
    "password",
    "secret",
];

/// Words before `key` or `token` at the end of a name that mean it is not a
/// credential.
const NO_CREDENTIAL: &[&str] = &[
    "cache",
    "continuation",
    "csrf",
    "deduplication",
    "idempotency",
    "page",
    "partition",
    "routing",
    "sort",
    "surrogate",
    "sync",
    "xsrf",
];

/// Whether a header of this name holds a credential. Case is ignored, and
/// underscores count as dashes.
pub(crate) fn is_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut words = name.split(['-', '_']);
    let is = |known: &[&str], word: &str| known.contains(&word);
    if words.clone().any(|word| is(CREDENTIAL, word)) {
        return true;
    }
    let last = words.next_back();
    let before = words.next_back();
    matches!(last, Some("key" | "token")) && !before.is_some_and(|word| is(NO_CREDENTIAL, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_a_credential_by_its_name() {
        for name in [
            "Authorization",
            "cookie",
            "Cookie2",
            "x-api-key",
            "X_API_KEY",
            "api-key",
            "apikey",
            "x-apikey",
            "x-goog-api-key",
            "dd-application-key",
            "ocp-apim-subscription-key",
            "x-key",
            "private-token",
            "x-auth-token",
            "x-amz-security-token",
            "x-shopify-access-token",
            "x-client-secret",
            "php-auth-user",
            "x-auth",
            "token",
        ] {
            assert!(is_credential(name), "{name}");
        }
        for name in [
            "accept",
            "content-type",
            "idempotency-key",
            "x_idempotency_key",
            "x-csrf-token",
            "x-page-token",
            "surrogate-key",
            "keys",
            "x-key-id",
            "x-tokens",
            "author",
            "x-authored-by",
            "x-request-id",
            "user-agent",
            "if-none-match",
            "-",
        ] {
            assert!(!is_credential(name), "{name}");
        }
    }
}
