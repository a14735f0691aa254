//! `hospes serve` as a process of its own, driven over HTTP and killed.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use hospes_tests::Held;
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;

use crate::brazes::{Brazes, Variant};
use crate::host::{Ended, Host};

type Failure = Box<dyn Error + Send + Sync>;

const TOKEN: &str = "a-token-of-the-load-driver-0123456789";

/// How long a server may take to start.
const START: Duration = Duration::from_secs(30);

pub(crate) struct Server {
    binary: PathBuf,
    address: String,
    dir: TempDir,
    agent: Agent,
    child: Mutex<Child>,
    /// The digest that each generation was seen with.
    digests: Mutex<HashMap<u64, String>>,
    a: Vec<u8>,
    b: Vec<u8>,
    /// Where in a swap the next kill falls; see [`Server::moment`].
    random: Mutex<u64>,
}

impl Server {
    /// Starts a server with one node. Both variants send to the same Braze:
    /// an upload replaces the component, and what is granted stays.
    pub(crate) fn start(binary: &Path, brazes: &Brazes) -> Result<Server, Failure> {
        let dir = tempfile::tempdir()?;
        let braze = brazes.of(Variant::A);
        fs::write(dir.path().join("node.wasm"), Variant::A.component())?;
        private(&dir.path().join("key"), braze.key())?;
        private(&dir.path().join("token"), TOKEN)?;
        let solution = format!(
            r#"name = "load"
[env.load]
braze_url = "{url}"
[env.load.secrets]
braze_api_key = {{ from = "file:key", to = ["{url}"] }}
[node.braze-track]
component = "node.wasm"
params = ["braze_url"]
secrets = ["braze_api_key"]
allow = ["POST {{braze_url}}/users/track"]
"#,
            url = braze.url()
        );
        fs::write(dir.path().join("hospes.toml"), solution)?;
        // A fixed port, so that clients find the server again after a kill.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let binary = binary.canonicalize()?;
        let child = spawn(&binary, dir.path(), &address)?;
        let server = Server {
            binary,
            address,
            dir,
            agent: Agent::new_with_config(
                Agent::config_builder()
                    .http_status_as_error(false)
                    .proxy(None)
                    .timeout_global(Some(START))
                    .build(),
            ),
            child: Mutex::new(child),
            digests: Mutex::default(),
            a: Variant::A.component(),
            b: Variant::B.component(),
            random: Mutex::new(0x9e37_79b9_7f4a_7c15),
        };
        server.wait()?;
        Ok(server)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn wait(&self) -> Result<(), Failure> {
        let until = Instant::now() + START;
        while Instant::now() < until {
            if let Ok(answer) = self.agent.get(self.url("/readyz")).call()
                && answer.status() == 200
            {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(2));
        }
        Err("the server does not get ready".into())
    }

    fn component(&self, variant: Variant) -> &[u8] {
        match variant {
            Variant::A => &self.a,
            Variant::B => &self.b,
        }
    }

    fn upload(&self, variant: Variant) -> Result<Value, Failure> {
        let mut answer = self
            .agent
            .put(self.url("/v1/nodes/braze-track/component"))
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("content-type", "application/wasm")
            .send(self.component(variant))?;
        let (status, text) = (answer.status(), answer.body_mut().read_to_string()?);
        if status != 200 {
            return Err(format!("the upload was answered with {status}: {text}").into());
        }
        Ok(serde_json::from_str(&text)?)
    }

    /// The digest and generation that serve.
    fn serving(&self) -> Result<(String, u64), Failure> {
        let mut answer = self
            .agent
            .get(self.url("/v1/nodes/braze-track"))
            .header("authorization", format!("Bearer {TOKEN}"))
            .call()?;
        let node: Value = serde_json::from_str(&answer.body_mut().read_to_string()?)?;
        revision(&node).ok_or_else(|| format!("no revision serves: {node}").into())
    }

    /// A random moment of a swap that takes about so long, and a bit beyond.
    fn moment(&self, swap: Duration) -> Duration {
        let mut state = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        // xorshift64: nobody has to be surprised by it, it only has to spread.
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        swap.mul_f64((*state >> 11) as f64 / (1_u64 << 53) as f64 * 1.2)
    }

    /// `Err` with the digest seen before if a generation has two.
    fn seen(&self, generation: u64, digest: &str) -> Result<(), String> {
        let mut digests = self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        let known = digests
            .entry(generation)
            .or_insert_with(|| digest.to_owned());
        if known == digest {
            return Ok(());
        }
        Err(format!(
            "generation {generation} is both {known} and {digest}"
        ))
    }
}

/// The digest and generation in the field `revision` of an answer.
fn revision(answer: &Value) -> Option<(String, u64)> {
    let revision = answer.get("revision")?;
    Some((
        revision.get("digest")?.as_str()?.to_owned(),
        revision.get("generation")?.as_u64()?,
    ))
}

fn private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;

    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}

fn spawn(binary: &Path, dir: &Path, address: &str) -> Result<Child, Failure> {
    let log = fs::File::create(dir.join("log"))?;
    let mut child = Command::new(binary)
        .current_dir(dir)
        .args([
            "serve",
            "--listen",
            address,
            "--token",
            "file:token",
            "--store",
            "store",
            "--cache",
            "cache",
            // What it holds is counted from outside.
            "--dumpable",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()?;
    let stdout = child.stdout.take().ok_or("no standard output")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    if line.is_empty() {
        let log = fs::read_to_string(dir.join("log"))?;
        return Err(format!("the server does not start: {log}").into());
    }
    Ok(child)
}

impl Host for Server {
    fn execute(&self, id: &str, payload: &str) -> Ended {
        let Ok(payload) = serde_json::from_str::<Value>(payload) else {
            return Ended::Failed("the payload is no JSON".to_owned());
        };
        let body = json!({ "payload": payload, "execution_id": id }).to_string();
        let answer = self
            .agent
            .post(self.url("/v1/nodes/braze-track/execute"))
            .header("content-type", "application/json")
            .send(body);
        let Ok(Ok(text)) = answer.map(|mut answer| answer.body_mut().read_to_string()) else {
            return Ended::Lost;
        };
        let outcome: Value = serde_json::from_str(&text).unwrap_or_default();
        let succeeded = outcome.get("route").is_some_and(|route| route == "success");
        match revision(&outcome) {
            Some((digest, generation)) if succeeded => match self.seen(generation, &digest) {
                Ok(()) => Ended::Delivered {
                    braze: Variant::A,
                    generation,
                },
                Err(why) => Ended::Failed(why),
            },
            _ => Ended::Failed(text),
        }
    }

    fn swap(&self, to: Variant) -> Result<(), Failure> {
        self.upload(to)?;
        Ok(())
    }

    fn rollback(&self) -> Result<(), Failure> {
        let mut answer = self
            .agent
            .post(self.url("/v1/nodes/braze-track/rollback"))
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("content-type", "application/json")
            .send("{}")?;
        let (status, text) = (answer.status(), answer.body_mut().read_to_string()?);
        if status != 200 {
            return Err(format!("the rollback was answered with {status}: {text}").into());
        }
        Ok(())
    }

    fn kill_while_swapping(&self, to: Variant) -> Result<Variant, Failure> {
        let before = self.serving()?;
        let began = Instant::now();
        self.upload(to)?;
        let (took, middle) = (began.elapsed(), self.serving()?);
        // The other way round again, and dead somewhere on the way.
        let acknowledged = thread::scope(|scope| -> Result<bool, Failure> {
            let upload = scope.spawn(|| self.upload(to.other()).is_ok());
            thread::sleep(self.moment(took));
            let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
            child.kill()?;
            child.wait()?;
            let acknowledged = upload.join().unwrap_or(false);
            *child = spawn(&self.binary, self.dir.path(), &self.address)?;
            Ok(acknowledged)
        })?;
        self.wait()?;
        let after = self.serving()?;
        let old = after == middle;
        let new = after.1 > middle.1 && after.0 == before.0;
        if new || (old && !acknowledged) {
            return Ok(if new { to.other() } else { to });
        }
        Err(format!(
            "before the kill {middle:?} served, an upload of {} was {}, and {after:?} came back",
            before.0,
            if acknowledged {
                "acknowledged"
            } else {
                "begun"
            },
        )
        .into())
    }

    fn held(&self) -> Result<Option<Held>, Failure> {
        let child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        Held::of(&child.id().to_string()).map(Some)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        // It may have ended by itself.
        _ = child.kill();
        _ = child.wait();
    }
}
