//! W3C trace context: which trace a request belongs to.

use std::fmt;
use std::num::NonZeroU64;

/// A caller's position in a trace, from `traceparent` and `tracestate`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// 32 hexadecimal digits.
    id: String,
    /// Two hexadecimal digits.
    flags: String,
    state: Option<String>,
}

impl TraceContext {
    /// Parses both headers as the recommendation (level 1) says: of later
    /// versions than 00, only the known part is read.
    ///
    /// # Errors
    ///
    /// Values that do not have the form of the recommendation.
    pub fn parse(parent: &str, state: Option<&str>) -> Result<TraceContext, TraceError> {
        let malformed = || TraceError("a traceparent reads 00-<32 digits>-<16 digits>-<2 digits>");
        let mut fields = parent.split('-');
        let mut field = |len: usize| {
            let field = fields.next().filter(|field| is_hex(field, len));
            field.ok_or_else(malformed)
        };
        let (version, id, span, flags) = (field(2)?, field(32)?, field(16)?, field(2)?);
        let longer = fields.next().is_some();
        let zero = |field: &str| field.bytes().all(|byte| byte == b'0');
        if version == "ff" || zero(id) || zero(span) || (version == "00" && longer) {
            return Err(malformed());
        }
        if let Some(state) = state {
            check_state(state)?;
        }
        Ok(TraceContext {
            id: id.to_owned(),
            flags: flags.to_owned(),
            state: state.filter(|state| !state.is_empty()).map(str::to_owned),
        })
    }

    /// A `traceparent` with the same trace, and with this span or a new one.
    pub(crate) fn child(&self, span: Option<NonZeroU64>) -> String {
        let random = || fastrand::u64(1..);
        let span = span.map_or_else(random, NonZeroU64::get);
        format!("00-{}-{span:016x}-{}", self.id, self.flags)
    }

    /// The `tracestate`, if there was one.
    pub(crate) fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

/// Why the headers of a trace were refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceError(&'static str);

impl TraceError {
    /// What is wrong, in a sentence.
    pub fn message(&self) -> &'static str {
        self.0
    }
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for TraceError {}

fn is_hex(text: &str, len: usize) -> bool {
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == len && text.bytes().all(digit)
}

/// At most 512 bytes and 32 members `key=value`, no key twice.
fn check_state(state: &str) -> Result<(), TraceError> {
    let fail = |what| Err(TraceError(what));
    if state.len() > 512 {
        return fail("a tracestate has at most 512 bytes");
    }
    let members = state
        .split(',')
        .map(|member| member.trim_matches([' ', '\t']));
    let members: Vec<&str> = members.filter(|member| !member.is_empty()).collect();
    if members.len() > 32 {
        return fail("a tracestate has at most 32 members");
    }
    let mut keys = Vec::with_capacity(members.len());
    for member in members {
        let fits = member
            .split_once('=')
            .filter(|(key, value)| is_key(key) && is_value(value));
        match fits {
            Some((key, _)) if !keys.contains(&key) => keys.push(key),
            _ => return fail("a tracestate is a list of key=value, no key twice"),
        }
    }
    Ok(())
}

fn is_key(key: &str) -> bool {
    let known =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/@".contains(&byte);
    let starts = key
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    starts && key.len() <= 256 && key.bytes().all(known)
}

fn is_value(value: &str) -> bool {
    let known = |byte: u8| (0x20..0x7f).contains(&byte) && byte != b',' && byte != b'=';
    (1..=256).contains(&value.len()) && value.bytes().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_child_has_the_trace_and_a_span_of_its_own() {
        let trace = TraceContext::parse(PARENT, Some("a=1,b@c=2")).unwrap();
        let (one, other) = (trace.child(None), trace.child(None));
        assert!(one.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
        assert!(one.ends_with("-01"));
        assert_eq!(one.len(), 55);
        assert!(one != other && one != PARENT);
        let given = trace.child(NonZeroU64::new(0xb7));
        assert_eq!(
            given,
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00000000000000b7-01"
        );
        assert_eq!(trace.state(), Some("a=1,b@c=2"));
        assert!(TraceContext::parse(&one, None).is_ok());
    }

    #[test]
    fn what_is_no_trace_context_is_refused() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        for (parent, fits) in [
            (PARENT.to_owned(), true),
            (format!("01-{id}-00f067aa0ba902b7-01-what-comes"), true),
            (format!("{PARENT}-more"), false),
            (format!("ff-{id}-00f067aa0ba902b7-01"), false),
            (format!("00-{id}-0000000000000000-01"), false),
            (format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)), false),
            (PARENT.to_uppercase(), false),
            (format!(" {PARENT}"), false),
            (format!("00-{id}-00f067aa0ba902b7"), false),
            (String::new(), false),
        ] {
            assert_eq!(TraceContext::parse(&parent, None).is_ok(), fits, "{parent}");
        }
        let long = format!("a={}", "1".repeat(511));
        let many: Vec<String> = (0..33).map(|n| format!("k{n}=1")).collect();
        for (state, fits) in [
            ("", true),
            ("a=1 , b=2,,c/d=x y", true),
            ("a", false),
            ("a=", false),
            ("A=1", false),
            ("a=1,a=2", false),
            ("a=1\r\nx: y", false),
            (&long, false),
            (&many.join(","), false),
        ] {
            assert_eq!(
                TraceContext::parse(PARENT, Some(state)).is_ok(),
                fits,
                "{state}"
            );
        }
    }
}
