//! Which failures are worth another attempt, and when.

use std::fmt;
use std::time::Duration;

use crate::outcome::{Failure, FailureKind};

/// When the host runs another attempt of an execution. Defaults to never.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The kinds of failure that are retried. Defaults to none.
    pub on: Vec<FailureKind>,
    /// How often the node is called at most, including the first call. Defaults
    /// to 3.
    pub attempts: u32,
    /// The longest wait before the second attempt; doubled for each further
    /// one. Defaults to 250 ms.
    pub backoff: Duration,
    /// The upper bound of the backoff. A longer wait that the node asks for is
    /// kept. Defaults to 10 s.
    pub backoff_cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy {
            on: Vec::new(),
            attempts: 3,
            backoff: Duration::from_millis(250),
            backoff_cap: Duration::from_secs(10),
        }
    }
}

impl RetryPolicy {
    /// Sets [`RetryPolicy::on`](#structfield.on).
    pub fn on(mut self, on: impl IntoIterator<Item = FailureKind>) -> RetryPolicy {
        self.on = on.into_iter().collect();
        self
    }

    /// Sets [`RetryPolicy::attempts`](#structfield.attempts).
    pub fn attempts(mut self, attempts: u32) -> RetryPolicy {
        self.attempts = attempts;
        self
    }

    /// Sets [`RetryPolicy::backoff`](#structfield.backoff).
    pub fn backoff(mut self, backoff: Duration) -> RetryPolicy {
        self.backoff = backoff;
        self
    }

    /// Sets [`RetryPolicy::backoff_cap`](#structfield.backoff_cap).
    pub fn backoff_cap(mut self, backoff_cap: Duration) -> RetryPolicy {
        self.backoff_cap = backoff_cap;
        self
    }

    /// Checks that the policy makes sense. Loading a node calls it.
    ///
    /// # Errors
    ///
    /// A kind of failure that must not or need not be retried, or a number of
    /// attempts outside 1 to 10.
    pub fn check(&self) -> Result<(), RetryError> {
        for kind in &self.on {
            if *kind == FailureKind::Partial {
                return Err(RetryError::Doubles);
            }
            if !can_help(*kind) {
                return Err(RetryError::Useless(*kind));
            }
        }
        if !(1..=10).contains(&self.attempts) {
            return Err(RetryError::Attempts(self.attempts));
        }
        Ok(())
    }

    /// How long to wait before another attempt, or `None` if there is to be
    /// none.
    ///
    /// A wait that the node asks for is used; otherwise a random part of the
    /// backoff ("full jitter"), so that many hosts do not retry at once.
    pub(crate) fn wait(&self, attempt: u32, failure: &Failure) -> Option<Duration> {
        if attempt >= self.attempts || !self.on.contains(&failure.kind) {
            return None;
        }
        let doubled = self.backoff.saturating_mul(1 << (attempt - 1).min(16));
        let jittered = doubled.min(self.backoff_cap).mul_f64(fastrand::f64());
        Some(failure.retry_after.unwrap_or_default().max(jittered))
    }
}

fn can_help(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::RateLimited
            | FailureKind::Unavailable
            | FailureKind::Unknown
            | FailureKind::Protocol
            | FailureKind::Internal
    )
}

/// Why a retry policy was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryError {
    /// `partial` was listed.
    Doubles,
    /// A retry can't help with this kind.
    Useless(FailureKind),
    /// The number of attempts is outside 1 to 10.
    Attempts(u32),
}

impl fmt::Display for RetryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RetryError::Doubles => {
                f.write_str("retry: `partial` can't be repeated: what was done would be done twice")
            }
            RetryError::Useless(kind) => {
                write!(
                    f,
                    "retry: `{kind}` can't be helped by repeating; kinds that can are "
                )?;
                let kinds = FailureKind::ALL.into_iter().filter(|kind| can_help(*kind));
                for (i, kind) in kinds.enumerate() {
                    write!(f, "{}`{kind}`", if i == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            RetryError::Attempts(attempts) => {
                write!(f, "retry: {attempts} attempts are not between 1 and 10")
            }
        }
    }
}

impl std::error::Error for RetryError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: FailureKind, retry_after: Option<u64>) -> Failure {
        Failure {
            kind,
            message: String::new(),
            retry_after: retry_after.map(Duration::from_millis),
            details: None,
        }
    }

    #[test]
    fn only_listed_kinds_are_repeated_and_only_so_often() {
        let policy = RetryPolicy {
            on: vec![FailureKind::RateLimited],
            attempts: 2,
            ..RetryPolicy::default()
        };
        assert!(
            policy
                .wait(1, &failure(FailureKind::RateLimited, None))
                .is_some()
        );
        assert!(
            policy
                .wait(2, &failure(FailureKind::RateLimited, None))
                .is_none()
        );
        assert!(
            policy
                .wait(1, &failure(FailureKind::Unavailable, None))
                .is_none()
        );
        assert!(
            RetryPolicy::default()
                .wait(1, &failure(FailureKind::Unavailable, None))
                .is_none()
        );
    }

    #[test]
    fn the_wait_is_at_least_the_nodes_and_never_more_than_the_backoff_otherwise() {
        let policy = RetryPolicy {
            on: vec![FailureKind::Unavailable],
            attempts: 10,
            ..RetryPolicy::default()
        };
        for attempt in 1..10 {
            let asked = policy.wait(attempt, &failure(FailureKind::Unavailable, Some(20_000)));
            assert_eq!(asked, Some(Duration::from_secs(20)));
            let most = Duration::from_millis(250 << (attempt - 1)).min(Duration::from_secs(10));
            for _ in 0..100 {
                assert!(
                    policy
                        .wait(attempt, &failure(FailureKind::Unavailable, None))
                        .unwrap()
                        <= most
                );
            }
        }
    }

    #[test]
    fn a_policy_that_would_double_or_not_help_is_refused() {
        let policy = |on, attempts| RetryPolicy {
            on,
            attempts,
            ..RetryPolicy::default()
        };
        let cases = [
            (
                policy(vec![FailureKind::Partial], 2),
                "retry: `partial` can't be repeated: what was done would be done twice",
            ),
            (
                policy(vec![FailureKind::Denied], 2),
                "retry: `denied` can't be helped by repeating; kinds that can are `rate-limited`, `unavailable`, `unknown`, `protocol`, `internal`",
            ),
            (
                policy(vec![], 0),
                "retry: 0 attempts are not between 1 and 10",
            ),
            (
                policy(vec![], 11),
                "retry: 11 attempts are not between 1 and 10",
            ),
        ];
        for (policy, message) in cases {
            assert_eq!(policy.check().unwrap_err().to_string(), message);
        }
        assert_eq!(policy(vec![FailureKind::Unknown], 10).check(), Ok(()));
    }
}
