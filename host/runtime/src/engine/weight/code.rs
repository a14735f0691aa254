//! What the functions of a component's core modules cost.

use wasmparser::{FunctionBody, Operator};

use super::refused::{Refused, too_many};

const MAX_FUNCTIONS: u64 = 100_000;
const MAX_LOCALS: u64 = 1_000_000;
/// The most blocks, each counted once for every block around it and itself.
const MAX_BLOCKS: u64 = 100_000_000;
/// The most variables times blocks: of one function, and of all.
const MAX_VALUES: u64 = 5_000_000;
const MAX_ALL_VALUES: u64 = 20_000_000;

/// The functions of all modules seen so far.
#[derive(Default)]
pub(super) struct Code {
    functions: u64,
    locals: u64,
    blocks: u64,
    values: u64,
}

impl Code {
    /// Adds functions whose bodies follow later.
    pub(super) fn functions(&mut self, count: u32) -> Result<(), Refused> {
        self.functions = self.functions.saturating_add(u64::from(count));
        too_many(self.functions, MAX_FUNCTIONS, "functions")
    }

    /// Adds the body of a function.
    pub(super) fn body(&mut self, body: &FunctionBody<'_>) -> Result<(), Refused> {
        self.locals = self.locals.saturating_add(locals_of(body)?);
        let shape = shape_of(body)?;
        let values = shape.values();
        self.blocks = self.blocks.saturating_add(shape.nested);
        self.values = self.values.saturating_add(values);
        too_many(values, MAX_VALUES, "variables times blocks in a function")?;
        too_many(self.locals, MAX_LOCALS, "locals")?;
        too_many(self.blocks, MAX_BLOCKS, "blocks within blocks")?;
        too_many(self.values, MAX_ALL_VALUES, "variables times blocks")
    }
}

fn locals_of(body: &FunctionBody<'_>) -> wasmparser::Result<u64> {
    let mut sum = 0_u64;
    for group in body.get_locals_reader()? {
        let (count, _) = group?;
        sum = sum.saturating_add(u64::from(count));
    }
    Ok(sum)
}

/// What determines a function's cost.
#[derive(Default)]
struct Shape {
    /// Blocks, each counted with those around it.
    nested: u64,
    blocks: u64,
    /// The highest index of a local or parameter, and how often locals are
    /// used.
    highest: u64,
    uses: u64,
}

impl Shape {
    fn values(&self) -> u64 {
        self.uses.min(self.highest).saturating_mul(self.blocks)
    }
}

fn shape_of(body: &FunctionBody<'_>) -> wasmparser::Result<Shape> {
    let (mut depth, mut shape) = (0_u64, Shape::default());
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Try { .. }
            | Operator::TryTable { .. } => {
                depth += 1;
                shape.blocks += 1;
                shape.nested = shape.nested.saturating_add(depth);
            }
            Operator::End => depth = depth.saturating_sub(1),
            Operator::LocalGet { local_index }
            | Operator::LocalSet { local_index }
            | Operator::LocalTee { local_index } => {
                shape.uses += 1;
                shape.highest = shape.highest.max(u64::from(local_index) + 1);
            }
            _ => {}
        }
    }
    Ok(shape)
}
