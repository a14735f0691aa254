//! The server that is besieged.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use hospes_artifacts::{ENDLESS_LOOP, HELLO, HUGE_RESULT, LOG_FLOOD};
use hospes_tests::Held;
use serde_json::Value;
use tempfile::TempDir;

use crate::Failure;

/// Bytes of clients, executions at once, and what one of them may take.
const CLIENT_BYTES: u64 = 64 << 20;
const EXECUTIONS: u64 = 32;
const MEMORY: u64 = 8 << 20;
/// A result or a log of the nodes here, and the text that is made of it.
const OUTCOME: u64 = 2 * (2 << 20);
/// What a connection's buffers take at most, and how many there are.
const BUFFERS: u64 = 64 << 10;
const CONNECTIONS: u64 = 1024;

pub(crate) struct Server {
    child: Child,
    _dir: TempDir,
    pub(crate) address: SocketAddr,
    pub(crate) operators: SocketAddr,
}

impl Server {
    pub(crate) fn start(binary: &Path) -> Result<Server, Failure> {
        let dir = tempfile::tempdir()?;
        let mut solution = "name = \"siege\"\n".to_owned();
        for (name, component) in [
            ("hello", HELLO),
            ("loops", ENDLESS_LOOP),
            ("floods", LOG_FLOOD),
            ("huge", HUGE_RESULT),
        ] {
            let limits = match name {
                "hello" => "",
                _ => "cpu = \"200ms\"\ndeadline = \"400ms\"\nconcurrency = 8\nqueue = 4\n",
            };
            solution.push_str(&format!(
                "[node.{name}]\ncomponent = {component:?}\n[node.{name}.limits]\nmemory = \"8MiB\"\n{limits}"
            ));
        }
        fs::write(dir.path().join("hospes.toml"), solution)?;
        let mut child = Command::new(binary.canonicalize()?)
            .current_dir(dir.path())
            // Two workers, whatever the machine has.
            .env("TOKIO_WORKER_THREADS", "2")
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(["--admin-listen", "127.0.0.1:0", "--store", "store"])
            .args(["--executions", &EXECUTIONS.to_string()])
            .args(["--connections", &CONNECTIONS.to_string()])
            .args(["--client-bytes", &CLIENT_BYTES.to_string()])
            // What an address may ask for; on loopback there is no bound by default.
            .args(["--peer-rate", "200", "--peer-concurrency", "16"])
            // What it holds is counted from outside.
            .arg("--dumpable")
            .stdout(Stdio::piped())
            // Nobody reads it: that must not matter either.
            .stderr(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("no standard output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let first: Value = serde_json::from_str(&line).unwrap_or_default();
        let address = |key: &str| -> Result<SocketAddr, Failure> {
            let url = first.get(key).and_then(Value::as_str);
            let address = url.and_then(|url| url.strip_prefix("http://"));
            Ok(address.ok_or("the server does not start")?.parse()?)
        };
        Ok(Server {
            address: address("url")?,
            operators: address("admin_url")?,
            child,
            _dir: dir,
        })
    }

    pub(crate) fn held(&self) -> Result<Held, Failure> {
        Held::of(&self.child.id().to_string())
    }

    /// What the process may take at most, in KiB: what it took when it was warm,
    /// the bytes of clients, their buffers, and what each execution may take.
    pub(crate) fn bound(&self, warm: Held) -> u64 {
        let more = CLIENT_BYTES + (CONNECTIONS + 64) * BUFFERS + EXECUTIONS * (MEMORY + OUTCOME);
        warm.memory_kib + more / 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
