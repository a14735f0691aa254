//! Approvals by someone other than the uploader: the changes that need approval,
//! and those that may pass once.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::store::digest;
use hospes::swap::Changes;
use jiff::Timestamp;
use serde_json::json;

use crate::error::DeployError;

/// How many changes are remembered; the oldest are dropped.
const MOST: usize = 64;
/// How long they are remembered.
const KEPT: Duration = Duration::from_secs(3600);

/// A change that needs approval.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PendingApproval {
    /// Identifies exactly this change: the component, its grants, the revision that serves, and what needs approval.
    /// 64 hexadecimal digits.
    pub id: String,
    /// The node's name.
    pub node: String,
    /// What would serve: a component's digest, or a generation.
    pub subject: String,
    /// The revision that serves and would be replaced.
    pub serving: u64,
    /// What needs approval, in lines for people.
    pub lines: Vec<String>,
    /// When it was last requested or approved. It is forgotten an hour later.
    pub asked: Timestamp,
    /// Whether it is approved. Then the same change passes once.
    pub approved: bool,
}

impl PendingApproval {
    /// A change of a node. The grants are part of the id, as a hash.
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

/// The changes of the last hour that need approval.
#[derive(Default)]
pub(super) struct Approvals {
    /// Whether someone other than the operator approves.
    separate: bool,
    held: Mutex<VecDeque<PendingApproval>>,
}

impl Approvals {
    pub(super) fn is_separate(&self) -> bool {
        self.separate
    }

    pub(super) fn new(separate: bool) -> Approvals {
        Approvals {
            separate,
            held: Mutex::default(),
        }
    }

    /// Whether this change is approved. If not, it is remembered, to be
    /// approved.
    pub(super) fn may_pass(&self, asked: &PendingApproval) -> bool {
        if !self.separate {
            return false;
        }
        let mut held = self.held();
        let known = held.iter().position(|one| one.id == asked.id);
        let known = known.and_then(|at| held.remove(at));
        // Repeating the request does not extend an approval.
        let known = known.filter(|known| known.approved);
        let approved = known.is_some();
        while held.len() >= MOST {
            held.pop_front();
        }
        held.push_back(known.unwrap_or_else(|| asked.clone()));
        approved
    }

    /// Forgets an approval that was used.
    pub(super) fn passed(&self, asked: Option<&PendingApproval>) {
        if let Some(asked) = asked {
            self.held().retain(|one| one.id != asked.id);
        }
    }

    /// The error of a change that needs approval, with the id for the approver.
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

    /// The changes that are not too old.
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
        // Repeated requests can't keep an approval alive.
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
