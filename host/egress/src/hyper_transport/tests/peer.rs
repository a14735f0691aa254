//! The other side of HTTP/2, frame by frame: it can write whatever it likes.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PUSH_PROMISE: u8 = 5;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;

pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

/// `:status: 200`, from the static table.
pub(super) const OK: u8 = 0x88;

/// A frame that has come in.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

pub(super) struct Peer<'s> {
    tls: StreamOwned<ServerConnection, &'s mut TcpStream>,
}

impl<'s> Peer<'s> {
    /// Agrees on TLS and HTTP/2.
    pub(super) fn accept(
        stream: &'s mut TcpStream,
        config: &Arc<ServerConfig>,
    ) -> io::Result<Peer<'s>> {
        let connection = ServerConnection::new(Arc::clone(config)).unwrap();
        let mut tls = StreamOwned::new(connection, stream);
        let mut preface = [0; 24];
        tls.read_exact(&mut preface)?;
        assert_eq!(&preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        let mut peer = Peer { tls };
        peer.write(SETTINGS, 0, 0, &[])?;
        Ok(peer)
    }

    pub(super) fn write(
        &mut self,
        kind: u8,
        flags: u8,
        stream: u32,
        payload: &[u8],
    ) -> io::Result<()> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut frame = length[1..].to_vec();
        frame.extend([kind, flags]);
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        self.tls.write_all(&frame)?;
        self.tls.flush()
    }

    pub(super) fn read(&mut self) -> io::Result<Frame> {
        let mut head = [0; 9];
        self.tls.read_exact(&mut head)?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.tls.read_exact(&mut payload)?;
        Ok(Frame {
            kind: head[3],
            flags: head[4],
            stream: u32::from_be_bytes([head[5], head[6], head[7], head[8]]),
            payload,
        })
    }

    /// The next frame of this kind; settings and pings are acknowledged on the
    /// way.
    pub(super) fn next(&mut self, kind: u8) -> io::Result<Frame> {
        loop {
            let frame = self.read()?;
            match (frame.kind, frame.flags & ACK) {
                (SETTINGS, 0) => self.write(SETTINGS, ACK, 0, &[])?,
                (PING, 0) => self.write(PING, ACK, 0, &frame.payload)?,
                _ => {}
            }
            if frame.kind == kind {
                return Ok(frame);
            }
        }
    }

    /// The stream of the next request, when all of it has come.
    pub(super) fn request(&mut self) -> io::Result<u32> {
        let mut frame = self.next(HEADERS)?;
        while frame.flags & END_STREAM == 0 {
            frame = self.next(DATA)?;
            // As much again may come, on the stream and on the connection.
            let length = u32::try_from(frame.payload.len()).unwrap();
            for stream in [frame.stream, 0] {
                self.write(WINDOW_UPDATE, 0, stream, &length.to_be_bytes())?;
            }
        }
        Ok(frame.stream)
    }

    pub(super) fn answer(&mut self, stream: u32, body: &str) -> io::Result<()> {
        self.write(HEADERS, END_HEADERS, stream, &[OK])?;
        self.write(DATA, END_STREAM, stream, body.as_bytes())
    }

    /// Resets a stream, with an error code.
    pub(super) fn reset(&mut self, stream: u32, code: u32) -> io::Result<()> {
        self.write(RST_STREAM, 0, stream, &code.to_be_bytes())
    }

    /// Says that streams above this one are not looked at, and why.
    pub(super) fn go_away(&mut self, last: u32, code: u32, why: &str) -> io::Result<()> {
        let mut payload = [last.to_be_bytes(), code.to_be_bytes()].concat();
        payload.extend(why.as_bytes());
        self.write(GOAWAY, 0, 0, &payload)
    }

    /// Answers all further requests with their number on this connection.
    pub(super) fn serve(&mut self) -> io::Result<()> {
        for number in 1.. {
            let stream = self.request()?;
            self.answer(stream, &number.to_string())?;
        }
        Ok(())
    }

    /// Reads until the client hangs up.
    pub(super) fn drain(&mut self) -> io::Result<()> {
        loop {
            self.read()?;
        }
    }
}

/// A header that is written out, and not put into the table.
pub(super) fn literal(name: &str, value: &str) -> Vec<u8> {
    let mut line = vec![0];
    for text in [name, value] {
        assert!(text.len() < 127);
        line.push(u8::try_from(text.len()).unwrap());
        line.extend(text.as_bytes());
    }
    line
}
