//! What two sets of grants have in common: what a node keeps when a solution
//! file revokes something but can't be applied as a whole.

use std::collections::BTreeMap;

use hospes::policy::{Origin, Rule};
use hospes::retry::RetryPolicy;

use crate::environment::BoundSecret;
use crate::grants::Grants;

impl Grants {
    /// The part of these grants that `new` has, too, and never more: for the
    /// component that serves, when a new solution file can't be applied.
    ///
    /// - A rule stays if a new one covers it. Of a wider one, the part stays
    ///   that new rules allow.
    /// - A secret stays under the same name, for the origins of both, with the new
    ///   source. One for another header is removed.
    /// - Of each limit, the lower one applies. The policy observes only if both
    ///   do.
    /// - A failure is retried if both say so.
    /// - The new keys are required; if there are none, the old ones.
    ///
    /// Params and the component's digest grant nothing and stay as they are.
    pub fn within(&self, new: &Grants) -> Grants {
        let mut narrow = self.clone();
        narrow.rules = rules(&self.rules, &new.rules);
        narrow.secrets = secrets(&self.secrets, new, &narrow.rules);
        narrow.observe = self.observe && new.observe;
        narrow.limits = self.limits.at_most(&new.limits);
        narrow.retry = retry(&self.retry, &new.retry);
        let admission = &mut narrow.admission;
        if !new.admission.signed_by.is_empty() {
            admission.signed_by.clone_from(&new.admission.signed_by);
        }
        // The signatures cover all of the grants.
        let whole = self.hash();
        if !narrow.admission.signatures.is_empty() && narrow.hash() != whole {
            narrow.admission.signed_grants.get_or_insert(whole);
        }
        narrow
    }
}

fn rules(old: &[Rule], new: &[Rule]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for rule in old {
        let kept = if new.iter().any(|new| new.covers(rule)) {
            vec![rule]
        } else {
            new.iter().filter(|new| rule.covers(new)).collect()
        };
        for rule in kept {
            if !rules.contains(rule) {
                rules.push(rule.clone());
            }
        }
    }
    rules
}

fn secrets(
    old: &BTreeMap<String, BoundSecret>,
    new: &Grants,
    rules: &[Rule],
) -> BTreeMap<String, BoundSecret> {
    let both = |(name, old): (&String, &BoundSecret)| {
        let new = new.secrets.get(name)?;
        let reached = |origin: &&Origin| rules.iter().any(|rule| rule.reaches(origin));
        let to = old.to.iter().filter(|origin| new.to.contains(origin));
        let to: Vec<Origin> = to.filter(reached).cloned().collect();
        let kept = BoundSecret {
            to: to.clone(),
            withhold: old.withhold || new.withhold,
            ..new.clone()
        };
        // Everything else about the secret has to be the same.
        let was = BoundSecret {
            to,
            withhold: kept.withhold,
            from: new.from.clone(),
            ..old.clone()
        };
        (kept == was && !kept.to.is_empty()).then(|| (name.clone(), kept))
    };
    old.iter().filter_map(both).collect()
}

fn retry(old: &RetryPolicy, new: &RetryPolicy) -> RetryPolicy {
    let mut retry = old.clone();
    retry.on.retain(|kind| new.on.contains(kind));
    retry.attempts = old.attempts.min(new.attempts);
    retry
}

#[cfg(test)]
mod tests {
    use hospes::egress::AttachedHeader;
    use hospes::outcome::FailureKind;
    use hospes::signature::SigningKey;

    use super::*;
    use crate::grants::Overrides;
    use crate::secret::SecretFrom;

    fn grants(allow: &[&str]) -> Grants {
        let overrides = Overrides {
            allow: allow.iter().map(|&line| line.to_owned()).collect(),
            ..Overrides::default()
        };
        Grants::bare("", None, &overrides).unwrap()
    }

    fn secret(from: &str, to: &[&str], header: Option<&str>) -> BoundSecret {
        BoundSecret {
            from: SecretFrom::parse(from).unwrap(),
            to: to.iter().map(|to| Origin::parse(to).unwrap()).collect(),
            header: header.map(|name| AttachedHeader::new(name, "").unwrap()),
            withhold: false,
        }
    }

    #[test]
    fn of_rules_stays_what_both_allow() {
        let (a, b) = ("GET https://a.example", "GET https://b.example");
        let rows: &[(&[&str], &[&str], &[&str])] = &[
            (&[a, b], &[b, a], &[a, b]),
            (&[a, b], &[a], &[a]),
            (&[a], &[], &[]),
            (&[], &[a], &[]),
            (&[a], &[a, b], &[a]),
            (&["https://a.example"], &[a], &[a]),
            (&[a], &["https://a.example"], &[a]),
            (
                &["https://a.example"],
                &["GET https://a.example/v1", "POST https://a.example/v2", b],
                &["GET https://a.example/v1", "POST https://a.example/v2"],
            ),
            (
                &["https://*.a.example"],
                &["https://x.a.example"],
                &["https://x.a.example"],
            ),
            // Neither covers the other: what they share is not worth a guess.
            (
                &["GET,POST https://a.example"],
                &["POST,PUT https://a.example"],
                &[],
            ),
        ];
        for (old, new, both) in rows {
            let narrow = grants(old).within(&grants(new));
            let left: Vec<&str> = narrow.rules.iter().map(Rule::as_str).collect();
            assert_eq!(left, *both, "{old:?} and {new:?}");
        }
    }

    #[test]
    fn of_secrets_stays_what_both_bind_in_the_same_way() {
        let (a, b) = ("https://a.example", "https://b.example");
        let rows = [
            (
                secret("env:K", &[a, b], None),
                Some(secret("env:K", &[b, a], None)),
                Some(secret("env:K", &[a, b], None)),
            ),
            (
                secret("env:K", &[a, b], None),
                Some(secret("env:K", &[b], None)),
                Some(secret("env:K", &[b], None)),
            ),
            (
                secret("env:K", &[a], None),
                Some(secret("env:NEW", &[a, b], None)),
                Some(secret("env:NEW", &[a], None)),
            ),
            (
                secret("env:K", &[a], None),
                Some(secret("env:K", &[b], None)),
                None,
            ),
            (secret("env:K", &[a], None), None, None),
            (
                secret("env:K", &[a], Some("x-key")),
                Some(secret("env:K", &[a], Some("x-key"))),
                Some(secret("env:K", &[a], Some("x-key"))),
            ),
            (
                secret("env:K", &[a], Some("x-key")),
                Some(secret("env:K", &[a], Some("x-other"))),
                None,
            ),
            (
                secret("env:K", &[a], Some("x-key")),
                Some(secret("env:K", &[a], None)),
                None,
            ),
        ];
        for (old, new, left) in rows {
            let (mut before, mut after) = (grants(&[a, b]), grants(&[a, b]));
            before.secrets.insert("key".to_owned(), old);
            after.secrets.extend(new.map(|new| ("key".to_owned(), new)));
            let narrow = before.within(&after);
            assert_eq!(narrow.secrets.get("key"), left.as_ref());
        }
        // None goes where no rule leads any more.
        let (mut before, mut after) = (grants(&[a, b]), grants(&[a]));
        for of in [&mut before, &mut after] {
            let both = secret("env:K", &[a, b], None);
            of.secrets.insert("key".to_owned(), both);
        }
        let narrow = before.within(&after);
        assert_eq!(narrow.secrets["key"], secret("env:K", &[a], None));
    }

    #[test]
    fn of_the_rest_the_lower_and_the_stricter_stays() {
        let key = |byte| SigningKey::from_bytes(&[byte; 32]).verifying_key();
        let (mut old, mut new) = (grants(&[]), grants(&[]));
        old.limits.set("requests", "3").unwrap();
        new.limits.set("deadline", "2s").unwrap();
        old.observe = true;
        old.retry.on = vec![FailureKind::RateLimited, FailureKind::Unavailable];
        new.retry.on = vec![FailureKind::Unavailable];
        old.admission.signed_by = vec![key(1).into()];
        let narrow = old.within(&new);
        assert_eq!(narrow.limits.get("requests").unwrap(), "3");
        assert_eq!(narrow.limits.get("deadline").unwrap(), "2s");
        assert!(!narrow.observe);
        assert_eq!(narrow.retry.on, [FailureKind::Unavailable]);
        assert_eq!(narrow.admission.signed_by, [key(1).into()]);
        new.admission.signed_by = vec![key(2).into()];
        assert_eq!(old.within(&new).admission.signed_by, [key(2).into()]);
        // What is the same on both sides is the same afterwards.
        assert_eq!(old.within(&old).fingerprint(), old.fingerprint());
    }
}
