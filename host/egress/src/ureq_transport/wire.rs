//! Between ureq and the socket.
//!
//! Each request tells ureq what it may dial, and ureq is watched while it
//! writes and reads. A call runs on one thread from its first step to its last,
//! so its state is kept in a thread-local while it runs:
//!
//! - [`Judged`] is the resolver of ureq, and returns exactly the addresses that
//!   the gate has checked. ureq's default resolver is not built in.
//! - [`Wire`] notes when the first byte of a request is sent. Before that a
//!   failure means that nothing was sent; after that it is unknown.
//! - [`Wire`] adds the secrets in the very buffer that goes to the socket (or
//!   to TLS). Until then `*` stands in their place: ureq logs request heads at
//!   its most verbose level, and can't log what it never had.
//! - [`Wire`] wipes that buffer when it has been sent.
//! - [`Wire`] counts what is received. Informational responses, chunk
//!   extensions and trailers are bytes that no body limit counts.
//! - [`Wire`] waits for the first byte of a response, and between bytes, no
//!   longer than the call may.
//! - [`Wire`] turns a broken connection into an error where ureq would take it
//!   for the end of a body.
//! - [`Shared`] lets the owner of the call close its socket from outside.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderName, HeaderValue, Uri};
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, RustlsConnector, TcpConnector, Transport,
};
use zeroize::Zeroize;

use super::abandon::{Shared, Socket};
use crate::lock::lock;

/// ureq panics if it gets more addresses than it has room for.
const MAX_ADDRESSES: usize = 16;

/// The state of the call that runs on this thread.
pub(super) struct Call {
    pub(super) addresses: Vec<SocketAddr>,
    /// Names in lower case, and the values that follow them.
    pub(super) secrets: Vec<(HeaderName, HeaderValue)>,
    pub(super) max_read: u64,
    pub(super) timeouts: ReadTimeouts,
    pub(super) shared: Arc<Shared>,
    placed: usize,
    head_is_out: bool,
    sent: bool,
    read: u64,
}

/// How long a call waits for incoming bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadTimeouts {
    pub(super) first_byte: Duration,
    pub(super) between_bytes: Duration,
}

/// What happened during a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trace {
    /// Whether any byte of the request was sent.
    pub(super) sent: bool,
    /// Whether more was received than a call may read.
    pub(super) overrun: bool,
}

thread_local! {
    static CALL: RefCell<Option<Call>> = const { RefCell::new(None) };
}

/// Runs `work` as a call, and returns its trace with the result.
pub(super) fn call<T>(
    addresses: Vec<SocketAddr>,
    secrets: Vec<(HeaderName, HeaderValue)>,
    max_read: u64,
    timeouts: ReadTimeouts,
    shared: Arc<Shared>,
    work: impl FnOnce() -> T,
) -> (T, Trace) {
    /// Clears the state for the next call on this thread, also after a panic.
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            CALL.set(None);
        }
    }
    let _leave = Leave;
    let (placed, head_is_out, sent, read) = (0, false, false, 0);
    CALL.set(Some(Call {
        addresses,
        secrets,
        max_read,
        timeouts,
        shared,
        placed,
        head_is_out,
        sent,
        read,
    }));
    let result = work();
    let trace = with(|call| {
        Ok(Trace {
            sent: call.sent,
            overrun: call.read > call.max_read,
        })
    });
    // Without a trace, assume the worst.
    (
        result,
        trace.unwrap_or(Trace {
            sent: true,
            overrun: false,
        }),
    )
}

fn with<T>(work: impl FnOnce(&mut Call) -> Result<T, Error>) -> Result<T, Error> {
    CALL.with_borrow_mut(|call| match call {
        Some(call) => work(call),
        None => Err(broken("outside of a call")),
    })
}

fn broken(why: &'static str) -> Error {
    Error::Other(why.into())
}

impl Call {
    /// Replaces the stars after the names of secret headers with the secrets.
    fn place_secrets(&mut self, output: &mut [u8]) -> Result<(), Error> {
        let mut rest = output;
        while !self.head_is_out {
            let Some(end) = memchr::memmem::find(rest, b"\r\n") else {
                break;
            };
            let (line, after) = rest.split_at_mut(end + 2);
            let line = line.get_mut(..end).unwrap_or_default();
            if line.is_empty() {
                self.head_is_out = true;
            } else {
                for (name, value) in &self.secrets {
                    if let Some(stars) = value_of(line, name.as_str())
                        && stars.len() == value.len()
                        && stars.iter().all(|byte| *byte == b'*')
                    {
                        stars.copy_from_slice(value.as_bytes());
                        self.placed += 1;
                    }
                }
            }
            rest = after;
        }
        if self.head_is_out && self.placed != self.secrets.len() {
            return Err(broken("a secret found no place"));
        }
        Ok(())
    }
}

fn value_of<'a>(line: &'a mut [u8], name: &str) -> Option<&'a mut [u8]> {
    let (start, value) = line.split_at_mut_checked(name.len() + 2)?;
    (start.strip_suffix(b": ") == Some(name.as_bytes())).then_some(value)
}

/// Returns the checked addresses of the call for every name.
#[derive(Debug)]
pub(super) struct Judged;

impl Resolver for Judged {
    fn resolve(
        &self,
        _uri: &Uri,
        _config: &Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        with(|call| {
            let mut addresses = self.empty();
            for address in call.addresses.iter().take(MAX_ADDRESSES) {
                addresses.push(*address);
            }
            if addresses.is_empty() {
                Err(Error::HostNotFound)
            } else {
                Ok(addresses)
            }
        })
    }
}

/// Connects by TCP, and by TLS where the scheme asks for it. Never through a
/// proxy.
#[derive(Debug, Default)]
pub(super) struct Connect {
    tcp: TcpConnector,
    tls: RustlsConnector,
}

impl Connector for Connect {
    type Out = Wire;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Wire>, Error> {
        let shared = with(|call| Ok(Arc::clone(&call.shared)))?;
        let socket: Arc<Mutex<Option<Socket>>> = Arc::default();
        let register = Arc::clone(&details.register_shutdown);
        let opened = Arc::clone(&socket);
        let mut addrs = details.resolver.empty();
        for address in &details.addrs {
            addrs.push(*address);
        }
        let details = ConnectionDetails {
            uri: details.uri,
            addrs,
            config: details.config,
            // Time limits are set per request, TLS settings are the same for
            // all: `true` would build them again each time.
            request_level: false,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: Arc::clone(&details.current_time),
            run_connector: Arc::clone(&details.run_connector),
            register_shutdown: Arc::new(move |handle: Socket| {
                *lock(&opened) = Some(handle.clone());
                // From here on, so that a handshake can be interrupted as well.
                shared.attach(handle.clone());
                register(handle)
            }),
        };
        let tcp = Connector::<()>::connect(&self.tcp, &details, None)?;
        let inner: Box<dyn Transport> = match self.tls.connect(&details, tcp)? {
            Some(inner) => Box::new(inner),
            None => return Ok(None),
        };
        let socket = lock(&socket).take();
        Ok(Some(Wire { inner, socket }))
    }
}

/// A connection that is watched.
pub(super) struct Wire {
    inner: Box<dyn Transport>,
    socket: Option<Socket>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Transport for Wire {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let placed = with(|call| {
            if let Some(socket) = &self.socket {
                call.shared.attach(socket.clone());
            }
            let output = self.inner.buffers().output().get_mut(..amount);
            let before = call.placed;
            call.place_secrets(output.unwrap_or_default())?;
            call.sent = true;
            Ok(call.placed > before)
        })?;
        let sent = self.inner.transmit_output(amount, timeout);
        if placed && let Some(output) = self.inner.buffers().output().get_mut(..amount) {
            output.zeroize();
        }
        sent
    }

    fn await_input(&mut self, mut timeout: NextTimeout) -> Result<bool, Error> {
        let longest = with(|call| {
            Ok(if call.read == 0 {
                call.timeouts.first_byte
            } else {
                call.timeouts.between_bytes
            })
        })?;
        timeout.after = timeout.after.min(longest.into());
        let before = self.inner.buffers().input().len();
        let progress = self.inner.await_input(timeout).map_err(not_an_end)?;
        let came = self.inner.buffers().input().len().saturating_sub(before);
        with(|call| {
            call.read = call.read.saturating_add(came as u64);
            if call.read > call.max_read {
                Err(broken("too much came back"))
            } else {
                Ok(progress)
            }
        })
    }

    fn is_open(&mut self) -> bool {
        // ureq calls this before it keeps a connection for the next call: from
        // then on this call must not be able to close it.
        let _ = with(|call| {
            call.shared.detach();
            Ok(())
        });
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// ureq takes a reset, or TLS that was cut off, for the end of a body without a
/// stated length. That is wrong: an attacker on the network could cut any
/// response short like that.
fn not_an_end(error: Error) -> Error {
    match error {
        Error::Io(error)
            if matches!(
                error.kind(),
                io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::ConnectionReset
            ) =>
        {
            broken("the connection broke")
        }
        other => other,
    }
}
