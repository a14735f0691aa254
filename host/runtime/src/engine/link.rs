//! Links a component, and reports the imports that this host does not have or
//! puts stubs in their place.

use std::fmt;

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, InstancePre, Linker, ResourceType};

use crate::engine::ExecutionState;

/// How many names an error lists at most; a component can have a hundred
/// thousand.
const MAX_NAMED: usize = 16;
const MAX_STUBS: usize = 64;

/// A component that is linked with this host.
pub(crate) struct Linked {
    pub(crate) instance: InstancePre<ExecutionState>,
    /// The imports that have a stub, in the component's order.
    pub(crate) stubs: Vec<String>,
}

/// Why a component can't be linked.
pub(crate) enum LinkError {
    /// It imports interfaces that this host does not have; holds their names.
    Missing(Vec<String>),
    /// A stub has a name that it does not import, or that this host has; holds
    /// the name.
    Unused(String),
    /// Another reason; holds it.
    Other(String),
}

/// The error when a stub is called.
#[derive(Debug)]
pub(crate) struct StubCalled {
    interface: String,
    function: String,
}

impl fmt::Display for StubCalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StubCalled {
            interface,
            function,
        } = self;
        write!(
            f,
            "the node called `{function}` of `{interface}`, which is a stub"
        )
    }
}

impl std::error::Error for StubCalled {}

/// Links a component. An import that is missing, or has another type, gets a
/// stub if `is_stub` says so.
///
/// # Errors
///
/// The missing imports that may not be stubs, in the component's order, or
/// another reason why linking fails.
pub(super) fn link(
    linker: &Linker<ExecutionState>,
    component: &Component,
    is_stub: impl Fn(&str) -> bool,
) -> Result<Linked, LinkError> {
    let (mut stubs, mut missing) = (Vec::new(), Vec::new());
    let mut error = match linker.instantiate_pre(component) {
        Ok(instance) => return Ok(Linked { instance, stubs }),
        Err(error) => error,
    };
    // The linker names only the first. So that one is added to a copy of the
    // linker, which is asked again.
    let mut linker = linker.clone();
    linker.allow_shadowing(true);
    let ty = component.component_type();
    while missing.len() < MAX_NAMED && stubs.len() < MAX_STUBS {
        let message = format!("{error:#}");
        let is_meant = |name: &str| {
            let mut known = stubs.iter().chain(&missing);
            message.contains(&format!("`{name}`")) && !known.any(|other| other == name)
        };
        let mut imports = ty.imports(component.engine());
        let Some((name, import)) = imports.find(|(name, _)| is_meant(name)) else {
            break;
        };
        if is_stub(name) {
            stubs.push(name.to_owned());
        } else {
            missing.push(name.to_owned());
        }
        if add_stub(&mut linker, name, &import.ty, component).is_err() {
            break;
        }
        match linker.instantiate_pre(component) {
            Ok(instance) if missing.is_empty() => return Ok(Linked { instance, stubs }),
            Ok(_) => break,
            Err(next) => error = next,
        }
    }
    Err(if missing.is_empty() {
        LinkError::Other(format!("{error:#}"))
    } else {
        LinkError::Missing(missing)
    })
}

/// Adds an item of the right type to the linker; its functions trap.
fn add_stub(
    linker: &mut Linker<ExecutionState>,
    name: &str,
    item: &ComponentItem,
    component: &Component,
) -> wasmtime::Result<()> {
    let interface = name;
    let mut root = linker.root();
    let (mut into, items) = match item {
        ComponentItem::ComponentInstance(instance) => {
            let exports = instance.exports(component.engine());
            (
                root.instance(name)?,
                exports.map(|(name, export)| (name, export.ty)).collect(),
            )
        }
        other => (root, vec![(name, other.clone())]),
    };
    for (name, item) in items {
        let called = {
            let (interface, function) = (interface.to_owned(), name.to_owned());
            move || -> wasmtime::Result<()> {
                Err(StubCalled {
                    interface: interface.clone(),
                    function: function.clone(),
                }
                .into())
            }
        };
        match item {
            ComponentItem::ComponentFunc(func) if func.async_() => {
                into.func_new_concurrent(name, move |_, _, _, _| {
                    let called = called();
                    Box::pin(async { called })
                })?;
            }
            ComponentItem::ComponentFunc(_) => into.func_new(name, move |_, _, _, _| called())?,
            ComponentItem::Resource(_) => {
                into.resource(name, ResourceType::host::<()>(), |_, _| Ok(()))?;
            }
            _ => {}
        }
    }
    Ok(())
}
