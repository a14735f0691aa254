//! Which imports of a component the host has nothing for.

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, ResourceType};

use crate::engine::HostState;

/// Names at most; a component can have a hundred thousand.
const MAX_NAMED: usize = 16;

/// Names every import that is missing or of another type, in the component's
/// order; none if linking fails for another reason.
///
/// The linker names only the first. So that one is given to it, by a copy of
/// it that nothing ever runs with, and it is asked again.
pub(super) fn missing(linker: &Linker<HostState>, component: &Component) -> Vec<String> {
    let mut linker = linker.clone();
    linker.allow_shadowing(true);
    let ty = component.component_type();
    let mut missing: Vec<String> = Vec::new();
    while missing.len() < MAX_NAMED
        && let Err(error) = linker.instantiate_pre(component)
    {
        let message = format!("{error:#}");
        let is_meant = |name: &str| {
            message.contains(&format!("`{name}`")) && !missing.iter().any(|other| other == name)
        };
        let mut imports = ty.imports(component.engine());
        let Some((name, import)) = imports.find(|(name, _)| is_meant(name)) else {
            break;
        };
        missing.push(name.to_owned());
        if stand_in(&mut linker, name, &import.ty, component).is_err() {
            break;
        }
    }
    missing
}

/// Gives the linker something of the right type.
fn stand_in(
    linker: &mut Linker<HostState>,
    name: &str,
    item: &ComponentItem,
    component: &Component,
) -> wasmtime::Result<()> {
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
        match item {
            ComponentItem::ComponentFunc(func) if func.async_() => {
                into.func_new_concurrent(name, |_, _, _, _| Box::pin(async { Ok(()) }))?;
            }
            ComponentItem::ComponentFunc(_) => into.func_new(name, |_, _, _, _| Ok(()))?,
            ComponentItem::Resource(_) => {
                into.resource(name, ResourceType::host::<()>(), |_, _| Ok(()))?;
            }
            _ => {}
        }
    }
    Ok(())
}
