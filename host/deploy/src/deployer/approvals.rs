//! Approvals by somebody other than the uploader: what needs approval, and which
//! of it may pass once.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::store::digest;
use hospes::swap::Changes;
use jiff::Timestamp;
use serde_json::json;

use crate::error::DeployError;

/// How many are remembered; the oldest give way.
const MOST: usize = 64;
/// For how long.
const KEPT: Duration = Duration::from_secs(3600);

/// A change that has to be approved.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PendingApproval {
    /// Stands for this very change: the component, its grants, the revision that serves, and what has to be approved.
    /// 64 hexadecimal digits.
    pub id: String,
    /// The node's name.
    pub node: String,
    /// What is to serve: a component's digest, or a generation.
    pub subject: String,
    /// The revision that serves, in whose place it would come.
    pub serving: u64,
    /// What has to be approved, in lines for people.
    pub lines: Vec<String>,
    /// When it was asked for last, or approved; it is forgotten an hour later.
    pub asked: Timestamp,
    /// Whether it is approved: then the same change passes once.
    pub approved: bool,
}

impl PendingApproval {
    /// A change of a node. What it is granted goes into the id as a hash.
    pub(super) fn new(
        node: &str,
        subject: impl Into<String>,
        grants: &str,
        serving: u64,
        changes: &Changes,
    ) -> PendingApproval {
        let (subject, lines) = (subject.into(), changes.to_approve());
        let lines: Vec<String> = lines.map(str::to_owned).collect();
        let all = json!([node, subject, grants, serving, lines]).to_string();
        PendingApproval {
            id: digest(all.as_bytes()).replace("sha256:", ""),
            node: node.to_owned(),
            subject,
            serving,
            lines,
            asked: Timestamp::now(),
            approved: false,
        }
    }
}

/// What was held since an hour ago.
#[derive(Default)]
pub(super) struct Approvals {
    /// Whether somebody else than the operator approves.
    separate: bool,
    held: Mutex<VecDeque<PendingApproval>>,
}

impl Approvals {
    pub(super) fn new(separate: bool) -> Approvals {
        Approvals {
            separate,
            held: Mutex::default(),
        }
    }

    /// Whether this change is approved. Otherwise it is remembered, to be
    /// approved.
    pub(super) fn may_pass(&self, asked: &PendingApproval) -> bool {
        if !self.separate {
            return false;
        }
        let mut held = self.held();
        let known = held.iter().position(|one| one.id == asked.id);
        let known = known.and_then(|at| held.remove(at));
        // Asking again does not make an approval last longer.
        let known = known.filter(|known| known.approved);
        let approved = known.is_some();
        while held.len() >= MOST {
            held.pop_front();
        }
        held.push_back(known.unwrap_or_else(|| asked.clone()));
        approved
    }

    /// It has passed.
    pub(super) fn passed(&self, asked: Option<&PendingApproval>) {
        if let Some(asked) = asked {
            self.held().retain(|one| one.id != asked.id);
        }
    }

    /// The error of a change that is held, with what its owner has to hand on.
    pub(super) fn needed(
        &self,
        what: &'static str,
        changes: &Changes,
        asked: Option<&PendingApproval>,
    ) -> DeployError {
        let asked = asked.filter(|_| self.separate);
        DeployError::NeedsApproval {
            what,
            changes: Box::new(changes.clone()),
            approval: asked.map(|asked| asked.id.clone()),
        }
    }

    pub(super) fn of(&self, node: &str) -> Vec<PendingApproval> {
        let held = self.held();
        let of = held.iter().filter(|one| one.node == node);
        of.cloned().collect()
    }

    pub(super) fn approve(&self, node: &str, id: &str) -> Result<PendingApproval, DeployError> {
        let mut held = self.held();
        let found = held.iter_mut().find(|one| one.node == node && one.id == id);
        let found = found.ok_or_else(|| DeployError::UnknownApproval {
            node: node.to_owned(),
            id: id.to_owned(),
        })?;
        found.approved = true;
        found.asked = Timestamp::now();
        Ok(found.clone())
    }

    /// What is not too old.
    fn held(&self) -> MutexGuard<'_, VecDeque<PendingApproval>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Timestamp::now();
        held.retain(|one| now.duration_since(one.asked).unsigned_abs() < KEPT);
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(subject: &str, serving: u64, line: &str) -> PendingApproval {
        let mut changes = Changes::default();
        changes.wider.push(line.to_owned());
        PendingApproval::new("node", subject, "sha256:aa", serving, &changes)
    }

    #[test]
    fn what_is_approved_passes_and_nothing_else_does() {
        let approvals = Approvals::new(true);
        let one = asked("sha256:00", 1, "rule a");
        assert!(!approvals.may_pass(&one));
        assert!(approvals.approve("other", &one.id).is_err());
        approvals.approve("node", &one.id).unwrap();
        // Nobody can keep an approval for later by asking again and again.
        let since = approvals.of("node")[0].asked;
        assert!(approvals.may_pass(&asked("sha256:00", 1, "rule a")));
        assert_eq!(approvals.of("node")[0].asked, since);
        for other in [
            asked("sha256:01", 1, "rule a"),
            asked("sha256:00", 2, "rule a"),
            asked("sha256:00", 1, "rule b"),
        ] {
            assert!(!approvals.may_pass(&other));
        }
        assert!(approvals.may_pass(&one));
        approvals.passed(Some(&one));
        assert!(!approvals.may_pass(&one));
    }

    #[test]
    fn nothing_is_remembered_for_long_or_without_bound() {
        let approvals = Approvals::new(true);
        let mut old = asked("sha256:00", 1, "rule a");
        old.asked = Timestamp::now() - KEPT;
        approvals.may_pass(&old);
        assert!(approvals.approve("node", &old.id).is_err());
        for serving in 0..200 {
            approvals.may_pass(&asked("sha256:00", serving, "rule a"));
        }
        assert_eq!(approvals.of("node").len(), MOST);
        assert!(Approvals::new(false).of("node").is_empty());
    }
}
