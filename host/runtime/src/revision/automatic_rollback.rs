//! With which grants an earlier revision may come back.

use std::sync::Arc;

use crate::revision::changes::{changes, unmet};
use crate::revision::{AdmittedComponent, LoadError, Revision};
use crate::signature::Signature;
use crate::swap::Unmet;

/// How an earlier revision comes back automatically.
pub(crate) enum AutomaticRollback {
    /// With its grants: the serving revision has all of them.
    Own,
    /// With the grants of the serving revision.
    Regranted(Arc<AdmittedComponent>),
    /// Not at all; holds the reason.
    Closed(String),
}

/// How `old` may come back automatically in place of `today`. It gets nothing
/// that `today` does not have, and meets the demands on `today`.
pub(crate) fn automatic_rollback(
    today: &Revision,
    old: &Arc<AdmittedComponent>,
) -> AutomaticRollback {
    let closed = |why: String| AutomaticRollback::Closed(why);
    if old.digest == today.admitted.digest {
        return closed("what served before is the same component with other grants".to_owned());
    }
    if covers(today, old) {
        return AutomaticRollback::Own;
    }
    if let Err(error) = may_serve(today, old, &today.admitted) {
        return closed(format!("what served before may not serve now: {error}"));
    }
    let regranted = regranted(old, &today.admitted);
    let lacks = unmet(&regranted).into_iter();
    let lacks: Vec<String> = lacks
        .filter(|unmet| !matches!(unmet, Unmet::Egress { .. }))
        .map(|unmet| unmet.to_string())
        .collect();
    if lacks.is_empty() {
        AutomaticRollback::Regranted(Arc::new(regranted))
    } else {
        closed(format!(
            "what served before can't work with what is granted now: {}",
            lacks.join("; ")
        ))
    }
}

/// Whether `today` has everything that `old` is granted, and `old` meets its
/// demands.
pub(crate) fn covers(today: &Revision, old: &AdmittedComponent) -> bool {
    let granted = changes(Some(&today.admitted), old).granted;
    granted.is_empty() && may_serve(today, old, old).is_ok()
}

/// Checks whether `old` meets the demands on `today`, with the grants of
/// `granted`.
///
/// # Errors
///
/// The demand that is not met.
pub(crate) fn may_serve(
    today: &Revision,
    old: &AdmittedComponent,
    granted: &AdmittedComponent,
) -> Result<(), LoadError> {
    let signatures = old.signatures.iter().chain(&today.admitted.signatures);
    today
        .demands
        .met(&old.digest, signatures, &granted.signed_grants)
}

/// An earlier component with everything that is granted today.
fn regranted(old: &AdmittedComponent, today: &AdmittedComponent) -> AdmittedComponent {
    let mut signatures: Vec<Signature> = old.signatures.clone();
    signatures.extend_from_slice(&today.signatures);
    AdmittedComponent {
        node: Arc::clone(&old.node),
        digest: old.digest.clone(),
        imports: old.imports.clone(),
        code: Arc::clone(&old.code),
        instance: old.instance.clone(),
        permits: old.permits,
        entry: Arc::clone(&old.entry),
        description: old.description.clone(),
        policy: today.policy.clone(),
        secrets: today.secrets.clone(),
        secret_names: today.secret_names.clone(),
        limits: today.limits.clone(),
        retry: today.retry.clone(),
        env: today.env.clone(),
        params: today.params.clone(),
        demands: Arc::clone(&today.demands),
        signatures,
        signed_grants: today.signed_grants.clone(),
        golden: today.golden.clone(),
        protection: today.protection.clone(),
        rollout: today.rollout.clone(),
        propagate: today.propagate,
        note: today.note.clone(),
    }
}
