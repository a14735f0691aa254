//! Components that are too large or too deep for comfort, made by the test
//! because nobody would write them by hand. Compiling them has to end, soon
//! and without harm.

use std::time::{Duration, Instant};

use hospes::{Limits, NodeConfig};

use crate::zoo::{contained, end};

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

pub(crate) const NO_NODE: &str = "the component is not a node: it exports neither `hospes:node/action@0.1.0` \
                       nor `hospes:node/action-async@0.1.0`";

/// A number as WebAssembly writes it.
fn leb(mut n: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (n & 0x7f) as u8;
        n >>= 7;
        if n == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id], &*leb(content.len()), content].concat()
}

/// A section with a list of so many equal entries.
fn list(id: u8, entry: &[u8], count: usize) -> Vec<u8> {
    section(id, &[leb(count), entry.repeat(count)].concat())
}

/// A component with one core module of these sections.
fn with_module(sections: &[Vec<u8>]) -> Vec<u8> {
    let module = [MODULE, &sections.concat()].concat();
    [COMPONENT, &section(1, &module)].concat()
}

#[track_caller]
pub(crate) fn refused(component: Vec<u8>, sentence: &str) {
    let start = Instant::now();
    let component = NodeConfig::from_bytes(component);
    let (how, said) = end(contained(component, &Limits::default(), "null"));
    let took = start.elapsed();
    let said = said.split(" (at offset").next().unwrap_or_default();
    assert_eq!((how, said), ("refused", sentence));
    assert!(took < Duration::from_secs(10), "{took:?}");
}

/// A component in a component, so many times.
fn nested(depth: usize) -> Vec<u8> {
    // From the innermost outwards: what stands before each.
    let mut before = vec![COMPONENT.to_vec()];
    let mut size = COMPONENT.len();
    for _ in 0..depth {
        let opening = [COMPONENT, &[4], &*leb(size)].concat();
        size += opening.len();
        before.push(opening);
    }
    before.reverse();
    before.concat()
}

#[test]
fn components_within_components() {
    // A quarter of a megabyte that takes half a minute to compile.
    let sentence = "the component does not compile: it has more than 100 components within \
                    each other, and none is compiled that has";
    refused(nested(20_000), sentence);
    refused(nested(99), NO_NODE);
}

#[test]
fn types_within_types() {
    // Each is a list of the one before, the first a list of bytes. Numbers
    // below 64 are the same with and without a sign.
    let mut types = leb(64);
    types.extend([0x70, 0x7d]);
    for n in 0..63 {
        types.extend([0x70, n]);
    }
    refused([COMPONENT, &section(7, &types)].concat(), NO_NODE);
    // Beyond that a byte follows that says plus.
    let mut types = leb(128);
    types.extend([0x70, 0x7d]);
    for n in 0..127 {
        types.extend(if n < 64 {
            vec![0x70, n]
        } else {
            vec![0x70, n | 0x80, 0]
        });
    }
    let sentence = "the component does not compile: failed to parse WebAssembly module: \
                    type nesting is too deep";
    refused([COMPONENT, &section(7, &types)].concat(), sentence);
}

#[test]
fn a_million_types() {
    let types = list(1, &[0x60, 0, 0], 1_000_000);
    refused(with_module(&[types]), NO_NODE);
}

/// A module with so many functions of the same body, its length included.
fn functions(count: usize, body: &[u8]) -> Vec<u8> {
    let body = [&*leb(body.len()), body].concat();
    with_module(&[
        list(1, &[0x60, 0, 0], 1),
        list(3, &[0], count),
        list(10, &body, count),
    ])
}

#[test]
fn a_million_functions() {
    // Four megabytes that take a minute and eight gigabytes to compile.
    let sentence = "the component does not compile: it has more than 100000 functions, \
                    and none is compiled that has";
    refused(functions(1_000_000, &[0, 0x0b]), sentence);
    refused(functions(10_000, &[0, 0x0b]), NO_NODE);
}

#[test]
fn half_a_billion_locals() {
    // Eighty kilobytes that take a minute to compile.
    let sentence = "the component does not compile: it has more than 1000000 locals, \
                    and none is compiled that has";
    let body = [&[1], &*leb(50_000), &[0x7e, 0x0b]].concat();
    refused(functions(10_000, &body), sentence);
    refused(functions(10, &body), NO_NODE);
}

#[test]
fn blocks_within_blocks() {
    // Seven hundred kilobytes that take three quarters of a minute to compile.
    let body = |depth| {
        let open = [0x02, 0x40].repeat(depth);
        let close = [0x41, 0, 0x0d, 0, 0x0b].repeat(depth);
        [&[0], &*open, &*close, &[0x0b]].concat()
    };
    let sentence = "the component does not compile: it has more than 100000000 blocks within \
                    blocks, and none is compiled that has";
    refused(functions(1, &body(100_000)), sentence);
    refused(functions(1, &body(5000)), NO_NODE);
}

#[test]
fn a_function_of_a_megabyte() {
    // `local.get 0; i32.const 1; i32.add; local.set 0`, over and over.
    let step = [0x20, 0, 0x41, 1, 0x6a, 0x21, 0].repeat(150_000);
    let body = [&[1, 1, 0x7f], &*step, &[0x0b]].concat();
    refused(functions(1, &body), NO_NODE);
}

#[test]
fn a_thousand_instances() {
    let module = section(1, MODULE);
    let instances = list(2, &[0, 0, 0], 1000);
    let sentence = "the component does not compile: The component transitively contains 1000 core \
                    module instances, which exceeds the configured maximum of 100 in the pooling \
                    allocator";
    refused([COMPONENT, &module, &instances].concat(), sentence);
}

#[test]
fn every_section_with_a_count_that_is_a_lie() {
    for id in 1..=11 {
        let lie = section(id, &[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0]);
        let component = NodeConfig::from_bytes([COMPONENT, &lie].concat());
        let (how, said) = end(contained(component, &Limits::default(), "null"));
        assert_eq!(how, "refused", "{id}: {said}");
        assert!(
            said.starts_with("the component does not compile: "),
            "{id}: {said}"
        );
    }
}

#[test]
fn a_component_beyond_the_limit_is_not_even_looked_at() {
    let mut component = COMPONENT.to_vec();
    component.resize(32 << 20, 0);
    component.push(0);
    refused(
        component,
        "the component is larger than 32MiB (limit `component`)",
    );
}

#[test]
fn variables_that_live_through_many_blocks() {
    // Loops one after the other, and then every variable is used once.
    let body = |locals: usize, loops: usize| {
        let uses: Vec<u8> = (0..locals)
            .flat_map(|n| [&[0x20], &*leb(n), &[0x1a]].concat())
            .collect();
        let loops = [0x03, 0x40, 0x41, 0, 0x0d, 0, 0x0b].repeat(loops);
        [&[1], &*leb(locals), &[0x7f], &*loops, &uses, &[0x0b]].concat()
    };
    // A hundred kilobytes that would take minutes, and gigabytes of memory.
    let sentence = "the component does not compile: it has more than 5000000 variables times \
                    blocks in a function, and none is compiled that has";
    refused(functions(1, &body(10_000, 10_000)), sentence);
    // Many functions that are each just below that.
    let sentence = "the component does not compile: it has more than 20000000 variables times \
                    blocks, and none is compiled that has";
    refused(functions(10, &body(4000, 1000)), sentence);
    refused(functions(1, &body(300, 1000)), NO_NODE);
}
