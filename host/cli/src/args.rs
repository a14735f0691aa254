//! The arguments, as clap reads them. The commands check what involves more
//! than one argument.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use hospes::signature::Expiry;

use hospes_server::{Network, TransportKind};

/// Runs action nodes: sandboxed WebAssembly components.
#[derive(Debug, Parser)]
#[command(
    name = "hospes",
    version,
    after_help = "\
Example:
  hospes demo

Exit codes:
  0  success
  1  the node returned a failure; the policy denies; the flow ended in a failure
  2  usage, configuration or policy is wrong
  3  the node broke, was stopped, or was refused at load"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Demo(Demo),
    New(New),
    Build(Build),
    Test(Test),
    Migrate(Migrate),
    Run(Box<RunOnce>),
    Bench(Box<Bench>),
    Serve(Box<Serve>),
    Check(Check),
    /// Plays a flow of a solution file, or draws it
    #[command(subcommand, after_help = "Example:\n  hospes flow chat onboarding")]
    Flow(Flow),
    Inspect(Inspect),
    /// Shows what a policy would decide
    #[command(
        subcommand,
        after_help = "\
Example:
  hospes policy explain --allow https://api.example.com https://api.example.com/v1"
    )]
    Policy(Policy),
    Key(Key),
    Sign(Sign),
    /// Runs a local stand-in for an upstream
    #[command(subcommand, after_help = "Example:\n  hospes mock braze")]
    Mock(Mock),
    Completions(Completions),
    #[command(hide = true)]
    Man(Man),
    /// Compiles a component for the process that started this one
    #[command(hide = true)]
    CompileWorker,
}

/// Shows a node at work against a local stand-in for Braze: a success and a failure
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  hospes demo")]
pub(crate) struct Demo {
    /// Prints one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Makes a folder with a node: sources, tests, golden cases, a solution file, and the SDK that fits this host
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  hospes new greet --lang python")]
pub(crate) struct New {
    /// The folder to make; its last part is the node's name
    #[arg(value_name = "NAME", value_hint = ValueHint::DirPath)]
    pub(crate) path: PathBuf,
    /// The language; on a terminal, `hospes` asks if it is not named
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Lang>,
}

/// What a node is written in.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Lang {
    /// Rust, with cargo
    Rust,
    /// Python, with componentize-py
    Python,
    /// JavaScript or TypeScript, with Node.js
    Js,
}

/// Builds a node with its language's toolchain, and compiles it ahead
///
/// The component is `build/NAME.wasm` in the node's folder, and for a source by itself in the current one. Prints its
/// path and its digest. The toolchain's errors name file and line. A node in Python or JavaScript is built again when
/// something in its folder has changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes build
  hospes build greet --json
  hospes build acme/nodes/welcome.py --output welcome.wasm")]
pub(crate) struct Build {
    /// The node's folder, or its source: a .py, .js or .ts file
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
    /// The component's file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// The engine of a node in JavaScript
    #[arg(long, value_name = "starlingmonkey|quickjs")]
    pub(crate) engine: Option<String>,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    /// Prints one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Runs the native tests of a node, builds it, and runs its golden cases
///
/// The golden cases are those that `hospes.toml` in the folder names for the component. Exit code 0 means that all
/// tests passed, 1 that some failed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes test
  hospes test greet")]
pub(crate) struct Test {
    /// The node's folder
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
}

/// Makes a solution file of the settings of a Pypestream template
///
/// Each key moves out, to an environment variable: its value is not in the file. Says what it did and what it could not
/// do, with file and line. Needs Python, which reads the settings and never runs them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  hospes migrate acme/app.py --node acme/nodes/welcome.py")]
pub(crate) struct Migrate {
    /// The settings
    #[arg(value_name = "app.py", value_hint = ValueHint::FilePath)]
    pub(crate) settings: PathBuf,
    /// The folder of the solution file, `hospes.toml`
    #[arg(long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) out: PathBuf,
    /// A node that uses the settings
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) node: Vec<PathBuf>,
    /// Prints one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Runs a node once
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes run hello.wasm --payload '{\"name\": \"Ada\"}'
  hospes run braze-track --env sandbox --payload payload.json
  hospes run braze_track.wasm --payload - \\
      --param braze_url=https://rest.iad-01.braze.com \\
      --secret braze_api_key=env:BRAZE_API_KEY \\
      --allow 'POST {braze_url}/users/track'
  hospes run hello.wasm --payload '{\"name\": \"Ada\"}' --record hello.recording.jsonl")]
pub(crate) struct RunOnce {
    #[command(flatten)]
    pub(crate) run: Run,
    /// Writes a recording of the execution to this file, which only its owner can read. It holds the payload and what
    /// upstreams answered, and no secret of the node
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) record: Option<PathBuf>,
}

/// A node to run, its grants and its payload.
#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// The name of a node in the solution file, or the path of a component
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) node: String,
    /// The payload: JSON, the path of a JSON file, or `-` for standard input
    #[arg(long, value_name = "FILE|-|JSON", value_hint = ValueHint::FilePath)]
    pub(crate) payload: String,
    /// The solution file [default: hospes.toml, unless NODE is a file]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) solution: Option<PathBuf>,
    /// The environment; optional if there is only one
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// A variable of the flow: JSON, or a string if it isn't valid JSON
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) var: Vec<(String, String)>,
    /// A param of the node: JSON, or a string if it isn't valid JSON
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) param: Vec<(String, String)>,
    /// A secret that may be sent to the origins of the --allow rules
    // Parsed later: clap would repeat a wrong value, which may be the secret itself.
    #[arg(long, value_name = "NAME=env:VAR|file:PATH")]
    pub(crate) secret: Vec<String>,
    /// Adds the secret to every request to those origins, in this header: `key=Authorization: Bearer `
    #[arg(long, value_name = "NAME=HEADER[: PREFIX]")]
    pub(crate) attach: Vec<String>,
    /// A rule for requests that the node may make: `[METHOD[,METHOD]]
    /// scheme://host[:port][/path]`
    #[arg(long, value_name = "RULE")]
    pub(crate) allow: Vec<String>,
    /// Permits requests that one more rule for a host name would allow, and
    /// prints that rule
    #[arg(long)]
    pub(crate) observe: bool,
    /// Appends a line of JSON for each request to this file; `-` means standard
    /// error
    #[arg(long, value_name = "FILE|-", value_hint = ValueHint::FilePath)]
    pub(crate) audit: Option<PathBuf>,
    /// A limit of the node, such as payload=8MiB or deadline=2s
    #[arg(long, value_name = "NAME=VALUE", value_parser = key_value)]
    pub(crate) limit: Vec<(String, String)>,
    /// Provides a stub for an interface that only another host has; calling it ends the
    /// execution
    #[arg(long, value_name = "INTERFACE")]
    pub(crate) stub: Vec<String>,
    /// Trusts only the certificate authorities in this file (PEM) for requests to upstreams
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) roots: Option<PathBuf>,
    /// What sends the node's requests [default: ureq]
    #[arg(long, value_enum)]
    pub(crate) transport: Option<Transport>,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    /// Prints the outcome as one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// What sends requests.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Transport {
    /// HTTP/1.1, a thread for each request while it waits
    Ureq,
    /// HTTP/1.1 and HTTP/2, and no thread for a request that waits
    Hyper,
}

impl From<Transport> for TransportKind {
    fn from(transport: Transport) -> TransportKind {
        match transport {
            Transport::Ureq => TransportKind::Ureq,
            Transport::Hyper => TransportKind::Hyper,
        }
    }
}

/// Where compiled components are kept.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct CacheArgs {
    /// Caches compiled components in this directory [default: `hospes` in the user's cache directory]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) cache: Option<PathBuf>,
    /// Compiles components anew, and keeps nothing
    #[arg(long, conflicts_with = "cache")]
    pub(crate) no_cache: bool,
}

/// Measures what an execution of a node costs, beside the same component on bare wasmtime
///
/// It takes the options of `hospes run`. Nothing leaves the machine: requests are answered from a golden case. The
/// node's limit `concurrency` is raised to the number of callers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes bench hello.wasm --payload '{\"name\": \"Ada\"}'
  hospes bench braze-track --payload payload.json --golden accepted.json --callers 64 --upstream-delay 100ms")]
pub(crate) struct Bench {
    #[command(flatten)]
    pub(crate) run: Run,
    /// A golden case, whose exchanges answer the node's requests, each as often as it is asked for
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) golden: Option<PathBuf>,
    /// How many call at once, each as soon as its last call has ended
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) callers: u32,
    /// How long the node is called; bare wasmtime takes the same time, in turns with it
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    pub(crate) duration: Duration,
    /// How long each answer of the upstream takes
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = time)]
    pub(crate) upstream_delay: Duration,
}

/// Serves the nodes of a solution file over HTTP, and replaces them while it serves
///
/// The first line on standard output is {"url": "http://ADDRESS:PORT"}. On standard error, there is a line of JSON
/// for each request. On SIGTERM or an interrupt, the server finishes running executions and exits; a second signal
/// cuts them off.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes serve
  hospes serve --solution hospes.toml --env prod --store /var/lib/hospes --token file:/run/secrets/token")]
pub(crate) struct Serve {
    /// The solution file
    #[arg(long, value_name = "FILE", default_value = "hospes.toml", value_hint = ValueHint::FilePath)]
    pub(crate) solution: PathBuf,
    /// The environment; optional if there is only one
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// The address to listen on; port 0 chooses a free one. For other addresses than loopback, say who may run
    /// nodes: --execute-token, --callers or --open
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7117")]
    pub(crate) listen: SocketAddr,
    /// A second address for operators, with health, metrics, pages and changes, isolated from executions and their
    /// clients
    #[arg(long, value_name = "ADDR")]
    pub(crate) admin_listen: Option<SocketAddr>,
    /// The most connections from clients at once; one address gets half [default: 4096, or half of the open files]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub(crate) connections: Option<u32>,
    /// The most bytes of requests and responses in memory at once; one address gets
    /// half
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = size)]
    pub(crate) client_bytes: u64,
    /// A host name of the server, in addition to its addresses
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Vec<String>,
    /// The operator's token, for changing nodes and inspecting policies; without one,
    /// both are off
    // Parsed later: clap would repeat a wrong value, which may be the token itself.
    #[arg(long, value_name = "env:VAR|file:PATH")]
    pub(crate) token: Option<String>,
    /// The token of an approver, for changes that give a node more or break its callers; `approve=true` is then
    /// refused
    // Parsed later, as above.
    #[arg(long, value_name = "env:VAR|file:PATH", requires = "token")]
    pub(crate) approve_token: Option<String>,
    /// A token for running nodes and flows, with the name of its caller; repeatable [default: no token is needed]
    // Parsed later, as above.
    #[arg(long, value_name = "[NAME=]env:VAR|file:PATH")]
    pub(crate) execute_token: Vec<String>,
    /// A file of callers, with their tokens and the nodes and flows that they may use
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) callers: Option<PathBuf>,
    /// Lets everyone who can reach the server run nodes and flows without a
    /// token
    #[arg(long, conflicts_with_all = ["execute_token", "callers"])]
    pub(crate) open: bool,
    /// Requests per second for each token, in bursts of up to one second's worth [default:
    /// unlimited]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) caller_rate: Option<u32>,
    /// Requests at once for each token [default: half of --executions]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) caller_concurrency: Option<u32>,
    /// Requests per second for each address without a token [default: 100, unlimited on loopback]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) peer_rate: Option<u32>,
    /// Requests at once for each address without a token [default: 64, unlimited on loopback]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) peer_concurrency: Option<u32>,
    /// Serves TLS with this certificate and its chain (PEM); read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key", value_hint = ValueHint::FilePath)]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of that certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert", value_hint = ValueHint::FilePath)]
    pub(crate) tls_key: Option<PathBuf>,
    /// The address or network of a proxy that terminates TLS for this server and sets X-Forwarded-For; no other
    /// address may send requests. Without a value: a proxy on this machine, 127.0.0.0/8
    #[arg(long, value_name = "ADDR[/BITS]", num_args = 0..=1, default_missing_value = "127.0.0.0/8")]
    pub(crate) behind_proxy: Vec<Network>,
    /// A secret that decides which callers a canary gets: servers with the same one decide alike [default: the
    /// store's own, or a random one]
    // Parsed later: clap would repeat a wrong value, which may be the secret itself.
    #[arg(long, value_name = "env:VAR|file:PATH")]
    pub(crate) canary_key: Option<String>,
    /// The most executions at once, over all nodes
    #[arg(long, value_name = "NUMBER", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) executions: u32,
    /// Lets debuggers and core dumps see the process's memory, including keys
    #[arg(long)]
    pub(crate) dumpable: bool,
    /// Memory for the executions of all nodes together, such as 2GiB [default: three quarters of the machine's
    /// or container's, at most 64 MiB for each execution and 4 GiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) memory: Option<u64>,
    /// Follows the solution file and the components that it names, and applies changes
    #[arg(long)]
    pub(crate) watch: bool,
    /// Adds the caller's trace to the requests of nodes: `traceparent` and `tracestate`
    #[arg(long)]
    pub(crate) propagate_trace: bool,
    /// Sends spans of requests, executions and nodes' requests to this OpenTelemetry collector, as OTLP over HTTP,
    /// such as http://127.0.0.1:4318
    // Parsed later: clap would repeat a wrong value, which may hold a password.
    #[arg(long, value_name = "URL")]
    pub(crate) otlp: Option<String>,
    /// A header for the collector, such as `authorization=env:COLLECTOR`
    #[arg(long, value_name = "NAME=env:VAR|file:PATH", requires = "otlp")]
    pub(crate) otlp_header: Vec<String>,
    /// How long running executions may take to finish when the server exits or their revision is replaced
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time)]
    pub(crate) drain: Duration,
    /// Trusts only the certificate authorities in this file (PEM) for requests to upstreams
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) roots: Option<PathBuf>,
    /// What sends the requests of nodes
    #[arg(long, value_enum, default_value = "ureq")]
    pub(crate) transport: Transport,
    /// Appends a line of JSON for each request of a node to this file; `-` means standard
    /// error
    #[arg(long, value_name = "FILE|-", value_hint = ValueHint::FilePath)]
    pub(crate) audit: Option<PathBuf>,
    /// Stores published revisions and sessions in this directory, so that a restarted server comes back with them
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) store: Option<PathBuf>,
    /// The key that seals the store's files: 64 hexadecimal digits; further lines are earlier keys [default: one that
    /// is in the store]
    // Parsed later: clap would repeat a wrong value, which may be the key itself.
    #[arg(long, value_name = "env:VAR|file:PATH", requires = "store")]
    pub(crate) store_key: Option<String>,
    /// Accepts a store whose files are not sealed, and seals them; once, for a store of an earlier version
    #[arg(long, requires = "store")]
    pub(crate) adopt_store: bool,
    /// How many revisions of a node the store keeps
    #[arg(long, value_name = "NUMBER", default_value_t = 20, requires = "store")]
    pub(crate) keep: usize,
    /// How long the store keeps old revisions
    #[arg(long, value_name = "TIME", default_value = "129600m", requires = "store", value_parser = time)]
    pub(crate) keep_for: Duration,
    /// The most sessions of flows; a new one replaces one that has ended or was never answered
    #[arg(long, value_name = "NUMBER", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) sessions: u32,
    /// The most sessions for each token, or for each address without one [default: half of --sessions]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) caller_sessions: Option<u32>,
    /// A key that encrypts the sessions in the store: 64 hexadecimal digits; further lines are earlier keys
    // Parsed later: clap would repeat a wrong value, which may be the key itself.
    #[arg(long, value_name = "env:VAR|file:PATH", requires = "store")]
    pub(crate) session_key: Option<String>,
    /// How long a session waits for an answer
    #[arg(long, value_name = "TIME", default_value = "60m", value_parser = time)]
    pub(crate) session_idle: Duration,
    /// Caches compiled components in this directory [default: `cache` in the store; without a store, or with
    /// --store-key, a temporary one]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) cache: Option<PathBuf>,
    /// The most memory for compiling a component, which a separate process does
    #[arg(long, value_name = "SIZE", default_value = "2GiB", value_parser = size)]
    pub(crate) compile_memory: u64,
}

/// Checks a solution file with its nodes and flows, without running them
///
/// Reports all faults at once, with file, line, column and key. Verifies signatures, and runs golden cases
/// against their scripted responses. Exit code 0 means no faults, 2 means that there are some.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes check --solution hospes.toml
  hospes check --callers callers.toml")]
pub(crate) struct Check {
    /// The solution file
    #[arg(long, value_name = "FILE", default_value = "hospes.toml", value_hint = ValueHint::FilePath)]
    pub(crate) solution: PathBuf,
    /// A callers file for `serve --callers`, to check against the solution. Its tokens are not read
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) callers: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    /// Prints the faults as one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Plays a flow of a solution file, or draws it
#[derive(Debug, Subcommand)]
pub(crate) enum Flow {
    /// Plays a flow with you in the terminal
    Chat(PlayFlow),
    /// Plays a flow with answers from a file, and prints one line of JSON for
    /// each event
    Run(PlayFlow),
    Graph(Graph),
}

/// Plays a flow; its nodes are really called
///
/// `chat` asks in the terminal. `run` takes all answers from a file and prints one line of JSON for each event.
/// Exit code 0 means that the flow reached an end, 1 that this end is marked as a failure.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes flow chat onboarding --env sandbox
  hospes flow run onboarding --env sandbox --answers answers.json

where answers.json has the answers by field, with a list for a field that is asked for more than once:
  {\"first_name\": \"Ada\", \"email\": [\"ada\", \"ada@example.com\"]}")]
pub(crate) struct PlayFlow {
    /// A flow of the solution file
    #[arg(value_name = "FLOW")]
    pub(crate) flow: String,
    /// The solution file
    #[arg(long, value_name = "FILE", default_value = "hospes.toml", value_hint = ValueHint::FilePath)]
    pub(crate) solution: PathBuf,
    /// The environment; optional if there is only one
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// Answers by field, as JSON; `-` means standard input
    #[arg(long, value_name = "FILE|-", value_hint = ValueHint::FilePath)]
    pub(crate) answers: Option<PathBuf>,
    /// An input of the flow
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) var: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    /// Trusts only the certificate authorities in this file (PEM) for requests to upstreams
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) roots: Option<PathBuf>,
    /// Prints the HTTP requests and responses, with references in place of
    /// secrets
    #[arg(long)]
    pub(crate) trace: bool,
}

/// Draws a flow
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes flow graph onboarding
  hospes flow graph onboarding --format svg --run run.jsonl > onboarding.svg

where run.jsonl has the output of `hospes flow run`.")]
pub(crate) struct Graph {
    /// A flow of the solution file
    #[arg(value_name = "FLOW")]
    pub(crate) flow: String,
    /// The solution file
    #[arg(long, value_name = "FILE", default_value = "hospes.toml", value_hint = ValueHint::FilePath)]
    pub(crate) solution: PathBuf,
    /// The output format
    #[arg(long, value_enum, default_value = "mermaid")]
    pub(crate) format: GraphFormat,
    /// A recorded run, whose path through the flow is highlighted
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) run: Option<PathBuf>,
}

/// The format of a drawing.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum GraphFormat {
    /// The text of a Mermaid flowchart
    Mermaid,
    /// A standalone picture
    Svg,
}

/// Shows what a component contains, and what a host would have to grant it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  hospes inspect braze_track.wasm")]
pub(crate) struct Inspect {
    /// The component's file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    /// Prints one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Writes the manual pages into a directory, one for each verb
#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// An existing directory
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
}

/// Shows what a policy would decide
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    Explain(Explain),
}

/// Explains whether a request would be allowed; nothing is sent or resolved
///
/// The policy is that of a node in a solution file, or the rules given with --allow. Exit code 0 means that the
/// request would be allowed, 1 that it would be denied.
#[derive(Debug, clap::Args)]
#[command(
    group(ArgGroup::new("policy").required(true).args(["solution", "allow"])),
    after_help = "\
Examples:
  hospes policy explain --allow 'POST https://api.example.com/v1' --method POST https://api.example.com/v1/users
  hospes policy explain --solution hospes.toml --node braze-track --method POST \\
      --resolves-to 10.0.0.7 https://rest.iad-01.braze.com/users/track"
)]
pub(crate) struct Explain {
    /// The solution file
    #[arg(long, value_name = "FILE", requires = "node", value_hint = ValueHint::FilePath)]
    pub(crate) solution: Option<PathBuf>,
    /// A node of the solution file
    #[arg(long, value_name = "NAME", requires = "solution")]
    pub(crate) node: Option<String>,
    /// The environment; optional if there is only one
    #[arg(long, value_name = "NAME", requires = "solution")]
    pub(crate) env: Option<String>,
    /// A rule: `[METHOD[,METHOD]] scheme://host[:port][/path]`
    #[arg(long, value_name = "RULE")]
    pub(crate) allow: Vec<String>,
    /// The method of the request
    #[arg(long, value_name = "M", default_value = "GET")]
    pub(crate) method: String,
    /// An address to assume for the name in the URL
    #[arg(long, value_name = "IP")]
    pub(crate) resolves_to: Vec<IpAddr>,
    /// Prints one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
    /// The URL of the request
    // Whatever a node could request, even if it looks like a flag.
    #[arg(allow_hyphen_values = true)]
    pub(crate) url: String,
}

/// Prints the public key of a signing key, for `signed_by` in a solution file
///
/// `openssl genpkey -algorithm ed25519` writes files of the same format.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  hospes key release.pem --new")]
pub(crate) struct Key {
    /// The private key's file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Creates the key first; the file must not exist
    #[arg(long)]
    pub(crate) new: bool,
}

/// Signs a node's component together with its grants
///
/// Prints a line for each environment of the solution file; environments with the same grants share
/// one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes sign braze-track --key release.pem > braze_track.sig
  hospes sign braze-track --key release.pem --env prod --component next.wasm
  hospes sign braze-track --key release.pem --version 1.4.0 --expires 2027-06-30 > braze_track.sig")]
pub(crate) struct Sign {
    /// A node of the solution file
    #[arg(value_name = "NODE")]
    pub(crate) node: String,
    /// The private key's file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) key: PathBuf,
    /// The solution file
    #[arg(long, value_name = "FILE", default_value = "hospes.toml", value_hint = ValueHint::FilePath)]
    pub(crate) solution: PathBuf,
    /// The environment [default: all of them]
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// The component's file [default: what the solution file says]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) component: Option<PathBuf>,
    /// The version to sign, for keys with a `min_version` [default: none]
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Option<String>,
    /// When the signature expires: a date, or a time such as 2027-02-01T12:00:00Z [default: never]
    #[arg(long, value_name = "DATE|TIME")]
    pub(crate) expires: Option<Expiry>,
}

/// Runs a local stand-in for an upstream
#[derive(Debug, Subcommand)]
pub(crate) enum Mock {
    Braze(MockBraze),
}

/// Accepts or rejects requests as Braze's users/track endpoint does, until it is
/// interrupted
///
/// The first line on standard output is {"url": "http://127.0.0.1:PORT", "key": "..."}. After it, there
/// is one line of JSON for each request, with its response.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  hospes mock braze --script script.json

where script.json has the responses to give before the honest ones:
  [{\"status\": 429, \"headers\": {\"X-Ratelimit-Retry-After\": \"7\"}}, \"honest\", {\"reset\": \"after\"}]")]
pub(crate) struct MockBraze {
    /// The address to listen on; port 0 chooses a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// The API key to accept
    #[arg(long, default_value = hospes_mock_braze::DEFAULT_KEY)]
    pub(crate) key: String,
    /// Whether the limit of 75 objects applies to a request or to each of its
    /// arrays
    #[arg(long, value_enum, default_value = "combined")]
    pub(crate) limit: ObjectLimit,
    /// A JSON file with responses to give before the honest ones
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) script: Option<PathBuf>,
}

/// How Braze counts the objects of a request.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ObjectLimit {
    /// All arrays together, as in current contracts
    Combined,
    /// Each array by itself, as in legacy contracts
    PerArray,
}

/// Prints completions for a shell
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  hospes completions bash > ~/.local/share/bash-completion/completions/hospes"
)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".to_owned()),
    }
}

fn size(text: &str) -> Result<u64, String> {
    hospes::limits::Unit::Bytes
        .parse(text)
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "write a size such as 64KiB or 8MiB".to_owned())
}

fn time(text: &str) -> Result<Duration, String> {
    let millis = hospes::limits::Unit::Time.parse(text);
    millis
        .map(Duration::from_millis)
        .ok_or_else(|| "write a time such as 500ms, 2s or 1m".to_owned())
}
