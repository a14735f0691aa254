//! Responses: from what the transport received to what a node gets.

use http::HeaderMap;

use crate::request::HEADER;
use crate::room::Room;
use crate::scrub::Scrubber;
use crate::send_error::SendError;

/// Headers that are about one connection, not about the response.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A response as a node gets it: header names in lower case, no hop-by-hop
/// headers, secrets blanked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status, from 200 to 999.
    pub status: u16,
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// The memory it takes, freed when it is dropped.
    pub room: Room,
}

impl Response {
    /// Gives the response its room.
    pub(crate) fn with(self, room: Room) -> Response {
        Response { room, ..self }
    }

    /// The memory it takes, in bytes.
    pub(crate) fn bytes(headers: &[(String, String)], body: &[u8]) -> u64 {
        let header = |(name, value): &(String, String)| HEADER + name.len() + value.len();
        let headers: usize = headers.iter().map(header).sum();
        (headers + body.len()) as u64
    }
}

/// A response as the transport received it.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn new(status: u16, headers: &HeaderMap, body: Vec<u8>) -> Received {
        let text =
            |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = headers.iter();
        Received {
            status,
            headers: headers
                .map(|(name, value)| (name.as_str().to_owned(), text(value)))
                .collect(),
            body,
        }
    }
}

/// Strips a response and blanks out secrets. `bound` tells whether any secret
/// may go to its origin.
pub(crate) fn clean(
    received: Received,
    bound: bool,
    scrubber: &Scrubber,
) -> Result<Response, SendError> {
    let Received {
        status,
        mut headers,
        mut body,
    } = received;
    // The transport skips informational responses, and 101 would give the node
    // a raw connection.
    if !(200..=999).contains(&status) {
        return Err(SendError::Interrupted(format!(
            "the answer has the status {status}"
        )));
    }
    for (name, _) in &mut headers {
        name.make_ascii_lowercase();
    }
    // No request asks for compression (only the host could set
    // `accept-encoding`, and it never does), and in a compressed body an echoed
    // secret can't be found. An upstream can also repeat what an earlier
    // request carried.
    let compressed = |(name, value): &(String, String)| {
        name == "content-encoding" && !value.trim().eq_ignore_ascii_case("identity")
    };
    if bound && !body.is_empty() && headers.iter().any(compressed) {
        let why = "the answer is compressed, which was not asked for, so a secret could not be blanked out";
        return Err(SendError::Interrupted(why.to_owned()));
    }
    strip(&mut headers);
    let mut withhold = false;
    for (name, value) in &mut headers {
        for text in [name, value] {
            if let Some(echoes) = scrubber.find(text.as_bytes()) {
                withhold |= echoes.withhold;
                let clean = echoes.blank(text.as_bytes());
                *text = String::from_utf8_lossy(&clean).into_owned();
            }
        }
    }
    if let Some(echoes) = scrubber.find(&body) {
        withhold |= echoes.withhold;
        body = echoes.blank(&body);
        for (_, value) in headers
            .iter_mut()
            .filter(|(name, _)| name == "content-length")
        {
            *value = body.len().to_string();
        }
    }
    if withhold {
        let why = "the answer repeats a secret, and is withheld";
        return Err(SendError::Interrupted(why.to_owned()));
    }
    Ok(Response {
        status,
        headers,
        body,
        room: Room::default(),
    })
}

/// Removes hop-by-hop headers: the known ones, and those that `connection`
/// names.
fn strip(headers: &mut Vec<(String, String)>) {
    let named: Vec<String> = headers
        .iter()
        .filter(|(name, _)| name == "connection")
        .flat_map(|(_, value)| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        // Removing the framing headers would leave the body unframed.
        .filter(|name| {
            !matches!(
                name.as_str(),
                "content-length" | "content-type" | "content-encoding"
            )
        })
        .collect();
    headers.retain(|(name, _)| !HOP_BY_HOP.contains(&name.as_str()) && !named.contains(name));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrub::Hidden;

    const SECRET: &str = "sentinel-secret";

    fn scrubber(secrets: &[&str]) -> Scrubber {
        Scrubber::new(secrets.iter().map(|value| Hidden {
            value,
            withhold: false,
        }))
    }

    fn received(headers: &[(&str, &str)], body: &str) -> Received {
        Received {
            status: 200,
            headers: headers
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            body: body.into(),
        }
    }

    fn cleaned(headers: &[(&str, &str)], body: &str) -> Response {
        clean(received(headers, body), true, &scrubber(&[SECRET])).unwrap()
    }

    #[test]
    fn hop_by_hop_headers_are_stripped_and_names_are_lower_case() {
        let response = cleaned(
            &[
                ("Content-Type", "text/plain"),
                ("Connection", "keep-alive, X-Hop, content-length"),
                ("Keep-Alive", "timeout=5"),
                ("X-Hop", "1"),
                ("Transfer-Encoding", "chunked"),
                ("Upgrade", "h2c"),
                ("Proxy-Authenticate", "Basic"),
                ("Content-Length", "0"),
                ("Set-Cookie", "a"),
                ("Set-Cookie", "b"),
            ],
            "",
        );
        let names: Vec<_> = response
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(
            names,
            ["content-type", "content-length", "set-cookie", "set-cookie"]
        );
    }

    #[test]
    fn an_echoed_secret_is_blanked_out_and_the_length_follows() {
        let echo = format!("key={SECRET};");
        let length = echo.len().to_string();
        let name = format!("x-{SECRET}");
        let response = cleaned(
            &[("content-length", &length), ("x-echo", &echo), (&name, "1")],
            &echo,
        );
        assert_eq!(response.body, b"key=***;");
        let headers: Vec<_> = response
            .headers
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(
            headers,
            [
                ("content-length", "8"),
                ("x-echo", "key=***;"),
                ("x-***", "1")
            ]
        );
    }

    #[test]
    fn an_answer_that_could_hide_a_secret_in_compression_is_refused() {
        let scrubber = scrubber(&[SECRET]);
        let zipped = || received(&[("Content-Encoding", "gzip")], "x");
        assert!(matches!(
            clean(zipped(), true, &scrubber),
            Err(SendError::Interrupted(_))
        ));
        assert!(clean(zipped(), false, &scrubber).is_ok());
        let identity = received(&[("content-encoding", "Identity")], "x");
        assert!(clean(identity, true, &scrubber).is_ok());
    }

    #[test]
    fn an_answer_that_repeats_a_secret_is_withheld_if_the_operator_says_so() {
        let secrets = [(SECRET, true), ("another-secret", false)];
        let hidden = secrets.map(|(value, withhold)| Hidden { value, withhold });
        let scrubber = Scrubber::new(hidden.into_iter());
        let echo = format!("<{SECRET}>");
        for (headers, body) in [
            (&[][..], echo.as_str()),
            (&[("x-echo", echo.as_str())], "x"),
        ] {
            let withheld = clean(received(headers, body), true, &scrubber);
            let why = "the answer repeats a secret, and is withheld".to_owned();
            assert_eq!(withheld, Err(SendError::Interrupted(why)));
        }
        let blanked = clean(received(&[], "<another-secret>"), true, &scrubber).unwrap();
        assert_eq!(blanked.body, b"<***>");
    }

    #[test]
    fn an_informational_status_is_no_answer() {
        let scrubber = scrubber(&[]);
        for status in [0, 100, 101, 199, 1000] {
            let answer = Received {
                status,
                headers: Vec::new(),
                body: Vec::new(),
            };
            assert!(clean(answer, false, &scrubber).is_err(), "{status}");
        }
    }
}
