//! What a component must not have too much of before the compiler sees it.
//!
//! Most of a component costs the compiler as much as it has bytes, and the
//! limit `component` bounds that. Some things cost far more, so that a file of
//! a few kilobytes could keep a host busy for minutes or take all its memory:
//! functions (kilobytes of memory for each of four bytes), locals (fifty
//! thousand in four bytes), blocks within blocks and components within
//! components (their square), and variables that live through many blocks (a
//! value for each in each).
//!
//! A Python interpreter of 18 MB, as an example of an honest giant, has 13 000
//! functions, 48 000 locals, 3 million blocks within blocks and 2 million
//! variables times blocks, all its functions together. At each of these bounds
//! compiling takes seconds, not minutes.

use wasmparser::{FunctionBody, Operator, Parser, Payload};

const MAX_FUNCTIONS: u64 = 100_000;
const MAX_LOCALS: u64 = 1_000_000;
/// Each block counts as many times as there are blocks around it.
const MAX_BLOCKS: u64 = 100_000_000;
/// Variables times blocks: of one function, and of all.
const MAX_VALUES: u64 = 5_000_000;
const MAX_ALL_VALUES: u64 = 20_000_000;
const MAX_NESTING: u32 = 100;

/// Refuses a component that would be a burden to compile, or that can't even
/// be read.
pub(super) fn check(component: &[u8]) -> wasmtime::Result<()> {
    let unreadable = |error: wasmparser::BinaryReaderError| wasmtime::Error::msg(error.to_string());
    let too_many = |max: u64, what: &str| {
        let message = format!("it has more than {max} {what}, and none is compiled that has");
        Err(wasmtime::Error::msg(message))
    };
    let (mut functions, mut nesting) = (0_u64, 0_u32);
    let (mut locals, mut blocks, mut values) = (0_u64, 0_u64, 0_u64);
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(unreadable)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => nesting += 1,
            Payload::End(_) => nesting = nesting.saturating_sub(1),
            Payload::FunctionSection(section) => functions += u64::from(section.count()),
            Payload::CodeSectionEntry(body) => {
                locals = locals.saturating_add(locals_of(&body).map_err(unreadable)?);
                let shape = shape_of(&body).map_err(unreadable)?;
                blocks = blocks.saturating_add(shape.nested);
                values = values.saturating_add(shape.values());
                if shape.values() > MAX_VALUES {
                    return too_many(MAX_VALUES, "variables times blocks in a function");
                }
            }
            _ => {}
        }
        if functions > MAX_FUNCTIONS {
            return too_many(MAX_FUNCTIONS, "functions");
        }
        if locals > MAX_LOCALS {
            return too_many(MAX_LOCALS, "locals");
        }
        if blocks > MAX_BLOCKS {
            return too_many(MAX_BLOCKS, "blocks within blocks");
        }
        if values > MAX_ALL_VALUES {
            return too_many(MAX_ALL_VALUES, "variables times blocks");
        }
        if nesting > MAX_NESTING {
            return too_many(u64::from(MAX_NESTING), "components within each other");
        }
    }
    Ok(())
}

fn locals_of(body: &FunctionBody<'_>) -> wasmparser::Result<u64> {
    let mut sum = 0_u64;
    for group in body.get_locals_reader()? {
        let (count, _) = group?;
        sum = sum.saturating_add(u64::from(count));
    }
    Ok(sum)
}

/// What a function's operators say about its cost.
#[derive(Default)]
struct Shape {
    /// Blocks, each with those around it.
    nested: u64,
    blocks: u64,
    /// The highest index of a local or parameter, and how often any is used.
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
