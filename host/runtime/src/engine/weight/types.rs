//! How large a type is when every type in it is written out.

use std::collections::HashMap;

use wasmparser::PrimitiveValType;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentEntityType, ComponentItem, ComponentValType,
};
use wasmparser::types::TypesRef;

/// The size of a type written out: a type that is used twice counts twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Unrolled {
    /// Exports and imports of instances and components.
    pub(super) items: u64,
    /// Types in it.
    pub(super) nodes: u64,
    /// The cost to copy a value of it from one component into another, in the
    /// unit by which wasmtime splits such code into functions.
    pub(super) code: u64,
}

impl Unrolled {
    const fn leaf(code: u64) -> Unrolled {
        Unrolled {
            items: 0,
            nodes: 1,
            code,
        }
    }

    fn and(self, other: Unrolled) -> Unrolled {
        Unrolled {
            items: self.items.saturating_add(other.items),
            nodes: self.nodes.saturating_add(other.nodes),
            code: self.code.saturating_add(other.code),
        }
    }
}

/// Types that were visited, each once.
#[derive(Default)]
pub(super) struct Types(HashMap<ComponentAnyTypeId, Unrolled>);

impl Types {
    /// The size of a type. Recursion is as deep as types may nest.
    pub(super) fn unrolled(&mut self, types: TypesRef<'_>, id: ComponentAnyTypeId) -> Unrolled {
        if let Some(known) = self.0.get(&id) {
            return *known;
        }
        let size = match id {
            ComponentAnyTypeId::Resource(_) => Unrolled::leaf(1),
            ComponentAnyTypeId::Defined(id) => types
                .get(id)
                .map_or(Unrolled::leaf(1), |ty| self.defined(types, ty)),
            ComponentAnyTypeId::Func(id) => {
                let Some(ty) = types.get(id) else {
                    return Unrolled::leaf(1);
                };
                let values = ty.params.iter().map(|(_, ty)| ty).chain(&ty.result);
                self.values(types, Unrolled::leaf(1), values)
            }
            ComponentAnyTypeId::Instance(id) => {
                let exports = types.get(id).map(|ty| ty.exports.values());
                self.items(types, exports.into_iter().flatten())
            }
            ComponentAnyTypeId::Component(id) => {
                let ty = types
                    .get(id)
                    .map(|ty| ty.imports.values().chain(ty.exports.values()));
                self.items(types, ty.into_iter().flatten())
            }
        };
        self.0.insert(id, size);
        size
    }

    fn items<'a>(
        &mut self,
        types: TypesRef<'_>,
        items: impl Iterator<Item = &'a ComponentItem>,
    ) -> Unrolled {
        items.fold(Unrolled::leaf(1), |mut size, item| {
            size.items = size.items.saturating_add(1);
            let of = match item.ty {
                ComponentEntityType::Module(_) => Unrolled::leaf(1),
                ComponentEntityType::Value(ty) => self.value(types, &ty),
                ComponentEntityType::Func(id) => self.unrolled(types, id.into()),
                ComponentEntityType::Type { referenced, .. } => self.unrolled(types, referenced),
                ComponentEntityType::Instance(id) => self.unrolled(types, id.into()),
                ComponentEntityType::Component(id) => self.unrolled(types, id.into()),
            };
            size.and(of)
        })
    }

    fn values<'a>(
        &mut self,
        types: TypesRef<'_>,
        start: Unrolled,
        values: impl IntoIterator<Item = &'a ComponentValType>,
    ) -> Unrolled {
        let values = values.into_iter();
        values.fold(start, |size, ty| size.and(self.value(types, ty)))
    }

    fn value(&mut self, types: TypesRef<'_>, ty: &ComponentValType) -> Unrolled {
        match ty {
            ComponentValType::Primitive(PrimitiveValType::String) => Unrolled::leaf(LOOP),
            ComponentValType::Primitive(_) => Unrolled::leaf(1),
            ComponentValType::Type(id) => self.unrolled(types, (*id).into()),
        }
    }

    fn defined(&mut self, types: TypesRef<'_>, ty: &ComponentDefinedType) -> Unrolled {
        use ComponentDefinedType as Ty;

        let names = |count: usize| Unrolled::leaf(1 + count as u64);
        match ty {
            Ty::Primitive(ty) => self.value(types, &ComponentValType::Primitive(*ty)),
            Ty::Record(ty) => self.values(types, Unrolled::leaf(1), ty.fields.values()),
            Ty::Variant(ty) => {
                let cases = ty.cases.values().filter_map(|case| case.ty.as_ref());
                self.values(types, names(ty.cases.len()), cases)
            }
            Ty::List { element, .. } => self.values(types, Unrolled::leaf(LOOP), [element]),
            Ty::Map { key, value, .. } => self.values(types, Unrolled::leaf(LOOP), [key, value]),
            Ty::FixedLengthList {
                element, length, ..
            } => {
                let (size, length) = (self.value(types, element), u64::from(*length));
                Unrolled {
                    code: size.code.saturating_mul(length).saturating_add(1),
                    ..size.and(Unrolled::leaf(1))
                }
            }
            Ty::Tuple(ty) => self.values(types, Unrolled::leaf(1), &ty.types),
            Ty::Flags(flags) => names(flags.len()),
            Ty::Enum(cases) => names(cases.len()),
            Ty::Option { ty, .. } => self.values(types, Unrolled::leaf(2), [ty]),
            Ty::Result { ok, err, .. } => {
                self.values(types, Unrolled::leaf(2), ok.iter().chain(err))
            }
            Ty::Future { ty, .. } | Ty::Stream { ty, .. } => {
                self.values(types, Unrolled::leaf(1), ty)
            }
            Ty::Own(_) | Ty::Borrow(_) => Unrolled::leaf(1),
        }
    }
}

/// Copying a string or a list takes a separate loop.
const LOOP: u64 = 40;
