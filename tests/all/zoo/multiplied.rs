//! Components of a few kilobytes that stand for millions: what they instantiate
//! instantiates, and what they copy holds copies. None of them may reach the
//! compiler, and what tools make that compose components has to.

use crate::zoo::size::{NO_NODE, refused};
use crate::zoo::wat::guests;

guests! {
    composed: "result", "null";
}

#[track_caller]
fn is_refused(wat: &str, why: &str) {
    let component = wat::parse_str(wat).unwrap();
    assert!(component.len() < 10_000, "{}", component.len());
    refused(
        component,
        &format!("the component does not compile: it {why}"),
    );
}

#[track_caller]
fn is_compiled(wat: &str) {
    refused(wat::parse_str(wat).unwrap(), NO_NODE);
}

/// Components, each of which instantiates the one before so many times.
fn instantiated(depth: usize, times: usize) -> String {
    let mut component = "(component $c0)".to_owned();
    for n in 1..=depth {
        let instances = format!("(instance (instantiate $c{}))", n - 1).repeat(times);
        component = format!("(component $c{n} {component} {instances})");
    }
    component
}

#[test]
fn components_that_instantiate_components() {
    // Ten instances each, twelve deep.
    is_refused(
        &instantiated(12, 10),
        "has more than 1000 instances of components within it, and none is compiled that has",
    );
    is_compiled(&instantiated(3, 9));
}

/// Components that define much, and are instantiated often.
fn defining(definitions: usize, times: usize) -> String {
    let many = r#"(alias core export $i "f" (core func))"#.repeat(definitions);
    let instances = "(instance (instantiate $c))".repeat(times);
    format!(
        r#"(component
            (component $c
                (core module $m (func (export "f")))
                (core instance $i (instantiate $m))
                {many})
            {instances})"#
    )
}

#[test]
fn components_that_define_much_and_are_instantiated_often() {
    let sentence = "has more than 100000 definitions in all instances of components, and none is compiled that has";
    is_refused(&defining(1000, 200), sentence);
    is_compiled(&defining(1000, 20));
}

/// Each instance holds the one before twice; what it says of its type stays small.
fn doubled(times: usize) -> String {
    let instances: String = (1..=times)
        .map(|n| {
            let before = n - 1;
            format!(r#"(instance $i{n} (instantiate $pair (with "x" (instance $i{before}))))"#)
        })
        .collect();
    format!(
        r#"(component
            (component $pair
                (import "x" (instance $x))
                (export "a" (instance $x))
                (export "b" (instance $x)))
            (instance $i0)
            {instances})"#
    )
}

#[test]
fn instances_that_hold_an_instance_twice() {
    is_refused(
        &doubled(100),
        "has more than 500000 items of instances that are passed on, and none is compiled that has",
    );
    is_compiled(&doubled(10));
}

/// Each component uses the one before twice, and instantiates nothing.
fn closed_over(times: usize) -> String {
    let components: String = (1..=times)
        .map(|n| {
            let alias = format!("(alias outer $root $c{} (component))", n - 1);
            format!("(component $c{n} {alias} {alias})")
        })
        .collect();
    format!("(component $root (component $c0) {components})")
}

#[test]
fn components_that_use_a_component_around_them_twice() {
    is_refused(
        &closed_over(100),
        "has more than 500000 items of instances that are passed on, and none is compiled that has",
    );
    is_compiled(&closed_over(10));
}

/// One component calls a function of another; its type is a pair of pairs of
/// pairs, and it is made ready for a call so many times.
fn copied(depth: usize, times: usize) -> String {
    let types = format!("(alias outer $root $t{depth} (type $t))");
    let pairs: String = (1..=depth)
        .map(|n| format!("(type $t{n} (tuple $t{0} $t{0}))", n - 1))
        .collect();
    let lib = r#"
        (core module $lib
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "f") (param i32)))
        (core instance $lib (instantiate $lib))"#;
    let options = r#"(memory (core memory $lib "memory")) (realloc (core func $lib "realloc"))"#;
    let lowers = format!("(core func (canon lower (func $f) {options}))").repeat(times);
    format!(
        r#"(component $root
            (type $t0 (tuple string string))
            {pairs}
            (component $callee
                {types}
                {lib}
                (func (export "f") (param "x" $t) (canon lift (core func $lib "f") {options})))
            (component $caller
                {types}
                (import "f" (func $f (param "x" $t)))
                {lib}
                {lowers})
            (instance $callee (instantiate $callee))
            (instance (instantiate $caller (with "f" (func $callee "f")))))"#
    )
}

#[test]
fn functions_between_components_with_types_of_types() {
    let sentence =
        "has more than 200000 values to copy between components, and none is compiled that has";
    is_refused(&copied(12, 100), sentence);
    is_compiled(&copied(4, 10));
}

#[test]
fn a_component_that_is_given_a_component() {
    is_refused(
        "(component
            (component $c)
            (component $user (import \"c\" (component $c)) (instance (instantiate $c)))
            (instance (instantiate $user (with \"c\" (component $c)))))",
        "passes components to components, and none is compiled that does",
    );
}
