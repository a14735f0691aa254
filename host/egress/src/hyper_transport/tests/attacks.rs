//! Upstreams that abuse HTTP/2, each beside the nearest honest one.

use super::peer::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, OK, PING, PUSH_PROMISE, RST_STREAM,
    SETTINGS, literal,
};
use super::*;
use crate::tests::transports::{body, request};
use crate::{Request, Response, SendError, Timeouts};

const LIMITS: &[(&str, &str)] = &[("response-head", "4KiB"), ("response-body", "64KiB")];

/// What an upstream does with a request on this stream.
type Script = fn(&mut Peer<'_>, u32) -> std::io::Result<()>;

async fn answer(script: Script) -> Result<Response, SendError> {
    let upstream = upstream(move |peer| {
        let stream = peer.request()?;
        script(peer, stream)?;
        peer.drain()
    });
    let house = house(&upstream, LIMITS);
    house.get(&https(&upstream, "/")).await
}

fn is_interrupted(answer: &Result<Response, SendError>) -> bool {
    matches!(answer, Err(SendError::Interrupted(_)))
}

#[tokio::test]
async fn a_flood_over_http2_is_cut_at_the_limit() {
    let floods: [(&str, Script); 10] = [
        ("a body without an end", |peer, stream| {
            peer.write(HEADERS, END_HEADERS, stream, &[OK])?;
            loop {
                peer.write(DATA, 0, stream, &[b'x'; 1 << 10])?;
            }
        }),
        ("a body in single bytes", |peer, stream| {
            peer.write(HEADERS, END_HEADERS, stream, &[OK])?;
            loop {
                peer.write(DATA, 0, stream, b"x")?;
            }
        }),
        ("data without data", |peer, stream| {
            peer.write(HEADERS, END_HEADERS, stream, &[OK])?;
            loop {
                peer.write(DATA, 0, stream, b"")?;
            }
        }),
        ("a head without an end", |peer, stream| {
            peer.write(HEADERS, 0, stream, &[OK])?;
            loop {
                peer.write(CONTINUATION, 0, stream, &literal("x", "y"))?;
            }
        }),
        ("a head that goes on with nothing", |peer, stream| {
            peer.write(HEADERS, 0, stream, &[OK])?;
            loop {
                peer.write(CONTINUATION, 0, stream, &[])?;
            }
        }),
        ("a head that is too large", |peer, stream| {
            let mut head = vec![OK];
            for number in 0..70 {
                head.extend(literal(&format!("x-{number}"), &"v".repeat(60)));
            }
            peer.write(HEADERS, END_HEADERS | END_STREAM, stream, &head)
        }),
        ("too many headers", |peer, stream| {
            let mut head = vec![OK];
            for _ in 0..129 {
                head.extend(literal("x", "y"));
            }
            peer.write(HEADERS, END_HEADERS | END_STREAM, stream, &head)
        }),
        ("hints without an answer", |peer, stream| {
            loop {
                peer.write(HEADERS, END_HEADERS, stream, &literal(":status", "103"))?;
            }
        }),
        ("settings", |peer, _| {
            loop {
                peer.write(SETTINGS, 0, 0, &[])?;
            }
        }),
        ("pings", |peer, _| {
            loop {
                peer.write(PING, 0, 0, &[0; 8])?;
            }
        }),
    ];
    for (flood, script) in floods {
        let answer = answer(script).await;
        assert_eq!(answer, Err(SendError::TooLarge), "{flood}");
    }
}

#[tokio::test]
async fn what_only_resembles_a_flood_is_answered() {
    let honest: [(&str, Script); 6] = [
        ("a long body", |peer, stream| {
            peer.write(HEADERS, END_HEADERS, stream, &[OK])?;
            for _ in 0..63 {
                peer.write(DATA, 0, stream, &[b'x'; 1 << 10])?;
            }
            peer.write(DATA, END_STREAM, stream, &[b'x'; 1 << 10])
        }),
        ("a body in a thousand pieces", |peer, stream| {
            peer.write(HEADERS, END_HEADERS, stream, &[OK])?;
            for _ in 0..1000 {
                peer.write(DATA, 0, stream, b"x")?;
            }
            peer.write(DATA, END_STREAM, stream, b"")
        }),
        ("a head in pieces", |peer, stream| {
            peer.write(HEADERS, END_STREAM, stream, &[OK])?;
            peer.write(CONTINUATION, 0, stream, &literal("x-a", "1"))?;
            peer.write(CONTINUATION, END_HEADERS, stream, &literal("x-b", "2"))
        }),
        ("hints before the answer", |peer, stream| {
            for _ in 0..3 {
                peer.write(HEADERS, END_HEADERS, stream, &literal(":status", "103"))?;
            }
            peer.answer(stream, "ok")
        }),
        ("settings and pings", |peer, stream| {
            for _ in 0..10 {
                peer.write(SETTINGS, 0, 0, &[])?;
                peer.write(PING, 0, 0, &[0; 8])?;
            }
            peer.answer(stream, "ok")
        }),
        ("trailers", |peer, stream| {
            peer.write(HEADERS, END_HEADERS, stream, &[OK])?;
            peer.write(DATA, 0, stream, b"ok")?;
            let flags = END_HEADERS | END_STREAM;
            peer.write(HEADERS, flags, stream, &literal("x-checksum", "1"))
        }),
    ];
    for (kind, script) in honest {
        let answer = answer(script).await;
        assert_eq!(answer.map(|answer| answer.status), Ok(200), "{kind}");
    }
}

/// A header of a hundred bytes goes into the table, and then costs a byte for
/// each time that it is named.
fn bomb(times: usize) -> Vec<u8> {
    let mut head = vec![OK, 0x40];
    head.extend([3]);
    head.extend(b"x-a");
    head.extend([100]);
    head.extend([b'v'; 100]);
    // The first place of the dynamic table.
    head.extend(vec![0x80 | 62; times]);
    head
}

#[tokio::test]
async fn a_head_that_unfolds_to_more_than_the_limit_is_refused() {
    let unfolding: [(Script, bool); 3] = [
        (
            |peer, stream| peer.write(HEADERS, END_HEADERS | END_STREAM, stream, &bomb(3)),
            true,
        ),
        (
            |peer, stream| peer.write(HEADERS, END_HEADERS | END_STREAM, stream, &bomb(60)),
            false,
        ),
        (
            |peer, stream| peer.write(HEADERS, END_HEADERS | END_STREAM, stream, &bomb(16_000)),
            false,
        ),
    ];
    for (script, is_answered) in unfolding {
        let answer = answer(script).await;
        assert_eq!(answer.is_ok(), is_answered, "{answer:?}");
        let is_refused = matches!(
            answer,
            Ok(_) | Err(SendError::TooLarge | SendError::Interrupted(_))
        );
        assert!(is_refused, "{answer:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_http2_is_interrupted() {
    let wrong: [(&str, Script); 9] = [
        ("no status", |peer, stream| {
            let flags = END_HEADERS | END_STREAM;
            peer.write(HEADERS, flags, stream, &literal("x", "y"))
        }),
        ("a header in capitals", |peer, stream| {
            let head = [vec![OK], literal("X-A", "1")].concat();
            peer.write(HEADERS, END_HEADERS | END_STREAM, stream, &head)
        }),
        ("a header of HTTP/1.1", |peer, stream| {
            let head = [vec![OK], literal("transfer-encoding", "chunked")].concat();
            peer.write(HEADERS, END_HEADERS | END_STREAM, stream, &head)
        }),
        ("less than the length", |peer, stream| {
            let head = [vec![OK], literal("content-length", "10")].concat();
            peer.write(HEADERS, END_HEADERS, stream, &head)?;
            peer.write(DATA, END_STREAM, stream, b"short")
        }),
        ("more than the length", |peer, stream| {
            let head = [vec![OK], literal("content-length", "2")].concat();
            peer.write(HEADERS, END_HEADERS, stream, &head)?;
            peer.write(DATA, END_STREAM, stream, b"too long")
        }),
        ("data before a head", |peer, stream| {
            peer.write(DATA, END_STREAM, stream, b"ok")
        }),
        ("an answer that nobody asked for", |peer, stream| {
            peer.answer(stream + 2, "smuggled")
        }),
        ("a promise", |peer, stream| {
            let promise = [&(stream + 1).to_be_bytes()[..], &[0x82, 0x84]].concat();
            peer.write(PUSH_PROMISE, END_HEADERS, stream, &promise)
        }),
        ("a table that is too large", |peer, stream| {
            let head = [&[0x3f, 0xff, 0xff, 0xff, 0x07][..], &[OK]].concat();
            peer.write(HEADERS, END_HEADERS | END_STREAM, stream, &head)
        }),
    ];
    for (kind, script) in wrong {
        let answer = answer(script).await;
        assert!(is_interrupted(&answer), "{kind}: {answer:?}");
    }
}

#[tokio::test]
async fn more_than_the_window_is_interrupted() {
    let answer = answer(|peer, stream| {
        peer.write(HEADERS, END_HEADERS, stream, &[OK])?;
        // Two megabytes at once, whatever was read of them.
        let flood = vec![b'x'; 16 << 10];
        for _ in 0..128 {
            peer.write(DATA, 0, stream, &flood)?;
        }
        Ok(())
    })
    .await;
    let is_refused = matches!(answer, Err(SendError::TooLarge | SendError::Interrupted(_)));
    assert!(is_refused, "{answer:?}");
}

#[tokio::test]
async fn silence_on_one_stream_is_its_timeout_and_no_other() {
    for said in [false, true] {
        let (tell_reset, reset) = telling();
        let upstream = upstream(move |peer| {
            let stream = peer.request()?;
            if said {
                peer.write(HEADERS, END_HEADERS, stream, &[OK])?;
                peer.write(DATA, 0, stream, b"half")?;
            }
            let frame = peer.next(RST_STREAM)?;
            tell(&tell_reset, frame.stream == stream);
            peer.serve()
        });
        let house = house(&upstream, &[]);
        let url = https(&upstream, "/");
        let asked = Request {
            timeouts: Timeouts::total(Some(Duration::from_millis(100))),
            ..request("GET", &url)
        };
        let answer = house.send(asked).await;
        assert_eq!(answer, Err(SendError::Timeout), "{said}");
        let was_reset = tokio::task::spawn_blocking(move || told(&reset));
        assert!(was_reset.await.unwrap());
        // The same connection serves on.
        assert_eq!(body(&house.get(&url).await.unwrap()), "1");
        assert_eq!(upstream.connections(), 1);
    }
}

#[tokio::test]
async fn a_node_may_wait_less_on_a_stream_too() {
    let quick = Some(Duration::from_millis(50));
    let first_byte = Timeouts {
        first_byte: quick,
        ..Timeouts::default()
    };
    let between_bytes = Timeouts {
        between_bytes: quick,
        ..Timeouts::default()
    };
    for (said, timeouts) in [(false, first_byte), (true, between_bytes)] {
        let upstream = upstream(move |peer| {
            let stream = peer.request()?;
            if said {
                peer.write(HEADERS, END_HEADERS, stream, &[OK])?;
                peer.write(DATA, 0, stream, b"half")?;
            }
            peer.drain()
        });
        let asked = Request {
            timeouts,
            ..request("GET", &https(&upstream, "/"))
        };
        let answer = house(&upstream, &[]).send(asked).await;
        assert_eq!(answer, Err(SendError::Timeout), "{said}");
    }
}

#[tokio::test]
async fn a_flood_on_an_idle_connection_ends_it_and_nothing_else() {
    let (tell_ended, ended) = telling();
    let upstream = upstream(move |peer| {
        let stream = peer.request()?;
        peer.answer(stream, "ok")?;
        let second = peer.request()?;
        peer.answer(second, "ok")?;
        while peer.write(PING, 0, 0, &[0; 8]).is_ok() {}
        tell(&tell_ended, ());
        Ok(())
    });
    let house = house(&upstream, &[]);
    let url = https(&upstream, "/");
    for _ in 0..2 {
        assert_eq!(body(&house.get(&url).await.unwrap()), "ok");
    }
    let over = tokio::task::spawn_blocking(move || told(&ended));
    over.await.unwrap();
    assert_eq!(body(&house.get(&url).await.unwrap()), "ok");
    assert_eq!(upstream.connections(), 2);
}
