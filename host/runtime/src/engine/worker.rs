//! The other side of [`child`](super::child): a process that compiles one
//! component within limits that it sets for itself, and ends.
//!
//! | what | on the pipe |
//! | --- | --- |
//! | to the process | 8 bytes with the bytes of memory it may have, 8 with the milliseconds of CPU time for each processor, the component |
//! | from the process | `+` and the code, or `-` and why there is none |

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use crate::engine::{config, weight};

/// The compiler's recursion is bounded, but needs more than a thread's default
/// stack.
pub(super) const STACK: usize = 8 << 20;

const CODE: u8 = b'+';
const REFUSED: u8 = b'-';

/// How much a process may use.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// Bytes of memory.
    pub(super) memory: u64,
    /// CPU time on each processor.
    pub(super) cpu: Duration,
}

impl Bounds {
    pub(super) fn write(self, to: &mut impl Write) -> io::Result<()> {
        let cpu = u64::try_from(self.cpu.as_millis()).unwrap_or(u64::MAX);
        to.write_all(&self.memory.to_le_bytes())?;
        to.write_all(&cpu.to_le_bytes())
    }

    fn read(from: &mut impl Read) -> io::Result<Bounds> {
        let (mut memory, mut cpu) = ([0; 8], [0; 8]);
        from.read_exact(&mut memory)?;
        from.read_exact(&mut cpu)?;
        Ok(Bounds {
            memory: u64::from_le_bytes(memory),
            cpu: Duration::from_millis(u64::from_le_bytes(cpu)),
        })
    }
}

/// The output of a process.
pub(super) enum Answer {
    Code(Vec<u8>),
    Refused(String),
}

/// Parses an output, if it is a valid one.
pub(super) fn read(mut answer: Vec<u8>) -> Option<Answer> {
    let kind = *answer.first()?;
    answer.remove(0);
    match kind {
        CODE => Some(Answer::Code(answer)),
        REFUSED => Some(Answer::Refused(
            String::from_utf8_lossy(&answer).into_owned(),
        )),
        _ => None,
    }
}

/// Compiles the component that [`Runtime`](crate::Runtime) writes to `input`
/// after its limits, and writes the result to `output`.
///
/// For programs that
/// [`RuntimeBuilder::compiler`](crate::RuntimeBuilder::compiler) names: they
/// pass their standard input and standard output, and exit afterwards. This
/// function limits the process itself (memory, CPU time, and no more files to
/// open or write), so the process is of no use for anything else.
///
/// # Errors
///
/// If the limits can't be set, or the pipes break.
pub fn compile_worker(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    let bounds = Bounds::read(&mut input)?;
    limit(bounds)?;
    let mut component = Vec::new();
    input.read_to_end(&mut component)?;
    let compiler = thread::Builder::new()
        .name("hospes-compile".to_owned())
        .stack_size(STACK)
        .spawn(move || catch_unwind(AssertUnwindSafe(|| compile(&component))))?;
    let (kind, answer) = match compiler.join() {
        Ok(Ok(Ok(code))) => (CODE, code),
        Ok(Ok(Err(message))) => (REFUSED, message.into_bytes()),
        Ok(Err(_)) | Err(_) => (REFUSED, b"the compiler panicked".to_vec()),
    };
    output.write_all(&[kind])?;
    output.write_all(&answer)?;
    output.flush()
}

fn compile(component: &[u8]) -> Result<Vec<u8>, String> {
    weight::check(component).map_err(|refused| refused.0)?;
    let text = |error: wasmtime::Error| format!("{error:#}");
    let engine = wasmtime::Engine::new(&config::compiling()).map_err(text)?;
    engine.precompile_component(component).map_err(text)
}

/// Sets the limits. They can't be undone: the hard limits are lowered with
/// them.
#[cfg(unix)]
fn limit(bounds: Bounds) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    // When the system runs out of memory, it should kill this process and not
    // its parent. Where there is no such file, nothing is lost.
    _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    // One processor's time for each processor, rounded up to whole seconds.
    let processors = thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let cpu = (bounds.cpu.as_secs() + 1).saturating_mul(processors);
    for (resource, most) in [
        (Resource::As, bounds.memory),
        (Resource::Cpu, cpu),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, 0),
    ] {
        let most = getrlimit(resource)
            .maximum
            .map_or(most, |max| most.min(max));
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)?;
    }
    end_with_parent()
}

#[cfg(not(unix))]
fn limit(_bounds: Bounds) -> io::Result<()> {
    Ok(())
}

/// The parent may be killed before it can end this process.
#[cfg(target_os = "linux")]
fn end_with_parent() -> io::Result<()> {
    use rustix::process::{Signal, set_parent_process_death_signal};

    Ok(set_parent_process_death_signal(Some(Signal::KILL))?)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn end_with_parent() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use wasmtime::component::Component;

    use super::*;

    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    #[test]
    fn what_compiles_apart_compiles_for_the_engine_that_runs_it() {
        let engine = wasmtime::Engine::new(&config(1)).unwrap();
        let here = Component::from_binary(&engine, EMPTY).unwrap();
        assert_eq!(compile(EMPTY).unwrap(), here.serialize().unwrap());
    }

    #[test]
    fn an_answer_that_is_none_is_none() {
        assert!(matches!(read(b"+code".to_vec()), Some(Answer::Code(code)) if code == b"code"));
        assert!(matches!(read(b"-why".to_vec()), Some(Answer::Refused(why)) if why == "why"));
        for answer in ["", "code", "\0"] {
            assert!(read(answer.into()).is_none(), "{answer}");
        }
    }
}
