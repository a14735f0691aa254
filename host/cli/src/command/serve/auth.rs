//! Who may change the server: whoever has the token.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use hospes::{Secret, SecretSource};
use hospes_solution::SecretFrom;
use subtle::ConstantTimeEq;

use super::app::Shared;
use super::error::{ADMIN_OFF, ApiError, UNAUTHORIZED};

/// A shorter token could be guessed.
const SHORTEST: usize = 16;

/// The token that opens what changes the server or shows its policy.
pub(super) struct Token(Secret);

impl Token {
    /// Reads `env:VARIABLE` or `file:PATH`.
    pub(super) fn read(from: &str) -> anyhow::Result<Token> {
        let wrong = |error: &dyn std::fmt::Display| anyhow::anyhow!("--token: {error}");
        let from = SecretFrom::parse(from)
            .map_err(|_| wrong(&"a token comes from `env:VARIABLE` or `file:PATH`"))?;
        let token = from.fetch().map_err(|error| wrong(&error))?;
        if token.expose().len() < SHORTEST {
            return Err(wrong(&format!(
                "a token has at least {SHORTEST} characters"
            )));
        }
        Ok(Token(token))
    }

    fn is(&self, given: &str) -> bool {
        self.0.expose().as_bytes().ct_eq(given.as_bytes()).into()
    }
}

/// Proof that a request carried the token: a handler that takes it can't be
/// reached without.
pub(super) struct Admin;

impl FromRequestParts<Shared> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Admin, ApiError> {
        let Some(token) = &app.token else {
            let how = "this server was started without a token: start it with `--token env:VARIABLE` or `--token file:PATH`";
            return Err(ApiError::new(&ADMIN_OFF, how));
        };
        let header = parts.headers.get(AUTHORIZATION);
        let Some(header) = header.and_then(|header| header.to_str().ok()) else {
            let how = "this needs the header `Authorization: Bearer TOKEN`";
            return Err(ApiError::new(&UNAUTHORIZED, how));
        };
        let given = header
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        match given {
            Some((_, given)) if token.is(given.trim()) => Ok(Admin),
            _ => Err(ApiError::new(
                &UNAUTHORIZED,
                "this is not the server's token",
            )),
        }
    }
}
