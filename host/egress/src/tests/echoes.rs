//! What common encoders make of a secret, and honest answers beside it.

use std::fmt::Write as _;

use super::*;
use crate::scrub::{Hidden, Scrubber};

/// Keys as services hand them out, and some with characters that encoders treat
/// in special ways.
const KEYS: &[&str] = &[
    "sk_live_51HabcDEF0123456789xyzABCDEFG",
    "K3y/9f8b2c+71==",
    "a\"b\\c<d>&e'f/g+h i%41{j}|k~l^m`n;o#p?q",
    "7d8a3f60-1b2c-4d5e-8f90-a1b2c3d4e5f6",
    "tooshort",
];

fn scrubber(keys: &[&str]) -> Scrubber {
    let hidden = keys.iter().map(|value| Hidden {
        value,
        withhold: false,
    });
    Scrubber::new(hidden)
}

fn blanked(key: &str, text: &[u8]) -> Option<Vec<u8>> {
    scrubber(&["another-secret", key]).clean(text)
}

/// What an encoder makes of each character.
fn each(text: &str, encode: impl Fn(char) -> String) -> String {
    text.chars().map(encode).collect()
}

fn each_special(text: &str, encode: impl Fn(u8) -> String) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric();
    each(text, |char| {
        if plain(char) {
            char.to_string()
        } else {
            encode(char as u8)
        }
    })
}

fn percent(text: &str) -> String {
    each_special(text, |byte| format!("%{byte:02X}"))
}

fn html(text: &str) -> String {
    each(text, |char| match char {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        '+' => "&#43;".to_owned(),
        '=' => "&#x3D;".to_owned(),
        '/' => "&sol;".to_owned(),
        other => other.to_string(),
    })
}

fn json(text: &str) -> String {
    let text = serde_json::to_string(text).unwrap();
    text[1..text.len() - 1].to_owned()
}

fn base64(bytes: &[u8], alphabet: &[u8; 64]) -> String {
    let mut encoded = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..=chunk.len() {
            let sextet = bits >> (18 - 6 * at) & 63;
            encoded.push(char::from(alphabet[sextet as usize]));
        }
    }
    encoded
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Lines of so many characters, with this between them.
fn lines(text: &str, length: usize, between: &str) -> String {
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(length)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    lines.join(between)
}

fn hex(text: &str, between: &str) -> String {
    let pairs: Vec<_> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(between)
}

type Encoder = (&'static str, fn(&str) -> String);

/// Encoders that leave nothing of a key but itself.
const ENCODERS: &[Encoder] = &[
    ("as it is", str::to_owned),
    ("lower case", str::to_ascii_lowercase),
    ("upper case", str::to_ascii_uppercase),
    ("json", json),
    ("json with slashes escaped", |key| {
        json(key).replace('/', r"\/")
    }),
    ("json of .NET", |key| {
        each_special(key, |byte| format!(r"\u{byte:04X}"))
    }),
    ("json in lower case", |key| {
        each_special(key, |byte| format!(r"\u{byte:04x}"))
    }),
    ("json of everything", |key| {
        each(key, |char| format!(r"\u{:04x}", char as u32))
    }),
    ("json within json", |key| json(&json(key))),
    ("json within json within json", |key| {
        json(&json(&json(key)))
    }),
    ("json of .NET within json", |key| {
        json(&each_special(key, |byte| format!(r"\u{byte:04X}")))
    }),
    ("javascript", |key| {
        each_special(key, |byte| format!(r"\x{byte:02x}"))
    }),
    ("rust", |key| key.escape_default().collect()),
    ("braces", |key| {
        each_special(key, |byte| format!(r"\u{{{byte:x}}}"))
    }),
    ("octal", |key| {
        each_special(key, |byte| format!(r"\{byte:03o}"))
    }),
    ("markdown", |key| {
        each_special(key, |byte| format!("\\{}", char::from(byte)))
    }),
    ("html", html),
    ("html within json", |key| json(&html(key))),
    ("html, decimal", |key| {
        each_special(key, |byte| format!("&#{byte};"))
    }),
    ("html, decimal with zeros", |key| {
        each(key, |char| format!("&#{:07};", char as u32))
    }),
    ("html, hexadecimal", |key| {
        each_special(key, |byte| format!("&#x{byte:X};"))
    }),
    ("html of everything", |key| {
        each(key, |char| format!("&#x{:x};", char as u32))
    }),
    ("percent", percent),
    ("percent in lower case", |key| {
        percent(key).to_ascii_lowercase()
    }),
    ("percent of everything", |key| {
        each(key, |char| format!("%{:02x}", char as u32))
    }),
    ("percent twice", |key| percent(&percent(key))),
    ("percent of html", |key| percent(&html(key))),
    ("a form", |key| percent(key).replace("%20", "+")),
    ("escape of old browsers", |key| {
        each_special(key, |byte| format!("%u{byte:04X}"))
    }),
    ("hexadecimal", |key| hex(key, "")),
    ("HEXADECIMAL", |key| hex(key, "").to_ascii_uppercase()),
    ("bytes of openssl", |key| hex(key, ":")),
    ("bytes of .NET", |key| hex(key, "-").to_ascii_uppercase()),
    ("bytes apart", |key| hex(key, " ")),
    ("bytes in lines", |key| lines(&hex(key, " "), 12, "\n    ")),
    ("bytes of C", |key| hex(key, ", 0x")),
    ("bytes of a string in C", |key| hex(key, r"\x")),
    ("bytes of JavaScript", |key| {
        let bytes: Vec<_> = key.bytes().map(|byte| byte.to_string()).collect();
        bytes.join(",")
    }),
    ("bytes in JSON, pretty", |key| {
        let bytes: Vec<_> = key.bytes().map(|byte| byte.to_string()).collect();
        bytes.join(",\n    ")
    }),
    ("base64", |key| base64(key.as_bytes(), STANDARD)),
    ("base64, padded", |key| {
        let encoded = base64(key.as_bytes(), STANDARD);
        let padding = "=".repeat((4 - encoded.len() % 4) % 4);
        encoded + &padding
    }),
    ("base64 for URLs", |key| base64(key.as_bytes(), URL_SAFE)),
    ("base64 in lines", |key| {
        lines(&base64(key.as_bytes(), STANDARD), 8, "\r\n")
    }),
    ("base64 in lines, in JSON", |key| {
        lines(&base64(key.as_bytes(), STANDARD), 10, r"\n")
    }),
    ("base64 in JSON of .NET", |key| {
        let encoded = base64(key.as_bytes(), STANDARD);
        each_special(&encoded, |byte| format!(r"\u{byte:04X}"))
    }),
    ("base64 in a form", |key| {
        percent(&base64(key.as_bytes(), STANDARD))
    }),
];

#[test]
fn an_echo_is_blanked_out_in_whatever_encoding_it_comes() {
    for key in KEYS {
        for (name, encode) in ENCODERS {
            let echo = encode(key);
            let text = format!("<{echo}>");
            let blank = blanked(key, text.as_bytes());
            let blank = blank.map(|blank| String::from_utf8(blank).unwrap());
            assert_eq!(blank.as_deref(), Some("<***>"), "{name}: {echo}");
            // In a text of wide characters, in either order of the bytes.
            for big in [false, true] {
                let wide = |text: &str| -> Vec<u8> {
                    text.bytes()
                        .flat_map(|byte| if big { [0, byte] } else { [byte, 0] })
                        .collect()
                };
                assert_eq!(
                    blanked(key, &wide(&text)),
                    Some(wide("<***>")),
                    "{name}, wide"
                );
            }
        }
    }
}

/// One that is too long to be searched where the request is awaited.
#[tokio::test]
async fn a_long_answer_is_searched_like_a_short_one() {
    let key = KEYS[0];
    let body = format!("{}{}", "x".repeat(1 << 20), percent(key));
    let house = house(&["https://api.example.com"])
        .secret("key", key, &["https://api.example.com"])
        .answering(move |_| ready(Ok(ok(&body))))
        .build();
    let answer = house.send(get("https://api.example.com/")).await.unwrap();
    assert_eq!(answer.body.len(), (1 << 20) + 3);
    assert!(answer.body.ends_with(b"x***"));
}

#[test]
fn a_key_in_a_longer_base64_text_is_blanked_out_wherever_it_stands() {
    for key in KEYS {
        for before in 0..6 {
            let text = format!("{}{key}:more", "u".repeat(before));
            for (alphabet, between) in [(STANDARD, ""), (URL_SAFE, ""), (STANDARD, "\n")] {
                let encoded = lines(&base64(text.as_bytes(), alphabet), 16, between);
                let blank = String::from_utf8(blanked(key, encoded.as_bytes()).unwrap()).unwrap();
                assert!(blank.contains("***"), "{encoded}: {blank}");
                assert!(
                    blank.len() <= 24,
                    "more than the ends is left of {encoded}: {blank}"
                );
            }
        }
    }
}

#[test]
fn a_long_run_of_plain_characters_is_blanked_out_by_itself() {
    let key = "sk/live=0123456789abcdefGHIJ+tail";
    for text in [
        "sk=2Flive=3D0123456789abcdefGHIJ=2Btail",
        "sk|live|0123456789ABCDEFGHIJ|tail",
    ] {
        let blank = blanked(key, text.as_bytes()).unwrap();
        let blank = String::from_utf8(blank).unwrap();
        assert!(
            blank.contains("***") && !blank.contains("0123456789"),
            "{blank}"
        );
    }
}

#[test]
fn an_honest_answer_is_not_even_copied() {
    let words = [
        "changeme",
        "password",
        "test-api-key",
        "correct horse",
        "0123456789abcdef-production-credentials",
    ];
    for text in [
        "",
        "change me, pass word",
        "pass\nword change\r\nme",
        "test api key, test_api_key, test.api.key",
        "correcthorse, correct-horse",
        "in production we keep credentials",
        "production-credentials of 0123456789abcde",
        r#"{"a\u0062c": "100% \"sure\"", "hash": "9f86d081884c7d659a2feaa0c55ad015"}"#,
        "Lorem ipsum dolor sit amet, <b>consectetur</b>&nbsp;adipiscing &amp; elit %20",
        "cGFzcw== Y2hhbmdl",
        "70 61 73 73",
    ] {
        assert_eq!(scrubber(&words).clean(text.as_bytes()), None, "{text}");
        assert_eq!(scrubber(KEYS).clean(text.as_bytes()), None, "{text}");
    }
    let every: Vec<u8> = (0..=255).collect();
    assert_eq!(scrubber(KEYS).clean(&every), None);
}

#[test]
fn what_stands_around_an_echo_stays() {
    let key = KEYS[0];
    let text = format!(
        "\u{e9}{key}another-secret and %20{key}&amp;\u{fc}\\n{}",
        percent(key)
    );
    let blank = scrubber(&[key, "another-secret"]).text(&text).into_owned();
    assert_eq!(blank, "\u{e9}****** and %20***&amp;\u{fc}\\n***");
}

#[test]
fn echoes_that_overlap_leave_no_end_behind() {
    assert_eq!(scrubber(&["abcabcab"]).text("xabcabcabcabcaby"), "x***y");
    assert_eq!(
        scrubber(&["abcdefgh", "efghijklmn"]).text("xabcdefghijklmny"),
        "x***y"
    );
    assert_eq!(
        scrubber(&["bcdefghi", "abcdefghijk"]).text("xabcdefghijky"),
        "x***y"
    );
}

/// Texts that lead the search on as long as they can.
#[test]
fn no_text_keeps_the_search_for_long() {
    let mut keys = KEYS.to_vec();
    let (long, steps) = ("ab".repeat(4096), "a".repeat(4095));
    keys.extend([long.as_str(), "aaaaaaaa"]);
    let scrubber = scrubber(&keys);
    for piece in [
        r"\\", "%25", "%", "&", "&amp;", "&#x41", r"\u0061", "61", "YWFh", "\0", "a\0", &steps,
        "ab", " a\n",
    ] {
        let text = piece.repeat((256 << 10) / piece.len());
        // Bounded by what it finds, whatever that is.
        let blank = scrubber.clean(text.as_bytes()).unwrap_or_default();
        assert!(blank.len() <= text.len(), "{piece}");
    }
}

#[test]
fn the_encoders_of_these_tests_encode() {
    let of = |name: &str| ENCODERS.iter().find(|(known, _)| *known == name).unwrap().1;
    let mut all = String::new();
    for name in [
        "json of .NET",
        "html",
        "percent",
        "bytes of .NET",
        "base64",
        "octal",
    ] {
        writeln!(all, "{}", of(name)("k/\"1")).unwrap();
    }
    assert_eq!(
        all,
        "k\\u002F\\u00221\nk&sol;&quot;1\nk%2F%221\n6B-2F-22-31\nay8iMQ\nk\\057\\0421\n"
    );
}
