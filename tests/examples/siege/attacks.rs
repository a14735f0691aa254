//! What clients and nodes can do to a server. Each attack has an address of its
//! own, and counts how often it did what it does.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use crate::args::Args;
use crate::client::{connect, execution};
use crate::server::Server;

/// Connections of an attack that holds some.
const SOME: usize = 64;

/// Does its worst until it is told to stop.
type Attack = fn(&Siege<'_>) -> u64;

const ATTACKS: [(&str, Attack); 9] = [
    ("slow heads", slow_heads),
    ("slow bodies", slow_bodies),
    ("idle connections", idle),
    ("huge bodies", huge_bodies),
    ("looping guests", looping),
    ("flooding guests", flooding),
    ("bursts", bursts),
    ("lying lengths", lying),
    ("readers that don't read", not_reading),
];

/// What an attack needs to know.
struct Siege<'s> {
    server: &'s Server,
    stop: &'s AtomicBool,
    /// The last part of the address it comes from.
    from: u8,
    idle: usize,
}

impl Siege<'_> {
    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    fn connect(&self) -> io::Result<TcpStream> {
        connect(self.from, self.server.address)
    }

    /// Holds so many connections, and does something with each again and again.
    /// One that fails is replaced, and counted.
    fn hold(&self, many: usize, first: &str, again: &[u8], pause: Duration) -> u64 {
        let (mut held, mut count) = (Vec::new(), 0);
        while self.goes_on() {
            while held.len() < many && self.goes_on() {
                let begun = self.connect().and_then(|mut stream| {
                    stream.write_all(first.as_bytes())?;
                    Ok(stream)
                });
                match begun {
                    Ok(stream) => held.push(stream),
                    Err(_) => break,
                }
                count += 1;
            }
            thread::sleep(pause);
            held.retain_mut(|stream| is_open(stream) && stream.write_all(again).is_ok());
        }
        count
    }

    /// Sends these bytes, reads a little of what comes, and goes away.
    fn once(&self, bytes: &[u8]) -> io::Result<()> {
        let mut stream = self.connect()?;
        stream.write_all(bytes)?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        _ = stream.read(&mut [0; 512])?;
        Ok(())
    }

    /// Does something again and again, from so many threads.
    fn repeat(&self, threads: usize, what: impl Fn(u64) -> io::Result<()> + Sync) -> u64 {
        thread::scope(|scope| {
            let work = || {
                let mut count = 0;
                while self.goes_on() {
                    if what(count).is_err() {
                        thread::sleep(Duration::from_millis(10));
                    }
                    count += 1;
                }
                count
            };
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            workers
                .into_iter()
                .map(|worker| worker.join().unwrap_or(0))
                .sum()
        })
    }
}

/// Begins all of them.
pub(crate) fn begin<'scope>(
    scope: &'scope Scope<'scope, '_>,
    server: &'scope Server,
    args: &'scope Args,
    stop: &'scope AtomicBool,
) -> Vec<(&'static str, ScopedJoinHandle<'scope, u64>)> {
    let wanted = |name: &str| args.only.is_empty() || args.only.iter().any(|only| only == name);
    let attacks = ATTACKS
        .iter()
        .zip(2..)
        .filter(|((name, _), _)| wanted(name));
    let begin = |((name, attack), from): (&(&'static str, Attack), u8)| {
        let attack = *attack;
        let idle = args.idle;
        let siege = Siege {
            server,
            stop,
            from,
            idle,
        };
        let begin = move || {
            // Elsewhere, clients would not take the server's processors.
            _ = rustix::process::nice(10);
            attack(&siege)
        };
        (*name, scope.spawn(begin))
    };
    attacks.map(begin).collect()
}

/// Whether the server has not closed it.
fn is_open(stream: &TcpStream) -> bool {
    _ = stream.set_nonblocking(true);
    let open = !matches!(stream.peek(&mut [0]), Ok(0))
        && stream.take_error().is_ok_and(|error| error.is_none());
    _ = stream.set_nonblocking(false);
    open
}

fn slow_heads(siege: &Siege<'_>) -> u64 {
    let head = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ";
    siege.hold(SOME, head, b"x", Duration::from_millis(100))
}

fn slow_bodies(siege: &Siege<'_>) -> u64 {
    let head = "POST /v1/nodes/hello/execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                Content-Length: 2000000\r\n\r\n{";
    siege.hold(SOME, head, b" ", Duration::from_millis(100))
}

fn idle(siege: &Siege<'_>) -> u64 {
    siege.hold(siege.idle, "", b"", Duration::from_millis(200))
}

fn huge_bodies(siege: &Siege<'_>) -> u64 {
    let head = "POST /v1/nodes/hello/execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let part = vec![b' '; 64 << 10];
    siege.repeat(4, |count| {
        let mut stream = siege.connect()?;
        match count % 2 {
            0 => write!(stream, "{head}Content-Length: 99999999999\r\n\r\n")?,
            _ => write!(stream, "{head}Transfer-Encoding: chunked\r\n\r\n")?,
        }
        for _ in 0..64 {
            if count % 2 == 1 {
                write!(stream, "{:x}\r\n", part.len())?;
            }
            stream.write_all(&part)?;
            if count % 2 == 1 {
                stream.write_all(b"\r\n")?;
            }
        }
        Ok(())
    })
}

fn looping(siege: &Siege<'_>) -> u64 {
    let request = execution("loops", "1", "Connection: close\r\n");
    siege.repeat(4, |_| siege.once(request.as_bytes()))
}

fn flooding(siege: &Siege<'_>) -> u64 {
    let floods = execution("floods", "1000000", "Connection: close\r\n");
    let huge = execution("huge", "900000", "Connection: close\r\n");
    siege.repeat(2, |count| match count % 2 {
        0 => siege.once(floods.as_bytes()),
        _ => siege.once(huge.as_bytes()),
    })
}

fn bursts(siege: &Siege<'_>) -> u64 {
    let request = execution("hello", "{\"name\":\"Ada\"}", "");
    siege.repeat(1, |_| {
        let burst: io::Result<Vec<TcpStream>> = (0..SOME)
            .map(|_| {
                let mut stream = siege.connect()?;
                stream.write_all(request.as_bytes())?;
                Ok(stream)
            })
            .collect();
        drop(burst?);
        thread::sleep(Duration::from_millis(100));
        Ok(())
    })
}

fn lying(siege: &Siege<'_>) -> u64 {
    let head = "POST /v1/nodes/hello/execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let lies = [
        "Content-Length: 5\r\n\r\n{\"payload\": {\"name\": \"Ada\"}}",
        "Content-Length: -1\r\n\r\n",
        "Content-Length: 10\r\nContent-Length: 20\r\n\r\n0123456789",
        "Content-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx\r\n",
        "Transfer-Encoding: gzip\r\n\r\n",
        "Content-Length: 18446744073709551616\r\n\r\n",
    ];
    siege.repeat(2, |count| {
        let lie = lies.get(count as usize % lies.len()).unwrap_or(&"");
        siege.once(format!("{head}{lie}").as_bytes())
    })
}

fn not_reading(siege: &Siege<'_>) -> u64 {
    let events = "Accept: text/event-stream\r\n";
    let huge = execution("huge", "1000000", "");
    let floods = execution("floods", "1000000", events);
    let openapi = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(50);
    let request = [openapi, huge, floods].concat();
    siege.hold(SOME / 4, &request, b"", Duration::from_millis(100))
}
