//! E-mail addresses as people have them: `local@domain.tld`.
//!
//! Stricter than the standard, which allows quotes and comments that no mailbox
//! has. It can't tell whether the mailbox exists.

pub(super) fn parse(text: &str) -> Result<String, String> {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return Err(format!(
            "`{text}` has no `@`: an address looks like ada@example.com."
        ));
    };
    if text.contains(char::is_whitespace) {
        return Err("An address has no spaces.".to_owned());
    }
    if local.is_empty() {
        return Err("There is nothing before the `@`.".to_owned());
    }
    if local.contains('@') {
        return Err("An address has one `@`.".to_owned());
    }
    if local.len() > 64 || text.len() > 254 {
        return Err("This is longer than an address can be.".to_owned());
    }
    let odd = |c: &char| !c.is_alphanumeric() && !"!#$%&'*+-/=?^_`{|}~.".contains(*c);
    if let Some(c) = local.chars().find(odd) {
        return Err(format!("`{c}` is not allowed before the `@`."));
    }
    if local.starts_with('.') || local.ends_with('.') || text.contains("..") {
        return Err("A dot stands between other characters, and alone.".to_owned());
    }
    let Some((_, top)) = domain.rsplit_once('.') else {
        return Err(format!(
            "`{domain}` is not a whole domain: an address looks like ada@example.com."
        ));
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    if !domain.split('.').all(label) || top.len() < 2 || top.chars().all(|c| c.is_ascii_digit()) {
        return Err(format!("`{domain}` is not a domain."));
    }
    Ok(text.to_owned())
}
