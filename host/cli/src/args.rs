//! The arguments, as clap reads them. Whatever needs more than a look at one
//! argument is checked by the command.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use hospes::signature::Expiry;

use hospes_server::Network;

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
  1  the node answered with a failure; the policy denies; the flow ended in a failure
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
    Run(Box<Run>),
    Serve(Box<Serve>),
    Check(Check),
    /// Talks through a flow of a solution file, or draws it
    #[command(subcommand, after_help = "Example:\n  hospes flow chat onboarding")]
    Flow(Flow),
    Inspect(Inspect),
    /// Tries what a node may reach, before it runs
    #[command(
        subcommand,
        after_help = "\
Example:
  hospes policy explain --allow https://api.example.com https://api.example.com/v1"
    )]
    Policy(Policy),
    Key(Key),
    Sign(Sign),
    /// Stands in for an upstream, on this machine
    #[command(subcommand, after_help = "Example:\n  hospes mock braze")]
    Mock(Mock),
    Completions(Completions),
    #[command(hide = true)]
    Man(Man),
    /// Compiles a component for the server that starts it
    #[command(hide = true)]
    CompileWorker,
}

/// Shows a node at work: against a local stand-in for Braze, once well and once not
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  hospes demo")]
pub(crate) struct Demo {
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
      --allow 'POST {braze_url}/users/track'")]
pub(crate) struct Run {
    /// A node of the solution file, or a component's file
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) node: String,
    /// JSON, a file that holds it, or `-` for standard input
    #[arg(long, value_name = "FILE|-|JSON", value_hint = ValueHint::FilePath)]
    pub(crate) payload: String,
    /// The solution file [default: hospes.toml, unless NODE is a file]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) solution: Option<PathBuf>,
    /// The environment; may be left out if there is only one
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// A variable of the flow; JSON, or else a string
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) var: Vec<(String, String)>,
    /// A param of the node; JSON, or else a string
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) param: Vec<(String, String)>,
    /// A secret, which may go to the origins of the --allow rules
    // Parsed later: clap would repeat a wrong value, which may be the secret itself.
    #[arg(long, value_name = "NAME=env:VAR|file:PATH")]
    pub(crate) secret: Vec<String>,
    /// Puts that secret into this header of each request to those origins: `key=Authorization: Bearer `
    #[arg(long, value_name = "NAME=HEADER[: PREFIX]")]
    pub(crate) attach: Vec<String>,
    /// A request that the node may make: `[METHOD[,METHOD]] scheme://host[:port][/path]`
    #[arg(long, value_name = "RULE")]
    pub(crate) allow: Vec<String>,
    /// Lets pass what one more rule for a name would allow, and says which
    #[arg(long)]
    pub(crate) observe: bool,
    /// Appends a line of JSON for each request to this file; `-` is standard error
    #[arg(long, value_name = "FILE|-", value_hint = ValueHint::FilePath)]
    pub(crate) audit: Option<PathBuf>,
    /// A limit of the node, such as payload=8MiB or deadline=2s
    #[arg(long, value_name = "NAME=VALUE", value_parser = key_value)]
    pub(crate) limit: Vec<(String, String)>,
    /// Stands in for an interface that only another host has; a call of it ends the execution
    #[arg(long, value_name = "INTERFACE")]
    pub(crate) stub: Vec<String>,
    /// Checks upstreams' certificates against the authorities in this file (PEM), and no others
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) roots: Option<PathBuf>,
    /// Keeps compiled components in this directory, for the next time
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) cache: Option<PathBuf>,
    /// Prints the outcome as one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Serves the nodes of a solution file over HTTP, and replaces them while it serves
///
/// The first line on standard output is {"url": "http://ADDRESS:PORT"}. Standard error has a line of JSON
/// for each request. It ends on SIGTERM or an interrupt, after the executions that run; a second one cuts them off.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes serve
  hospes serve --solution hospes.toml --env prod --store /var/lib/hospes --token file:/run/secrets/token")]
pub(crate) struct Serve {
    /// The solution file
    #[arg(long, value_name = "FILE", default_value = "hospes.toml", value_hint = ValueHint::FilePath)]
    pub(crate) solution: PathBuf,
    /// The environment; may be left out if there is only one
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// Where to listen; port 0 takes a free one. Beyond loopback, say who may run nodes: --execute-token, --callers or --open
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7117")]
    pub(crate) listen: SocketAddr,
    /// Where health, metrics, the pages and what changes nodes answer as well, apart from executions and their clients
    #[arg(long, value_name = "ADDR")]
    pub(crate) admin_listen: Option<SocketAddr>,
    /// How many connections clients may have at once; one address gets half [default: 4096, or half of the open files]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub(crate) connections: Option<u32>,
    /// How many bytes of requests and answers are held at once; one address gets half
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = size)]
    pub(crate) client_bytes: u64,
    /// A name that clients may call the server by, beside its addresses
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Vec<String>,
    /// The token for changing nodes and looking at policies; without one, both are off
    // Parsed later: clap would repeat a wrong value, which may be the token itself.
    #[arg(long, value_name = "env:VAR|file:PATH")]
    pub(crate) token: Option<String>,
    /// The token of whoever approves what gives a node more or breaks its callers; with one, `approve=true` does not
    // Parsed later, as above.
    #[arg(long, value_name = "env:VAR|file:PATH", requires = "token")]
    pub(crate) approve_token: Option<String>,
    /// A token for running nodes and flows, under the name of its caller; may be given several times [default: no token is
    /// needed]
    // Parsed later, as above.
    #[arg(long, value_name = "[NAME=]env:VAR|file:PATH")]
    pub(crate) execute_token: Vec<String>,
    /// A file that says which callers may use which nodes and flows, with which tokens
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) callers: Option<PathBuf>,
    /// Lets whoever reaches the server run nodes and flows, without a token
    #[arg(long, conflicts_with_all = ["execute_token", "callers"])]
    pub(crate) open: bool,
    /// Requests a second of each token, a second's worth of them at once [default: not bounded]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) caller_rate: Option<u32>,
    /// Requests at once of each token [default: half of --executions]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) caller_concurrency: Option<u32>,
    /// Requests a second of each address without a token [default: 100, and not bounded on loopback]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) peer_rate: Option<u32>,
    /// Requests at once of each address without a token [default: 64, and not bounded on loopback]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) peer_concurrency: Option<u32>,
    /// Speaks TLS with this certificate and its chain (PEM); read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key", value_hint = ValueHint::FilePath)]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of that certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert", value_hint = ValueHint::FilePath)]
    pub(crate) tls_key: Option<PathBuf>,
    /// The address or network of a proxy that speaks TLS for this server, and says in X-Forwarded-For whom; no other
    /// address may send requests. Without a value: a proxy on this machine, 127.0.0.0/8
    #[arg(long, value_name = "ADDR[/BITS]", num_args = 0..=1, default_missing_value = "127.0.0.0/8")]
    pub(crate) behind_proxy: Vec<Network>,
    /// A secret by which canaries choose their callers: servers with the same one choose alike [default: one of the
    /// store's own, or a random one]
    // Parsed later: clap would repeat a wrong value, which may be the secret itself.
    #[arg(long, value_name = "env:VAR|file:PATH")]
    pub(crate) canary_key: Option<String>,
    /// How many executions run at once, all nodes together
    #[arg(long, value_name = "NUMBER", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) executions: u32,
    /// Lets debuggers and core dumps see the process's memory, keys included
    #[arg(long)]
    pub(crate) dumpable: bool,
    /// Memory for the executions of all nodes together, such as 2GiB; three quarters of the machine's, or of the
    /// container's, if nothing is said, and no more than 64 MiB for each execution or 4 GiB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) memory: Option<u64>,
    /// Follows the solution file and the components that it names, and takes over what changes
    #[arg(long)]
    pub(crate) watch: bool,
    /// Lets the requests of nodes carry the caller's trace: `traceparent` and `tracestate`
    #[arg(long)]
    pub(crate) propagate_trace: bool,
    /// Sends spans of requests, executions and nodes' requests to this OpenTelemetry collector, as OTLP over HTTP:
    /// http://127.0.0.1:4318, say
    // Parsed later: clap would repeat a wrong value, which may hold a password.
    #[arg(long, value_name = "URL")]
    pub(crate) otlp: Option<String>,
    /// A header for the collector, such as `authorization=env:COLLECTOR`
    #[arg(long, value_name = "NAME=env:VAR|file:PATH", requires = "otlp")]
    pub(crate) otlp_header: Vec<String>,
    /// How long running executions may take to finish when the server ends, or when their revision was replaced
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time)]
    pub(crate) drain: Duration,
    /// Checks upstreams' certificates against the authorities in this file (PEM), and no others
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) roots: Option<PathBuf>,
    /// Appends a line of JSON for each request of a node to this file; `-` is standard error
    #[arg(long, value_name = "FILE|-", value_hint = ValueHint::FilePath)]
    pub(crate) audit: Option<PathBuf>,
    /// Keeps what is published, and sessions, in this directory, so that a server that is started again comes back with it
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) store: Option<PathBuf>,
    /// The key that the store's files are sealed with: 64 hexadecimal digits; further lines are earlier keys [default:
    /// one that the store keeps itself]
    // Parsed later: clap would repeat a wrong value, which may be the key itself.
    #[arg(long, value_name = "env:VAR|file:PATH", requires = "store")]
    pub(crate) store_key: Option<String>,
    /// Takes a store whose files carry no seals as it is, and gives them theirs; once, for a store of an earlier form
    #[arg(long, requires = "store")]
    pub(crate) adopt_store: bool,
    /// How many revisions of a node the store keeps
    #[arg(long, value_name = "NUMBER", default_value_t = 20, requires = "store")]
    pub(crate) keep: usize,
    /// How long the store keeps old revisions
    #[arg(long, value_name = "TIME", default_value = "129600m", requires = "store", value_parser = time)]
    pub(crate) keep_for: Duration,
    /// How many sessions of flows are held; a new one takes the place of one that nobody has answered or that is over
    #[arg(long, value_name = "NUMBER", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) sessions: u32,
    /// How many of them each token may have, or each address without one [default: half of --sessions]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) caller_sessions: Option<u32>,
    /// A key that encrypts the sessions in the store: 64 hexadecimal digits; further lines are earlier keys
    // Parsed later: clap would repeat a wrong value, which may be the key itself.
    #[arg(long, value_name = "env:VAR|file:PATH", requires = "store")]
    pub(crate) session_key: Option<String>,
    /// How long a session is held without an answer
    #[arg(long, value_name = "TIME", default_value = "60m", value_parser = time)]
    pub(crate) session_idle: Duration,
    /// Keeps compiled components in this directory [default: `cache` in the store, or else, as with --store-key, a
    /// temporary one]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) cache: Option<PathBuf>,
    /// How much memory compiling a component may take; a process of its own does it
    #[arg(long, value_name = "SIZE", default_value = "2GiB", value_parser = size)]
    pub(crate) compile_memory: u64,
}

/// Checks a solution file with its nodes and flows, and runs nothing
///
/// Every fault is found at once, with file, line, column and key. Signatures are compared, and golden cases tried
/// with their scripted answers. Exit code 0 means that there is no fault, 2 that there are some.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes check --solution hospes.toml
  hospes check --callers callers.toml")]
pub(crate) struct Check {
    /// The solution file
    #[arg(long, value_name = "FILE", default_value = "hospes.toml", value_hint = ValueHint::FilePath)]
    pub(crate) solution: PathBuf,
    /// A callers file, for `serve --callers`: it may name only what is in the solution. Its tokens are not read
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) callers: Option<PathBuf>,
    /// Prints the faults as one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Talks through a flow of a solution file, or draws it
#[derive(Debug, Subcommand)]
pub(crate) enum Flow {
    /// Talks with a person in the terminal
    Chat(Talk),
    /// Takes the answers from a file, and prints one line of JSON for each event
    Run(Talk),
    Graph(Graph),
}

/// Talks through a flow; the nodes are called for real
///
/// `chat` asks on the terminal. `run` takes every answer from a file and prints one line of JSON for each event.
/// Exit code 0 means that the flow came to an end, 1 that this end counts as a failure.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes flow chat onboarding --env sandbox
  hospes flow run onboarding --env sandbox --answers answers.json

where answers.json holds the answers by field; a list for a field that is asked for several times:
  {\"first_name\": \"Ada\", \"email\": [\"ada\", \"ada@example.com\"]}")]
pub(crate) struct Talk {
    /// A flow of the solution file
    #[arg(value_name = "FLOW")]
    pub(crate) flow: String,
    /// The solution file
    #[arg(long, value_name = "FILE", default_value = "hospes.toml", value_hint = ValueHint::FilePath)]
    pub(crate) solution: PathBuf,
    /// The environment; may be left out if there is only one
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// Answers by field, as JSON; `-` is standard input
    #[arg(long, value_name = "FILE|-", value_hint = ValueHint::FilePath)]
    pub(crate) answers: Option<PathBuf>,
    /// An input of the flow
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) var: Vec<(String, String)>,
    /// Checks upstreams' certificates against the authorities in this file (PEM), and no others
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) roots: Option<PathBuf>,
    /// Shows what goes over the wire, with references in place of secrets
    #[arg(long)]
    pub(crate) trace: bool,
}

/// Draws a flow
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes flow graph onboarding
  hospes flow graph onboarding --format svg --run run.jsonl > onboarding.svg

where run.jsonl holds what `hospes flow run` printed.")]
pub(crate) struct Graph {
    /// A flow of the solution file
    #[arg(value_name = "FLOW")]
    pub(crate) flow: String,
    /// The solution file
    #[arg(long, value_name = "FILE", default_value = "hospes.toml", value_hint = ValueHint::FilePath)]
    pub(crate) solution: PathBuf,
    /// What to draw it as
    #[arg(long, value_enum, default_value = "mermaid")]
    pub(crate) format: GraphFormat,
    /// A recorded run, whose way through the flow is highlighted
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) run: Option<PathBuf>,
}

/// What a flow is drawn as.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum GraphFormat {
    /// The text of a Mermaid flowchart
    Mermaid,
    /// A picture that stands alone
    Svg,
}

/// Shows what a component is and what a host would have to grant it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  hospes inspect braze_track.wasm")]
pub(crate) struct Inspect {
    /// The component's file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Prints one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Writes the manual pages into a directory, one for each verb
#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// The directory, which has to exist
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
}

/// Tries what a node may reach, before it runs
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    Explain(Explain),
}

/// Says whether a request would be allowed, and why; nothing is sent or looked up
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
    /// The environment; may be left out if there is only one
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
    // Whatever a node could ask for, also if it looks like a flag.
    #[arg(allow_hyphen_values = true)]
    pub(crate) url: String,
}

/// Prints the public part of a signing key, which `signed_by` of a solution file takes
///
/// The file is what `openssl genpkey -algorithm ed25519` writes, too.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  hospes key release.pem --new")]
pub(crate) struct Key {
    /// The private key's file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Makes the key first; the file must not be there yet
    #[arg(long)]
    pub(crate) new: bool,
}

/// Signs the component of a node together with everything that it is granted
///
/// Prints a line for each environment of the solution file; environments that grant the same need one.
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
    /// The version that is signed, for keys with a `min_version` [default: none]
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Option<String>,
    /// When the signature ends to count: a date, or a time as in 2027-02-01T12:00:00Z [default: never]
    #[arg(long, value_name = "DATE|TIME")]
    pub(crate) expires: Option<Expiry>,
}

/// Stands in for an upstream, on this machine
#[derive(Debug, Subcommand)]
pub(crate) enum Mock {
    Braze(MockBraze),
}

/// Takes and checks requests as Braze's users/track endpoint does, until it is interrupted
///
/// The first line on standard output is {"url": "http://127.0.0.1:PORT", "key": "..."}. Then follows one
/// line of JSON for each request, with what was answered.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  hospes mock braze --script script.json

where script.json holds what to answer before the honest answers:
  [{\"status\": 429, \"headers\": {\"X-Ratelimit-Retry-After\": \"7\"}}, \"honest\", {\"reset\": \"after\"}]")]
pub(crate) struct MockBraze {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// The API key to let in
    #[arg(long, default_value = hospes_mock_braze::DEFAULT_KEY)]
    pub(crate) key: String,
    /// Whether 75 objects are the most for a request or for each of its arrays
    #[arg(long, value_enum, default_value = "combined")]
    pub(crate) limit: ObjectLimit,
    /// A JSON file with answers to give before the honest ones
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) script: Option<PathBuf>,
}

/// How Braze counts the objects of a request.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ObjectLimit {
    /// All arrays together, as in today's contracts
    Combined,
    /// Each array for itself, as in legacy contracts
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
