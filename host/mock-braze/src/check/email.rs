//! Is this an e-mail address? Braze does not publish its rule; this is the common core of such rules.

/// One `@`, a local part without spaces, a host name with at least two labels.
pub(super) fn is_valid(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else {
        return false;
    };
    is_local(local) && is_host(host)
}

fn is_local(local: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    (1..=64).contains(&local.len())
        && local.chars().all(plain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
}

fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = host.rsplit('.').next().unwrap_or_default();
    host.len() <= 253
        && host.contains('.')
        && host.split('.').all(label)
        && top.chars().count() >= 2
        && !top.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn addresses_are_told_from_other_text() {
        for (text, valid) in [
            ("ada@example.com", true),
            ("ada.l+news@mail.example.co.uk", true),
            ("o'hara@example.com", true),
            ("jürgen@exämple.de", true),
            ("", false),
            ("ada", false),
            ("ada@", false),
            ("@example.com", false),
            ("ada@example", false),
            ("ada@example.c", false),
            ("ada@127.0.0.1", false),
            ("ada@@example.com", false),
            ("a b@example.com", false),
            ("ada@exa mple.com", false),
            ("ada@example..com", false),
            ("ada@-example.com", false),
            (".ada@example.com", false),
            ("ada..l@example.com", false),
            (" ada@example.com", false),
            ("ada@example.com,bob@example.com", false),
        ] {
            assert_eq!(is_valid(text), valid, "{text:?}");
        }
    }
}
