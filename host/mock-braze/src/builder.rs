//! The settings of the stand-in, each with its default.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::answer::RateLimitStyle;
use crate::check::{ObjectLimit, Rules};
use crate::exchange::Exchange;
use crate::handler::{Handler, Hook, Settings};
use crate::mock_braze::MockBraze;
use crate::quota::Window;
use crate::script::Script;
use crate::server::Server;

/// The key that is let in when none was set. It says what it is, so that nobody mistakes it for a secret.
pub const DEFAULT_KEY: &str = "mock-braze-key-not-a-secret";

/// Collects the settings; [`start`](Self::start) runs the server.
#[must_use = "nothing listens until `start` is called"]
pub struct Builder {
    listen: SocketAddr,
    key: String,
    forbidden: bool,
    rules: Rules,
    style: RateLimitStyle,
    rate: Option<(u32, Duration)>,
    script: Script,
    hook: Option<Hook>,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("listen", &self.listen)
            .field("script", &self.script)
            .finish_non_exhaustive()
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            key: DEFAULT_KEY.to_owned(),
            forbidden: false,
            rules: Rules::default(),
            style: RateLimitStyle::default(),
            rate: None,
            script: Script::default(),
            hook: None,
        }
    }
}

impl MockBraze {
    /// The settings, each at its default.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// Where to listen; port 0 takes a free one. Default: `127.0.0.1:0`.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// The API key to let in. Default: [`DEFAULT_KEY`].
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Treats the key as valid but without the permission `users.track`: 403. Default: permitted.
    pub fn forbidden(mut self) -> Self {
        self.forbidden = true;
        self
    }

    /// How many objects one request may bring. Default: [`ObjectLimit::Combined`].
    pub fn limit(mut self, limit: ObjectLimit) -> Self {
        self.rules.limit = limit;
        self
    }

    /// Refuses objects with this `external_id`, as Braze does for a dummy user it blocked. Default: none.
    pub fn block_external_id(mut self, id: impl Into<String>) -> Self {
        self.rules.blocked.insert(id.into());
        self
    }

    /// Knows these subscription groups and refuses any other. Default: any id is taken.
    pub fn subscription_groups<I>(mut self, ids: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.rules.groups = Some(ids.into_iter().map(Into::into).collect());
        self
    }

    /// Which rate-limit headers a 429 carries, and how `X-RateLimit-Reset` counts.
    /// Default: [`RateLimitStyle::Reset`].
    pub fn rate_limit_style(mut self, style: RateLimitStyle) -> Self {
        self.style = style;
        self
    }

    /// Answers 429 to more than `requests` admitted requests in each window of `per`. Default: no limit.
    pub fn rate_limit(mut self, requests: u32, per: Duration) -> Self {
        self.rate = Some((requests, per));
        self
    }

    /// The answers to play before the honest ones. Default: none.
    pub fn script(mut self, script: impl Into<Script>) -> Self {
        self.script = script.into();
        self
    }

    /// Calls `hook` once for each request with what will be answered, just before it is.
    ///
    /// It runs on the server's thread: while it works, nobody is served. Default: nothing is called.
    pub fn on_exchange(mut self, hook: impl Fn(&Exchange) + Send + Sync + 'static) -> Self {
        self.hook = Some(Box::new(hook));
        self
    }

    /// Listens and serves.
    ///
    /// Fails if the address cannot be bound, or with [`InvalidInput`](io::ErrorKind::InvalidInput) if the key
    /// is empty or a step of the script makes no sense.
    pub fn start(self) -> io::Result<MockBraze> {
        if self.key.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the key of the mock is empty",
            ));
        }
        self.script
            .check()
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let now = Instant::now();
        let window = match self.rate {
            Some((limit, per)) => Window::enforced(limit, per, now),
            None => Window::shown(now),
        };
        let settings = Settings {
            key: self.key,
            forbidden: self.forbidden,
            rules: self.rules,
            style: self.style,
        };
        let handler = Arc::new(Handler::new(settings, self.script, window, self.hook));
        let server = Server::start(self.listen, Arc::clone(&handler))?;
        Ok(MockBraze { server, handler })
    }
}
