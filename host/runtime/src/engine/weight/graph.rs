//! The cost of components inside a component, which instantiate each other.
//!
//! wasmtime instantiates them all when it compiles: a component that is
//! instantiated twice is processed twice, with everything that it instantiates
//! in turn. This module computes the same cost without doing the work. The
//! weight of each definition is known when it ends, and is added wherever it is
//! instantiated. Weights that depend on the instances passed in depend on the
//! largest of them, and so are a [`Size`].

use wasmparser::component_types::{ComponentAnyTypeId, ComponentInstanceTypeId};
use wasmparser::types::TypesRef;
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExternalKind, ComponentInstance,
    ComponentOuterAliasKind, Instance, Payload,
};

use super::refused::{Refused, too_many};
use super::sum::{MAX_TYPES, Size, TYPES, Weight};
use super::types::{Types, Unrolled};

/// A definition of a component that has been read to its end.
#[derive(Clone, Copy, Debug, Default)]
struct Definition {
    weight: Weight,
    /// The size of what an instance of it exports.
    exports: Size,
    /// The definitions around it that it uses, with those that they use in
    /// turn.
    closure: u64,
}

/// A definition that is being read.
#[derive(Default)]
struct Open {
    definition: Definition,
    /// The index space of instances: the size of each.
    instances: Vec<Size>,
    /// The index space of components: which definition each is.
    components: Vec<usize>,
}

impl Open {
    fn weight(&mut self) -> &mut Weight {
        &mut self.definition.weight
    }

    fn instance(&self, index: u32) -> Size {
        at(&self.instances, index).copied().unwrap_or(Size::ONE)
    }
}

fn at<T>(items: &[T], index: u32) -> Option<&T> {
    items.get(usize::try_from(index).ok()?)
}

/// The components seen so far.
pub(super) struct Graph {
    done: Vec<Definition>,
    /// The definitions that are being read, from the outermost inwards.
    open: Vec<Open>,
    /// Whether the innermost is a core module: it belongs to the last of
    /// `open`.
    in_module: bool,
    /// The most imports that a core module has.
    module_imports: u64,
    types: Types,
    /// Types of all components that are instantiated anywhere in the file. Each
    /// instantiation validates them again.
    validated: u64,
    whole: Weight,
}

impl Default for Graph {
    fn default() -> Graph {
        Graph {
            done: Vec::new(),
            open: vec![Open::default()],
            in_module: false,
            module_imports: 0,
            types: Types::default(),
            validated: 0,
            whole: Weight::default(),
        }
    }
}

impl Graph {
    /// Handles a section before it is validated.
    pub(super) fn before(
        &mut self,
        payload: &Payload<'_>,
        types: Option<TypesRef<'_>>,
    ) -> Result<(), Refused> {
        let (Payload::ComponentInstanceSection(section), Some(types)) = (payload, types) else {
            return Ok(());
        };
        for instance in section.clone() {
            if let ComponentInstance::Instantiate {
                component_index, ..
            } = instance?
                && component_index < types.component_count()
            {
                let id = types.component_at(component_index).into();
                let nodes = self.types.unrolled(types, id).nodes;
                self.validated = self.validated.saturating_add(nodes);
            }
        }
        too_many(self.validated, MAX_TYPES, TYPES)
    }

    /// Adds a valid section, with the types that are known after it.
    pub(super) fn after(
        &mut self,
        payload: &Payload<'_>,
        types: Option<TypesRef<'_>>,
    ) -> Result<(), Refused> {
        match payload {
            Payload::ModuleSection { .. } => self.in_module = true,
            Payload::ImportSection(section) => {
                self.module_imports = self.module_imports.max(u64::from(section.count()));
            }
            Payload::ComponentSection { .. } => self.open.push(Open::default()),
            Payload::End(_) => self.end(),
            _ => {}
        }
        if self.in_module {
            return Ok(());
        }
        let (Some(types), Some(mut open)) = (types, self.open.pop()) else {
            return Ok(());
        };
        let added = self.section(&mut open, payload, types);
        self.open.push(open);
        added
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.in_module) {
            return;
        }
        let Some(Open { definition, .. }) = self.open.pop() else {
            return;
        };
        match self.open.last_mut() {
            Some(outer) => {
                outer.components.push(self.done.len());
                outer.weight().items.add(Size::of(definition.closure));
                self.done.push(definition);
            }
            None => self.whole = definition.weight,
        }
    }

    fn section(
        &mut self,
        open: &mut Open,
        payload: &Payload<'_>,
        types: TypesRef<'_>,
    ) -> Result<(), Refused> {
        match payload {
            Payload::InstanceSection(section) => {
                define(open, section.count());
                for instance in section.clone() {
                    let instantiates = matches!(instance?, Instance::Instantiate { .. });
                    open.weight().core_instances += u64::from(instantiates);
                }
            }
            Payload::ComponentInstanceSection(section) => {
                define(open, section.count());
                for instance in section.clone() {
                    self.instance(open, &instance?, types);
                }
            }
            Payload::ComponentAliasSection(section) => {
                define(open, section.count());
                for alias in section.clone() {
                    self.alias(open, &alias?)?;
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                define(open, section.count());
                for function in section.clone() {
                    if let CanonicalFunction::Lower { func_index, .. } = function? {
                        let id = types.component_function_at(func_index);
                        let code = self.types.unrolled(types, id.into()).code;
                        let copied = &mut open.weight().copied;
                        *copied = copied.saturating_add(code);
                    }
                }
            }
            Payload::ComponentImportSection(section) => {
                define(open, section.count());
                for import in section.clone() {
                    self.import(open, import?.ty.kind(), types)?;
                }
            }
            Payload::ComponentExportSection(section) => {
                define(open, section.count());
                for export in section.clone() {
                    let export = export?;
                    self.export(open, export.kind, export.index, types);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn import(
        &mut self,
        open: &mut Open,
        kind: ComponentExternalKind,
        types: TypesRef<'_>,
    ) -> Result<(), Refused> {
        match kind {
            ComponentExternalKind::Component => return given_component(),
            ComponentExternalKind::Instance => {}
            _ => {
                open.weight().items.add(Size::ONE);
                return Ok(());
            }
        }
        // An import of the host's is no more than a name.
        let value = if self.open.is_empty() {
            Size::ONE
        } else {
            Size::GIVEN
        };
        self.new_instance(open, value, value, types);
        Ok(())
    }

    /// Adds an instance to the index space, with the cost of its type and of
    /// each of its resources.
    fn new_instance(&mut self, open: &mut Open, value: Size, of: Size, types: TypesRef<'_>) {
        let index = open.instances.len();
        open.instances.push(value);
        let Some(id) = instance_type(types, index) else {
            return;
        };
        let Unrolled { items, nodes, .. } = self.types.unrolled(types, id.into());
        let resources = types
            .get(id)
            .map_or(0, |ty| ty.explicit_resources.len() as u64);
        let weight = open.weight();
        weight.items.add(value.and(Size::of(items)));
        weight.types.add(of.times(resources).and(Size::of(nodes)));
        weight.resources = weight.resources.saturating_add(resources);
    }

    fn instance(&mut self, open: &mut Open, instance: &ComponentInstance<'_>, types: TypesRef<'_>) {
        let (mut all, mut largest) = (Size::ONE, Size::default());
        match instance {
            ComponentInstance::FromExports(exports) => {
                for export in exports {
                    all.add(self.item(open, export.kind, export.index, types));
                }
                self.new_instance(open, all, Size::default(), types);
            }
            ComponentInstance::Instantiate {
                component_index,
                args,
            } => {
                for arg in args {
                    let item = self.item(open, arg.kind, arg.index, types);
                    largest = largest.max(item);
                    all.add(item);
                }
                let definition = at(&open.components, *component_index)
                    .and_then(|definition| self.done.get(*definition))
                    .copied()
                    .unwrap_or_default();
                let weight = open.weight();
                weight.add(&definition.weight, largest);
                weight.instances = weight.instances.saturating_add(1);
                weight.items.add(all.and(Size::of(definition.closure)));
                let value = definition.exports.given(largest).and(Size::ONE);
                self.new_instance(open, value, value, types);
            }
        }
    }

    /// The size of an item that is passed on.
    fn item(
        &mut self,
        open: &mut Open,
        kind: ComponentExternalKind,
        index: u32,
        types: TypesRef<'_>,
    ) -> Size {
        match kind {
            ComponentExternalKind::Instance => open.instance(index),
            ComponentExternalKind::Component => self.component(open, index).1,
            ComponentExternalKind::Type => {
                let Unrolled { items, nodes, .. } = self.any_type(types, index);
                open.weight().types.add(Size::of(nodes));
                Size::of(items).and(Size::ONE)
            }
            _ => Size::ONE,
        }
    }

    fn any_type(&mut self, types: TypesRef<'_>, index: u32) -> Unrolled {
        if index >= types.component_type_count() {
            return Unrolled::default();
        }
        let id: ComponentAnyTypeId = types.component_any_type_at(index);
        self.types.unrolled(types, id)
    }

    /// Which definition a component is, and its size.
    fn component(&self, open: &Open, index: u32) -> (usize, Size) {
        let definition = at(&open.components, index).copied().unwrap_or(usize::MAX);
        let closure = self.done.get(definition).map_or(0, |done| done.closure);
        (definition, Size::of(closure).and(Size::ONE))
    }

    fn alias(&mut self, open: &mut Open, alias: &ComponentAlias<'_>) -> Result<(), Refused> {
        match *alias {
            ComponentAlias::InstanceExport {
                kind,
                instance_index,
                ..
            } => match kind {
                ComponentExternalKind::Component => return given_component(),
                ComponentExternalKind::Instance => {
                    let of = open.instance(instance_index);
                    open.instances.push(of);
                    open.weight().items.add(of);
                }
                _ => open.weight().items.add(Size::ONE),
            },
            ComponentAlias::CoreInstanceExport { .. } => open.weight().items.add(Size::ONE),
            ComponentAlias::Outer { kind, count, index } => {
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                let size = match kind {
                    ComponentOuterAliasKind::Component => {
                        // With a count of zero, `open` itself defines it.
                        let outer = count
                            .checked_sub(1)
                            .map_or(Some(&*open), |n| self.open.iter().rev().nth(n));
                        let (definition, size) = outer.map_or((usize::MAX, Size::ONE), |outer| {
                            self.component(outer, index)
                        });
                        open.components.push(definition);
                        size
                    }
                    ComponentOuterAliasKind::CoreModule => Size::ONE,
                    ComponentOuterAliasKind::CoreType | ComponentOuterAliasKind::Type => {
                        return Ok(());
                    }
                };
                open.weight().items.add(size);
                // It is passed inwards through all that are in between.
                let between = self.open.iter_mut().rev().take(count.saturating_sub(1));
                for open in between.chain((count > 0).then_some(open)) {
                    let closure = &mut open.definition.closure;
                    *closure = closure.saturating_add(size.fixed);
                }
            }
        }
        Ok(())
    }

    fn export(
        &mut self,
        open: &mut Open,
        kind: ComponentExternalKind,
        index: u32,
        types: TypesRef<'_>,
    ) {
        let size = self.item(open, kind, index, types);
        match kind {
            ComponentExternalKind::Instance => open.instances.push(size),
            ComponentExternalKind::Component => {
                let (definition, _) = self.component(open, index);
                open.components.push(definition);
            }
            _ => {}
        }
        open.definition.exports.add(size);
        // Once in its index space, and once in the exports of the instance.
        open.weight().items.add(size.times(2));
    }

    /// Refuses a component that exceeds a bound, after all of it has been read.
    pub(super) fn check(&self) -> Result<(), Refused> {
        self.whole.check(self.module_imports)
    }
}

fn define(open: &mut Open, count: u32) {
    let definitions = &mut open.weight().definitions;
    *definitions = definitions.saturating_add(u64::from(count));
}

fn instance_type(types: TypesRef<'_>, index: usize) -> Option<ComponentInstanceTypeId> {
    let index = u32::try_from(index).ok()?;
    (index < types.component_instance_count()).then(|| types.component_instance_at(index))
}

/// Refused because the cost of such a component depends on where it comes from.
fn given_component() -> Result<(), Refused> {
    let message = "it passes components to components, and none is compiled that does";
    Err(Refused(message.to_owned()))
}
