//! Publishing a revision: checked first, then written down, then served.
//!
//! What was written down and not served yet comes back after a crash; what
//! serves was always written down before. So nothing ever ran on a revision
//! that a restarted server would not know.

use std::sync::{Arc, PoisonError};

use hospes::{
    Approval, Changes, LoadError, PublishError, RevisionId, Rollout, Signature, Staged, Unmet,
};
use hospes_solution::store::{Change, Manifest, Source, Stored, Trial, digest};
use hospes_solution::{GrantError, Grants};
use serde_json::json;

use super::approvals::ApprovalDocument;
use super::known::Published;
use super::{Desk, Sourced};
use crate::command::serve::error::{
    ApiError, BODY_TOO_LARGE, COMPONENT_REFUSED, INTERNAL, NEEDS_APPROVAL, NOT_GRANTED, OVERLOADED,
    SUPERSEDED, UNKNOWN_NODE,
};
use crate::terminal::{quoted, visible};

/// What is to be published.
pub(super) struct Candidate<'a> {
    pub(super) node: &'a str,
    pub(super) component: &'a [u8],
    pub(super) grants: &'a Grants,
    pub(super) source: &'a Source,
    pub(super) change: Change,
    pub(super) why: &'a str,
    pub(super) approval: Approval,
}

impl Candidate<'_> {
    /// What it is to an operator.
    fn what(&self) -> &'static str {
        match self.change {
            Change::RolledBack => "earlier revision",
            _ => "component",
        }
    }

    /// What somebody would approve.
    fn asked(&self, serving: u64, changes: &Changes) -> ApprovalDocument {
        let (digest, grants) = (digest(self.component), self.grants.fingerprint());
        ApprovalDocument::new(self.node, digest, &grants, serving, changes)
    }
}

/// What was published.
pub(in crate::command::serve) struct Deployed {
    pub(in crate::command::serve) revision: Arc<RevisionId>,
    pub(in crate::command::serve) previous: Option<Arc<RevisionId>>,
    pub(in crate::command::serve) changes: Changes,
    /// What it has come to: everything, or a part beside `previous`.
    pub(in crate::command::serve) rollout: Rollout,
}

/// What an operator says about an upload, in place of the solution file.
#[derive(Default)]
pub(in crate::command::serve) struct Wanted {
    pub(in crate::command::serve) rollout: Option<Rollout>,
    pub(in crate::command::serve) signature: Option<Signature>,
}

/// How often a publish is begun anew because another one came first.
const TRIES: usize = 3;

impl Desk {
    /// Publishes a component that an operator sent, with what the solution file
    /// grants the node.
    pub(in crate::command::serve) fn upload(
        &self,
        node: &str,
        component: &[u8],
        approval: Approval,
        why: &str,
        wanted: Wanted,
    ) -> Result<Deployed, ApiError> {
        let sourced = self.sourced(node)?;
        let mut grants = sourced.grants.clone();
        if let Some(rollout) = wanted.rollout {
            grants.admission.rollout = rollout;
        }
        if let Some(signature) = wanted.signature {
            grants.admission.signature = None;
            grants.admission.signatures = vec![signature];
        }
        let deployed = self.deploy(&Candidate {
            node,
            component,
            grants: &grants,
            source: &sourced.source,
            change: Change::Uploaded,
            why,
            approval,
        })?;
        if deployed.rollout == Rollout::All {
            self.taken_over(node, &sourced);
        }
        Ok(deployed)
    }

    /// What the solution file grants a node is what it serves with.
    pub(super) fn taken_over(&self, node: &str, sourced: &Arc<Sourced>) {
        let mut sources = self.sources.write().unwrap_or_else(PoisonError::into_inner);
        // Unless the file says something else since.
        if let Some(now) = sources.get_mut(node)
            && now.source.grants == sourced.source.grants
        {
            *now = Arc::new(Sourced {
                grants: now.grants.clone(),
                source: now.source.clone(),
                taken: now.source.clone(),
            });
            drop(sources);
            self.applied.node_taken(&self.metrics, node);
        }
    }

    /// A node serves with less than any solution file said.
    pub(super) fn not_taken_over(&self, node: &str) {
        let mut sources = self.sources.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(now) = sources.get_mut(node) {
            *now = Arc::new(Sourced {
                grants: now.grants.clone(),
                source: now.source.clone(),
                taken: Source {
                    component: now.taken.component.clone(),
                    ..Source::default()
                },
            });
        }
    }

    /// What the solution file says about a node, also of one that was removed.
    pub(in crate::command::serve) fn sourced(&self, node: &str) -> Result<Arc<Sourced>, ApiError> {
        self.source(node).ok_or_else(|| {
            let message = format!(
                "the solution file has no node `{}`, so nothing says what it may do",
                quoted(node)
            );
            ApiError::new(&UNKNOWN_NODE, message)
        })
    }

    pub(super) fn deploy(&self, candidate: &Candidate<'_>) -> Result<Deployed, ApiError> {
        // What is checked and what is written down are the same signatures.
        let mut grants = candidate.grants.clone();
        grants.admission.read_signatures().map_err(unusable)?;
        let candidate = &Candidate {
            grants: &grants,
            ..*candidate
        };
        // The disk takes its time while the component is compiled.
        std::thread::scope(|scope| {
            let put = self
                .store
                .as_ref()
                .map(|store| scope.spawn(|| store.put(candidate.component)));
            let mut staged = self.stage(candidate)?;
            let stored = match put.map(|put| put.join()) {
                Some(Ok(stored)) => Some(stored.map_err(|error| not_kept(&error))?),
                Some(Err(_panic)) => return Err(ApiError::new(&INTERNAL, "the store panicked")),
                None => None,
            };
            for _ in 1..TRIES {
                match self.publish(candidate, staged, stored.as_ref())? {
                    Ok(deployed) => return Ok(deployed),
                    // Something else serves than what it was compared with.
                    Err(Stale) => staged = self.stage(candidate)?,
                }
            }
            self.publish(candidate, staged, stored.as_ref())?
                .map_err(|Stale| {
                    ApiError::new(&SUPERSEDED, "other revisions are published all the time")
                })
        })
    }

    fn stage(&self, candidate: &Candidate<'_>) -> Result<(Staged, u64), ApiError> {
        let serving = self.serving(candidate.node).map_or(0, |id| id.generation);
        let config = candidate.grants.config_for(candidate.component);
        let config = config.map_err(unusable)?;
        let staged = self
            .runtime
            .stage(candidate.node, config.note(candidate.why))
            .map_err(refused)?;
        let unmet: Vec<String> = staged
            .changes()
            .unmet
            .iter()
            .filter(|unmet| !matches!(unmet, Unmet::Egress { .. }))
            .map(ToString::to_string)
            .collect();
        if !unmet.is_empty() {
            let message = format!(
                "the component can't work with what it is granted: {}",
                unmet.join("; ")
            );
            return Err(ApiError::new(&NOT_GRANTED, visible(&message)).with("unmet", unmet));
        }
        Ok((staged, serving))
    }

    fn publish(
        &self,
        candidate: &Candidate<'_>,
        (staged, compared): (Staged, u64),
        stored: Option<&Stored>,
    ) -> Result<Result<Deployed, Stale>, ApiError> {
        let _one = self.changing();
        let previous = self.serving(candidate.node);
        let serving = previous.as_ref().map_or(0, |id| id.generation);
        if staged.id().generation < serving {
            return Err(superseded(serving));
        }
        if serving != compared {
            return Ok(Err(Stale));
        }
        // Nothing is published with what the solution file said before.
        let now = self.source(candidate.node);
        let now = now.map(|sourced| sourced.source.grants.clone());
        if candidate.change != Change::RolledBack && now != Some(candidate.source.grants.clone()) {
            return Err(ApiError::new(
                &SUPERSEDED,
                "the solution file says something else meanwhile",
            ));
        }
        let mut changes = staged.changes().clone();
        if let Some(before) = self.runtime.describe(candidate.node) {
            let after = staged.description();
            let lines = self.flows.unreadable(candidate.node, &before, after);
            changes.breaking.extend(lines);
        }
        let mut approval = candidate.approval;
        let held = changes.is_held(approval);
        let asked = held.then(|| candidate.asked(serving, &changes));
        if let Some(asked) = &asked
            && self.approvals.may_pass(asked)
        {
            approval = Approval::Wider;
        }
        let needs_approval = |changes| {
            let error = needs_approval(candidate.what(), changes);
            self.approvals.note(error, asked.as_ref())
        };
        // Nothing is written down of what will be held; the runtime tells its observer.
        let held = changes.is_held(approval);
        if held && !staged.changes().is_held(approval) {
            return Err(needs_approval(&changes));
        }
        let id = Arc::clone(staged.id());
        // Alone, if nothing serves beside which it could be tried.
        let rollout = match previous {
            Some(_) => candidate.grants.admission.rollout.clone(),
            None => Rollout::All,
        };
        if !held {
            self.write(candidate, &id, &rollout, stored)?;
        }
        if let Err(error) = self.runtime.publish(staged, approval) {
            if !held {
                self.unwrite(candidate.node, &id, &rollout)?;
            }
            return Err(match error {
                PublishError::Held { changes: held, .. } => {
                    let mut held = Changes::clone(&held);
                    if approval == Approval::Same {
                        held.breaking = changes.breaking;
                    }
                    needs_approval(&held)
                }
                PublishError::Superseded { by } => superseded(by),
                _ => ApiError::new(&INTERNAL, error.to_string()),
            });
        }
        self.approvals.passed(asked.as_ref());
        match rollout {
            Rollout::All => self.note(candidate.node, &id, candidate.grants),
            _ => self.note_trial(candidate.node, &id, candidate.grants),
        }
        Ok(Ok(Deployed {
            revision: id,
            previous,
            changes,
            rollout,
        }))
    }

    /// Writes a revision down.
    fn write(
        &self,
        candidate: &Candidate<'_>,
        id: &RevisionId,
        rollout: &Rollout,
        stored: Option<&Stored>,
    ) -> Result<(), ApiError> {
        let (Some(store), Some(stored)) = (&self.store, stored) else {
            return Ok(());
        };
        let grants = candidate.grants.clone();
        let mut manifest = Manifest::new(candidate.node, id.generation, &id.digest, grants);
        manifest.version.clone_from(&id.version);
        manifest.change = candidate.change;
        candidate.why.clone_into(&mut manifest.why);
        manifest.source = candidate.source.clone();
        let written = match rollout {
            Rollout::All => store.commit(stored, manifest),
            _ => store.try_beside(stored, Trial::new(manifest, rollout.clone())),
        };
        written.map_err(|error| not_kept(&error))
    }

    /// Takes that back.
    fn unwrite(&self, node: &str, id: &RevisionId, rollout: &Rollout) -> Result<(), ApiError> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let taken = match rollout {
            Rollout::All => store.withdraw(node, id.generation),
            _ => store.abort_trial(node, "it was not published"),
        };
        taken.map_err(|error| not_kept(&error))
    }

    /// Remembers what the revision that serves is granted.
    pub(super) fn note(&self, node: &str, id: &RevisionId, grants: &Grants) {
        let known = self.known_or_new(node);
        known.published(Published::new(id, grants));
        self.applied.node_in(node);
    }

    /// The same of one that takes part in serving.
    pub(super) fn note_trial(&self, node: &str, id: &RevisionId, grants: &Grants) {
        let known = self.known_or_new(node);
        known.tried(Published::new(id, grants));
    }

    /// What serves of a node.
    pub(super) fn serving(&self, node: &str) -> Option<Arc<RevisionId>> {
        self.status(node).map(|status| status.revision)
    }

    /// Removes what is too old to be kept. What can't be removed stays.
    pub(in crate::command::serve) fn collect(&self) {
        let Some(store) = &self.store else { return };
        match store.collect(&self.keep, jiff::Timestamp::now()) {
            Ok(_) => {}
            Err(error) => tracing::warn!(target: "hospes::store", %error, "old revisions stay"),
        }
    }
}

/// Something else serves than what a staged revision was compared with.
struct Stale;

pub(super) fn refused(error: LoadError) -> ApiError {
    let code = match error {
        _ if error.is_overload() => &OVERLOADED,
        LoadError::TooLarge { .. } => &BODY_TOO_LARGE,
        LoadError::Thread(_) | LoadError::Compiler(_) => &INTERNAL,
        LoadError::Superseded { .. } => &SUPERSEDED,
        _ => &COMPONENT_REFUSED,
    };
    ApiError::new(code, visible(&error.to_string()))
}

/// A file of the server's own can't be used.
pub(super) fn unusable(error: GrantError) -> ApiError {
    ApiError::new(&INTERNAL, visible(&error.to_string()))
}

pub(super) fn needs_approval(what: &str, changes: &Changes) -> ApiError {
    let lines = |lines: &[String]| -> String {
        let lines: Vec<String> = lines.iter().map(|line| visible(line)).collect();
        lines.join("; ")
    };
    let mut messages = Vec::new();
    if !changes.wider.is_empty() {
        messages.push(format!(
            "the {what} has more than the one that serves: {}",
            lines(&changes.wider)
        ));
    }
    if !changes.breaking.is_empty() {
        messages.push(format!(
            "the {what} breaks callers of the one that serves: {}",
            lines(&changes.breaking)
        ));
    }
    ApiError::new(&NEEDS_APPROVAL, messages.join("; ")).with("changes", json!(changes))
}

fn superseded(by: u64) -> ApiError {
    ApiError::new(
        &SUPERSEDED,
        format!("generation {by} was published or removed meanwhile"),
    )
}

pub(super) fn not_kept(error: &dyn std::fmt::Display) -> ApiError {
    ApiError::new(&INTERNAL, format!("the store can't keep it: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_to_do_is_the_servers_word_and_not_the_components() {
        let busy = "places are taken".to_owned();
        for (error, code) in [
            (LoadError::Overloaded(busy), &OVERLOADED),
            (LoadError::CompilerBusy { others: 4 }, &OVERLOADED),
            (LoadError::Params, &COMPONENT_REFUSED),
        ] {
            assert_eq!(refused(error).code().word, code.word);
        }
        assert_eq!(OVERLOADED.status.as_u16(), 503);
    }
}
