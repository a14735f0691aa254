//! Components that are compiled in a process of their own, which is this
//! command's `compile-worker`.

use hospes::{Context, LoadError, NodeConfig, Runtime, RuntimeBuilder};
use hospes_artifacts::HELLO;

use crate::dir::Dir;

const WORKER: &str = env!("CARGO_BIN_EXE_hospes");

fn apart() -> RuntimeBuilder {
    let builder = Runtime::builder().executions(1);
    builder.compiler(WORKER, ["compile-worker"])
}

/// What a compiler says that is a script.
fn told_by(script: &str) -> LoadError {
    let runtime = Runtime::builder().executions(1);
    let runtime = runtime.compiler("/bin/sh", ["-c", script]).build().unwrap();
    let config = NodeConfig::from_file(HELLO);
    runtime.load("hello", config).unwrap_err()
}

#[track_caller]
fn greets(runtime: &Runtime) {
    let config = NodeConfig::from_file(HELLO);
    runtime.load("hello", config).unwrap();
    let outcome = runtime.execute_blocking("hello", "{}", &Context::new());
    let result = outcome.unwrap().result().unwrap().as_str().to_owned();
    assert_eq!(result, r#"{"greeting":"Hello, world."}"#);
}

#[test]
fn what_a_process_of_its_own_compiles_runs_here_with_and_without_a_cache() {
    greets(&apart().build().unwrap());

    let dir = Dir::new();
    let cache = dir.path().join("cache");
    greets(&apart().compile_cache(&cache).build().unwrap());
    // The second time it is in the sealed cache: nobody compiles it.
    let nobody = Runtime::builder().executions(1);
    let nobody = nobody.compiler("/no/such/program", ["compile-worker"]);
    greets(&nobody.compile_cache(&cache).build().unwrap());
}

#[test]
fn what_is_too_heavy_is_refused_with_the_same_words_there() {
    let runtime = apart().build().unwrap();
    let bomb = r#"(component
        (component $c)
        (component $user (import "c" (component $c)) (instance (instantiate $c)))
        (instance (instantiate $user (with "c" (component $c)))))"#;
    let config = NodeConfig::from_bytes(wat::parse_str(bomb).unwrap());
    assert_eq!(
        runtime.load("bomb", config).unwrap_err().to_string(),
        "the component does not compile: it passes components to components, and none is \
         compiled that does"
    );
}

/// A component within every bound of weight, whose one function takes a
/// gigabyte to compile: variables that live through many loops.
pub(crate) fn hungry() -> Vec<u8> {
    let locals = "i32 ".repeat(2000);
    let loops = "(loop (br_if 0 (i32.const 0)))".repeat(2400);
    let uses: String = (0..2000)
        .map(|n| format!("(drop (local.get {n}))"))
        .collect();
    let function = format!("(func (local {locals}) {loops} {uses})");
    wat::parse_str(format!("(component (core module {function}))")).unwrap()
}

/// Time enough for a machine that is busy with other things.
fn patient(config: NodeConfig) -> NodeConfig {
    let mut limits = hospes::Limits::default();
    limits.set("compile", "10m").unwrap();
    config.limits(limits)
}

#[test]
fn a_component_that_needs_too_much_memory_is_refused_and_its_neighbour_is_not() {
    let runtime = apart().compiler_memory(400 << 20).build().unwrap();
    let config = patient(NodeConfig::from_bytes(hungry()));
    let error = runtime.load("bomb", config).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the component needs more than 400MiB of memory to compile, or breaks the compiler"
    );
    greets(&runtime);
}

#[test]
fn a_compiler_that_takes_too_long_is_ended_and_its_place_is_free_at_once() {
    let runtime = apart().build().unwrap();
    // Twice as many as are compiled at once.
    for _ in 0..8 {
        let mut limits = hospes::Limits::default();
        limits.set("compile", "1ms").unwrap();
        let config = NodeConfig::from_file(HELLO).limits(limits);
        let error = runtime.load("hello", config).unwrap_err();
        assert!(matches!(error, LoadError::CompileTime { .. }), "{error}");
    }
    greets(&runtime);
}

#[cfg(unix)]
#[test]
fn a_compiler_gets_no_variable_and_no_descriptor_but_its_pipes() {
    use rustix::io::{FdFlags, fcntl_setfd};

    let dir = Dir::new();
    let open = |name: &str| std::fs::File::create(dir.path().join(name)).unwrap();
    let files = [open("somebody-elses"), open("somebody-elses-and-inherited")];
    // What was not opened by Rust, say, or was open when this process began.
    fcntl_setfd(&files[1], FdFlags::empty()).unwrap();
    let script = "cat > /dev/null; printf -; tr '\\0' '\\n' < /proc/$$/environ; ls -l /proc/$$/fd";
    let told = told_by(script).to_string();
    assert!(told.contains("does not compile: total 0\n"), "{told}");
    assert!(
        told.contains("pipe:") && !told.contains("somebody-elses"),
        "{told}"
    );
    drop(files);
}

#[cfg(unix)]
#[test]
fn a_compiler_that_says_nothing_or_nonsense_or_breaks_is_a_refusal() {
    let refusal = "the component needs more than 2GiB of memory to compile, or breaks the compiler";
    for script in [
        "exit 0",
        "echo nonsense",
        "printf -no; exit 1",
        "printf +no; kill -9 $$",
    ] {
        assert_eq!(told_by(script).to_string(), refusal, "{script}");
    }
    // What says that it is code, and is none.
    let told = told_by("cat > /dev/null; printf +nonsense").to_string();
    assert!(
        told.starts_with("the component does not compile: "),
        "{told}"
    );
}

#[test]
fn a_compiler_that_is_not_there_is_no_fault_of_the_component() {
    let runtime = Runtime::builder().executions(1);
    let runtime = runtime.compiler("/no/such/program", ["x"]).build().unwrap();
    let error = runtime
        .load("hello", NodeConfig::from_file(HELLO))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the compiler does not start: No such file or directory (os error 2)"
    );
}
